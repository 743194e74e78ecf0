from __future__ import annotations

import hashlib
import secrets
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import caches
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, constraint_of, refusing
from expo.models import Gate, Show, ShowDay
from onsite import rules
from onsite.answers import Answer, answer
from onsite.models import Device, DoorScan, Outcome, Scan, Visit
from onsite.reading import bearer_of, serial_in
from visitors.actions.confirming import let_back
from visitors.actions.tickets import mark_paid
from visitors.models import Ticket

# How long a device stays signed in: any show with its days of building up, and a week after it.
DEVICE_DAYS = 14

SCAN = """
INSERT INTO onsite_scan (uid, body_hash, show_id, device_id, gate_id, badge_id, means, outcome, read_at, at)
VALUES (%(uid)s, %(body_hash)s, %(show)s, %(device)s, %(gate)s, %(badge)s, %(means)s, %(outcome)s, %(read_at)s, %(at)s)
RETURNING outcome
"""

# The visit decides: whoever finds one of the day there already is not admitted a second time, however many gates
# read the badge at the same moment. A repeated uid breaks its constraint and takes the visit with it.
SCAN_AND_VISIT = """
WITH drawn AS MATERIALIZED (SELECT nextval(pg_get_serial_sequence('onsite_scan', 'id')) AS id),
entered AS (
    INSERT INTO onsite_visit (registration_id, day_id, gate_id, scan_id, entered_at)
    SELECT %(registration)s, %(day)s, %(gate)s, drawn.id, %(moment)s FROM drawn
    ON CONFLICT ON CONSTRAINT one_visit_a_day DO NOTHING
    RETURNING id
)
INSERT INTO onsite_scan (id, uid, body_hash, show_id, device_id, gate_id, badge_id, means, outcome, read_at, at)
SELECT drawn.id, %(uid)s, %(body_hash)s, %(show)s, %(device)s, %(gate)s, %(badge)s, %(means)s,
       CASE WHEN EXISTS (SELECT FROM entered) THEN 'admitted' ELSE 'already_in' END, %(read_at)s, %(at)s
FROM drawn
RETURNING outcome
"""


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def sign_in_device(*, actor: Actor, show: Show, gate: Gate, name: str, at: datetime) -> tuple[Device, str]:
    """A phone or scanner for `gate`, and the secret that it proves itself with; only the hash of that is kept.

    Raises Refusal: other_show, not_staff.
    """
    if actor.user is None:
        raise Refusal("not_staff", _("A person has to sign the device in."))
    if gate.hall.show_id != show.pk:
        raise Refusal("other_show", _("This gate belongs to another show."), field="gate")
    token = secrets.token_urlsafe(32)
    with acting(actor, "device_signed_in"):
        device = Device.objects.create(
            show=show,
            gate=gate,
            name=name,
            token_hash=token_hash(token),
            signed_in_by=actor.user,
            signed_in_at=at,
            last_seen_at=at,
        )
    return device, token


def sign_out_device(*, actor: Actor, device: Device, at: datetime) -> None:
    """The device opens nothing from now on; other server processes have heard of it within seconds."""
    with acting(actor, "device_signed_out"):
        Device.objects.filter(pk=device.pk, signed_out_at=None).update(signed_out_at=at)
    caches["process"].delete(f"device:{device.token_hash}")


def mark_seen(*, device: Device, at: datetime) -> None:
    Device.objects.filter(pk=device.pk).update(last_seen_at=at)


def scan(
    *,
    device: Device,
    show: Show,
    uid: UUID,
    text: str,
    means: str,
    read_at: datetime | None,
    at: datetime,
    waited: timedelta = timedelta(0),
) -> Answer:
    """Read a badge at the device's gate: recorded whatever comes of it, and the visit with it where one begins.

    `read_at` is what the device's clock said (None where it says nothing), `waited` how long the device had no
    network until it sent the scan: decided is by the moment of reading. The same scan sent again gets the same answer
    and is recorded once. The row says by itself who did what, so it needs no other record.

    Raises Refusal: uid_reused (the same uid with another text).
    """
    moment = at - waited
    day = show.day_at(moment)
    serial = serial_in(text, show_number=show.number, is_typed=means == Scan.Means.TYPED)
    bearer = bearer_of(serial, day=day)
    said = rules.outcome(bearer, show_id=show.pk, day=day, at=moment)
    if said == Outcome.NO_TICKET and bearer is not None and bearer.state == Ticket.State.LAPSED:
        if Scan.objects.filter(uid=uid).exists():
            return again(device=device, show=show, uid=uid, sent=body_hash(text, means, read_at), moment=moment)
        let_back(actor=Actor.device(device.pk), registration=bearer.registration_id, show=show, at=moment)
        bearer = bearer_of(bearer.serial, day=day)
        said = rules.outcome(bearer, show_id=show.pk, day=day, at=moment)
    values: dict[str, Any] = {
        "uid": uid,
        "body_hash": body_hash(text, means, read_at),
        "show": show.pk,
        "device": device.pk,
        "gate": device.gate_id,
        "badge": bearer.badge_id if bearer is not None else None,
        "means": means,
        "outcome": said.value,
        "read_at": read_at or at,
        "at": at,
    }
    if said == Outcome.ADMITTED and bearer is not None and day is not None:
        values |= {"registration": bearer.registration_id, "day": day.pk, "moment": moment}
    # One statement is a transaction of its own; inside another one it needs a savepoint to fail alone.
    alone = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with alone, connection.cursor() as cursor:
            cursor.execute(SCAN_AND_VISIT if said == Outcome.ADMITTED else SCAN, values)
            recorded = Outcome(cursor.fetchone()[0])
    except IntegrityError as error:
        if constraint_of(error) != "onsite_scan_uid_key":
            raise
        return again(device=device, show=show, uid=uid, sent=values["body_hash"], moment=moment)
    if recorded == Outcome.ADMITTED and bearer is not None:
        gate = device.gate
        bearer = replace(bearer, entered_at=moment, gate_en=gate.name_en, gate_zh=gate.name_zh)
    elif recorded != said and bearer is not None:
        bearer = bearer_of(bearer.serial, day=day)
    return answer(uid, recorded, bearer, show=show, moment=moment)


