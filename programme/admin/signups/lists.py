"""Who signed up for a session, and the sessions side by side: what staff look at all day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role
from expo import formats
from expo.models import Show
from programme import doors, fills, own_plans, times
from programme.actions.signing import staff
from programme.admin.pages import page, session_of
from programme.admin.seeing import may_plan
from programme.fills import Fill
from programme.models import Kind, MoveUp, Participant, Signup, Turn
from programme.models.people import PLANNING
from visitors.badges import serials
from visitors.models import Badge, Registration
from visitors.searching import with_every_word

State = Signup.State
PER_PAGE = 200
#: Of turns and moves up, the newest.
MOST_TURNS = 100
#: Who may take out who signed up.
EXPORTING = frozenset({*PLANNING, Role.AUDITOR})
LOOKS = {
    State.REQUESTED: "waits",
    State.WAITING: "waits",
    State.OFFERED: "waits",
    State.CONFIRMED: "good",
    State.ATTENDED: "good",
    State.NO_SHOW: "bad",
}
#: The tabs of a session's list: which states each has.
TABS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "live": (gettext_lazy("All that stands"), (*Signup.LIVE, State.NO_SHOW)),
    "requested": (gettext_lazy("Ask for approval"), (State.REQUESTED,)),
    "confirmed": (gettext_lazy("Have places"), (State.CONFIRMED, State.ATTENDED, State.NO_SHOW)),
    "offered": (gettext_lazy("Have an offer"), (State.OFFERED,)),
    "waiting": (gettext_lazy("Wait"), (State.WAITING,)),
    "over": (gettext_lazy("Over"), (State.CONFIRMED, State.OFFERED)),
    "ended": (gettext_lazy("Ended"), (State.GIVEN_UP, State.DECLINED, State.LAPSED, State.CALLED_OFF)),
}
#: What can be done with several at once; `acts.ACTS` says how.
AT_ONCE = {
    "approve": gettext_lazy("Approve"),
    "refuse": gettext_lazy("Refuse with a reason"),
    "move": gettext_lazy("Move to another session"),
    "put_back": gettext_lazy("Put back in line with a reason"),
    "call_off": gettext_lazy("Call off with a reason"),
}


@dataclass(slots=True)
class Row:
    """A sign-up as a line of the list. `acts` are names and words of what can be done with it."""

    signup: Signup
    names: tuple[str, ...]
    guests: int
    serial: str
    since: str
    look: str
    place: int | None = None
    until: str = ""
    is_over: bool = False
    acts: list[tuple[str, str]] = field(default_factory=list)


def show_page(
    request: HttpRequest, name: str, context: Mapping[str, Any], *, title: Any, status: int = 200
) -> HttpResponse:
    around = {
        **admin.site.each_context(request),
        "opts": Signup._meta,
        "title": title,
        "may_plan": may_plan(request),
        "may_export": request.user.has_role(*EXPORTING),
        **context,
    }
    return render(request, f"admin/programme/signups/{name}.html", around, status=status)


def fill_or_404(request: HttpRequest, pk: int) -> Fill:
    """A session with its places; one that was never published has none, and nobody can sign up for it."""
    fill = fills.fill_of(session_of(request, pk))
    if fill is None:
        raise Http404
    return fill


def read(rows: QuerySet[Signup]) -> QuerySet[Signup]:
    """With all that a line says of it; two more queries, however many rows there are."""
    worn = Badge.objects.live().only("registration", "serial")
    people = Participant.objects.select_related("registration").defer("id_sealed")
    return rows.select_related("registration", "code").prefetch_related(
        Prefetch("participants", people), Prefetch("registration__badges", worn, to_attr="worn")
    )


def line(
    signup: Signup, *, show: Show, at: datetime, fill: Fill | None, place: int | None = None, is_over: bool = False
) -> Row:
    people = signup.participants.all()
    own = signup.registration
    names = [person.called for person in people]
    if str(own) not in names:
        names.insert(0, str(own))
    worn = getattr(own, "worn", ())
    return Row(
        signup,
        tuple(name or str(_("(erased)")) for name in names),
        max(0, signup.party - len(people)) if people else max(0, signup.party - 1),
        serials.shown(worn[0].serial) if worn else "",
        formats.moment_short(signup.joined_at.astimezone(show.zone)),
        LOOKS.get(State(signup.state), ""),
        place,
        formats.moment_short(signup.offered_until.astimezone(show.zone)) if signup.offered_until else "",
        is_over,
        acts_of(signup, at=at, fill=fill),
    )


def acts_of(signup: Signup, *, at: datetime, fill: Fill | None) -> list[tuple[str, str]]:
    """What staff can do with it at this moment."""
    if fill is None or at >= fill.places.starts_at:
        return []
    ends = [("move", _("Move …")), ("call_off", _("Call off …"))]
    back = [("put_back", _("Put back in line …"))] if fill.places.over and signup.origin == "signed_up" else []
    match signup.state:
        case State.REQUESTED:
            return [("approve", _("Approve …")), ("refuse", _("Refuse …"))]
        case State.WAITING:
            return [("move_up", _("Move up …")), *ends]
        case State.OFFERED:
            return [("confirm", _("Confirm for them …")), *back, *ends]
        case State.CONFIRMED:
            return [*back, *ends]
    return []


@page("GET", "HEAD")
def session_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Who signed up for a session, with what can be done; as many queries for three rows as for 200."""
    fill = fill_or_404(request, pk)
    show, at = request.show, request.show.now()
    tab = request.GET.get("show", "live")
    tab = tab if tab in TABS else "live"
    over = over_keys(fill)
    rows: QuerySet[Signup] = Signup.objects.filter(session=pk, state__in=TABS[tab][1])
    if tab == "over":
        rows = rows.filter(pk__in=over)
    words = request.GET.get("q", "").strip()[:80]
    if words:
        rows = found(rows, words)
    listed = Paginator(read(in_order(rows)), PER_PAGE).get_page(request.GET.get("p"))
    places = line_up(pk) if fill.places.waiting else {}
    lines = [line(one, show=show, at=at, fill=fill, place=places.get(one.pk), is_over=one.pk in over) for one in listed]
    context = {
        "fill": fill,
        "session": fill.session,
        "counters": fills.in_words(fill),
        "open": fills.how_open(fill.places, at=at, zone=show.zone),
        "tabs": [(name, words_of, count_of(fill, name, over), name == tab) for name, (words_of, _s) in TABS.items()],
        "tab": tab,
        "q": words,
        "rows": lines,
        "listed": listed,
        "at_once": at_once(fill, tab),
        "acts_possible": may_plan(request) and at < fill.places.starts_at,
        "is_over": at >= fill.places.ends_at,
        "when": when(fill, show),
        "door": door_of(fill, at=at),
    }
    return show_page(request, "list", context, title=_("Who signed up: %(title)s") % {"title": fill.session.title})


