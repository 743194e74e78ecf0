"""The mails of this room. Each is rendered when it is sent, from what is true then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.mails import builds, compose, name_kinds
from accounts.models import Mail
from accounts.typed import unlinked
from expo.formats import clock, day_named, money
from expo.models import Show
from visitors import printing, rules
from visitors.badges import pdf, serials
from visitors.codes import digits_of
from visitors.links import confirm_url, visit_url
from visitors.models import Registration, Ticket, VisitCode


def about(mail: Mail, *, at_any_address: bool = False) -> list[Registration]:
    """The registrations that a mail is about, without those erased meanwhile, in the order in which it names them.

    Those that have another address by now are left out, unless the mail brings no links: the address that it goes to
    may turn out to be a stranger's, and a mail may have waited or be sent again.
    """
    pks = mail.facts.get("registrations", [])
    rows = (
        Registration.objects.kept()
        .filter(pk__in=pks)
        .select_related("show")
        .prefetch_related("show__days", "tickets__ticket_type", "badges")
    )
    if not at_any_address:
        rows = rows.filter(email=mail.to)
    return sorted(rows, key=lambda row: pks.index(row.pk))


def letter(
    mail: Mail, rows: Sequence[Registration], *, subject: str, paragraphs: Sequence[str], with_links: bool = True
) -> EmailMultiAlternatives:
    """A mail in one form: the paragraphs, then each person with the state of the ticket and the link.

    Where places hang on it that the e-mail is confirmed, a button for that stands between the two.
    """
    show = rows[0].show
    unconfirmed = next((row for row in rows if asks_to_confirm(row)), None)
    people = [
        {
            "name": unlinked(row.name),
            "ticket": row.ticket,
            "days": [day_named(day.date) for day in show.calendar if row.ticket and day.number in row.ticket.days],
            "badge": serials.shown(row.badge.serial) if row.badge else "",
            "due": money(row.ticket.price) if row.ticket and row.ticket.is_due else "",
            "link": visit_url(row, mail.language) if with_links else "",
        }
        for row in rows
    ]
    context: dict[str, Any] = {"show": show, "subject": subject, "paragraphs": paragraphs, "people": people}
    if unconfirmed is not None and with_links:
        context["confirm"] = confirm_url(unconfirmed, mail.language)
    return compose(mail, template="visitors/letter", subject=subject, context=context)


def with_badges(message: EmailMultiAlternatives, rows: Sequence[Registration]) -> EmailMultiAlternatives:
    """Attach the badges of all as one PDF, and the days of the first as a calendar."""
    held = [(row, row.ticket, row.badge) for row in rows]
    valid = [
        (row, ticket, badge) for row, ticket, badge in held if ticket and badge and ticket.state == Ticket.State.VALID
    ]
    if valid:
        sheets = [printing.sheet_of(row, ticket, badge) for row, ticket, badge in valid]
        serial = serials.shown(valid[0][2].serial)
        message.attach(f"badge-{serial}.pdf", pdf.render(sheets, at=timezone.now()), "application/pdf")
        row, ticket, _badge = valid[0]
        message.attach("chitec.ics", printing.calendar_of(row, ticket).decode(), "text/calendar")
    return message


def bring(count: int) -> str:
    return ngettext(
        "The badge is attached. Print it, or show it on your phone: any gate reads it.",
        "The badges are attached. Print them, or show them on a phone: any gate reads them.",
        count,
    )


def to_pay(rows: Sequence[Registration]) -> list[str]:
    due = sum(row.ticket.price for row in rows if row.ticket and row.ticket.is_due)
    return [_("To be paid at the gate: %(amount)s.") % {"amount": money(due)}] if due else []


def asks_to_confirm(row: Registration) -> bool:
    """Whether the button keeps a place, or may bring back one that lapsed."""
    newest = max(row.tickets.all(), key=lambda ticket: ticket.pk, default=None)
    if newest is None or row.show.is_over(row.show.now()):
        return False
    return newest.state == Ticket.State.LAPSED or (row.confirm_by is not None and rules.may_lapse(newest))


def to_confirm(rows: Sequence[Registration]) -> list[str]:
    """Until when the e-mail has to be confirmed, if anybody's has to."""
    first = min(
        (row.confirm_by for row in rows if row.confirm_by and row.ticket and asks_to_confirm(row)), default=None
    )
    if first is None:
        return []
    moment = first.astimezone(rows[0].show.zone)
    return [
        _("Please confirm by %(time)s on %(day)s that this e-mail is yours. After that your places may go to others.")
        % {"time": clock(moment), "day": day_named(moment.date())}
    ]


