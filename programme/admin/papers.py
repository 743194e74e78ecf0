"""ID numbers on the desk: which departures still miss some, the list for the enterprise's gate, and who has looked."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import history
from accounts.acting import Actor, ActorKind
from accounts.models import Record, Role, User
from accounts.refusals import Refusal
from accounts.site import Corner
from accounts.today import Matter, tells
from accounts.typed import key_in
from expo import formats
from expo.models import Show
from programme import gate_lists, times
from programme.actions.signing import papers
from programme.models import Guide, Participant, Release, SessionPlaces, Signup
from programme.models.people import PLANNING
from programme.reading import documents

#: The auditor reads who has looked, and sees no number.
READING = frozenset({*PLANNING, Role.AUDITOR})
LOOKS = ("id_numbers_seen", "gate_list_exported", "id_numbers_erased")
SHOWN = 100
SURE = Q(session__signups__state__in=(Signup.State.CONFIRMED, Signup.State.ATTENDED))

type View = Callable[..., HttpResponse]


class ListForm(forms.Form):
    form = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[
            ("xlsx", gettext_lazy("workbook (XLSX)")),
            ("csv", gettext_lazy("CSV, for programs")),
            ("pdf", gettext_lazy("PDF, to print")),
        ],
    )
    with_gaps = forms.BooleanField(label=gettext_lazy("Also if numbers are missing"), required=False)


def page(*methods: str) -> Callable[[View], View]:
    """Who plans the programme acts; the auditor reads. What comes back is kept nowhere."""

    def wrap(view: View) -> View:
        @wraps(view)
        @require_http_methods(methods)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            needed = PLANNING if request.method == "POST" else READING
            if not request.user.is_active or not request.user.has_role(*needed):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            patch_cache_control(response, private=True, no_store=True)
            return response

        return answer

    return wrap


def shown(request: HttpRequest, name: str, context: dict[str, Any], *, title: str, status: int = 200) -> HttpResponse:
    around = {
        **admin.site.each_context(request),
        "opts": Release._meta,
        "title": title,
        "may_look": papers.may_look(request.user),
        **context,
    }
    return render(request, f"admin/programme/papers/{name}.html", around, status=status)


@page("GET", "HEAD")
def overview(request: HttpRequest) -> HttpResponse:
    """The departures that ask for numbers, in the order of time, and the last looks."""
    show = request.show
    rows = [row_of(places, show) for places in departures(show)]
    context = {"rows": rows, "looks": looks(show), "shown": SHOWN}
    return shown(request, "overview", context, title=_("ID numbers for tours"))


def departures(show: Show) -> list[Any]:
    """With how many people go, how many of their numbers there are; those that ask for none have some to erase."""
    given = Participant.objects.filter(session__show=show, id_sealed__isnull=False).order_by()
    counted = dict(given.values_list("session").annotate(Count("pk")))
    rows = (
        SessionPlaces.objects.filter(Q(asks_id=True) | Q(pk__in=counted), session__show=show)
        .select_related("session__enterprise")
        .annotate(people=Sum("session__signups__party", filter=SURE))
        .order_by("starts_at", "pk")
    )
    found = list(rows)
    for row in found:
        row.people, row.given = row.people or 0, counted.get(row.pk, 0)
    return found


def row_of(places: Any, show: Show) -> dict[str, Any]:
    told = documents(show).get(places.pk)
    return {
        "pk": places.pk,
        "title": told.title if told else str(places.session),
        "when": times.span_short(places.starts_at.astimezone(show.zone), places.ends_at.astimezone(show.zone)),
        "people": places.people,
        "given": min(places.given, places.people),
        "missing": max(0, places.people - places.given),
        "listed": formats.moment_short(places.listed_at.astimezone(show.zone)) if places.listed_at else "–",
        "erased_on": formats.day_short((places.ends_at + papers.KEPT).astimezone(show.zone).date()),
    }


@page("GET", "HEAD", "POST")
@sensitive_variables()
def departure(request: HttpRequest, pk: int) -> HttpResponse:
    """Whose number is there and whose is not; POST shows them all, or a party's, and is recorded."""
    places = places_of(request, pk)
    if request.method != "POST":
        return departure_page(request, places)
    which = request.POST.get("signup")
    signups: list[int] | None = None
    if which is not None:
        signups = [key_in(which)]
    known = papers.look(actor=Actor.of(request.user), session=places.pk, signups=signups)
    if signups and not known:
        raise Http404
    return departure_page(request, places, known={one.participant.pk: one for one in known})


@sensitive_variables()
def departure_page(
    request: HttpRequest,
    places: SessionPlaces,
    *,
    known: dict[int, papers.Known] | None = None,
    refusal: Refusal | None = None,
    form: ListForm | None = None,
    status: int = 200,
) -> HttpResponse:
    show, told = request.show, documents(request.show).get(places.pk)
    asked = papers.asked(places.pk)
    title = told.title if told else str(places.session)
    context = {
        "places": places,
        "when": times.span_short(places.starts_at.astimezone(show.zone), places.ends_at.astimezone(show.zone)),
        "why": told.id_why if told else "",
        "asked": asked,
        "parties": [party_of(signup, people, known or {}) for signup, people in asked.parties],
        "is_shown": known is not None,
        "listed": formats.moment_short(places.listed_at.astimezone(show.zone)) if places.listed_at else "",
        "erased_on": formats.day_named((places.ends_at + papers.KEPT).astimezone(show.zone).date()),
        "refusal": refusal,
        "form": form or ListForm(),
        "looks": looks(show, session=places.pk),
    }
    return shown(request, "departure", context, title=title, status=status)


