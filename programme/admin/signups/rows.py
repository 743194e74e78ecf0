"""Sign-ups, moves up and turns as lists to read, codes to change; and where the pages of sign-ups hang."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import DeskAdmin
from accounts.history import name_rows
from accounts.site import Corner
from accounts.today import Matter, tells
from accounts.typed import key_in
from expo import formats
from expo.models import Show
from programme import times
from programme.admin.seeing import OfShowFilter, PlanAdmin
from programme.admin.sessions import DayFilter
from programme.admin.signups import acts, lists, out
from programme.models import Access, Handover, MoveUp, Session, SessionCode, SessionPlaces, Signup, Turn
from programme.models.people import PLANNING, READING

name_rows(Signup, lambda row: f"{row.session.code} · {row.registration}", "session", "registration")
name_rows(SessionCode, str)
name_rows(Handover, lambda row: str(row.to), "to")

WHO = (
    "registration__name", "registration__email", "registration__firm", "participants__name",
    "participants__registration__name",
)  # fmt: skip


class OfSessionsShow(OfShowFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(session__show=self.chosen())


class OfSessionsDay(DayFilter):
    """The day of the session."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        day = day_of(request, self.value() or "")
        return queryset.filter(session__starts_at__gte=day[0], session__starts_at__lt=day[1]) if day else queryset


def day_of(request: HttpRequest, text: str) -> tuple[datetime, datetime] | None:
    """From when to when one of the show's days lasts."""
    day = next((one.date for one in request.show.calendar if one.date.isoformat() == text), None)
    return (times.begin(request.show, day), times.begin(request.show, day + timedelta(days=1))) if day else None


