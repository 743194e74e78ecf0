"""Reading at a gate: which badge a text means, and what is known of it.

The statement is written out because a gate has 2.5 ms for a scan, and building it from models takes one of them.
"""

from __future__ import annotations

from django.db import connection

from expo.models import ShowDay
from onsite.rules import Bearer
from visitors.badges import code, serials

BEARER = """
SELECT badge.id, person.id, person.show_id, badge.serial, badge.revoked_at,
       badge.revoked_at IS NOT NULL AND EXISTS (
           SELECT FROM visitors_badge AS newer
           WHERE newer.registration_id = person.id AND newer.revoked_at IS NULL
       ),
       person.name, person.name_latin, person.firm, person.category,
       ticket.state, coalesce(ticket.days, '{}'), coalesce(ticket.price, 0), ticket.paid_at,
       visit.entered_at, coalesce(gate.name_en, ''), coalesce(gate.name_zh, '')
FROM visitors_badge AS badge
JOIN visitors_registration AS person ON person.id = badge.registration_id
LEFT JOIN LATERAL (
    SELECT state, days, price, paid_at FROM visitors_ticket
    WHERE registration_id = person.id ORDER BY state IN ('valid', 'awaiting') DESC, id DESC LIMIT 1
) AS ticket ON true
LEFT JOIN onsite_visit AS visit ON visit.registration_id = person.id AND visit.day_id = %s
LEFT JOIN expo_gate AS gate ON gate.id = visit.gate_id
WHERE badge.serial = %s
"""


def serial_in(text: str, *, show_number: int, is_typed: bool) -> str | None:
    """The serial that was scanned or typed, or None for what is no badge of this show.

    A code has to bear our signature; a serial alone is good where a person has looked at the badge to type it.
    """
    if len(text.strip()) != code.LENGTH:
        return serials.tidy(text) if is_typed else None
    try:
        credential = code.read(text, code.verifying_keys())
    except code.BadCode:
        return None
    return credential.serial if credential.show == show_number else None


def bearer_of(serial: str | None, *, day: ShowDay | None) -> Bearer | None:
    """Who bears the badge, with the visit of `day`; one statement."""
    if serial is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(BEARER, [day.pk if day else None, serial])
        row = cursor.fetchone()
    if row is None:
        return None
    return Bearer(
        badge_id=row[0],
        registration_id=row[1],
        show_id=row[2],
        serial=row[3],
        revoked_at=row[4],
        replaced=row[5],
        name=row[6],
        name_latin=row[7],
        firm=row[8],
        category=row[9],
        state=row[10],
        days=tuple(row[11]),
        price=row[12],
        paid_at=row[13],
        entered_at=row[14],
        gate_en=row[15],
        gate_zh=row[16],
    )
