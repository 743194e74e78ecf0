"""What is held about somebody, and the end of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Max, Model, Q, Value
from django.db.models.functions import Concat

from accounts import erasures, history
from accounts.acting import Actor, acting
from accounts.models import Mail
from expo.models import Show
from visitors import endings, rules
from visitors.actions import places
from visitors.actions.locking import locked_with_people
from visitors.actions.telling import address_thing
from visitors.models import Badge, Consent, Person, Registration, Ticket, VisitCode

#: Rows that one transaction of the nightly forgetting holds.
BATCH = 500
_DETAILS = ("name", "name_latin", "email", "phone", "firm", "position")


def everything_held(registration: Registration) -> dict[str, Any]:
    """Everything that this room holds about a registration, as plain values for JSON."""
    person = registration.person
    mails = Q(thing=f"registration:{registration.pk}")
    if registration.email:
        mails |= Q(thing=address_thing(registration.email))
    return {
        "person": _values(person) if person else None,
        "registration": _values(registration, leave_out={"search", "handle", "link_version"}),
        "tickets": [_values(ticket) for ticket in registration.tickets.order_by("pk")],
        "badges": [_values(badge) for badge in registration.badges.order_by("pk")],
        "consents": [
            _values(consent)
            | {
                "purpose": consent.wording.purpose,
                "wording_version": consent.wording.version,
                "text": consent.wording.text_zh if consent.language.startswith("zh") else consent.wording.text_en,
            }
            for consent in registration.consents.select_related("wording").order_by("pk")
        ],
        "mails": [_values(mail, leave_out={"facts", "error"}) for mail in Mail.objects.filter(mails).order_by("pk")],
        "codes": [
            _values(code, leave_out={"id"})
            for code in VisitCode.objects.filter(email=registration.email).order_by("asked_at")
        ],
        "history": _history(Registration, _DETAILS, pgh_obj_id=registration.pk),
        "person_history": _history(Person, ("name", "email"), pgh_obj_id=registration.person_id),
        "ticket_history": _history(
            Ticket, ("days", "state", "reason", "price", "paid_at", "paid_by"), registration_id=registration.pk
        ),
        "badge_history": _history(
            Badge, ("serial", "version", "issued_at", "revoked_at", "reason"), registration_id=registration.pk
        ),
        "consent_history": _history(
            Consent, ("wording_id", "language", "channel", "given_at", "withdrawn_at"), registration_id=registration.pk
        ),
        **endings.held(registration),
    }


def _history(model: type[Model], fields: Collection[str], **of: Any) -> list[dict[str, Any]]:
    """What the database recorded of rows, oldest first: when, by which act, for what reason, and what stood there."""
    events = model.pgh_event_model.objects.filter(**of).select_related("pgh_context").order_by("pgh_id")  # type: ignore[attr-defined]
    told = []
    for event in events:
        act = event.pgh_context.metadata if event.pgh_context else {}
        told.append(
            {"when": event.pgh_created_at, "what": act.get("act", event.pgh_label), "why": act.get("why", "")}
            | {field: _plain(getattr(event, field)) for field in fields}
        )
    return told


def erase(*, actor: Actor, registration: Registration, at: datetime, why: str = "") -> None:
    """Erase who somebody was; what is left counts for the report: category, country, province, visits.

    The badge ends, places of days to come are free again, and mails, history and the person (unless registered for
    another show) are gone. It is noted outside the database too, to be done again after a restore.
    Raises Refusal: erased.
    """
    _erase(actor=actor, registration=registration, at=at, why=why, noted=False)


@erasures.replays("registration")
def erase_again(handle: str, at: datetime) -> bool:
    """Erase what a restored backup has brought back; whether it had."""
    row = Registration.objects.kept().filter(handle=int(handle)).first()
    if row is not None:
        _erase(actor=Actor.system("replay_erasures"), registration=row, at=at, why="", noted=True)
    return row is not None


def _erase(*, actor: Actor, registration: Registration, at: datetime, why: str, noted: bool) -> None:
    with acting(actor, "erased", why=why):
        row, people = locked_with_people(registration)
        ticket = Ticket.objects.select_for_update().filter(registration=row, state__in=Ticket.LIVE).first()
        if ticket is not None and not row.show.is_over(at):
            ticket.state, ticket.ended_at = Ticket.State.GIVEN_BACK, at
            ticket.save(update_fields=["state", "ended_at"])
        emails = {row.email, *row.events.values_list("email", flat=True)}  # type: ignore[attr-defined]
        _forget_registrations([row.pk], at=at)
        Registration.objects.filter(pk=row.pk).update(person=None)
        forget_unregistered(people)
        others = Person.objects.filter(email__in=emails, registrations__isnull=False).values_list("email", flat=True)
        nobodys = emails - set(others)
        Mail.objects.filter(thing__in=[address_thing(email) for email in nobodys]).delete()
        VisitCode.objects.filter(email__in=nobodys).delete()
        if ticket is not None and ticket.state == Ticket.State.GIVEN_BACK:
            places.free([(ticket, rules.days_to_come(row.show, ticket.days, at))])
        if not noted:
            erasures.note("registration", row.handle, at=at)


def erase_overdue(*, show: Show, at: datetime) -> dict[str, int]:
    """Erase what the keeping of registrations, consents and people no longer allows after the close of `show`.

    Returns how many rows of each were erased.
    """
    actor = Actor.system("forget_visitors")
    done = {"registrations": 0, "consents": 0, "people": 0}
    if not show.calendar:
        return done
    if at >= show.closes_at + timedelta(days=Registration.keeping.days or 0):
        while batch := list(Registration.objects.kept().filter(show=show).values_list("pk", flat=True)[:BATCH]):
            with acting(actor, "kept_long_enough"):
                rows = Registration.objects.kept().filter(pk__in=batch).select_for_update(no_key=True).order_by("pk")
                _forget_registrations([row.pk for row in rows], at=at)
            done["registrations"] += len(batch)
    if at >= show.closes_at + timedelta(days=Consent.keeping.days or 0):
        with acting(actor, "kept_long_enough"):
            consents = Consent.objects.filter(registration__show=show)
            done["consents"] = consents.delete()[0]
            Consent.pgh_event_model.objects.filter(registration_id__in=_of(show)).delete()  # type: ignore[attr-defined]
    if at >= show.closes_at + timedelta(days=Person.keeping.days or 0):
        # Whoever came to a later show is known for as long as that one counts.
        last = Person.objects.annotate(last_show=Max("registrations__show__days__date"))
        while batch := list(
            last.filter(registrations__show=show, last_show__lte=show.calendar[-1].date).values_list("pk", flat=True)[
                :BATCH
            ]
        ):
            with acting(actor, "kept_long_enough"):
                Registration.objects.filter(person__in=batch).update(person=None)
                forget_people(batch)
            done["people"] += len(batch)
    return done


def _forget_registrations(pks: Collection[int], *, at: datetime) -> None:
    """Empty the details of registrations, end their badges, and remove their mails, history and traces at the desk."""
    events = Registration.pgh_event_model.objects.filter(pgh_obj_id__in=pks)  # type: ignore[attr-defined]
    # Whom a correction has left behind is named by the history alone.
    been = set(events.exclude(person_id=None).values_list("person_id", flat=True))
    forget_people(been - set(Registration.objects.filter(person__in=been).values_list("person", flat=True)))
    history.forget_events(events)
    # First of all, so that a revocation of the same moment has written its reason by then, or finds no badge.
    Badge.objects.live().filter(registration__in=pks).update(revoked_at=at)
    for model in (Ticket, Badge):
        told = model.objects.filter(registration__in=pks)
        history.forget_events(model.pgh_event_model.objects.filter(registration_id__in=pks).exclude(reason=""))
        told.exclude(reason="").update(reason="")
        history.forget_events(model.pgh_event_model.objects.filter(registration_id__in=pks).exclude(reason=""))
    Consent.objects.filter(registration__in=pks, withdrawn_at=None).update(withdrawn_at=at)
    # A handle below zero is in no link.
    Registration.objects.filter(pk__in=pks).update(
        **dict.fromkeys(_DETAILS, ""), handle=-F("pk"), registered_by=None, erased_at=at
    )
    _forget_mails(pks)
    _forget_desk(Registration, pks)
    endings.erased(pks, at=at)


def _forget_mails(pks: Collection[int]) -> None:
    """Remove the mails about registrations; one that others of the party still wait for is about them from now on."""
    told = Mail.objects.filter(thing__in=[f"registration:{pk}" for pk in pks])
    for mail in told.unsent().order_by("pk").select_for_update():
        named = Registration.objects.kept().filter(pk__in=mail.facts.get("registrations", []), email=mail.to)
        others = list(named.order_by("pk").values_list("pk", flat=True))
        if others:
            mail.thing, mail.facts["registrations"] = f"registration:{others[0]}", others
            mail.save(update_fields=["thing", "facts"])
    told.delete()


def forget_unregistered(people: Iterable[Person]) -> None:
    """Forget those of the people, locked before, whom no registration names any more."""
    pks = {person.pk for person in people}
    if left := pks - set(Registration.objects.filter(person__in=pks).values_list("person", flat=True)):
        forget_people(left)


def forget_people(pks: Collection[int]) -> None:
    """Delete people whom no registration names any more, and what the history knows of them."""
    Person.objects.filter(pk__in=pks).delete()
    # After the deletion, which leaves an event itself.
    history.forget(Person, pks)
    _forget_desk(Person, pks)


def _forget_desk(model: type[Model], pks: Iterable[int]) -> None:
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(pk) for pk in pks]
    )
    entries.update(object_repr=Concat(Value("#"), "object_id"), change_message="")


def _of(show: Show) -> Any:
    return Registration.objects.filter(show=show).values("pk")


def _values(row: Model, *, leave_out: Collection[str] = ()) -> dict[str, Any]:
    fields = (field for field in row._meta.concrete_fields if field.name not in leave_out)
    return {field.name: _plain(getattr(row, field.attname)) for field in fields}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list | datetime) else str(value)
