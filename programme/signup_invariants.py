"""What must be true of sign-ups and places at any moment; part of `invariants`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.invariants import PATIENCE, said
from expo.capacity.rules import WALK_INS_FROM
from expo.models import Room, Show
from programme import places as rules
from programme.models import Published, SessionPlaces

AT_ANY_TIME = (
    (
        "{} sessions count other places than their sign-ups take.",
        """
        SELECT count(*) FROM programme_sessionplaces p LEFT JOIN (
            SELECT session_id,
                coalesce(sum(party) FILTER (WHERE origin = 'signed_up' AND holds), 0) AS taken,
                coalesce(sum(party) FILTER (WHERE origin = 'guest' AND holds), 0) AS guests,
                coalesce(sum(party) FILTER (WHERE state = 'waiting'), 0) AS waiting,
                sum(came) AS present
            FROM (
                SELECT *, state IN ('offered', 'confirmed', 'attended', 'no_show') AS holds FROM programme_signup
            ) AS one GROUP BY session_id
        ) s USING (session_id)
        WHERE CASE WHEN s.session_id IS NULL THEN (p.taken, p.guests_taken, p.waiting, p.present) <> (0, 0, 0, 0)
            ELSE (p.taken, p.guests_taken, p.waiting, p.present) <> (s.taken, s.guests, s.waiting, s.present) END
        """,
    ),
    (
        "{} sessions have more places taken than there are, or say so and have not.",
        "SELECT count(*) FROM programme_sessionplaces WHERE over <> greatest(0, taken::bigint - places)",
    ),
    (
        "{} participants are elsewhere than their sign-up.",
        """
        SELECT count(*) FROM programme_participant m JOIN programme_signup s ON s.id = m.signup_id
        JOIN programme_sessionplaces p ON p.session_id = s.session_id
        WHERE m.session_id <> s.session_id OR m.at_place <> p.at_place
            OR m.during <> CASE WHEN p.takes_place THEN tstzrange(p.starts_at, p.ends_at) ELSE 'empty' END
            OR m.reach <> CASE WHEN p.takes_place THEN tstzrange(p.starts_at, p.reached_by) ELSE 'empty' END
            OR (m.holds AND s.state NOT IN ('confirmed', 'attended'))
            OR m.is_live <> (s.state IN ('requested', 'waiting', 'offered', 'confirmed', 'attended'))
        """,
    ),
    (
        "{} people have two places that nobody can be at.",
        """
        SELECT count(DISTINCT m.registration_id) FROM programme_participant m
        JOIN programme_participant o ON o.registration_id = m.registration_id AND o.id > m.id AND o.holds
        WHERE m.holds AND (o.during && m.during OR (o.at_place <> m.at_place AND o.reach && m.reach))
        """,
    ),
    (
        "{} sign-ups name more people than are in the party.",
        """
        SELECT count(*) FROM programme_signup s
        WHERE party < (SELECT count(*) FROM programme_participant m WHERE m.signup_id = s.id)
        """,
    ),
    (
        "{} codes count other uses than their sign-ups.",
        """
        SELECT count(*) FROM programme_sessioncode c WHERE used <> coalesce((
            SELECT sum(party) FROM programme_signup s WHERE s.code_id = c.id
                AND state IN ('requested', 'waiting', 'offered', 'confirmed', 'attended', 'no_show')), 0)
        """,
    ),
    (
        # The demo's rows are made at once, without a word to anybody.
        "{} offers were told to nobody.",
        """
        SELECT count(*) FROM programme_signup s JOIN visitors_registration r ON r.id = s.registration_id
        JOIN expo_show w ON w.id = r.show_id AND NOT w.is_demo
        WHERE s.state = 'offered' AND r.email <> '' AND NOT EXISTS (
            SELECT FROM accounts_mail m WHERE m.kind IN ('programme.offer', 'programme.still_coming')
                AND m.thing = 'signup:' || s.id AND m.version = s.offers::text)
        """,
    ),
)

BY_THE_CLOCK = (
    (
        "{} offers are over since long ago, and nobody ended them.",
        """
        SELECT count(*) FROM programme_signup s JOIN programme_sessionplaces p USING (session_id)
        JOIN programme_session o ON o.id = s.session_id AND o.show_id = %(show)s
        WHERE s.state = 'offered' AND p.takes_place AND s.offered_until < %(long_ago)s
        """,
    ),
    (
        "{} sessions let people wait whose party would fit.",
        """
        SELECT count(*) FROM programme_sessionplaces p
        JOIN programme_session o ON o.id = p.session_id AND o.show_id = %(show)s
        WHERE p.takes_place AND p.places > p.taken AND p.starts_at > %(offers_end)s AND EXISTS (
            SELECT FROM programme_signup s
            WHERE s.session_id = p.session_id AND s.state = 'waiting' AND s.party <= p.places - p.taken)
        """,
    ),
    (
        # Whoever went elsewhere after it had begun is not held there any more.
        "{} people have a sure place that is not kept for them.",
        """
        SELECT count(*) FROM programme_participant m JOIN programme_signup s ON s.id = m.signup_id
        JOIN programme_sessionplaces p ON p.session_id = s.session_id AND p.starts_at > %(at)s
        JOIN programme_session o ON o.id = s.session_id AND o.show_id = %(show)s
        WHERE NOT m.holds AND s.state IN ('confirmed', 'attended')
        """,
    ),
    (
        # A session that has moved since may be on a day for which somebody's ticket is not.
        "{} people are signed up for what their ticket does not admit to.",
        """
        SELECT count(*) FROM (
            SELECT signup_id AS id, registration_id AS person FROM programme_participant
            WHERE is_live AND registration_id IS NOT NULL
            UNION SELECT id, registration_id FROM programme_signup s WHERE NOT EXISTS (
                SELECT FROM programme_participant m WHERE m.signup_id = s.id AND m.registration_id IS NOT NULL)
        ) AS one
        JOIN programme_signup s USING (id)
        JOIN programme_sessionplaces p ON p.session_id = s.session_id AND p.starts_at > %(at)s
        JOIN programme_published b ON b.session_id = s.session_id
        JOIN expo_show w ON w.id = b.show_id AND w.id = %(show)s
        LEFT JOIN expo_showday d ON d.show_id = w.id AND d.date = (p.starts_at AT TIME ZONE w.time_zone)::date
        WHERE s.state IN ('requested', 'waiting', 'offered', 'confirmed', 'attended') AND s.origin = 'signed_up'
            AND NOT EXISTS (
                SELECT FROM visitors_ticket t WHERE t.registration_id = one.person AND t.state = 'valid'
                    AND (b.moved_from IS NOT NULL OR d.number IS NULL OR d.number = ANY(t.days)))
        """,
    ),
)
# What a session's places repeat of what is published, but for how many there are.
REPEATED = (
    "starts_at", "ends_at", "reached_by", "at_place", "takes_place", "sequence", "audience", "access", "party_most",
    "opens_at", "closes_at", "needs_names", "asks_id",
)  # fmt: skip


def broken_at_any_time() -> Iterator[str]:
    yield from _asked(AT_ANY_TIME, {})
    yield from wrong_places()


def broken_by_the_clock(show: Show, *, at: datetime) -> Iterator[str]:
    moments = {"at": at, "long_ago": at - PATIENCE, "offers_end": at + WALK_INS_FROM}
    yield from _asked(BY_THE_CLOCK, {"show": show.pk, **moments})


def _asked(questions: tuple[tuple[str, str], ...], values: dict[str, Any]) -> Iterator[str]:
    with connection.cursor() as cursor:
        for sentence, sql in questions:
            cursor.execute(sql, values)
            (count,) = cursor.fetchone()
            yield from said(sentence, count)


def wrong_places() -> Iterator[str]:
    """The places of sessions repeat what is public of them; what is not public any more does not take place."""
    public = {row.pk: row for row in Published.objects.all()}
    places = {row.pk: row for row in SessionPlaces.objects.all()}
    halls = dict(Room.objects.values_list("pk", "hall"))
    yield from said("{} public sessions have no places to count.", len(public.keys() - places.keys()))
    gone = [pk for pk in places.keys() - public.keys() if places[pk].takes_place]
    yield from said("{} sessions would take place that are not public.", len(gone))
    other = [pk for pk in places.keys() & public.keys() if not _repeats(places[pk], public[pk], halls)]
    yield from said("{} sessions give places otherwise than they were published.", len(other))


def _repeats(places: SessionPlaces, public: Published, halls: dict[int, int]) -> bool:
    told = public.told
    # Guests and people who were in when it was published count as they were then.
    values = rules.values_of(
        told,
        session=public.pk,
        hall=halls.get(told.room or 0),
        sequence=public.sequence,
        guests_taken=places.guests,
        present=places.whole,
    )
    return all(getattr(places, name) == values[name] for name in (*REPEATED, "places", "guests", "whole"))
