"""Whatever visitors, staff and the clock do in whatever order: the tables agree with a simple model of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import Mail
from accounts.refusals import Refusal
from programme.actions.signing import queue
from programme.actions.signing.acts import accept, change_party, give_up, sign_up
from programme.models import Participant, SessionPlaces, Signup, Turn
from programme.places import Coming
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import SYSTEM, SeriesFactory, move, publish
from tests.factories.signups import party, published, visitor

pytestmark = pytest.mark.django_db

#: Minutes; the first day of the show at ten o'clock is at 0, and midnight before it at -600.
TEN, MIDNIGHT, BETWEEN_HALLS = 0, -600, 10
SESSIONS, PEOPLE = 4, 12
#: The first two are in one hall, the third in none and the last in another; the last two are one series.
HALLS = ("one", "one", None, "other")
SERIES = (2, 3)
#: The lead of a group of three; everybody else comes alone.
GROUP = {0: {0, 1, 2}}
SURE = {"confirmed", "attended"}
HOLDING = {"offered", "confirmed"}
LIVE = {"waiting", "offered", "confirmed"}

slots = st.integers(0, 6)
#: Mostly the first, where there is a crowd.
sessions = st.sampled_from([0, 0, 0, 2, 2, 1, 3])
anybody = st.integers(0, PEOPLE - 1)
#: Which of the own group come, by bits, and how many guests more who are only a number.
comers = st.tuples(st.integers(0, 7), st.integers(0, 2))
chosen = st.integers(0, 63)


@dataclass
class Hall:
    """A session of the model: when in minutes, how many places, and whether it takes place."""

    starts: int
    seats: int
    takes_place: bool = True

    def is_too_small_for(self, size: int) -> bool:
        """Whether so many could never be in at once; where there are no seats at all, there may be some later."""
        return size > (self.seats or 5)


@dataclass
class Party:
    session: int
    lead: int
    badges: set[int]
    guests: int
    state: str
    ahead: int = 0
    until: int | None = None
    offers: int = 0
    was_sure: bool = False

    @property
    def size(self) -> int:
        return len(self.badges) + self.guests


@dataclass
class Model:
    """What the rules say, in lists and numbers; the place in `parties` is the order of joining."""

    now: int
    halls: list[Hall]
    parties: list[Party] = field(default_factory=list)

    def of(self, session: int, *states: str) -> list[Party]:
        return [one for one in self.parties if one.session == session and one.state in states]

    def taken(self, session: int) -> int:
        return sum(one.size for one in self.of(session, *HOLDING))

    def left(self, session: int) -> int:
        return max(0, self.halls[session].seats - self.taken(session))

    def line(self, session: int) -> list[Party]:
        return sorted(self.of(session, "waiting"), key=lambda one: -one.ahead)

    def fits(self, session: int, size: int) -> bool:
        """Whether somebody new gets so many places at once."""
        left = self.left(session)
        return size <= left and all(one.size > left for one in self.of(session, "waiting"))

    def deadline(self, session: int) -> int:
        starts = self.halls[session].starts
        if self.now >= starts - 30:
            return self.now + 10
        hours = 2 if self.now >= MIDNIGHT + 1440 * ((starts - MIDNIGHT) // 1440) else 24
        return max(self.now + 10, min(self.now + 60 * hours, starts - 10))

    def offer(self, one: Party) -> None:
        one.state, one.until, one.offers = "offered", self.deadline(one.session), one.offers + 1

    def promote(self, session: int) -> None:
        hall = self.halls[session]
        if not hall.takes_place or self.now >= hall.starts - 10:
            return
        while first := next((one for one in self.line(session) if one.size <= self.left(session)), None):
            self.offer(first)

    def clash(self, session: int, badges: set[int], *, but: list[Party]) -> bool:
        """Whether one of these people is at another place then, or could not come from there in time."""
        here = self.halls[session]
        for one in self.parties:
            there = self.halls[one.session]
            if one.state not in SURE or one in but or not badges & one.badges or not there.takes_place:
                continue
            same = one.session == session or (HALLS[one.session] and HALLS[one.session] == HALLS[session])
            if abs(here.starts - there.starts) < 60 + (0 if same else BETWEEN_HALLS):
                return True
        return False

    def is_in(self, session: int, lead: int | None, badges: set[int], *, but: list[Party]) -> bool:
        there = [one for one in self.of(session, *LIVE) if one not in but]
        return any(one.lead == lead or badges & one.badges for one in there)

    def too_many(self, session: int, people: set[int], *, but: list[Party]) -> bool:
        """Whether one of them has, or waits for, another session of the series, of which each gets one."""
        if session not in SERIES:
            return False
        others = [one for number in SERIES if number != session for one in self.of(number, *LIVE) if one not in but]
        return any((one.badges or {one.lead}) & people for one in others)


class SigningUp(RuleBasedStateMachine):
    """Four sessions of an hour, one ticket for all days each; sign-ups are numbered as in the model."""

    def __init__(self, world) -> None:
        super().__init__()
        self.mark = transaction.savepoint_create()
        self.sessions, self.people = world
        self.model = Model(
            now=0,
            halls=[Hall(TEN, 3), Hall(TEN + 90, 2), Hall(TEN + 30, 4), Hall(TEN + 1440, 2)],
        )
        self.rows: list[int] = []

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.mark)

    @property
    def at(self):
        return self.moment(self.model.now)

    @staticmethod
    def moment(minutes: int):
        return on(1, "10:00") + timedelta(minutes=minutes)

    def tried(self, act, **kwargs) -> str:
        try:
            with transaction.atomic():
                self.made = act(actor=SYSTEM, **kwargs)
        except Refusal as refusal:
            return refusal.code
        return ""

    def row(self, number: int) -> Signup:
        return Signup.objects.get(pk=self.rows[number])

    def coming(self, lead: int, bits: int, guests: int) -> tuple[set[int], int]:
        group = sorted(GROUP.get(lead, {lead}))
        badges = {one for number, one in enumerate(group) if bits >> number & 1}
        return badges, max(guests, 0 if badges else 1)

    def known(self, badges: set[int], guests: int) -> list[Coming]:
        return [Coming(registration=self.people[one].pk) for one in sorted(badges)] + [Coming()] * guests

    def instead(self, lead: int, bits: int, *, but: int | None = None) -> list[int]:
        """Some of somebody's own sign-ups, now and then of those that have ended too."""
        states = {one.state for one in self.model.parties} if bits == 5 else LIVE
        own = [
            number
            for number, one in enumerate(self.model.parties)
            if one.lead == lead and number != but and one.state in states
        ]
        return [number for place, number in enumerate(own[-3:]) if bits >> place & 1]

    def refusal_of_others(self, others: list[Party]) -> set[str]:
        if any(one.state not in LIVE for one in others):
            return {"ended"}
        return {"begun"} if any(self.has_begun(one) for one in others) else set()

    def has_begun(self, one: Party) -> bool:
        hall = self.model.halls[one.session]
        return one.state in HOLDING and hall.takes_place and self.model.now >= hall.starts

    def give_to_the_next(self, others: list[Party]) -> None:
        for session in sorted({one.session for one in others}):
            self.model.promote(session)

    def pick(self, which: int, *states: str) -> int | None:
        """One of the sign-ups in these states, or now and then any other."""
        numbers = [number for number, one in enumerate(self.model.parties) if one.state in states]
        if self.rows and (not numbers or which % 8 == 5):
            return which % len(self.rows)
        return numbers[which % len(numbers)] if numbers else None

    # What visitors do

    @initialize(
        now=st.sampled_from([-2 * 1440, -9 * 60, -45, -12, -12]),
        first=st.lists(st.tuples(sessions, anybody, comers), min_size=9, max_size=13),
    )
    def many_sign_up_at_first(self, now: int, first: list[tuple[int, int, tuple[int, int]]]) -> None:
        self.model.now = now
        for session, lead, who in first:
            self.sign_up(session, lead, who, 0)

    @rule(session=sessions, lead=anybody, who=comers, bits=st.integers(0, 7))
    def sign_up(self, session: int, lead: int, who: tuple[int, int], bits: int) -> None:
        model, hall = self.model, self.model.halls[session]
        badges, guests = self.coming(lead, *who)
        numbers = self.instead(lead, bits)
        others = [model.parties[number] for number in numbers]
        code = self.tried(
            sign_up,
            registration=self.people[lead],
            session=self.sessions[session].pk,
            people=self.known(badges, guests),
            at=self.at,
            instead_of=[self.rows[number] for number in numbers],
        )
        expected = self.refusal_of_others(others)
        if not expected and not hall.takes_place:
            expected = {"cancelled"}
        elif not expected and model.now >= hall.starts - 10:
            expected = {"over"} if model.now >= hall.starts + 60 else {"closed"}
        elif not expected and hall.is_too_small_for(len(badges) + guests):
            expected = {"party_too_large"}
        elif not expected and model.too_many(session, badges or {lead}, but=others):
            expected = {"too_many"}
        is_given = model.fits(session, len(badges) + guests)
        gone = others if is_given else []
        if not expected:
            if model.is_in(session, lead, badges, but=gone):
                expected |= {"already_signed_up"}
            if is_given and model.clash(session, badges, but=gone):
                expected |= {"clash"}
        assert code in (expected or {""})
        if not code:
            assert not is_given or not [one for one in model.line(session) if one.size <= model.left(session)]
            for one in gone:
                one.state, one.until = "given_up", None
            self.rows.append(self.made.pk)
            state = "confirmed" if is_given else "waiting"
            model.parties.append(Party(session, lead, badges, guests, state))
            self.give_to_the_next(gone)

    @rule(which=chosen)
    def give_up(self, which: int) -> None:
        if (number := self.pick(which, "confirmed", "offered", "waiting")) is None:
            return
        one = self.model.parties[number]
        code = self.tried(give_up, signup=self.row(number), at=self.at, by=self.people[one.lead])
        expected = "ended" if one.state not in LIVE else "begun" if self.has_begun(one) else ""
        assert code == expected
        if not code:
            one.state, one.until = "declined" if one.state == "offered" else "given_up", None
            self.model.promote(one.session)

    @rule(which=chosen, bits=st.integers(0, 7))
    def accept(self, which: int, bits: int) -> None:
        if (number := self.pick(which, "offered")) is None:
            return
        model, one = self.model, self.model.parties[number]
        numbers = self.instead(one.lead, bits, but=number)
        others = [model.parties[other] for other in numbers]
        code = self.tried(
            accept,
            signup=self.row(number),
            at=self.at,
            by=self.people[one.lead],
            instead_of=[self.rows[other] for other in numbers],
        )
        expected = self.refusal_of_others([other for other in others if other.state not in LIVE])
        if not expected and (one.state != "offered" or one.until <= model.now):
            expected = {"offer_gone"}
        elif not expected and model.now >= model.halls[one.session].starts + 60:
            expected = {"over"}
        expected = expected or self.refusal_of_others(others)
        if not expected and model.too_many(one.session, one.badges or {one.lead}, but=[one, *others]):
            expected = {"too_many"}
        elif not expected and model.clash(one.session, one.badges, but=[one, *others]):
            expected = {"clash"}
        assert code in (expected or {""})
        if not code:
            for other in others:
                other.state, other.until = "given_up", None
            one.state, one.until = "confirmed", None
            self.give_to_the_next(others)

    @rule(which=chosen, who=comers)
    def change_party(self, which: int, who: tuple[int, int]) -> None:
        if (number := self.pick(which, "confirmed", "offered", "waiting")) is None:
            return
        model, one = self.model, self.model.parties[number]
        badges, guests = self.coming(one.lead, *who)
        code = self.tried(
            change_party,
            signup=self.row(number),
            people=self.known(badges, guests),
            at=self.at,
            by=self.people[one.lead],
        )
        more = len(badges) + guests - one.size
        assert code in (self.refusals_of_change(one, badges, more) or {""})
        if not code:
            one.badges, one.guests = badges, guests
            if more < 0:
                model.promote(one.session)

    def refusals_of_change(self, one: Party, badges: set[int], more: int) -> set[str]:
        model, hall = self.model, self.model.halls[one.session]
        if one.state not in LIVE:
            return {"ended"}
        if not hall.takes_place or model.now >= hall.starts + 60:
            return {"over" if hall.takes_place else "cancelled"}
        if self.has_begun(one):
            return {"begun"}
        if hall.is_too_small_for(one.size + more):
            return {"party_too_large"}
        if model.too_many(one.session, badges or {one.lead}, but=[one]):
            return {"too_many"}
        if more > 0 and model.now >= hall.starts - 10:
            return {"closed"}
        grows = more > 0 and one.state in HOLDING
        if grows and (one.state == "offered" or not model.fits(one.session, more)):
            return {"no_room_for_more"}
        found = {"already_signed_up"} if model.is_in(one.session, None, badges, but=[one]) else set()
        clashes = one.state == "confirmed" and model.clash(one.session, badges, but=[one])
        return found | ({"clash"} if clashes else set())

    # What staff do

    @rule(
        what=st.sampled_from(["move_up", "resize", "resize", "move", "cancel"]),
        session=sessions,
        slot=slots,
        which=chosen,
    )
    def staff_act(self, what: str, session: int, slot: int, which: int) -> None:
        if what == "move_up":
            self.move_up(which)
        elif what == "resize":
            self.have_more_or_fewer_places(session, 1 + slot)
        elif what == "move":
            self.move(session, which % SESSIONS, slot)
        else:
            self.cancel_or_restore(session)

    def move_up(self, which: int) -> None:
        if (number := self.pick(which, "waiting")) is None:
            return
        model, one = self.model, self.model.parties[number]
        line = model.line(one.session)
        code = self.tried(queue.move_up, signup=self.row(number), why="Speaks there", at=self.at)
        assert code == ("not_waiting" if one not in line else "first_already" if one is line[0] else "")
        if not code:
            assert self.made.overtaken == line.index(one)
            one.ahead = max(other.ahead for other in line) + 1

    def have_more_or_fewer_places(self, session: int, seats: int) -> None:
        if self.model.halls[session].seats == seats:
            return
        self.write(session, seats=seats)
        self.model.halls[session].seats = seats
        self.tell(session)
        self.model.promote(session)

    def move(self, session: int, other: int, slot: int) -> None:
        """To another time; or two of them, each to where the other was."""
        starts = [self.model.halls[one].starts for one in (session, other)]
        swap = slot > 4
        self.move_all({session: starts[1] // 30, other: starts[0] // 30} if swap else {session: slot})

    def move_all(self, slots: dict[int, int]) -> None:
        moved = {
            one: slot * 30
            for one, slot in sorted(slots.items())
            if self.model.halls[one].takes_place and self.model.halls[one].starts != slot * 30
        }
        if not moved:
            return
        for one, starts in moved.items():
            move(self.session(one), self.moment(starts))
        self.tell(*moved)
        for one in moved:
            self.model.halls[one].takes_place = False
        for one, starts in moved.items():
            self.model.halls[one].starts = starts
            self.comes_to_its_time(one)
        for one in moved:
            self.model.promote(one)

    def comes_to_its_time(self, session: int) -> None:
        """Who has an offer has until the deadline that the rule gives now; who clashes is asked again."""
        model = self.model
        for one in model.of(session, "offered"):
            one.until = min(one.until, model.deadline(session))
        for one in model.of(session, "confirmed"):
            if model.clash(session, one.badges, but=[one]):
                model.offer(one)
                one.was_sure = True
        model.halls[session].takes_place = True

    def cancel_or_restore(self, session: int) -> None:
        model = self.model
        cancelled = [number for number, one in enumerate(model.halls) if not one.takes_place]
        session = cancelled[0] if cancelled else session
        hall = model.halls[session]
        self.write(session, is_cancelled=hall.takes_place, cancelled_why_en="Flooded")
        self.tell(session)
        if hall.takes_place:
            hall.takes_place = False
            for one in model.of(session, "offered"):
                one.state, one.until = "confirmed" if one.was_sure else "waiting", None
        else:
            self.comes_to_its_time(session)
            model.promote(session)

    def session(self, number: int):
        session = self.sessions[number]
        session.refresh_from_db()
        return session

    def write(self, number: int, **fields) -> None:
        type(self.sessions[number]).objects.filter(pk=self.sessions[number].pk).update(**fields)

    def tell(self, *numbers: int) -> None:
        with transaction.atomic():
            publish(self.sessions[0].show, *(self.sessions[number] for number in numbers), at=self.at)

    # What the clock does

    @rule(minutes=st.sampled_from([0, 1, 1, 5, 30, 23 * 60]), lapse=st.booleans())
    def let_time_go_by(self, minutes: int, lapse: bool) -> None:
        self.model.now += minutes if self.model.now + minutes < 120 else 1
        if lapse:
            self.end_what_is_overdue()

    def end_what_is_overdue(self) -> None:
        with transaction.atomic():
            queue.lapse_overdue(self.sessions[0].show, at=self.at)
        for session, hall in enumerate(self.model.halls):
            overdue = [one for one in self.model.of(session, "offered") if one.until <= self.model.now]
            if hall.takes_place and overdue:
                for one in overdue:
                    one.state, one.until = "lapsed", None
                self.model.promote(session)

    # What holds after each of these

    @invariant()
    def all_sign_ups_are_as_the_model_says(self) -> None:
        rows = {row.pk: row for row in Signup.objects.filter(pk__in=self.rows)}
        people = [one.pk for one in self.people]
        badges: dict[int, set[int]] = {}
        for row in Participant.objects.filter(signup__in=self.rows):
            badges.setdefault(row.signup_id, set()).add(people.index(row.registration_id))
        found = [
            (
                badges.get(pk, set()),
                row.party,
                row.state,
                row.ahead,
                row.offers,
                row.offered_until and int((row.offered_until - self.moment(0)) / timedelta(minutes=1)),
            )
            for pk, row in ((pk, rows[pk]) for pk in self.rows)
        ]
        assert found == [
            (one.badges, one.size, one.state, one.ahead, one.offers, one.until) for one in self.model.parties
        ]

    @invariant()
    def the_counters_are_as_the_model_says(self) -> None:
        rows = SessionPlaces.objects.in_bulk([one.pk for one in self.sessions])
        for number, session in enumerate(self.sessions):
            row, hall, taken = rows[session.pk], self.model.halls[number], self.model.taken(number)
            waiting = sum(one.size for one in self.model.of(number, "waiting"))
            assert (row.places, row.taken, row.waiting) == (hall.seats, taken, waiting)
            assert row.over == max(0, taken - hall.seats)
            assert (row.takes_place, row.starts_at) == (hall.takes_place, self.moment(hall.starts))

    @invariant()
    def each_waits_in_the_order_of_joining_but_for_who_was_moved_up(self) -> None:
        for number, session in enumerate(self.sessions):
            line = Signup.objects.waiting().filter(session=session).in_turn().values_list("pk", flat=True)
            parties = self.model.parties
            assert [self.rows.index(pk) for pk in line] == [
                next(place for place, other in enumerate(parties) if other is one) for one in self.model.line(number)
            ]

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM programme_participant p JOIN programme_participant q"
                " ON q.registration_id = p.registration_id AND q.id > p.id AND p.holds AND q.holds"
                " AND (p.during && q.during OR (p.at_place <> q.at_place AND p.reach && q.reach))"
            )
            assert cursor.fetchone() == (0,)

    @invariant()
    def each_offer_is_told_once_and_each_turn_says_whom_it_passed_over(self) -> None:
        told = Mail.objects.filter(kind__in=["programme.offer", "programme.still_coming"]).count()
        assert told == sum(one.offers for one in self.model.parties)
        for turn in Turn.objects.order_by("-pk")[:2]:
            assert sum(party for _pk, party in turn.offered) <= turn.free
            assert all(party > turn.free - sum(size for _pk, size in turn.offered) for _pk, party in turn.passed)


@pytest.fixture
def world():
    """The sessions and people, made once: each run of the machine goes back to them."""
    halls = {"one": HallFactory(), "other": HallFactory()}
    series = SeriesFactory(most_each=1)
    when = [(on(1, "10:00"), 3), (on(1, "11:30"), 2), (on(1, "10:30"), 4), (on(2, "10:00"), 2)]
    made = [
        published(
            starts,
            seats=seats,
            room=RoomFactory(hall=halls.get(HALLS[number])),
            series=series if number in SERIES else None,
            outside_hours_why="Rehearsed",
        )
        for number, (starts, seats) in enumerate(when)
    ]
    return made, [*party("Li Na", "Wang Fang").party, *(visitor() for _ in range(PEOPLE - 3))]


def test_sign_ups_agree_with_a_simple_model(world):
    run_state_machine_as_test(
        partial(SigningUp, world),
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
            derandomize=True,
        ),
    )
