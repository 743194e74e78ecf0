"""A device at a door reads badges, lets people walk in and says who of a party is here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor
from accounts.refusals import Refusal, constraint_of
from expo.models import Show
from onsite.actions import body_hash
from onsite.doors.answers import DoorAnswer, answer, badge_sentence
from onsite.models import Device, DoorScan, Scan
from onsite.reading import bearer_of, serial_in
from onsite.rules import Bearer
from programme.actions.signing import door
from programme.doors import AtDoor
from programme.reading import Listed
from visitors.models import Registration, Ticket

# Written out for the same reason as a gate's.
SCAN = """
INSERT INTO onsite_doorscan (uid, body_hash, show_id, session_id, device_id, badge_id, means, outcome, read_at, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

NO_SCAN = Refusal("no_scan", _("This device has sent no such scan."))


def scan(
    *,
    device: Device,
    show: Show,
    listed: Listed,
    uid: UUID,
    text: str,
    means: str,
    read_at: datetime | None,
    at: datetime,
    waited: timedelta = timedelta(0),
) -> DoorAnswer:
    """Read a badge at the door of a session: recorded whatever comes of it, and who has a place is in.

    `read_at` and `waited` are as at a gate. The same scan sent again gets the same answer and is recorded once.

    Raises Refusal: uid_reused (the same uid with another text, or at another door), no_session.
    """
    moment = at - waited
    serial = serial_in(text, show_number=show.number, is_typed=means == Scan.Means.TYPED)
    bearer = bearer_of(serial, day=None)
    sent = body_hash(text, means, read_at)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            found = read(device, show, listed, bearer, at=moment)
            badge = bearer.badge_id if bearer is not None else None
            cursor.execute(
                SCAN,
                [uid, sent, show.pk, listed.pk, device.pk, badge, means, found.said.value, read_at or at, at],
            )
    except IntegrityError as error:
        if constraint_of(error) != "onsite_doorscan_uid_key":
            raise
        return again(device, show, listed, uid=uid, sent=sent, at=moment)
    return answer(uid, found, bearer, show=show, listed=listed, at=moment)


def read(device: Device, show: Show, listed: Listed, bearer: Bearer | None, *, at: datetime) -> door.Found:
    wrong = badge_says(bearer, show, listed)
    if wrong is not None or bearer is None:
        return door.Found(said=wrong or AtDoor.NOT_OURS, places=door.places_of(listed.pk))
    return door.attend(actor=Actor.device(device.pk), session=listed.pk, registration=bearer.registration_id, at=at)


def badge_says(bearer: Bearer | None, show: Show, listed: Listed) -> AtDoor | None:
    """What is wrong with the badge itself, whatever its bearer has signed up for."""
    if bearer is None or bearer.show_id != show.pk:
        return AtDoor.NOT_OURS
    if bearer.revoked_at is not None:
        return AtDoor.REVOKED
    if bearer.state != Ticket.State.VALID:
        return AtDoor.NO_TICKET
    day = show.day_at(listed.starts)
    return AtDoor.WRONG_DAY if day is not None and day.number not in bearer.days else None


def again(device: Device, show: Show, listed: Listed, *, uid: UUID, sent: str, at: datetime) -> DoorAnswer:
    row = DoorScan.objects.select_related("badge").get(uid=uid)
    if row.body_hash != sent or row.device_id != device.pk or row.session_id != listed.pk:
        raise Refusal("uid_reused", _("Another scan was sent under this number before."))
    said = AtDoor(row.outcome)
    bearer = bearer_of(row.badge.serial, day=None) if row.badge is not None else None
    if bearer is None or bearer.show_id != show.pk:
        found = door.Found(said=said, places=door.places_of(listed.pk))
    else:
        found = door.said_before(said, session=listed.pk, registration=bearer.registration_id, at=at)
    return answer(uid, found, bearer, show=show, listed=listed, at=at)


def walk_in(
    *,
    device: Device,
    show: Show,
    listed: Listed,
    uid: UUID,
    whole_party: bool,
    leaving: bool,
    at: datetime,
) -> DoorAnswer:
    """Let the bearer of the scan `uid` walk in, with or without the party that waits; see `door.walk_in`.

    Sent again it changes nothing and answers the same. Raises Refusal: no_scan, the code of what is wrong with the
    badge by now, and those of `door.walk_in`.
    """
    bearer = bearer_of_scan(device, show, listed, uid)
    registration = Registration.objects.select_related("show").get(pk=bearer.registration_id)
    found = door.walk_in(
        actor=Actor.device(device.pk),
        session=listed.pk,
        registration=registration,
        at=at,
        whole_party=whole_party,
        leaving=leaving,
    )
    return answer(uid, found, bearer, show=show, listed=listed, at=at)


def set_party(
    *,
    device: Device,
    show: Show,
    listed: Listed,
    uid: UUID,
    here: Collection[int] | None,
    guests: int | None,
    at: datetime,
) -> DoorAnswer:
    """Who is here of the party of the scan `uid`, all of them where nothing is said; nobody takes the scan back.

    Raises Refusal: no_scan, the code of what is wrong with the badge by now, and those of `door.set_party`.
    """
    bearer = bearer_of_scan(device, show, listed, uid)
    found = door.set_party(
        actor=Actor.device(device.pk),
        session=listed.pk,
        registration=bearer.registration_id,
        at=at,
        here=here,
        guests=guests,
    )
    return answer(uid, found, bearer, show=show, listed=listed, at=at)


def bearer_of_scan(device: Device, show: Show, listed: Listed, uid: UUID) -> Bearer:
    """Whose badge this device read at this door under the number. Raises Refusal: no_scan, or what the badge says."""
    row = DoorScan.objects.select_related("badge").filter(uid=uid, device=device, session=listed.pk).first()
    bearer = bearer_of(row.badge.serial, day=None) if row is not None and row.badge is not None else None
    if bearer is None:
        raise NO_SCAN
    wrong = badge_says(bearer, show, listed)
    if wrong is not None:
        raise Refusal(wrong.value, badge_sentence(wrong, bearer, show=show))
    return bearer


def recent(device: Device, listed: Listed, *, most: int) -> list[dict[str, Any]]:
    """The newest scans of a device at a door, as the page lists them."""
    rows = DoorScan.objects.filter(device=device, session=listed.pk).select_related("badge__registration")
    return [
        {
            "at": row.at.astimezone(listed.starts.tzinfo),
            "said": AtDoor(row.outcome),
            "name": str(row.badge.registration) if row.badge is not None else "",
        }
        for row in rows.order_by("-at")[:most]
    ]