name_kinds(
    {
        "visitors.registered": gettext_lazy("Registered"),
        "visitors.badge_again": gettext_lazy("Badge once more"),
        "visitors.approved": gettext_lazy("Ticket approved"),
        "visitors.badge_replaced": gettext_lazy("Badge issued anew"),
        "visitors.declined": gettext_lazy("Ticket declined"),
        "visitors.lapsed": gettext_lazy("Places lapsed"),
        "visitors.given_back": gettext_lazy("Ticket given back"),
        "visitors.revoked": gettext_lazy("Badge revoked"),
        "visitors.email_changed": gettext_lazy("E-mail changed"),
        "visitors.links": gettext_lazy("Links to the visits"),
        "visitors.code": gettext_lazy("Code to sign up with"),
    }
)


def keep_the_link() -> str:
    return _("Keep the link to yourself: whoever has it can change or give back the ticket.")


@builds("visitors.registered")
def registered(mail: Mail) -> EmailMultiAlternatives | None:
    rows = about(mail)
    held = [row.ticket for row in rows if row.ticket]
    if not held:
        return None
    show = rows[0].show
    if all(ticket.state == Ticket.State.AWAITING for ticket in held):
        return letter(
            mail,
            rows,
            subject=_("We have your request for %(show)s") % {"show": show.short},
            paragraphs=[
                _("Thank you. Tickets of this kind are approved one by one; we write to you as soon as that is done."),
                *to_confirm(rows),
                keep_the_link(),
            ],
        )
    if all(row.badge is None for row in rows):
        return None  # revoked meanwhile, of which another mail tells
    message = letter(
        mail,
        rows,
        subject=ngettext("Your badge for %(show)s", "Your badges for %(show)s", len(rows)) % {"show": show.short},
        paragraphs=[
            _("You are registered for the %(show)s.") % {"show": show.name},
            *to_confirm(rows),
            bring(len(rows)),
            *to_pay(rows),
            keep_the_link(),
        ],
    )
    return with_badges(message, rows)


@builds("visitors.badge_again")
def badge_again(mail: Mail) -> EmailMultiAlternatives | None:
    rows = [row for row in about(mail) if row.ticket]
    if not rows:
        return None
    message = letter(
        mail,
        rows,
        subject=_("Your badge for %(show)s, once more") % {"show": rows[0].show.short},
        paragraphs=[
            _("You are registered already, so here is your badge again. It is the same one; nothing was booked twice."),
            *to_confirm(rows),
            *to_pay(rows),
            keep_the_link(),
        ],
    )
    return with_badges(message, rows)


@builds("visitors.approved")
def approved(mail: Mail) -> EmailMultiAlternatives | None:
    rows = [row for row in about(mail) if row.badge]
    if not rows:
        return None
    message = letter(
        mail,
        rows,
        subject=_("Approved: your badge for %(show)s") % {"show": rows[0].show.short},
        paragraphs=[_("Your ticket was approved."), bring(len(rows)), *to_pay(rows), keep_the_link()],
    )
    return with_badges(message, rows)


@builds("visitors.badge_replaced")
def badge_replaced(mail: Mail) -> EmailMultiAlternatives | None:
    rows = [row for row in about(mail) if row.badge]
    if not rows:
        return None
    message = letter(
        mail,
        rows,
        subject=_("A new badge for %(show)s") % {"show": rows[0].show.short},
        paragraphs=[
            _("Your badge was issued anew. Please use this one: the earlier one opens no gate any more."),
            *to_pay(rows),
            keep_the_link(),
        ],
    )
    return with_badges(message, rows)