def body_hash(text: str, means: str, read_at: datetime | None) -> str:
    body = f"{means}\n{read_at.timestamp() if read_at else ''}\n{text}".encode(errors="replace")
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def again(*, device: Device, show: Show, uid: UUID, sent: str, moment: datetime) -> Answer:
    """The answer that a scan of `moment` got when it was first sent. Raises Refusal: uid_reused."""
    row = Scan.objects.select_related("badge").get(uid=uid)
    if row.body_hash != sent or row.device_id != device.pk:
        raise Refusal("uid_reused", _("Another scan was sent under this number before."))
    return answer_to(row, show=show, moment=moment)


def answer_to(row: Scan, *, show: Show, moment: datetime) -> Answer:
    """What a recorded scan was answered, and is: who has paid upon it is admitted by it."""
    day = show.day_at(moment)
    bearer = bearer_of(row.badge.serial if row.badge is not None else None, day=day)
    admitted = row.outcome == Outcome.PAYMENT_DUE and Visit.objects.filter(scan=row).exists()
    said = Outcome.ADMITTED if admitted else Outcome(row.outcome)
    return answer(row.uid, said, bearer, show=show, moment=moment)


def pay(*, device: Device, show: Show, uid: UUID, how: str, at: datetime) -> Answer:
    """Money was taken at the gate for the ticket of the scan `uid`: the ticket is paid and the visitor admitted.

    Sent again it changes nothing and answers the same. Raises Refusal: no_scan (this device sent none of that uid),
    nothing_due, already_paid (take no money twice), uid_reused (it was paid in another way), or, where the gate would
    by now say something else to the badge, the code of that outcome.
    """
    with acting(Actor.device(device.pk), "paid_at_gate"):
        row = Scan.objects.select_related("badge").filter(uid=uid, device=device).first()
        if row is None:
            raise Refusal("no_scan", _("This device has sent no such scan."))
        if row.outcome != Outcome.PAYMENT_DUE or row.badge is None:
            raise Refusal("nothing_due", _("Nothing was due for this scan."))
        # Whoever takes money for the same ticket at another gate waits here and then finds it paid.
        ticket = (
            Ticket.objects.select_for_update()
            .filter(registration=row.badge.registration_id, state__in=Ticket.LIVE)
            .first()
        )
        if ticket is not None and Visit.objects.filter(scan=row).exists():
            if ticket.paid_by != how:
                raise Refusal("uid_reused", _("This payment was recorded in another way before."))
            return answer_to(row, show=show, moment=at)
        day = show.day_at(at)
        bearer = bearer_of(row.badge.serial, day=day)
        said = rules.outcome(bearer, show_id=show.pk, day=day, at=at)
        if bearer is not None and bearer.paid_at is not None:
            raise Refusal("already_paid", _("It is paid already: take no money. Scan the badge again."))
        if said != Outcome.PAYMENT_DUE or ticket is None or bearer is None or day is None:
            raise Refusal(said.value, answer(uid, said, bearer, show=show, moment=at).sentence)
        mark_paid(actor=Actor.device(device.pk), ticket=ticket, by=how, at=at)
        enter(row, registration=bearer.registration_id, day=day, device=device, at=at)
    return answer(uid, Outcome.ADMITTED, bearer_of(row.badge.serial, day=day), show=show, moment=at)


def enter(row: Scan, *, registration: int, day: ShowDay, device: Device, at: datetime) -> None:
    already = Refusal("already_in", _("This person is in already today."))
    with refusing(one_visit_a_day=already):
        Visit.objects.create(registration_id=registration, day=day, gate_id=device.gate_id, scan=row, entered_at=at)


def erase_overdue(*, show: Show, at: datetime) -> dict[str, int]:
    """Erase the scans of a show that closed longer ago than scans are kept; visits stay and are counted on, as does
    who came to a session."""
    erased = {"scans": 0, "door_scans": 0}
    if show.calendar and at >= show.closes_at + timedelta(days=Scan.keeping.days or 0):
        erased["scans"] = erase(Scan, show)
    if show.calendar and at >= show.closes_at + timedelta(days=DoorScan.keeping.days or 0):
        erased["door_scans"] = erase(DoorScan, show)
    return erased


def erase(model: type[Scan | DoorScan], show: Show) -> int:
    erased = 0
    while rows := list(model.objects.filter(show=show).values_list("pk", flat=True)[:5000]):
        with acting(Actor.system("erase_overdue"), "scans_erased"):
            if model is Scan:
                Visit.objects.filter(scan__in=rows).update(scan=None)
            model.objects.filter(pk__in=rows).delete()
        erased += len(rows)
    return erased
