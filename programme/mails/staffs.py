"""What staff did with a sign-up, with the reason that they gave, and what they write to all of a session."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from accounts.mails import builds
from accounts.models import Mail
from accounts.typed import unlinked
from expo.models import in_language
from programme.mails.cards import card_of, held, signup_of
from programme.mails.letters import letter
from programme.models import Session, Signup

#: What a sign-up that was approved, put back or moved may have become by the time the mail is sent.
_STANDS = frozenset({Signup.State.CONFIRMED, Signup.State.WAITING, Signup.State.OFFERED, Signup.State.REQUESTED})


def _about(
    mail: Mail, states: frozenset[str], *, subject: str, says: str, after: Sequence[str] = ()
) -> EmailMultiAlternatives | None:
    """`subject` and `says` name the session as `%(title)s`; nothing where the sign-up is in another state by now."""
    row = signup_of(mail)
    if row is None or row.state not in states:
        return None
    card = card_of(held(row), row.registration.show, row.registration)
    paragraphs = [says % {"title": card.title}]
    if row.why:
        paragraphs.append(_("The reason: %(why)s") % {"why": unlinked(row.why)})
    title = {"title": card.title}
    return letter(mail, row.registration, card, subject=subject % title, paragraphs=paragraphs, after=after)


@builds("programme.approved")
def approved(mail: Mail) -> EmailMultiAlternatives | None:
    row = signup_of(mail)
    waits = row is not None and row.state == Signup.State.WAITING
    says = _("The organisers approved your sign-up for “%(title)s”.")
    if waits:
        says = _("The organisers approved your sign-up for “%(title)s”. All places are taken, so you wait in line.")
    return _about(mail, _STANDS - {Signup.State.REQUESTED}, subject=_("Approved: %(title)s"), says=says)


@builds("programme.refused")
def refused(mail: Mail) -> EmailMultiAlternatives | None:
    return _about(
        mail,
        frozenset({Signup.State.CALLED_OFF}),
        subject=_("Not approved: %(title)s"),
        says=_("The organisers could not approve your sign-up for “%(title)s”."),
    )


@builds("programme.called_off")
def called_off(mail: Mail) -> EmailMultiAlternatives | None:
    return _about(
        mail,
        frozenset({Signup.State.CALLED_OFF}),
        subject=_("Your places were called off: %(title)s"),
        says=_("We are sorry: the organisers had to call your sign-up for “%(title)s” off."),
        after=[_("If you think that this is a mistake, write to us.")],
    )


@builds("programme.put_back")
def put_back(mail: Mail) -> EmailMultiAlternatives | None:
    row = signup_of(mail)
    says = _("The organisers had to take your places in “%(title)s” back for a while. This is how it stands now:")
    if row is not None and row.state == Signup.State.WAITING:
        says = _(
            "We are sorry: “%(title)s” has fewer places than before, and the organisers had to take yours back. You "
            "stand in line now, before all who had none yet."
        )
    return _about(mail, _STANDS, subject=_("Your places were taken back: %(title)s"), says=says)


@builds("programme.moved_over")
def moved_over(mail: Mail) -> EmailMultiAlternatives | None:
    """`from` in the facts is the key of the session that the places were in before."""
    before = Session.objects.filter(pk=mail.facts.get("from")).first()
    says = _("The organisers moved your sign-up to “%(title)s”. This is how it stands now:")
    if before is not None:
        # The title of the other session is put in as it is: what looks like a placeholder in it stays one.
        was = unlinked(before.title).replace("%", "%%")
        says = _("The organisers moved your sign-up from “%(was)s” to “%(title)s”. This is how it stands now:") % {
            "was": was,
            "title": "%(title)s",
        }
    return _about(mail, _STANDS, subject=_("Moved to another session: %(title)s"), says=says)


@builds("programme.message")
def message(mail: Mail) -> EmailMultiAlternatives | None:
    """What staff write to everybody of a session: `subject_en`, `subject_zh`, `text_en`, `text_zh`, as plain text."""
    row = signup_of(mail)
    if row is None or not row.is_live:
        return None
    told = {name: str(mail.facts.get(name, "")) for name in ("subject_en", "subject_zh", "text_en", "text_zh")}
    text = unlinked(in_language(told["text_en"], told["text_zh"]))
    card = card_of(held(row), row.registration.show, row.registration)
    subject = unlinked(in_language(told["subject_en"], told["subject_zh"])) or card.title
    return letter(
        mail,
        row.registration,
        card,
        subject=subject,
        paragraphs=[
            _("The organisers write to all who are signed up for “%(title)s”:") % {"title": card.title},
            *(line for line in text.splitlines() if line.strip()),
        ],
    )