def party_of(signup: Signup, people: list[Participant], known: dict[int, papers.Known]) -> dict[str, Any]:
    rows = [
        {
            "name": papers.name_of(one),
            "kind": papers.kind_of(one),
            "is_given": one.id_sealed is not None,
            "known": known.get(one.pk),
        }
        for one in people
    ]
    return {"signup": signup, "people": rows, "unnamed": signup.party - len(people)}


@page("GET", "HEAD", "POST")
@sensitive_variables()
def gate_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The file for the enterprise's gate; whoever takes it is recorded."""
    places = places_of(request, pk)
    if request.method != "POST":
        return departure_page(request, places)
    form = ListForm(request.POST)
    if not form.is_valid():
        return departure_page(request, places, form=form, status=422)
    kind, at = form.cleaned_data["form"], request.show.now()
    try:
        lines = papers.gate_list(
            actor=Actor.of(request.user),
            session=places.pk,
            with_gaps=form.cleaned_data["with_gaps"],
            form=kind,
            at=at,
        )
    except Refusal as refusal:
        return departure_page(request, places, refusal=refusal, form=form, status=409)
    told = documents(request.show).get(places.pk)
    starts = places.starts_at.astimezone(request.show.zone)
    sheet = gate_lists.Sheet(
        title=told.title if told else str(places.session),
        when=f"{formats.day_named(starts)} {formats.clock(starts)}",
        show=request.show.short,
        lines=lines,
        at=at,
    )
    name = f"gate-list-{places.session.code}-{starts:%Y%m%d}.{kind}"
    return HttpResponse(
        gate_lists.written(sheet, kind),
        content_type=gate_lists.TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Referrer-Policy": "no-referrer"},
    )


def places_of(request: HttpRequest, pk: int) -> SessionPlaces:
    """Of a departure of the current show that asks for numbers, or has some."""
    found = next((row for row in departures(request.show) if row.pk == pk), None)
    if found is None:
        raise Http404
    return found


# Who has looked


def looks(show: Show, *, session: int | None = None) -> list[dict[str, Any]]:
    """The last looks, exports and erasures, the newest first: who, when, and at whom by the key of the sign-up."""
    rows = Record.objects.filter(metadata__act__in=LOOKS)
    of = [session] if session is not None else list(documents(show))
    found = list(rows.filter(metadata__session__in=of).order_by("-created_at")[:SHOWN])
    names = names_of(row.metadata["actor"] for row in found)
    keys = {pk for row in found for pk in row.metadata.get("signups", [])}
    people = dict(Signup.objects.filter(pk__in=keys).values_list("pk", "registration__name"))
    told = documents(show)
    return [
        {
            "at": formats.moment_short(row.created_at.astimezone(show.zone)),
            "who": names.get(row.metadata["actor"], row.metadata["actor"]),
            "what": history.act_in_words(row.metadata["act"]),
            "session": told[row.metadata["session"]].title if row.metadata["session"] in told else "–",
            "rows": row.metadata.get("rows", 0),
            "gaps": row.metadata.get("gaps", 0),
            "whose": formats.listed(filter(None, (people.get(pk, "") for pk in row.metadata.get("signups", [])[:5]))),
            "more": max(0, len(row.metadata.get("signups", [])) - 5),
        }
        for row in found
    ]


def names_of(actors: Any) -> dict[str, str]:
    """Staff and guides by name, the others by their kind."""
    found: dict[str, str] = {}
    of: dict[str, set[int]] = {ActorKind.USER: set(), ActorKind.GUIDE: set()}
    for actor in set(actors):
        kind, _colon, ref = actor.partition(":")
        if kind in of and ref.isdecimal():
            of[kind].add(int(ref))
        else:
            found[actor] = history.actor_in_words(actor)
    for user in User.objects.filter(pk__in=of[ActorKind.USER]):
        found[f"{ActorKind.USER}:{user.pk}"] = str(user)
    for guide in Guide.objects.filter(pk__in=of[ActorKind.GUIDE]):
        found[f"{ActorKind.GUIDE}:{guide.pk}"] = _("%(name)s, guide") % {"name": guide}
    return found


@tells(*PLANNING)
def matters(request: HttpRequest) -> list[Matter]:
    """Numbers that departures of the next days miss."""
    show = Show.objects.current()
    if show is None:
        return []
    at = show.now()
    missing = sum(
        max(0, row.people - row.given)
        for row in departures(show)
        if row.asks_id and row.takes_place and row.starts_at > at
    )
    return [
        Matter(
            missing,
            _("ID numbers missing"),
            reverse("admin:programme_papers"),
            note=_("of people with a place on a tour that asks for them"),
        )
    ]


def address(route: str, view: Any, name: str) -> Any:
    return path(f"programme/papers/{route}", admin.site.admin_view(view), name=f"programme_{name}")


admin.site.open_corner(
    Corner(
        "programme",
        gettext_lazy("ID numbers for tours"),
        READING,
        (
            address("", overview, "papers"),
            address("<int:pk>/", departure, "papers_departure"),
            address("<int:pk>/list/", gate_list, "papers_list"),
        ),
    )
)