class SessionFilter(admin.SimpleListFilter):
    """The sessions of the day that is chosen, so that they fit beside a list; or the one that is asked for."""

    title = gettext_lazy("session")
    parameter_name = "session"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        chosen, day = request.GET.get("session", ""), day_of(request, request.GET.get("day", ""))
        rows = Session.objects.filter(capacity__isnull=False).exclude(capacity__access=Access.NONE)
        if day is not None:
            rows = rows.filter(show=request.show, starts_at__gte=day[0], starts_at__lt=day[1])
        elif chosen:
            rows = rows.filter(pk=key_in(chosen))
        else:
            return []
        return [(str(one.pk), f"{one.code} {one.title}"[:60]) for one in rows.order_by("starts_at", "code")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {value for value, _name in self.lookup_choices}
        return queryset.filter(session=self.value()) if self.value() in known else queryset


def list_link(session: Session) -> str:
    address = reverse("admin:programme_signups_session", args=[session.pk])
    return format_html('<a href="{}">{} {}</a>', address, session.code, session.title)


class ReadAdmin(DeskAdmin):
    """Rows that acts alone make and change."""

    seen_by = READING
    changed_by = frozenset()
    may_add = False

    def moment(self, at: Any, session: Session) -> str:
        return formats.moment_short(at.astimezone(session.show.zone)) if at else "–"

    @admin.display(description=gettext_lazy("session"), ordering="session__starts_at")
    def session_shown(self, row: Any) -> str:
        return list_link(row.session)


@admin.register(Signup)
class SignupAdmin(ReadAdmin):
    """All sign-ups; what is done with them is done from their session's list."""

    list_display = ("who", "session_shown", "party", "state_shown", "origin", "since", "until", "why")
    list_filter = (OfSessionsShow, "state", OfSessionsDay, "origin", SessionFilter)
    search_fields = WHO
    search_help_text = gettext_lazy("Part of a name, e-mail or firm, or a badge number")
    list_select_related = ("session__show", "registration")
    ordering = ("-pk",)
    history_with = ("handovers",)
    fieldsets = (
        (None, {"fields": ("plan_link", "session_shown", "party", "people", "state_shown", "origin", "code", "came")}),
        (gettext_lazy("When"), {"fields": ("since", "offered", "until", "offers", "ended", "ahead", "why")}),
    )
    readonly_fields = (
        "plan_link", "session_shown", "people", "state_shown", "since", "offered", "until", "ended",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("session__show", "registration")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return (lists.found(queryset, search_term[:80]), False) if search_term.strip() else (queryset, False)

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        """Of all that is listed: each is counted once, however many of a party were found."""
        rows = Signup.objects.filter(pk__in=queryset.values("pk"))
        counted = {state: (n, people) for state, n, people in rows.order_by().values_list("state").annotate(
            n=Count("pk"), people=Sum("party"))}  # fmt: skip
        return [
            (str(label), _("%(parties)s (%(people)s people)") % {"parties": formats.number(counted[state][0]),
                                                                 "people": formats.number(counted[state][1])})
            for state, label in Signup.State.choices
            if state in counted
        ]  # fmt: skip

    @admin.display(description=gettext_lazy("name"), ordering="registration__name")
    def who(self, row: Signup) -> str:
        return str(row.registration)

    @admin.display(description=gettext_lazy("name"))
    def plan_link(self, row: Signup) -> str:
        address = reverse("admin:programme_signups_person", args=[row.registration_id])
        return format_html('<a href="{}">{}</a>', address, row.registration)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, row: Signup) -> str:
        look = lists.LOOKS.get(Signup.State(row.state), "")
        return format_html('<span class="state {}">{}</span>', look, row.get_state_display())

    @admin.display(description=gettext_lazy("who comes"))
    def people(self, row: Signup) -> str:
        people = row.participants.select_related("registration").defer("id_sealed")
        return format_html_join(", ", "{}", ((one.registration or one.name,) for one in people)) or "–"

    @admin.display(description=gettext_lazy("signed up at"), ordering="pk")
    def since(self, row: Signup) -> str:
        return self.moment(row.joined_at, row.session)

    @admin.display(description=gettext_lazy("offered at"))
    def offered(self, row: Signup) -> str:
        return self.moment(row.offered_at, row.session)

    @admin.display(description=gettext_lazy("offered until"), ordering="offered_until")
    def until(self, row: Signup) -> str:
        return self.moment(row.offered_until, row.session)

    @admin.display(description=gettext_lazy("ended at"))
    def ended(self, row: Signup) -> str:
        return self.moment(row.ended_at, row.session)


class OfWaitingList(ReadAdmin):
    """What happened in waiting lists, newest first."""

    list_filter: tuple[Any, ...] = (OfSessionsShow, OfSessionsDay, SessionFilter)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("session__show")

    @admin.display(description=gettext_lazy("at"), ordering="at")
    def when(self, row: Any) -> str:
        return self.moment(row.at, row.session)


@admin.register(MoveUp)
class MoveUpAdmin(OfWaitingList):
    """Whom staff moved up, past how many, and why."""

    list_display = ("when", "session_shown", "who", "overtaken", "why")
    search_fields = ("why", "signup__registration__name", "signup__registration__email")
    fields = readonly_fields = ("when", "session_shown", "who", "overtaken", "why", "by")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("signup__registration")

    @admin.display(description=gettext_lazy("name"), ordering="signup__registration__name")
    def who(self, row: MoveUp) -> str:
        return str(row.signup.registration)

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        counts = queryset.aggregate(n=Count("pk"), past=Sum("overtaken"))
        return [
            (_("moved up"), formats.number(counts["n"])),
            (_("parties overtaken"), formats.number(counts["past"] or 0)),
        ]


@admin.register(Turn)
class TurnAdmin(OfWaitingList):
    """Each turn of a waiting list: how many places were free, why, and to how many they were offered."""

    list_display = ("when", "session_shown", "cause", "free", "offered_to", "passed_over")
    list_filter = (*OfWaitingList.list_filter, "cause")
    fields = readonly_fields = ("when", "session_shown", "cause", "free", "offered_to", "passed_over")

    @admin.display(description=gettext_lazy("offered to parties of"))
    def offered_to(self, row: Turn) -> str:
        return ", ".join(str(party) for _pk, party in row.offered) or "–"

    @admin.display(description=gettext_lazy("passed over, parties of"))
    def passed_over(self, row: Turn) -> str:
        return ", ".join(str(party) for _pk, party in row.passed) or "–"

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        counts = dict(queryset.order_by().values_list("cause").annotate(n=Count("pk")))
        return [(str(label), formats.number(counts[cause])) for cause, label in Turn.Cause.choices if cause in counts]


@admin.register(SessionCode)
class SessionCodeAdmin(PlanAdmin):
    """Codes for sessions by invitation. What was used once is changed with care: nobody loses a place by that."""

    list_display = ("code", "session_shown", "for_whom", "places", "used", "valid_until")
    list_filter = (OfSessionsShow, SessionFilter)
    search_fields = ("code", "for_whom", "session__code", "session__title_en", "session__title_zh")
    may_delete = True
    list_select_related = ("session__show",)
    ordering = ("session__starts_at", "code")
    readonly_fields = ("used",)
    autocomplete_fields = ("session",)
    fieldsets = ((None, {"fields": ("session", ("code", "for_whom"), ("places", "used"), "valid_until")}),)
    beside = {"code_taken": "code", "code_used": "places"}

    def show_of(self, request: HttpRequest, obj: SessionCode | None = None) -> Show:
        return obj.session.show if obj is not None else request.show

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("session__show")

    def get_readonly_fields(self, request: HttpRequest, obj: SessionCode | None = None) -> Any:
        return ("used",) if obj is None else ("used", "session")

    def has_delete_permission(self, request: HttpRequest, obj: SessionCode | None = None) -> bool:
        return self.has_change_permission(request, obj) and (obj is None or obj.used == 0)

    @admin.display(description=gettext_lazy("session"), ordering="session__starts_at")
    def session_shown(self, row: SessionCode) -> str:
        return f"{row.session.code} {row.session.title}"

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        counts = queryset.aggregate(n=Count("pk"), places=Sum("places"), used=Sum("used"))
        return [
            (_("codes"), formats.number(counts["n"])),
            (_("people they are for"), formats.number(counts["places"] or 0)),
            (_("used"), formats.number(counts["used"] or 0)),
        ]


@tells(*PLANNING)
def matters(request: HttpRequest) -> list[Matter]:
    """Who is over, who asks for approval, and where offers lapse."""
    show = Show.objects.current()
    if show is None:
        return []
    home = reverse("admin:programme_signups")
    coming = SessionPlaces.objects.filter(session__show=show, takes_place=True, starts_at__gt=show.now())
    over = coming.aggregate(people=Sum("over"), sessions=Count("pk", filter=Q(over__gt=0)))
    asking = Signup.objects.filter(state=Signup.State.REQUESTED, session__in=coming.values("pk")).count()
    offers = (
        Signup.objects.filter(session__in=coming.values("pk"), offers__gt=0)
        .order_by()
        .values("session")
        .annotate(made=Sum("offers"), lapsed=Count("pk", filter=Q(state=Signup.State.LAPSED)))
        .filter(made__gte=lists.ENOUGH_OFFERS, lapsed__gte=F("made") * lists.LAPSES)
        .count()
    )
    found = [
        Matter(
            asking,
            _("sign-ups to approve"),
            f"{home}?only=requests",
            pressing=asking > 0,
        )
    ]
    if over["people"]:
        told = _("more have places than there are: decide who")
        found.append(Matter(over["people"], _("people over in sessions"), f"{home}?only=over", told, pressing=True))
    if offers:
        told = _("many do not take what is offered to them")
        found.append(Matter(offers, _("sessions whose offers lapse"), f"{home}?only=lapsing", told))
    return found


def address(route: str, view: Any, name: str) -> Any:
    return path(f"programme/signups/{route}", admin.site.admin_view(view), name=f"programme_{name}")


admin.site.open_corner(
    Corner(
        "programme",
        gettext_lazy("Sign-ups by session"),
        READING,
        (
            address("", lists.across, "signups"),
            address("session/<int:pk>/", lists.session_list, "signups_session"),
            address("no-shows/", lists.no_shows, "signups_no_shows"),
            address("session/<int:pk>/door/", lists.door, "signups_door"),
            address("session/<int:pk>/act/", acts.act, "signups_act"),
            address("session/<int:pk>/guest/", acts.guest, "signups_guest"),
            address("session/<int:pk>/close/", acts.close, "signups_close"),
            address("session/<int:pk>/places/", acts.places, "signups_places"),
            address("session/<int:pk>/message/", acts.message, "signups_message"),
            address("session/<int:pk>/turns/", lists.turns, "signups_turns"),
            address("session/<int:pk>/<slug:form>/", out.of_session, "signups_session_out"),
            address("person/<int:pk>/", lists.person, "signups_person"),
            address("all/<slug:form>/", out.of_show, "signups_out"),
        ),
    )
)
