"""Sessions with their talks and speakers: the plan as a list, and each as a form."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Case, Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.acting import Actor
from accounts.history import name_rows
from accounts.refusals import Refusal
from accounts.today import Matter, tells
from accounts.troubles import explain
from expo import formats
from expo.models import Show
from programme import times, tongues
from programme.actions import editing, planning, publishing
from programme.admin.seeing import OfShowFilter, OfThisShow, PlanAdmin, linked, may_plan
from programme.admin.session_forms import SessionForm, TalkFormSet, line_up
from programme.admin.talks import ReadTalkInline, TalkInline
from programme.documents import Document, differences
from programme.models import Access, Appearance, Published, Session, SessionPlaces
from programme.models.people import PLANNING
from programme.reading import documents
from programme.states import State

name_rows(Session, str)

explain("one_session_an_address", gettext_lazy("Another session has such a title: save once more."), field="title_en")
explain(
    "room_seats_its_sessions",
    gettext_lazy("Sessions in this room have more places than that. Lower theirs first, or move them."),
    field="seats",
)
explain(
    "bus_seats_its_departures",
    gettext_lazy("Departures by this bus have more places than that. Lower theirs first, or give them another bus."),
    field="seats",
)
explain(
    "hours_hold_the_sessions",
    gettext_lazy("Sessions would lie outside the show's hours. Move them first, or give the reason why they may."),
)


def pending_keys(request: HttpRequest, show: Show) -> set[int]:
    """The sessions whose plan differs from what is public, read once a request."""
    known: dict[int, set[int]] = request.__dict__.setdefault("_pending_keys", {})
    if show.pk not in known:
        known[show.pk] = {one.session.pk for one in publishing.pending(show, documents(show))}
    return known[show.pk]


def is_public(session: Session) -> bool:
    return Published.objects.filter(pk=session.pk).exists()


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case State.CANCELLED:
                return queryset.filter(is_cancelled=True)
            case State.UNPLACED:
                return queryset.filter(starts_at=None, is_cancelled=False)
            case State.DRAFT:
                return queryset.filter(published=None, starts_at__isnull=False, is_cancelled=False)
            case State.CHANGED:
                changed = pending_keys(request, request.show)
                return queryset.filter(published__isnull=False, pk__in=changed)
            case State.PUBLISHED:
                changed = pending_keys(request, request.show)
                return queryset.filter(published__isnull=False, is_cancelled=False).exclude(pk__in=changed)
        return queryset


class DayFilter(admin.SimpleListFilter):
    """The days of the current show, from midnight to midnight by its clocks."""

    title = gettext_lazy("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(day.date.isoformat(), formats.day_named(day.date)) for day in request.show.calendar]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in {value for value, _name in self.lookup_choices}:
            return queryset
        day = date.fromisoformat(self.value())
        begin, end = (times.begin(request.show, one) for one in (day, day + timedelta(days=1)))
        return queryset.filter(starts_at__gte=begin, starts_at__lt=end)


@admin.register(Session)
class SessionAdmin(PlanAdmin):
    """The plan as a list, and each session as a form. Nothing of it is public until it is published."""

    form = SessionForm
    may_delete = True

    class Media:
        js = (forms.widgets.Script("js/programme/named.js", type="module"),)

    change_form_template = "admin/programme/change_form.html"
    history_with = ("talks", "appearances", "materials")
    list_display = (
        "code",
        "shown_title",
        "kind",
        "time",
        "place",
        "host",
        "speakers",
        "places_shown",
        "signed_up",
        "state",
    )
    list_display_links = ("code", "shown_title")
    list_filter = (
        OfShowFilter,
        StateFilter,
        DayFilter,
        "kind",
        ("room", OfThisShow),
        ("series", OfThisShow),
        ("area", OfThisShow),
    )
    search_fields = (
        "code", "title_zh", "title_en", "talks__title_zh", "talks__title_en", "appearances__speaker__search",
        "host__name_zh", "host__name_en",
    )  # fmt: skip
    list_select_related = ("show", "room", "host", "published", "capacity")
    ordering = (F("starts_at").asc(nulls_first=True), "code")
    actions = ("unplace",)
    inlines = (TalkInline,)
    readonly_fields = ("standing_now", "when_read", "languages_read", "interpretation_read", "moderators_read",
                       "panel_read")  # fmt: skip
    fieldsets = (
        (None, {"fields": ("standing_now", ("code", "kind"), ("title_zh", "title_en"), "series")}),
        (
            gettext_lazy("When and where"),
            {
                "fields": (("day", "starts", "ends"), ("minutes", "ends_on"), "room", "outside_hours_why"),
                "description": gettext_lazy(
                    "By the clocks of the show. Without a day it waits among the sessions that are not placed yet."
                ),
            },
        ),
        (
            gettext_lazy("Who speaks"),
            {
                "fields": ("moderators", "panel"),
                "description": gettext_lazy("Who gives a talk stands beside it, below. Somebody speaks in it once."),
            },
        ),
        (
            gettext_lazy("For whom"),
            {
                "fields": (
                    "audience",
                    ("seats", "standing"),
                    ("reserve_guests", "reserve_walk_ins"),
                    "over_seats_why",
                    "languages",
                    "interpretation",
                )
            },
        ),
        (
            gettext_lazy("Signing up"),
            {
                "fields": (("access", "party_most"), ("signup_opens_at", "signup_closes_at")),
                "description": gettext_lazy("Where nobody has to sign up, the rest of it says nothing."),
            },
        ),
        (gettext_lazy("What it is about"), {"fields": ("host", "area", "about_zh", "about_en")}),
        (
            gettext_lazy("Tour"),
            {
                "fields": ("enterprise", ("meeting_zh", "meeting_en"), "guide", "bus", "travel_minutes"),
                "classes": ("collapse",),
                "description": gettext_lazy("For departures to open enterprises alone; they meet at a meeting point."),
            },
        ),
        (
            gettext_lazy("What to know before"),
            {
                "fields": ("age_from", ("bring_zh", "bring_en"), "asks_id", ("id_why_zh", "id_why_en")),
                "classes": ("collapse",),
            },
        ),
    )
    # What the form's own fields show, for who only reads.
    READ = {
        "day": "when_read", "starts": None, "ends": None, "ends_on": None, "minutes": None,
        "languages": "languages_read", "interpretation": "interpretation_read", "moderators": "moderators_read",
        "panel": "panel_read",
    }  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        speakers = Appearance.objects.filter(session=OuterRef("pk")).order_by()
        count = speakers.annotate(n=Func(F("pk"), function="count")).values("n")
        rows = super().get_queryset(request).annotate(speaking=Subquery(count, output_field=IntegerField()))
        if request.resolver_match.url_name != "programme_session_changelist":
            return rows
        changed = pending_keys(request, request.show)
        return rows.annotate(pending=Case(When(pk__in=changed, then=Value(True)), default=Value(False)))

    def get_inlines(self, request: HttpRequest, obj: Session | None) -> Any:
        return (TalkInline,) if may_plan(request) else (ReadTalkInline,)

    def get_fieldsets(self, request: HttpRequest, obj: Session | None = None) -> Any:
        if not may_plan(request):
            return tuple(
                (title, options | {"fields": self.read(options["fields"])}) for title, options in self.fieldsets
            )
        if obj is None:
            first, options = self.fieldsets[0]
            return ((first, options | {"fields": options["fields"][1:]}), *self.fieldsets[1:])
        return self.fieldsets

    def read(self, fields: Any) -> tuple[Any, ...]:
        """The same fields as they are read, one a line."""
        flat = [name for field in fields for name in ((field,) if isinstance(field, str) else field)]
        return tuple(name for name in (self.READ.get(name, name) for name in flat) if name)

    def get_form(self, request: HttpRequest, obj: Session | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            # Read once for the form and its rows, whose times follow the session's.
            obj.__dict__.setdefault("_shown_start", obj.starts_at)
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Session, form: SessionForm, change: bool) -> None:
        """Together with its talks, see `save_related`."""

    def save_related(self, request: HttpRequest, form: SessionForm, formsets: Any, change: bool) -> None:
        for formset in formsets:
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        talks = next(formset for formset in formsets if isinstance(formset, TalkFormSet))
        editing.save_session(actor=Actor.of(request.user), session=form.instance, line_up=line_up(form, talks))

    def response_add(self, request: HttpRequest, obj: Session, post_url_continue: str | None = None) -> HttpResponse:
        answer = super().response_add(request, obj, post_url_continue)
        self.say_what_comes_next(request, obj)
        return answer

    def response_change(self, request: HttpRequest, obj: Session) -> HttpResponse:
        answer = super().response_change(request, obj)
        self.say_what_comes_next(request, obj)
        return answer

    def say_what_comes_next(self, request: HttpRequest, session: Session) -> None:
        if session.starts_at is None:
            messages.info(request, _("It has no time yet, so it waits beside the planner's grid."))
        elif session.pk in pending_keys(request, session.show):
            messages.info(request, _("The public sees what changed when it is published."))

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        planning.delete(actor=Actor.of(request.user), sessions=[obj], show=obj.show)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for show in Show.objects.filter(pk__in=queryset.values("show")):
            planning.delete(actor=Actor.of(request.user), sessions=list(queryset.filter(show=show)), show=show)

    def view_on_site(self, session: Session) -> str | None:
        return session.get_absolute_url() if session.show.is_current and is_public(session) else None

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        rows = Session.objects.filter(pk__in=queryset.values("pk"))
        counts = rows.aggregate(
            all=Count("pk"),
            unplaced=Count("pk", filter=Q(starts_at=None, is_cancelled=False)),
            cancelled=Count("pk", filter=Q(is_cancelled=True)),
            public=Count("published"),
        )
        changed = rows.filter(pk__in=pending_keys(request, request.show)).count()
        speakers = Appearance.objects.filter(session__in=rows).aggregate(n=Count("speaker", distinct=True))["n"]
        return [
            (_("sessions"), str(counts["all"])),
            (_("published"), str(counts["public"])),
            (_("not published as they stand"), str(changed)),
            (_("not placed"), str(counts["unplaced"])),
            (_("cancelled"), str(counts["cancelled"])),
            (_("speakers"), str(speakers)),
        ]

    # The list's columns.

    @admin.display(description=gettext_lazy("title"), ordering="title_en")
    def shown_title(self, session: Session) -> str:
        return session.title

    @admin.display(description=gettext_lazy("when"), ordering="starts_at")
    def time(self, session: Session) -> str:
        zone = session.show.zone
        if session.starts_at is None:
            return ngettext("%(n)d minute", "%(n)d minutes", session.minutes) % {"n": session.minutes}
        return times.span_short(session.starts_at.astimezone(zone), session.ends_at.astimezone(zone))

    @admin.display(description=gettext_lazy("where"), ordering="room__name_en")
    def place(self, session: Session) -> str:
        return session.room.name if session.room else session.meeting or "–"

    @admin.display(description=gettext_lazy("speakers"), ordering="speaking")
    def speakers(self, session: Session) -> str:
        return str(session.speaking or "–")

    @admin.display(description=gettext_lazy("places"), ordering="seats")
    def places_shown(self, session: Session) -> str:
        return formats.number(session.places) if session.places else "–"

    @admin.display(description=gettext_lazy("signed up"), ordering="capacity__taken")
    def signed_up(self, session: Session) -> str:
        """27/40, 12 waiting; the way to the list of who."""
        places: SessionPlaces | None = getattr(session, "capacity", None)
        if places is None or (places.access == Access.NONE and not places.taken):
            return "–"
        told = f"{formats.number(places.taken)}/{formats.number(places.places)}"
        if places.waiting:
            told = formats.listed([told, _("%(n)s waiting") % {"n": formats.number(places.waiting)}])
        return format_html(
            '<a href="{}">{}</a>{}',
            reverse("admin:programme_signups_session", args=[session.pk]),
            told,
            format_html(' <span class="state bad">{}</span>', pgettext("places", "over")) if places.over else "",
        )

    @admin.display(description=gettext_lazy("state"))
    def state(self, session: Session) -> str:
        return str(self.state_of(session).label)

    @staticmethod
    def state_of(session: Session) -> State:
        if session.is_cancelled:
            return State.CANCELLED
        if session.starts_at is None:
            return State.UNPLACED
        published = getattr(session, "published", None)
        if published is None:
            return State.DRAFT
        return State.CHANGED if getattr(session, "pending", False) else State.PUBLISHED

    # What stands above the form.

    @admin.display(description=gettext_lazy("state"))
    def standing_now(self, session: Session) -> str:
        """How it stands, what publishing would change, and the ways from here."""
        if session.pk is None:
            return "–"
        public = Published.objects.filter(pk=session.pk).first()
        told = [str(self.state_of(session).label)]
        if session.is_cancelled and session.cancelled_why:
            told.append(session.cancelled_why)
        if public is not None:
            after = Document.of(session) if session.starts_at else None
            changed = differences(public.told, after)
            if changed:
                told[0] = str((State.CANCELLED if session.is_cancelled else State.CHANGED).label)
                told.append(formats.listed(one.label for one in changed))
        return " · ".join(told)

    @admin.display(description=gettext_lazy("when"))
    def when_read(self, session: Session) -> str:
        return self.time(session)

    @admin.display(description=gettext_lazy("languages"))
    def languages_read(self, session: Session) -> str:
        return tongues.named(session.languages) or "–"

    @admin.display(description=gettext_lazy("interpreted into"))
    def interpretation_read(self, session: Session) -> str:
        return tongues.named(session.interpretation) or "–"

    @admin.display(description=gettext_lazy("moderators"))
    def moderators_read(self, session: Session) -> str:
        return linked(one.speaker for one in session.appearances.select_related("speaker") if one.moderates)

    @admin.display(description=gettext_lazy("on the panel"))
    def panel_read(self, session: Session) -> str:
        rows = session.appearances.select_related("speaker").filter(talk=None, moderates=False)
        return linked(one.speaker for one in rows)

    # Acts.

    @admin.action(description=gettext_lazy("Take off the timetable"), permissions=["change"])
    def unplace(self, request: HttpRequest, queryset: QuerySet) -> None:
        count = 0
        for session in queryset.filter(starts_at__isnull=False):
            try:
                planning.unplace(actor=Actor.of(request.user), session=session, step=session.step)
            except Refusal as refusal:
                self.message_user(request, f"{session}: {refusal.sentence}", messages.WARNING)
            else:
                count += 1
        told = ngettext("%(n)d session waits to be placed.", "%(n)d sessions wait to be placed.", count)
        self.message_user(request, told % {"n": count}, messages.SUCCESS if count else messages.WARNING)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        steps = []
        if found is not None:
            if SessionPlaces.objects.filter(pk=found.pk).exists():
                steps.append((reverse("admin:programme_signups_session", args=[found.pk]), _("Who signed up")))
            acts = [("place", _("In the planner"))]
            if may_plan(request):
                acts.append(("restore", _("Restore")) if found.is_cancelled else ("cancel", _("Cancel …")))
            for act, words in acts:
                steps.append((reverse(f"admin:programme_planner_{act}", args=[found.pk]), words))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "steps": steps})


@tells(*PLANNING)
def matters(request: HttpRequest) -> list[Matter]:
    """What of the plan waits for somebody."""
    show = Show.objects.current()
    if show is None:
        return []
    unplaced_ones = f"{reverse('admin:programme_session_changelist')}?state=unplaced"
    changed = len(pending_keys(request, show))
    unplaced = Session.objects.filter(show=show, starts_at=None, is_cancelled=False).count()
    return [
        Matter(
            changed,
            _("sessions to publish"),
            reverse("admin:programme_planner_publish"),
            note=_("planned otherwise than the public sees them"),
            pressing=changed > 0,
        ),
        Matter(unplaced, _("sessions without a time"), unplaced_ones),
    ]
