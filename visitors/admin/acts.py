"""What staff do with the registrations that they ticked, one or several at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.acting import Actor
from accounts.models import Role
from accounts.refusals import Refusal
from expo import formats
from visitors import exports
from visitors.actions import badges, confirming, privacy, tickets
from visitors.models import Registration, Ticket


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


@dataclass(frozen=True, slots=True)
class Asks:
    """The page that stands before an act.

    It says what `happens`, warns where there is `danger`, and where `money` changes hands it tells who owes what. What
    is typed into `form` is handed to the act by its fields' names.
    """

    form: type[forms.Form]
    title: Any
    happens: Any
    danger: Any = ""
    money: bool = False


class ActsOnRegistrations:
    """The acts of the list: each is done for every row that it can be done for, and says why not for the others."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.has_role(Role.ORGANISER, Role.AUDITOR)

    def for_each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Registration],
        act: Callable[..., Any],
        *,
        done: str,
        asks: Asks | None = None,
    ) -> HttpResponse | None:
        """Do it for each, once its page was filled in where it `asks` something, and tell of how many it is `done`."""
        answers: dict[str, Any] = {}
        if asks is not None:
            form = asks.form(request.POST if request.POST.get("apply") else None)
            if not form.is_bound or not form.is_valid():
                return self.ask(request, queryset, asks, form)
            answers = form.cleaned_data
        count = 0
        for row in queryset.select_related("show").prefetch_related("show__days"):
            try:
                act(actor=Actor.of(request.user), registration=row, at=row.show.now(), **answers)
            except Refusal as refusal:
                self.message_user(request, f"{row}: {refusal.sentence}", messages.WARNING)
            else:
                count += 1
        if count:
            told = ngettext("%(count)d registration: %(done)s.", "%(count)d registrations: %(done)s.", count)
            self.message_user(request, told % {"count": count, "done": done}, messages.SUCCESS)
        return None

    def ask(self, request: HttpRequest, rows: QuerySet[Registration], asks: Asks, form: forms.Form) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": asks.title,
            "form": form,
            "happens": asks.happens,
            "danger": asks.danger,
            "total": formats.money(_counted_due(rows)) if asks.money else None,
            "rows": [(row, _due(row) if asks.money else "") for row in rows[:20]],
            "number": rows.count(),
            "action": request.POST.get("action", ""),
            "select_across": request.POST.get("select_across", "0"),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        }
        return render(request, "admin/visitors/act.html", context, status=422 if form.is_bound else 200)

    @admin.action(description=gettext_lazy("Approve the ticket"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        done = _("approved, the badge is on its way")
        return self.for_each(request, queryset, _of_ticket(tickets.approve), done=done)

    @admin.action(description=gettext_lazy("Decline with a reason …"), permissions=["change"])
    def decline(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        asks = Asks(
            ReasonForm,
            title=_("Decline the ticket"),
            happens=_("A mail with the reason goes out, and the places become free for others. This cannot be undone."),
        )
        done = _("declined, the reason is on its way")
        return self.for_each(request, queryset, _of_ticket(tickets.decline), done=done, asks=asks)

    @admin.action(description=gettext_lazy("Mark as paid …"), permissions=["change"])
    def mark_paid(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        asks = Asks(
            PaymentForm,
            title=_("Mark as paid"),
            happens=_(
                "The gates ask for no money any more. No mail goes out. This cannot be undone, so take the money first."
            ),
            money=True,
        )
        return self.for_each(request, queryset, _of_ticket(tickets.mark_paid), done=_("marked as paid"), asks=asks)

    @admin.action(description=gettext_lazy("Send link and badge again"), permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        return self.for_each(request, queryset, badges.send_badge_again, done=_("sent again"))

    @admin.action(description=gettext_lazy("Confirm the e-mail for them"), permissions=["change"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        gone: dict[int, Registration] = {}

        def act(**of: Any) -> None:
            gone.update({row.pk: row for row in confirming.confirm_address(**of).gone})

        self.for_each(request, queryset.kept(), act, done=_("e-mail confirmed"))
        for row in gone.values():
            told = _("%(row)s: the ticket had lapsed, and its days have no places left.") % {"row": row}
            self.message_user(request, told, messages.WARNING)
        return None

    @admin.action(description=gettext_lazy("Issue the badge anew …"), permissions=["change"])
    def reissue(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        asks = Asks(
            OwnReasonForm,
            title=_("Issue the badge anew"),
            happens=_(
                "The old badge opens no gate from now on, and a mail with the new one goes out. "
                "The ticket and the link to the visit stay."
            ),
        )
        done = _("issued anew, the badge is on its way")
        return self.for_each(request, queryset, badges.reissue_badge, done=done, asks=asks)

    @admin.action(description=gettext_lazy("Revoke the badge …"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        asks = Asks(
            ReasonForm,
            title=_("Revoke the badge"),
            happens=_(
                "The badge opens no gate from now on, and a mail with the reason goes out. "
                "The ticket stays, and its places stay taken; a badge can be issued anew."
            ),
        )
        done = _("revoked, the reason is on its way")
        return self.for_each(request, queryset, badges.revoke_badge, done=done, asks=asks)

    @admin.action(description=gettext_lazy("Replace the link to the visit"), permissions=["change"])
    def replace_link(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        return self.for_each(request, queryset.kept(), badges.replace_link, done=_("the new link is on its way"))

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["export"])
    def export(self, request: HttpRequest, queryset: QuerySet[Registration]) -> StreamingHttpResponse:
        exports.record_export(Actor.of(request.user), rows=queryset.count())
        response = StreamingHttpResponse(exports.registrations_csv(queryset), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="registrations.csv"'
        return response

    @admin.action(description=gettext_lazy("Erase who it was …"), permissions=["change"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        asks = Asks(
            OwnReasonForm,
            title=_("Erase who it was"),
            happens=_(
                "Name, e-mail, phone and all else that says who it was are removed, the badge ends, and the places "
                "of days to come become free. No mail goes out."
            ),
            danger=_("This cannot be undone: nobody can bring back what is erased."),
        )

        def act(*, reason: str, **of: Any) -> None:
            privacy.erase(**of, why=reason)

        return self.for_each(request, queryset, act, done=_("erased"), asks=asks)


def _of_ticket(act: Callable[..., Any]) -> Callable[..., Any]:
    """The act on a ticket, done with the live one of a registration. Raises Refusal: no_ticket."""

    def with_ticket(*, registration: Registration, actor: Actor, at: datetime, **answers: Any) -> None:
        ticket = registration.ticket
        if ticket is not None:
            act(actor=actor, ticket=ticket, at=at, **answers)
            return
        last = max(registration.tickets.all(), key=lambda ended: ended.pk, default=None)
        if last is None:
            raise Refusal("no_ticket", _("There is no ticket."))
        raise Refusal("no_ticket", _("The ticket has ended: %(state)s.") % {"state": last.get_state_display()})

    return with_ticket


def _due(row: Registration) -> str:
    """What is to be paid for the ticket, in words."""
    ticket = row.ticket
    return formats.money(ticket.price) if ticket is not None and ticket.is_due else _("nothing to pay")


def _counted_due(rows: QuerySet[Registration]) -> Decimal:
    """What all of them are to pay, in yuan."""
    held = Ticket.objects.filter(registration__in=rows.order_by().values("pk"), state__in=Ticket.LIVE)
    return held.filter(paid_at=None).aggregate(due=Sum("price"))["due"] or Decimal(0)