@builds("visitors.declined")
def declined(mail: Mail) -> EmailMultiAlternatives | None:
    rows = about(mail)
    if not rows:
        return None
    ended = max(rows[0].tickets.all(), key=lambda ticket: ticket.pk, default=None)
    if ended is None or ended.state != Ticket.State.DECLINED:
        return None
    show = rows[0].show
    return letter(
        mail,
        rows,
        subject=_("Your request for %(show)s was declined") % {"show": show.short},
        paragraphs=[
            _("We cannot give you a ticket of this kind. The reason: %(reason)s") % {"reason": unlinked(ended.reason)},
            _("You can register with another ticket at any time while there are places."),
        ],
    )


@builds("visitors.lapsed")
def lapsed(mail: Mail) -> EmailMultiAlternatives | None:
    """That places have gone to others; nothing any more where they were taken again, or the e-mail was confirmed."""
    rows = [row for row in about(mail) if row.ticket is None and asks_to_confirm(row)]
    if not rows:
        return None
    return letter(
        mail,
        rows,
        subject=_("Your places at %(show)s have lapsed") % {"show": rows[0].show.short},
        paragraphs=[
            _("You registered for the %(show)s, but nobody confirmed this e-mail, so the places are free for others.")
            % {"show": rows[0].show.name},
            _("Confirm it now, and you have your places back on all days that are not full. The badge stays the same."),
        ],
    )


@builds("visitors.given_back")
def given_back(mail: Mail) -> EmailMultiAlternatives | None:
    rows = about(mail)
    if not rows:
        return None
    return letter(
        mail,
        rows,
        subject=_("You gave back your ticket for %(show)s") % {"show": rows[0].show.short},
        paragraphs=[
            _("Your ticket was given back and your badge opens no gate any more."),
            _("If this was not you, write to us. You can register again at any time while there are places."),
        ],
    )


@builds("visitors.revoked")
def revoked(mail: Mail) -> EmailMultiAlternatives | None:
    rows = about(mail)
    if not rows or rows[0].badge:
        return None
    last = max(rows[0].badges.all(), key=lambda badge: badge.version, default=None)
    if last is None:
        return None
    return letter(
        mail,
        rows,
        subject=_("Your badge for %(show)s was revoked") % {"show": rows[0].show.short},
        paragraphs=[
            _("Your badge opens no gate any more. The reason: %(reason)s") % {"reason": unlinked(last.reason)},
            _("If you think that this is a mistake, write to us."),
        ],
    )


@builds("visitors.email_changed")
def email_changed(mail: Mail) -> EmailMultiAlternatives | None:
    rows = about(mail, at_any_address=True)
    if not rows:
        return None
    return letter(
        mail,
        rows,
        subject=_("Your e-mail for %(show)s was changed") % {"show": rows[0].show.short},
        paragraphs=[
            _("Mails about this visit go to another address from now on."),
            _("If this was not you, write to us at once."),
        ],
        with_links=False,
    )


@builds("visitors.links")
def links(mail: Mail) -> EmailMultiAlternatives | None:
    """To whoever asked for the links of an address: all of the current show, or nothing if there are none."""
    show = Show.objects.current()
    if show is None:
        return None
    rows = (
        Registration.objects.under(mail.to, show=show.pk)
        .select_related("show")
        .prefetch_related("show__days", "tickets__ticket_type", "badges")
    )
    if not rows:
        return None
    return letter(
        mail,
        rows,
        subject=_("Your link to %(show)s") % {"show": show.short},
        paragraphs=[
            _("Somebody, most likely you, asked for the link to the visits that are registered under this address."),
            *to_confirm(rows),
            keep_the_link(),
        ],
    )


@builds("visitors.code")
def code(mail: Mail) -> EmailMultiAlternatives | None:
    """The digits to whoever asked for them: nothing where nobody is registered, or they can be entered no more."""
    show = Show.objects.current()
    asked = VisitCode.objects.filter(pk=mail.facts["code"], email=mail.to).first()
    if show is None or asked is None or not rules.is_open(asked, timezone.now()):
        return None
    names = [unlinked(row.name) for row in Registration.objects.under(mail.to, show=show.pk)]
    if not names:
        return None
    minutes = rules.CODE_LASTS // timedelta(minutes=1)
    return compose(
        mail,
        template="visitors/code",
        subject=_("Your code for %(show)s") % {"show": show.short},
        context={"show": show, "digits": digits_of(asked), "names": rules.listed(names), "minutes": minutes},
    )