@page("GET", "HEAD")
def door(request: HttpRequest, pk: int) -> HttpResponse:
    """The counts at the door as they are now: the list asks for them while it is looked at."""
    counts = door_of(fill_or_404(request, pk), at=request.show.now())
    answer = render(request, "admin/programme/signups/door.html", {"door": counts})
    answer["Cache-Control"] = "no-store"
    return answer


def door_of(fill: Fill, *, at: datetime) -> doors.Counts | None:
    """From when the doors open until the session is over; one query, and before that none."""
    if doors.check_door(fill.places, at=at) is not None:
        return None
    return doors.count([fill.places], at=at)[fill.places.pk]


def at_once(fill: Fill, tab: str) -> list[tuple[str, str]]:
    """What can be done with several of those that are shown."""
    asks = tab in {"live", "requested"} and fill.requested
    fits = {"approve": asks, "refuse": asks, "put_back": fill.places.over, "move": tab != "requested"}
    return [(name, str(words)) for name, words in AT_ONCE.items() if fits.get(name, True)]


def in_order(rows: QuerySet[Signup]) -> QuerySet[Signup]:
    """Who was moved up first, then as they came."""
    return rows.order_by("-ahead", "pk")


def when(fill: Fill, show: Show) -> str:
    starts = fill.places.starts_at.astimezone(show.zone)
    where = fill.session.room or fill.session.meeting
    return formats.listed(str(part) for part in (formats.moment_short(starts), where) if part)


def line_up(pk: int) -> dict[int, int]:
    """The place in line of each sign-up that waits."""
    waiting = Signup.objects.waiting().filter(session=pk).in_turn().values_list("pk", flat=True)
    return {one: number for number, one in enumerate(waiting, 1)}


