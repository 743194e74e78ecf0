"""Who comes: looking people up, and what is done with their tickets and badges."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.acting import Actor
from accounts.desk import DeskAdmin
from accounts.history import name_acts, name_rows
from accounts.models import Role
from accounts.refusals import Refusal
from accounts.today import Matter, tells
from expo import formats
from expo.models import Show
from visitors import exports
from visitors.actions import badges, confirming, privacy, tickets
from visitors.actions.details import correct_details
from visitors.actions.registering import Details
from visitors.badges import serials
from visitors.forms import CorrectionForm
from visitors.looking_up import LookUp, for_a_moment
from visitors.models import (
    Badge,
    Consent,
    Registration,
    Ticket,
)
from visitors.searching import with_every_word

name_acts(
    registered=gettext_lazy("registered"),
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
    "show", "category", "language", "channel", "registered_by", "registered_at", "confirm_by", "erased_at",
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
    fields = ("serial", "version", "issued_at", "revoked_at", "reason")


class ConsentInline(ReadInline):
    model = Consent
    fields = ("wording", "language", "channel", "given_at", "withdrawn_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        return super().get_queryset(request).select_related("wording")


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


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The visitor reads it."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )


class OwnReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Stays in the history; leave names out of it."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )


class PaymentForm(forms.Form):
    by = forms.ChoiceField(
        label=gettext_lazy("Paid by"), choices=[("", gettext_lazy("- Select an option -")), *Ticket.Payment.choices]
    )


@admin.register(Registration)
class RegistrationAdmin(DeskAdmin):
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

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.has_role(Role.ORGANISER, Role.AUDITOR)

    # What staff do with several at once.

    def carry_out(self, request: HttpRequest, rows: Iterable[Registration], act: Callable[..., Any], done: str) -> None:
        """Do it for each, tell how many it was done for, and why not for the others."""
        count = 0
        for row in rows:
            try:
                act(row)
            except Refusal as refusal:
                self.message_user(request, f"{row}: {refusal.sentence}", messages.WARNING)
            else:
                count += 1
        if count:
            told = ngettext("%(count)d registration: %(done)s.", "%(count)d registrations: %(done)s.", count)
            self.message_user(request, told % {"count": count, "done": done}, messages.SUCCESS)

    def asked(
        self,
        request: HttpRequest,
        rows: QuerySet[Registration],
        form_class: type[forms.Form],
        *,
        title: str,
        happens: str,
        danger: str = "",
        total: Decimal | None = None,
    ) -> tuple[forms.Form | None, HttpResponse | None]:
        """The filled-in form, or the page that asks for it.

        The page says what `happens`, warns where there is `danger`, and tells who owes what where there is a `total`.
        """
        form = form_class(request.POST if request.POST.get("apply") else None)
        if form.is_bound and form.is_valid():
            return form, None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "happens": happens,
            "danger": danger,
            "total": None if total is None else formats.money(total),
            "rows": [(row, "" if total is None else _due(row)) for row in rows[:20]],
            "number": rows.count(),
            "action": request.POST.get("action", ""),
            "select_across": request.POST.get("select_across", "0"),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        }
        return None, render(request, "admin/visitors/act.html", context, status=422 if form.is_bound else 200)

    @admin.action(description=gettext_lazy("Approve the ticket"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        def act(row: Registration) -> None:
            tickets.approve(actor=Actor.of(request.user), ticket=_ticket(row), at=row.show.now())

        self.carry_out(request, _with_show(queryset), act, _("approved, the badge is on its way"))

    @admin.action(description=gettext_lazy("Decline with a reason …"), permissions=["change"])
    def decline(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        form, page = self.asked(
            request,
            queryset,
            ReasonForm,
            title=_("Decline the ticket"),
            happens=_("A mail with the reason goes out, and the places become free for others. This cannot be undone."),
        )
        if form is None:
            return page

        def act(row: Registration) -> None:
            tickets.decline(
                actor=Actor.of(request.user),
                ticket=_ticket(row),
                reason=form.cleaned_data["reason"],
                at=row.show.now(),
            )

        self.carry_out(request, _with_show(queryset), act, _("declined, the reason is on its way"))
        return None

    @admin.action(description=gettext_lazy("Mark as paid …"), permissions=["change"])
    def mark_paid(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        form, page = self.asked(
            request,
            queryset,
            PaymentForm,
            title=_("Mark as paid"),
            happens=_(
                "The gates ask for no money any more. No mail goes out. This cannot be undone, so take the money first."
            ),
            total=_counted_due(queryset),
        )
        if form is None:
            return page

        def act(row: Registration) -> None:
            tickets.mark_paid(
                actor=Actor.of(request.user), ticket=_ticket(row), by=form.cleaned_data["by"], at=row.show.now()
            )

        self.carry_out(request, _with_show(queryset), act, _("marked as paid"))
        return None

    @admin.action(description=gettext_lazy("Send link and badge again"), permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        def act(row: Registration) -> None:
            badges.send_badge_again(actor=Actor.of(request.user), registration=row, at=row.show.now())

        self.carry_out(request, _with_show(queryset), act, _("sent again"))

    @admin.action(description=gettext_lazy("Confirm the e-mail for them"), permissions=["change"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        gone: dict[int, Registration] = {}

        def act(row: Registration) -> None:
            done = confirming.confirm_address(actor=Actor.of(request.user), registration=row, at=row.show.now())
            gone.update({one.pk: one for one in done.gone})

        self.carry_out(request, _with_show(queryset.kept()), act, _("e-mail confirmed"))
        for row in gone.values():
            told = _("%(row)s: the ticket had lapsed, and its days have no places left.") % {"row": row}
            self.message_user(request, told, messages.WARNING)

    @admin.action(description=gettext_lazy("Issue the badge anew …"), permissions=["change"])
    def reissue(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        form, page = self.asked(
            request,
            queryset,
            OwnReasonForm,
            title=_("Issue the badge anew"),
            happens=_(
                "The old badge opens no gate from now on, and a mail with the new one goes out. "
                "The ticket and the link to the visit stay."
            ),
        )
        if form is None:
            return page

        def act(row: Registration) -> None:
            badges.reissue_badge(
                actor=Actor.of(request.user),
                registration=row,
                reason=form.cleaned_data["reason"],
                at=row.show.now(),
            )

        self.carry_out(request, _with_show(queryset), act, _("issued anew, the badge is on its way"))
        return None

    @admin.action(description=gettext_lazy("Revoke the badge …"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        form, page = self.asked(
            request,
            queryset,
            ReasonForm,
            title=_("Revoke the badge"),
            happens=_(
                "The badge opens no gate from now on, and a mail with the reason goes out. "
                "The ticket stays, and its places stay taken; a badge can be issued anew."
            ),
        )
        if form is None:
            return page

        def act(row: Registration) -> None:
            badges.revoke_badge(
                actor=Actor.of(request.user),
                registration=row,
                reason=form.cleaned_data["reason"],
                at=row.show.now(),
            )

        self.carry_out(request, _with_show(queryset), act, _("revoked, the reason is on its way"))
        return None

    @admin.action(description=gettext_lazy("Replace the link to the visit"), permissions=["change"])
    def replace_link(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        def act(row: Registration) -> None:
            badges.replace_link(actor=Actor.of(request.user), registration=row, at=row.show.now())

        self.carry_out(request, _with_show(queryset.kept()), act, _("the new link is on its way"))

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["export"])
    def export(self, request: HttpRequest, queryset: QuerySet[Registration]) -> StreamingHttpResponse:
        exports.record_export(Actor.of(request.user), rows=queryset.count())
        response = StreamingHttpResponse(exports.registrations_csv(queryset), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="registrations.csv"'
        return response

    @admin.action(description=gettext_lazy("Erase who it was …"), permissions=["change"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        form, page = self.asked(
            request,
            queryset,
            OwnReasonForm,
            title=_("Erase who it was"),
            happens=_(
                "Name, e-mail, phone and all else that says who it was are removed, the badge ends, and the places "
                "of days to come become free. No mail goes out."
            ),
            danger=_("This cannot be undone: nobody can bring back what is erased."),
        )
        if form is None:
            return page

        def act(row: Registration) -> None:
            privacy.erase(
                actor=Actor.of(request.user), registration=row, at=row.show.now(), why=form.cleaned_data["reason"]
            )

        self.carry_out(request, _with_show(queryset), act, _("erased"))
        return None


def _with_show(rows: QuerySet[Registration]) -> list[Registration]:
    return list(rows.select_related("show").prefetch_related("show__days"))


def _due(row: Registration) -> str:
    """What is to be paid for the ticket, in words."""
    ticket = row.ticket
    return formats.money(ticket.price) if ticket is not None and ticket.is_due else _("nothing to pay")


def _counted_due(rows: QuerySet[Registration]) -> Decimal:
    """What all of them are to pay, in yuan."""
    held = Ticket.objects.filter(registration__in=rows.order_by().values("pk"), state__in=Ticket.LIVE)
    return held.filter(paid_at=None).aggregate(due=Sum("price"))["due"] or Decimal(0)


def _ticket(row: Registration) -> Ticket:
    """The live ticket. Raises Refusal: no_ticket."""
    ticket = row.ticket
    if ticket is None:
        last = max(row.tickets.all(), key=lambda ended: ended.pk, default=None)
        if last is None:
            raise Refusal("no_ticket", _("There is no ticket."))
        raise Refusal("no_ticket", _("The ticket has ended: %(state)s.") % {"state": last.get_state_display()})
    return ticket


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
