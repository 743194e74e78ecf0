"""A place that somebody hands over: to who may take it, and back to who offered it. Facts: `{"handover": key}`."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from accounts.mails import builds
from accounts.models import Mail
from accounts.typed import unlinked
from programme import reading, times
from programme.mails.cards import Card, handover_of, name_of, page_of, place_of, when
from programme.mails.letters import letter
from programme.models import Handover


def _card(row: Handover) -> Card:
    """The session alone: who takes a place over is not told who else is in the party."""
    show = row.to.show
    reading.look_again(show)
    listed = reading.programme(show).by_pk.get(row.signup.session_id)
    if listed is None:
        return Card(unlinked(row.signup.session.title), _("No longer in the programme"))
    card = Card(unlinked(listed.told.title), str(row.get_state_display()).capitalize(), link=page_of(listed))
    card.lines = [
        (_("When"), when(listed.told.starts_at, listed.told.ends_at, show.zone)),
        (_("Where"), place_of(listed)),
    ]
    return card


@builds("programme.handover")
def handover(mail: Mail) -> EmailMultiAlternatives | None:
    """To who may take the place over, while it stands."""
    row = handover_of(mail)
    if row is None or row.to.email != mail.to or row.to.erased_at is not None:
        return None
    giver = row.signup.registration
    if row.state != Handover.State.OPEN or row.until <= giver.show.now() or giver.erased_at is not None:
        return None
    card = _card(row)
    names = {"name": name_of(giver), "title": card.title, "until": times.deadline(row.until, giver.show.zone)}
    return letter(
        mail,
        row.to,
        card,
        subject=_("A place for you: %(title)s") % names,
        paragraphs=[
            _("%(name)s would like to hand you a place in “%(title)s”.") % names,
            _("It is yours as soon as you take it on your visit. You can until %(until)s.") % names,
        ],
        after=[_("If you do nothing, nothing changes: the place stays where it is.")],
        act=_("Take or decline"),
    )


@builds("programme.handover_withdrawn")
def withdrawn(mail: Mail) -> EmailMultiAlternatives | None:
    """To who could have taken it."""
    row = handover_of(mail)
    if row is None or row.state != Handover.State.WITHDRAWN or row.to.email != mail.to or row.to.erased_at is not None:
        return None
    card = _card(row)
    return letter(
        mail,
        row.to,
        card,
        subject=_("Not handed over any more: %(title)s") % {"title": card.title},
        paragraphs=[
            _("The place in “%(title)s” that somebody wanted to hand you is not to be had any more.")
            % {"title": card.title}
        ],
    )


@builds("programme.handover_taken")
def taken(mail: Mail) -> EmailMultiAlternatives | None:
    return _answer(
        mail,
        Handover.State.TAKEN,
        subject=_("Handed over: %(title)s"),
        says=_("%(name)s took the place in “%(title)s” over. It is not yours any more, and you need not do anything."),
    )


@builds("programme.handover_declined")
def declined(mail: Mail) -> EmailMultiAlternatives | None:
    return _answer(
        mail,
        Handover.State.DECLINED,
        subject=_("Not taken over: %(title)s"),
        says=_("%(name)s does not take the place in “%(title)s” over. It is still yours."),
    )


@builds("programme.handover_lapsed")
def lapsed(mail: Mail) -> EmailMultiAlternatives | None:
    return _answer(
        mail,
        Handover.State.LAPSED,
        subject=_("Not taken over in time: %(title)s"),
        says=_("%(name)s did not take the place in “%(title)s” over in time. It is still yours."),
    )


def _answer(mail: Mail, state: str, *, subject: str, says: str) -> EmailMultiAlternatives | None:
    """To who handed the place over."""
    row = handover_of(mail)
    giver = row.signup.registration if row is not None else None
    if row is None or giver is None or row.state != state or giver.email != mail.to or giver.erased_at is not None:
        return None
    card = _card(row)
    names = {"name": name_of(row.to) or _("Somebody"), "title": card.title}
    return letter(mail, giver, card, subject=subject % names, paragraphs=[says % names])
