"""Who comes: looking people up, and what is done with their tickets and badges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acting import Actor
from accounts.desk import DeskAdmin, language_named
from accounts.history import name_acts, name_rows
from accounts.models import Role
from accounts.today import Matter, tells
from expo import formats
from expo.models import Show
from visitors.actions.details import correct_details
from visitors.actions.registering import Details
from visitors.admin.acts import ActsOnRegistrations
from visitors.badges import serials
from visitors.forms import CorrectionForm
from visitors.looking_up import LookUp, for_a_moment
from visitors.models import Badge, Consent, Registration, Ticket
from visitors.searching import with_every_word

name_acts(
    registered=gettext_lazy("registered"),
    registrations_exported=gettext_lazy("registrations exported"),
    ticket_given_back=gettext_lazy("ticket given back"),
    ticket_lapsed=gettext_lazy("ticket lapsed, the e-mail was not confirmed"),
    ticket_taken_again=gettext_lazy("ticket taken again at a gate"),
    address_confirmed=gettext_lazy("e-mail confirmed"),
    ticket_approved=gettext_lazy("ticket approved"),
    ticket_declined=gettext_lazy("ticket declined"),
    ticket_paid=gettext_lazy("marked as paid"),
    badge_revoked=gettext_lazy("badge revoked"),
    badge_reissued=gettext_lazy("badge issued anew"),
    badge_sent_again=gettext_lazy("badge sent again"),
    link_replaced=gettext_lazy("link replaced"),
    details_corrected=gettext_lazy("details corrected"),
    news_wanted=gettext_lazy("agreed to news"),
    news_withdrawn=gettext_lazy("wants no news any more"),
    places_set=gettext_lazy("places set"),
    invitation_corrected=gettext_lazy("invitation code changed"),
    erased=gettext_lazy("erased"),
    kept_long_enough=gettext_lazy("erased, kept long enough"),
)

name_rows(Registration, str)
name_rows(Badge, str)

#: How the list marks the states of tickets.
LOOKS = {
    Ticket.State.VALID: "good",
    Ticket.State.AWAITING: "waits",
    Ticket.State.DECLINED: "bad",
    Ticket.State.GIVEN_BACK: "",
    Ticket.State.LAPSED: "",
}
HOW_REGISTERED = (
    "show", "category", "written_to_in", "channel", "registered_by", "registered_at", "confirm_by", "erased_at",
)  # fmt: skip
EDITED = CorrectionForm.Meta.fields


class ReadInline(admin.TabularInline):
    """Rows that belong to a registration and move by acts only."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TicketInline(ReadInline):
    model = Ticket
    fields = ("ticket_type", "days", "state", "reason", "price", "paid_at", "paid_by", "given_at", "ended_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).select_related("ticket_type")


class BadgeInline(ReadInline):
    model = Badge
    fields = ("number", "version", "issued_at", "revoked_at", "reason")
    readonly_fields = ("number",)

    @admin.display(description=gettext_lazy("serial"))
    def number(self, badge: Badge) -> str:
        return badge.serial_in_groups


class ConsentInline(ReadInline):
    model = Consent
    fields = ("wording", "given_in", "channel", "given_at", "withdrawn_at")
    readonly_fields = ("given_in",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        return super().get_queryset(request).select_related("wording")

    @admin.display(description=gettext_lazy("language"))
    def given_in(self, consent: Consent) -> str:
        return language_named(consent.language)


class TicketStateFilter(admin.SimpleListFilter):
    title = gettext_lazy("ticket")
    parameter_name = "ticket"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [*Ticket.State.choices, ("due", gettext_lazy("payment due"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        held = Ticket.objects.filter(registration=OuterRef("pk"))
        if self.value() == "due":
            return queryset.filter(Exists(held.filter(state__in=Ticket.LIVE, price__gt=0, paid_at=None)))
        if self.value() in Ticket.State:
            found = queryset.filter(Exists(held.filter(state=self.value())))
            # Nothing waits any more for somebody who was erased.
            return found.kept() if self.value() == Ticket.State.AWAITING else found
        return queryset


class ShowFilter(admin.SimpleListFilter):
    title = gettext_lazy("show")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        shows = for_a_moment("shows", lambda: list(Show.objects.values_list("pk", "short")))
        return [(str(pk), short) for pk, short in shows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        known = {pk for pk, _short in self.lookup_choices}
        return queryset.filter(show=self.value()) if self.value() in known else queryset


@admin.register(Registration)
class RegistrationAdmin(ActsOnRegistrations, DeskAdmin):
    """Who comes: look somebody up, decide on requests, put badges right."""

    seen_by = frozenset({Role.ORGANISER, Role.AUDITOR, Role.GATE_STAFF})
    may_add = False
    form = CorrectionForm
    history_with = ("tickets", "badges", "consents")
    list_display = ("name_shown", "category", "firm", "email", "ticket_state", "serial", "registered_at")
    list_filter = (TicketStateFilter, "category", ShowFilter)
    search_fields = ("search",)
    search_help_text = gettext_lazy("Part of a name, e-mail, firm or phone, or a badge number")
    ordering = ("-registered_at",)
    list_per_page = 50
    inlines = (TicketInline, BadgeInline, ConsentInline)
    actions = (
        "approve", "decline", "mark_paid", "send_again", "confirm", "reissue", "revoke", "replace_link", "export",
        "erase",
    )  # fmt: skip
    unbounded = frozenset({"export"})
    fieldsets = (
        (None, {"fields": EDITED}),
        (
            gettext_lazy("How they registered"),
            {"fields": HOW_REGISTERED},
        ),
    )
    readonly_fields = HOW_REGISTERED

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        return super().get_queryset(request).prefetch_related("tickets", "badges")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Registration], search_term: str
    ) -> tuple[QuerySet[Registration], bool]:
        """Every word has to be somewhere in name, e-mail, firm or phone; a badge's number is looked up as such."""
        serial = serials.tidy(search_term)
        if serial:
            return queryset.filter(pk__in=Badge.objects.filter(serial=serial).values("registration")), False
        return with_every_word(queryset, search_term), False

    @admin.display(description=gettext_lazy("language"))
    def written_to_in(self, row: Registration) -> str:
        return language_named(row.language)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LookUp]:
        return LookUp

    def totals(self, request: HttpRequest, queryset: QuerySet[Registration]) -> list[tuple[str, str]]:
        """Nothing of what was searched for: whoever looks somebody up counts nothing."""
        if request.GET.get(SEARCH_VAR):
            return []
        states, due = for_a_moment(f"registration totals:{queryset.query}", lambda: self._counted(queryset))
        return [
            *((str(label), f"{states.get(state, 0):,}") for state, label in Ticket.State.choices),
            (_("to be paid at gates"), formats.money(due)),
        ]

    def _counted(self, queryset: QuerySet[Registration]) -> tuple[dict[str, int], Decimal]:
        """Tickets by state, and yuan that are due."""
        held = Ticket.objects.all()
        if queryset.query.where:
            held = held.filter(registration__in=queryset.values("pk"))
        due = Sum("price", filter=Q(state__in=Ticket.LIVE, price__gt=0, paid_at=None))
        rows = list(held.values_list("state").annotate(n=Count("pk"), due=due))
        return {state: count for state, count, _due in rows}, sum(
            (due or Decimal(0) for *_rest, due in rows), Decimal(0)
        )

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def name_shown(self, row: Registration) -> str:
        return f"{row} ({row.name_latin})" if row.name_latin else str(row)

    @admin.display(description=gettext_lazy("ticket"))
    def ticket_state(self, row: Any) -> str:
        state = row.held_state or row.last_state
        if state is None:
            return "–"
        if row.held_state == Ticket.State.VALID and not row.worn_serial:
            return format_html('<span class="state bad">{}</span>', _("badge revoked"))
        if row.held_state and row.held_is_due:
            return format_html('<span class="state waits">{}</span>', _("payment due"))
        return format_html('<span class="state {}">{}</span>', LOOKS[state], Ticket.State(state).label)

    @admin.display(description=gettext_lazy("badge"))
    def serial(self, row: Any) -> str:
        return serials.shown(row.worn_serial) if row.worn_serial else "–"

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: bool) -> None:
        values = {field: getattr(obj, field) for field in EDITED}
        values["country"] = obj.country.code
        values["phone"] = obj.phone.as_e164 if obj.phone else ""
        correct_details(actor=Actor.of(request.user), registration=obj, details=Details(**values), at=obj.show.now())

    def has_change_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.erased_at is None)


@tells(Role.ORGANISER, Role.AUDITOR)
def waiting_tickets(request: HttpRequest) -> list[Matter]:
    show = Show.objects.filter(is_current=True).values_list("pk", flat=True).first()
    waiting = Ticket.objects.filter(
        state=Ticket.State.AWAITING, registration__show=show, registration__erased_at=None
    ).count()
    return [
        Matter(
            waiting,
            _("Tickets that wait for approval"),
            f"{reverse('admin:visitors_registration_changelist')}?ticket=awaiting&show={show}",
            pressing=waiting > 0,
        )
    ]
