"""Places that are offered until a deadline: to who waits, or to who is asked which of two places is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.mails import builds
from accounts.models import Mail
from expo import formats
from expo.models import Show
from programme import times
from programme.mails.cards import Card, card_of, held, signup_of
from programme.mails.letters import letter
from programme.models import Signup, Turn
from programme.own_plans import Held


@dataclass(frozen=True, slots=True)
class Offered:
    one: Held
    card: Card
    show: Show
    until: str


def offered(mail: Mail) -> Offered | None:
    """The offer that the mail tells of; None once it was taken, declined, lapsed, or replaced by a later one."""
    row = signup_of(mail)
    if row is None or row.state != Signup.State.OFFERED or str(row.offers) != mail.version:
        return None
    show = row.registration.show
    if row.offered_until is None or row.offered_until <= show.now():
        return None
    one = held(row)
    return Offered(one, card_of(one, show, row.registration), show, times.deadline(row.offered_until, show.zone))


@builds("programme.offer")
def offer(mail: Mail) -> EmailMultiAlternatives | None:
    found = offered(mail)
    if found is None:
        return None
    row = found.one.signup
    count = {"n": row.party, "title": found.card.title, "until": found.until}
    after = []
    if found.one.clashes:
        after.append(_("If you take these places, you are asked to give the other up in the same moment."))
    after.append(_("If you do nothing, the places go to the next in line when the time is over."))
    return letter(
        mail,
        row.registration,
        found.card,
        subject=ngettext("%(n)d place for you: %(title)s", "%(n)d places for you: %(title)s", row.party) % count,
        paragraphs=[
            ngettext(
                "You wait for “%(title)s”, and now there is %(n)d place for you, kept until %(until)s.",
                "You wait for “%(title)s”, and now there are %(n)d places for you, kept until %(until)s.",
                row.party,
            )
            % count,
            _("Take them, or let them go, on your visit."),
            *why_now(row),
        ],
        after=after,
        act=_("Take or decline"),
    )


def why_now(row: Signup) -> Iterator[str]:
    """Why the places were free, and that larger parties before this one had to be passed over."""
    if row.offered_at is None:
        return
    turns = Turn.objects.filter(session=row.session_id, at=row.offered_at).order_by("-pk")
    turn = next((one for one in turns if any(pk == row.pk for pk, _party in one.offered)), None)
    if turn is None:
        return
    causes = {
        Turn.Cause.GIVEN_UP: _("Somebody gave places up."),
        Turn.Cause.DECLINED: _("Somebody who was offered places did not want them."),
        Turn.Cause.LAPSED: _("Somebody who was offered places did not answer in time."),
        Turn.Cause.SMALLER: _("A party became smaller."),
        Turn.Cause.MORE: _("There are more places than before."),
        Turn.Cause.CALLED_OFF: _("The organisers had to take places back."),
    }
    told = ngettext("Why now: %(cause)s %(n)s place was free.", "Why now: %(cause)s %(n)s places were free.", turn.free)
    yield told % {"cause": causes[Turn.Cause(turn.cause)], "n": formats.number(turn.free)}
    if turn.passed:
        yield _("Larger parties before you were passed over, because so few places would not do for them.")


@builds("programme.still_coming")
def still_coming(mail: Mail) -> EmailMultiAlternatives | None:
    found = offered(mail)
    if found is None:
        return None
    row = found.one.signup
    names = {"title": found.card.title, "until": found.until}
    return letter(
        mail,
        row.registration,
        found.card,
        subject=_("Are you still coming? %(title)s") % names,
        paragraphs=[
            _(
                "“%(title)s” has moved, and somebody of your party has another place at that time now, or could not be "
                "there in time."
            )
            % names,
            _("Nothing is lost yet: both are kept for you until %(until)s. Say on your visit which of them you keep.")
            % names,
        ],
        after=[_("If you do nothing, the places in “%(title)s” go to others then, and you keep the other.") % names],
        act=_("Say which you keep"),
    )


@builds("programme.lapsed")
def lapsed(mail: Mail) -> EmailMultiAlternatives | None:
    """That an offer is over; nothing any more for who has signed up again since."""
    row = signup_of(mail)
    if row is None or row.state != Signup.State.LAPSED or str(row.offers) != mail.version:
        return None
    if Signup.objects.live().filter(session=row.session_id, registration=row.registration_id).exists():
        return None
    one = held(row)
    card = card_of(one, row.registration.show, row.registration)
    paragraphs = [_("Places in “%(title)s” were kept for you, but nobody took them in time.") % {"title": card.title}]
    if one.listed is not None and not one.listed.is_cancelled:
        paragraphs.append(
            _(
                "They have gone to the next in line. If you would still like to come, sign up again on its page: you "
                "get what is left, or join the waiting list at its end."
            )
        )
    return letter(
        mail,
        row.registration,
        card,
        subject=_("Your offer has lapsed: %(title)s") % {"title": card.title},
        paragraphs=paragraphs,
    )