def over_keys(fill: Fill) -> set[int]:
    """Who is over, last come first."""
    if not fill.places.over:
        return set()
    rows = Signup.objects.filter(session=fill.places.pk, state__in=(State.OFFERED, State.CONFIRMED))
    return staff.suggested(fill.places, list(rows.only("pk", "state", "origin", "party")))


def count_of(fill: Fill, tab: str, over: Collection[int]) -> int:
    return len(over) if tab == "over" else sum(fill.parties.get(state, 0) for state in TABS[tab][1])


def found(rows: QuerySet[Signup], words: str) -> QuerySet[Signup]:
    """By a badge's number, or words of name, e-mail or firm, of who signed up or of somebody who comes along."""
    serial = serials.tidy(words)
    people: QuerySet[Registration]
    if serial:
        people = Registration.objects.filter(pk__in=Badge.objects.filter(serial=serial).values("registration"))
    else:
        people = with_every_word(Registration.objects.all(), words)
    keys = people.values("pk")
    theirs = rows.filter(registration__in=keys) | rows.filter(participants__registration__in=keys)
    return (theirs | rows.filter(participants__name__icontains=words)).distinct()


@page("GET", "HEAD")
def turns(request: HttpRequest, pk: int) -> HttpResponse:
    """How the waiting list went: each turn, who was offered places and who was passed over; and who was moved up."""
    fill = fill_or_404(request, pk)
    zone = request.show.zone
    rows = list(Turn.objects.filter(session=pk).order_by("-pk")[:MOST_TURNS])
    moved = list(MoveUp.objects.filter(session=pk).select_related("signup__registration").order_by("-pk")[:MOST_TURNS])
    keys = {key for row in rows for key, _party in (*row.offered, *row.passed)}
    names = {one.pk: str(one.registration) for one in Signup.objects.filter(pk__in=keys).select_related("registration")}

    def parties(told: Iterable[tuple[int, int]]) -> list[tuple[str, int]]:
        return [(names.get(key, "–"), party) for key, party in told]

    context = {
        "fill": fill,
        "session": fill.session,
        "when": when(fill, request.show),
        "turns": [
            (row, formats.moment_short(row.at.astimezone(zone)), parties(row.offered), parties(row.passed))
            for row in rows
        ],
        "moved": [(row, formats.moment_short(row.at.astimezone(zone))) for row in moved],
        "waited": times.lasting(max(1, round(median / 60))) if (median := own_plans.waited([pk]).get(pk)) else "",
    }
    return show_page(request, "turns", context, title=_("Waiting list: %(title)s") % {"title": fill.session.title})


# All sessions


@dataclass(frozen=True, slots=True)
class Sort:
    words: Any
    key: Callable[[Fill], Any]


SORTS = {
    "when": Sort(gettext_lazy("When"), lambda one: (one.places.starts_at, one.session.code)),
    "title": Sort(gettext_lazy("Session"), lambda one: one.session.title),
    "fill": Sort(gettext_lazy("Taken"), lambda one: one.full),
    "over": Sort(gettext_lazy("Over"), lambda one: one.places.over),
    "waiting": Sort(gettext_lazy("Waiting"), lambda one: one.places.waiting),
    "offers": Sort(gettext_lazy("Offers out"), lambda one: one.offered),
    "requests": Sort(gettext_lazy("Requests"), lambda one: one.requested),
    "lapsed": Sort(gettext_lazy("Lapsed"), lambda one: one.lapse_rate or 0),
    "missing": Sort(gettext_lazy("No-shows"), lambda one: one.no_show_rate or 0),
    "moved": Sort(gettext_lazy("Moved up"), lambda one: one.moves),
}
#: From so many offers on, and such a part of them, it is worth a look that they lapse.
ENOUGH_OFFERS, LAPSES = 5, 0.4


def lapses_a_lot(fill: Fill) -> bool:
    return fill.offers >= ENOUGH_OFFERS and (fill.lapse_rate or 0) >= LAPSES


ONLY: dict[str, tuple[Any, Callable[[Fill], Any]]] = {
    "over": (gettext_lazy("with too many"), lambda one: one.places.over),
    "requests": (gettext_lazy("with requests"), lambda one: one.requested),
    "waiting": (gettext_lazy("with people waiting"), lambda one: one.places.waiting),
    "offers": (gettext_lazy("with offers out"), lambda one: one.offered),
    "lapsing": (gettext_lazy("whose offers lapse"), lapses_a_lot),
    "free": (gettext_lazy("with places left"), lambda one: one.places.left),
}


