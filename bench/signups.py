"""Sign-ups as they are measured: 30,000 in the tables, and people who sign up for sessions that have places for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import batched, cycle, islice
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.load import Request

if TYPE_CHECKING:
    from expo.models import Show
    from programme.models import Published
    from visitors.models import Registration

SIGNUPS, SESSIONS, OFFERS = 30_000, 20, 5_000
#: The day of the show, counted from 1, for which people sign up when that is measured.
DAY = 3
ENDLESS = 10_000_000
#: People who wait for the moment at which a session can be signed up for, and seconds within which all have pressed.
WAITING, RELEASED_WITHIN = 2_000, 20


def fill(show: Show) -> None:
    """Make what is missing, once: places of all public sessions, and the same people in one session a day."""
    from accounts.acting import Actor, acting
    from programme.actions.signing.following import follow
    from programme.models import Participant, Published, SessionPlaces, Signup

    with acting(Actor.system("bench"), "loaded"):
        public = list(Published.objects.filter(show=show))
        known = set(SessionPlaces.objects.values_list("pk", flat=True))
        follow(show, {row.pk: row.told for row in public if row.pk not in known}, gone=(), at=show.now())
        if Signup.objects.count() >= SIGNUPS:
            return
        SessionPlaces.objects.update(places=ENDLESS, whole=ENDLESS)
        people = list(islice(with_tickets(show), SIGNUPS // len(show.calendar)))
        for day in show.calendar:
            sessions = cycle(row.pk for row in public if show.day_at(row.starts_at) == day)
            for some in batched(zip(sessions, people, strict=False), 2000, strict=False):
                rows = Signup.objects.bulk_create(
                    Signup(session_id=session, registration_id=one, state="confirmed", joined_at=show.now())
                    for session, one in some
                )
                Participant.objects.bulk_create(
                    Participant(signup=row, registration_id=row.registration_id) for row in rows
                )


def with_tickets(show: Show) -> Iterator[int]:
    """Registrations with a ticket for the measured day, oldest first."""
    from visitors.models import Ticket

    rows = Ticket.objects.filter(registration__show=show, state="valid", days__contains=[DAY]).order_by("pk")
    return iter(rows.values_list("registration", flat=True))


@dataclass(frozen=True, slots=True)
class Fair:
    """The sessions that are signed up for, and who does: `planned` have a session each day, `free` have none."""

    show: Show
    sessions: list[Published]
    planned: list[Registration]
    free: Iterator[Registration]

    @classmethod
    def prepare(cls, show: Show) -> Fair:
        """What earlier measurements signed up is given up, so that everybody is free again."""
        from django.db.models import Min
        from django.utils import timezone

        from programme.models import Participant, Published, SessionPlaces, Signup
        from visitors.models import Registration

        first = Signup.objects.aggregate(first=Min("pk"))["first"]
        later = Signup.objects.filter(pk__gte=first + SIGNUPS, state__in=("confirmed", "waiting"))
        later.update(state="called_off", ended_at=timezone.now())
        rows = Published.objects.filter(show=show, session__capacity__takes_place=True).order_by("pk")
        on_day = [row for row in rows if show.day_at(row.starts_at) == show.calendar[DAY - 1] and not row.enterprise_id]
        rows = on_day[:SESSIONS]
        SessionPlaces.objects.filter(pk__in=[row.pk for row in rows]).update(
            places=ENDLESS, audience="open", access="open", opens_at=None, closes_at=None, is_closed=False
        )
        busy = set(Participant.objects.filter(is_live=True).values_list("registration", flat=True))
        pks = list(with_tickets(show))
        planned, free = [pk for pk in pks if pk in busy][:500], [pk for pk in pks if pk not in busy][:12_000]
        people = Registration.objects.in_bulk(planned + free)
        return cls(show, rows, [people[pk] for pk in planned], (people[pk] for pk in free))

    def sign_ups(self, count: int, *, sessions: int, headers: dict[str, str]) -> Iterator[Request]:
        """Somebody else each time, by the cookie of the own visit, for the first so many sessions in turn."""
        from django.conf import settings
        from django.urls import reverse

        from visitors.links import visit_key

        for number, (session, one) in enumerate(zip(cycle(self.sessions[:sessions]), islice(self.free, count))):
            cookie = f"{headers['Cookie']}; {settings.VISIT_COOKIE_NAME}={visit_key(one)}"
            body = urlencode({"csrfmiddlewaretoken": headers["Token"], "who": one.pk, "seen": session.sequence})
            yield Request(
                "POST",
                reverse("session-sign-up", args=[session.told.slug]),
                body.encode(),
                {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Cookie": cookie,
                    "X-Forwarded-For": f"10.{number % 200}.{number // 200}.9",
                },
            )

    def visits(self, name: str) -> list[str]:
        from django.urls import reverse

        from visitors.links import visit_key

        return [reverse(name, args=[visit_key(one)]) for one in self.planned]

    def wait_in_line(self) -> Published:
        """5,000 people in the list of a full session; in the running transaction."""
        from programme.models import Participant, SessionPlaces, Signup

        session = self.sessions[0]
        places = SessionPlaces.objects.get(pk=session.pk)
        SessionPlaces.objects.filter(pk=session.pk).update(places=places.taken)
        rows = Signup.objects.bulk_create(
            Signup(session_id=session.pk, registration=one, state="waiting", joined_at=self.show.now())
            for one in islice(self.free, OFFERS)
        )
        Participant.objects.bulk_create(Participant(signup=row, registration_id=row.registration_id) for row in rows)
        return session

    def have_places_for_all(self, session: Published) -> int:
        """As publishing it with more seats does; how many were offered places and are written to."""
        from programme.actions.signing.following import follow
        from programme.models import Signup

        follow(self.show, {session.pk: replace(session.told, seats=ENDLESS)}, gone=(), at=self.show.now())
        return Signup.objects.filter(session=session.pk, state="offered").count()
