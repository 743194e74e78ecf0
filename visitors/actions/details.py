from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from visitors import rules
from visitors.actions.locking import locked, locked_with_people
from visitors.actions.privacy import forget_unregistered
from visitors.actions.registering import Details
from visitors.actions.telling import tell
from visitors.models import Consent, ConsentWording, Person, Registration


def correct_details(*, actor: Actor, registration: Registration, details: Details, at: datetime) -> Registration:
    """Put right what somebody said about themselves.

    A new e-mail is told to both addresses and replaces the link: whoever reads mails at the old one, which may have
    been a stranger's by a slip of the finger, has no way in any more. Raises Refusal: erased, registered_already.
    """
    email, key = rules.email_key(details.email), rules.name_key(details.name)
    taken = Refusal(
        "registered_already",
        _("Somebody of this name is registered under this e-mail already."),
        field="name",
    )
    with acting(actor, "details_corrected"), refusing(one_registration_each=taken):
        joined = Person(email=email, name=details.name, name_key=key)
        row, people = locked_with_people(registration, joined)
        before = row.email
        for field, value in (asdict(details) | {"email": email}).items():
            setattr(row, field, value)
        row.person = next(person for person in people if (person.email, person.name_key) == (email, key))
        if email != before:
            row.link_version += 1
            row.confirm_by = rules.confirm_by(is_confirmed=False, channel=row.channel, at=at)
        row.save()
        forget_unregistered(people)
        if email != before:
            tell("email_changed", row, at=at, to=before)
            tell("badge_again", row, at=at)
    return row


def set_news(
    *, actor: Actor, registration: Registration, wording: ConsentWording, wanted: bool, language: str, at: datetime
) -> None:
    """Agree to news, or withdraw that: the same effort either way, and the same result however often.

    Raises Refusal: erased.
    """
    with acting(actor, "news_wanted" if wanted else "news_withdrawn"):
        registration = locked(registration)
        if wanted:
            Consent.objects.bulk_create(
                [
                    Consent(
                        registration=registration,
                        wording=wording,
                        language=language,
                        channel=Registration.Channel.WEB,
                        given_at=at,
                    )
                ],
                ignore_conflicts=True,
            )
        else:
            Consent.objects.filter(
                registration=registration, wording__purpose=ConsentWording.Purpose.NEWS, withdrawn_at=None
            ).update(withdrawn_at=at)