@page("GET", "HEAD")
def across(request: HttpRequest) -> HttpResponse:
    """All sessions that one signs up for, side by side; as many queries for one as for three hundred."""
    show = request.show
    rows = [one for one in fills.fills(show) if one.has_signing_up]
    days = {one.places.starts_at.astimezone(show.zone).date() for one in rows}
    asked = request.GET
    day, kind, only = asked.get("day", ""), asked.get("kind", ""), asked.get("only", "")
    if day in {one.isoformat() for one in days}:
        rows = [one for one in rows if one.places.starts_at.astimezone(show.zone).date().isoformat() == day]
    if kind in Kind.values:
        rows = [one for one in rows if one.session.kind == kind]
    if only in ONLY:
        rows = [one for one in rows if ONLY[only][1](one)]
    sort, back = asked.get("sort", "when"), asked.get("back") == "1"
    sort = sort if sort in SORTS else "when"
    rows.sort(key=SORTS[sort].key, reverse=back)
    context = {
        "fills": [(one, when_of(one, show)) for one in rows],
        "totals": fills.totals(rows),
        "heads": [(name, one.words, name == sort, back) for name, one in SORTS.items()],
        "days": [(one.isoformat(), formats.day_named(one), one.isoformat() == day) for one in sorted(days)],
        "kinds": [(value, label, value == kind) for value, label in Kind.choices],
        "onlys": [(name, words, name == only) for name, (words, _test) in ONLY.items()],
        "asked": {"day": day, "kind": kind, "only": only},
        "is_filtered": any((day, kind, only)),
    }
    return show_page(request, "across", context, title=_("Sign-ups by session"))


def when_of(fill: Fill, show: Show) -> str:
    return formats.moment_short(fill.places.starts_at.astimezone(show.zone))


# One person


@page("GET", "HEAD")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody's whole plan, what has ended as well, with what staff can do for them."""
    rows = Registration.objects.filter(show=request.show)
    registration = get_object_or_404(rows.select_related("registered_by").prefetch_related("badges", "tickets"), pk=pk)
    may_open = request.user.has_role(Role.ORGANISER, Role.AUDITOR)
    if not may_open and not Signup.objects.of(registration.pk).exists():
        raise Http404  # Who signed up for nothing is none of the programme's business.
    show, at = request.show, request.show.now()
    plan = own_plans.plan_of(show, [registration.pk], ended=True)
    known = {one.places.pk: one for one in fills.fills(show, {held.signup.session_id for held in plan})}
    for held in plan:
        held.signup.registration.worn = []
    lines = [
        (
            held,
            line(held.signup, show=show, at=at, fill=known.get(held.signup.session_id), place=held.place),
            formats.moment_short(held.listed.starts) if held.listed else "",
        )
        for held in plan
    ]
    stands = {*Signup.LIVE, State.NO_SHOW}
    badge = next((one for one in registration.badges.all() if one.revoked_at is None), None)
    context = {
        "registration": registration,
        "badge": badge,
        "ticket": registration.ticket,
        "held": [one for one in lines if one[0].signup.state in stands],
        "ended": [one for one in lines if one[0].signup.state not in stands],
        "companions": list(Registration.objects.filter(registered_by=registration).order_by("pk")),
        "may_open": may_open,
        "missed": doors.no_shows([registration.pk]).get(registration.pk, 0),
    }
    return show_page(request, "person", context, title=_("Plan of %(name)s") % {"name": registration})


# Who stays away


@page("GET", "HEAD")
def no_shows(request: HttpRequest) -> HttpResponse:
    """Who had places and did not come, again and again, the most often first; four queries, however many there are."""
    listed = Paginator(doors.repeated_no_shows(request.show), PER_PAGE).get_page(request.GET.get("p"))
    keys = [one.pk for one, _times in listed]
    missed: dict[int, list[str]] = {pk: [] for pk in keys}
    rows = Participant.objects.filter(registration__in=keys, signup__state=State.NO_SHOW)
    for row in rows.select_related("session").defer("id_sealed").order_by("session__starts_at", "pk"):
        missed[row.registration_id].append(row.session.title)
    context = {
        "rows": [(one, times, missed[one.pk]) for one, times in listed],
        "listed": listed,
        "times": doors.REPEATED,
    }
    return show_page(request, "no_shows", context, title=_("Did not come, again and again"))


def list_url(pk: int) -> str:
    return reverse("admin:programme_signups_session", args=[pk])
