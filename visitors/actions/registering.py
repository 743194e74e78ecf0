from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts import mails, once
from accounts.acting import Actor, acting
from accounts.models import Mail
from accounts.refusals import Refusal
from expo.models import Show
from visitors import rules
from visitors.actions import places
from visitors.badges import serials
from visitors.models import (
    Badge,
    ConsentWording,
    Invitation,
    Person,
    Registration,
    Ticket,
    TicketType,
    draw_handle,
)

PURPOSE = "register"
#: The outcome of a form by which nobody new was registered.
SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What somebody says about the own person; `phone` in E.164, `country` as ISO 3166-1 alpha-2."""

    name: str
    email: str
    name_latin: str = ""
    phone: str = ""
    firm: str = ""
    position: str = ""
    country: str = "CN"
    province: str = ""

    def of_companion(self, companion: Companion) -> Details:
        """A companion comes from the same place, under the same e-mail; a phone and a position are one's own."""
        return Details(**(asdict(self) | {**asdict(companion), "phone": "", "position": ""}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    name: str
    name_latin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What came of a form. `lead` is whoever filled it in, if new; `known` were registered before."""

    lead: Registration | None
    party: list[Registration]
    known: list[Registration]


def register(
    *,
    actor: Actor,
    show: Show,
    ticket_type: TicketType,
    days: Sequence[int],
    details: Details,
    companions: Sequence[Companion] = (),
    wordings: Sequence[ConsentWording],
    language: str,
    at: datetime,
    invitation_code: str = "",
    channel: str = Registration.Channel.WEB,
    token: UUID | None = None,
) -> Registered:
    """Register a whole party, with tickets, badges, consents and the mail, or nobody.

    `days` are numbers of days; `wordings` is what was agreed to, the words about the visit first among them. Whoever
    is registered already gets no second badge but the first one by mail, once an hour at most; whoever gave the
    ticket back gets a new one on the same registration, also by mail.

    Raises AlreadySpent, and Refusal: show_over, not_on_sale, too_many, twice_in_party, no_day, day_past, code_needed,
    wrong_code, code_expired, code_used, sold_out.
    """
    email = rules.email_key(details.email)
    members = [details, *(details.of_companion(companion) for companion in companions)]
    days = sorted(set(days))
    rules.check_show(show, at)
    rules.check_ticket_type(ticket_type)
    rules.check_party(len(members))
    rules.check_distinct([member.name for member in members])
    rules.check_days(show, ticket_type, days, at)
    lead = Registration(handle=draw_handle())
    try:
        with acting(actor, "registered"):
            spent = once.spend(token, purpose=PURPOSE, outcome=str(lead.handle)) if token else None
            invitation = _invitation(ticket_type, invitation_code, at)
            people, are_new, is_confirmed = _people(show, email, members)
            confirm_by = rules.confirm_by(is_confirmed=is_confirmed, channel=channel, at=at)
            before = {} if are_new else _registered_before(show, people)
            party = _registrations(
                show,
                ticket_type,
                members,
                people,
                before,
                lead=lead,
                language=language,
                at=at,
                channel=channel,
                confirm_by=confirm_by,
            )
            returning = [known for known in before.values() if not known.has_live_ticket]  # type: ignore[attr-defined]
            _renew(returning, ticket_type, confirm_by=confirm_by)
            receiving = [*party, *returning]
            if rules.first_state(ticket_type) != Ticket.State.VALID:
                Badge.objects.live().filter(registration__in=returning).update(revoked_at=at)
            if receiving:
                _admit(receiving, ticket_type, days, invitation, at=at)
                _agree(receiving, wordings, lead=lead, language=language, at=at, channel=channel)
            _tell(receiving, [known for known in before.values() if known.has_live_ticket], email, language, at)  # type: ignore[attr-defined]
            if spent and lead.pk is None:
                once.settle(spent, SENT)
            if receiving:
                places.take(ticket_type, days, len(receiving), invitation=invitation)
    except Refusal as refusal:
        if refusal.code == "sold_out":
            raise places.sold_out(ticket_type, days, len(members)) from refusal
        raise
    return Registered(lead=lead if lead.pk else None, party=party, known=list(before.values()))


def _invitation(ticket_type: TicketType, code: str, at: datetime) -> Invitation | None:
    if ticket_type.access != TicketType.Access.INVITATION:
        return None
    code = code.strip()
    invitation = Invitation.objects.filter(ticket_type=ticket_type, code__iexact=code).first() if code else None
    rules.check_invitation(ticket_type, code, invitation, at)
    return invitation


def _people(show: Show, email: str, members: Sequence[Details]) -> tuple[list[Person], bool, bool]:
    """The person of each member, whether all of them are new here, and whether the e-mail is confirmed for the show.

    Who is known is locked by the same statement, so that a twin of this form waits for its end, as a correction or an
    erasure does (see `locking`).
    """
    names = {rules.name_key(member.name): member.name for member in members}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO visitors_person AS person (email, name, name_key)
            SELECT %s, name, name_key FROM unnest(%s::text[], %s::text[]) AS member (name_key, name)
            ORDER BY name_key
            ON CONFLICT (email, name_key) DO UPDATE SET email = person.email
            RETURNING id, name_key, xmax = 0, EXISTS (
                SELECT FROM visitors_person AS other
                JOIN visitors_registration AS row ON row.person_id = other.id AND row.show_id = %s
                WHERE other.email = person.email AND row.confirm_by IS NULL AND row.erased_at IS NULL
            )
            """,
            [email, list(names), list(names.values()), show.pk],
        )
        rows = cursor.fetchall()
    pks = {key: pk for pk, key, _is_new, _is_confirmed in rows}
    people = [Person(pk=pks[key], email=email, name=names[key], name_key=key) for key in names]
    return people, all(is_new for *_, is_new, _ in rows), any(is_confirmed for *_, is_confirmed in rows)


def _registered_before(show: Show, people: Sequence[Person]) -> dict[int, Registration]:
    rows = Registration.objects.filter(show=show, person__in=people).order_by("pk")
    # Whether there is a ticket is asked after the wait for whoever gives it back or takes it again just now.
    held = [row.pk for row in rows.select_for_update(no_key=True)]
    known = Registration.objects.filter(pk__in=held).with_live_ticket().order_by("pk")
    return {row.person_id: row for row in known if row.person_id is not None}


def _registrations(
    show: Show,
    ticket_type: TicketType,
    members: Sequence[Details],
    people: Sequence[Person],
    before: dict[int, Registration],
    *,
    lead: Registration,
    language: str,
    at: datetime,
    channel: str,
    confirm_by: datetime | None,
) -> list[Registration]:
    party = []
    for number, (member, person) in enumerate(zip(members, people, strict=True)):
        if person.pk in before:
            continue
        row = lead if number == 0 else Registration()
        for field, value in (asdict(member) | {"email": person.email}).items():
            setattr(row, field, value)
        row.show, row.person, row.category = show, person, ticket_type.category
        row.language, row.registered_at, row.channel, row.confirm_by = language, at, channel, confirm_by
        party.append(row)
    if party and party[0] is lead:
        Registration.objects.bulk_create([lead])
    companions = [row for row in party if row is not lead]
    head = lead if lead.pk else before.get(people[0].pk)
    for row in companions:
        row.registered_by = head
    Registration.objects.bulk_create(companions)
    return party


def _renew(returning: Sequence[Registration], ticket_type: TicketType, *, confirm_by: datetime | None) -> None:
    """Who comes back without a ticket has another category maybe, and as long to confirm the e-mail as anybody."""
    changed = [row for row in returning if (row.category, row.confirm_by) != (ticket_type.category, confirm_by)]
    if changed:
        Registration.objects.filter(pk__in=[row.pk for row in changed]).update(
            category=ticket_type.category, confirm_by=confirm_by
        )


def _admit(
    receiving: Sequence[Registration],
    ticket_type: TicketType,
    days: list[int],
    invitation: Invitation | None,
    *,
    at: datetime,
) -> None:
    """A ticket for each, and the badge unless staff have to approve first. One statement: everybody passes here."""
    state = rules.first_state(ticket_type)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH receiving AS (
                SELECT * FROM unnest(
                    %(registrations)s::bigint[], %(serials)s::text[], %(versions)s::int[], %(badged)s::bool[]
                ) AS receiving (registration_id, serial, version, has_badge)
            ),
            badges AS (
                INSERT INTO visitors_badge (registration_id, serial, version, issued_at, reason)
                SELECT registration_id, serial, version, %(at)s, '' FROM receiving
                WHERE %(state)s = 'valid' AND NOT has_badge
            )
            INSERT INTO visitors_ticket
                (registration_id, ticket_type_id, invitation_id, days, state, reason, price, paid_by, given_at)
            SELECT registration_id, %(type)s, %(invitation)s::bigint, %(days)s::smallint[], %(state)s, '', %(price)s,
                   '', %(at)s
            FROM receiving
            """,
            {
                "registrations": [row.pk for row in receiving],
                "serials": [serials.draw() for _ in receiving],
                # The badge of a ticket that lapsed has lived on.
                "badged": [getattr(row, "has_live_badge", False) for row in receiving],
                "versions": [(getattr(row, "last_badge_version", None) or 0) + 1 for row in receiving],
                "type": ticket_type.pk,
                "invitation": invitation.pk if invitation else None,
                "days": days,
                "state": state,
                "price": rules.price_of(ticket_type, days),
                "at": at,
            },
        )


def _agree(
    receiving: Sequence[Registration],
    wordings: Sequence[ConsentWording],
    *,
    lead: Registration,
    language: str,
    at: datetime,
    channel: str,
) -> None:
    """The visit is agreed to for everybody in the party, news only by whoever owns the address."""
    rows = [
        (row.pk, wording.pk)
        for row in receiving
        for wording in wordings
        if wording.purpose == ConsentWording.Purpose.VISIT or row is lead
    ]
    with connection.cursor() as cursor:
        # Who comes back may have agreed to the same words before.
        cursor.execute(
            """
            INSERT INTO visitors_consent (registration_id, wording_id, language, channel, given_at)
            SELECT registration_id, wording_id, %s, %s, %s
            FROM unnest(%s::bigint[], %s::bigint[]) AS agreed (registration_id, wording_id)
            ON CONFLICT DO NOTHING
            """,
            [language, channel, at, [pk for pk, _ in rows], [wording for _, wording in rows]],
        )


def _tell(
    receiving: Sequence[Registration], known: Sequence[Registration], email: str, language: str, at: datetime
) -> None:
    letters = []
    if receiving:
        letters.append(
            Mail(
                kind="visitors.registered",
                thing=f"registration:{receiving[0].pk}",
                version=f"{at:%Y%m%dT%H%M%S%f}",
                to=email,
                language=language,
                facts={"registrations": [row.pk for row in receiving]},
            )
        )
    if known:
        again = Mail(
            kind="visitors.badge_again",
            thing=f"registration:{known[0].pk}",
            version=f"{at:%Y%m%dT%H}",
            to=email,
            language=language,
            facts={"registrations": [row.pk for row in known]},
        )
        if not Mail.objects.filter(kind=again.kind, thing=again.thing, version=again.version).exists():
            letters.append(again)
    if letters:
        mails.queue_many(letters)
