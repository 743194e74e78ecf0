"""Whatever editors do in whatever order: the plan, the public programme and a simple model of both agree."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.refusals import Refusal
from programme.actions import planning, publishing
from programme.documents import Document, differences
from programme.models import Engagement, Plan, Published, Session
from tests.factories.expo import RoomFactory, ShowFactory, on
from tests.factories.programme import NOW, SYSTEM, SessionFactory, SpeakerFactory, speaking

pytestmark = pytest.mark.django_db

SESSIONS = ROOMS = 3
slots = st.integers(0, 5)
some = st.integers(0, SESSIONS - 1)


class Editors(RuleBasedStateMachine):
    """Three sessions of an hour in three rooms, two of them with the same speaker; half-hour slots from ten o'clock.

    The model: of each session (slot, room) or None in the plan and in public, and whether it is cancelled.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mark = transaction.savepoint_create()
        self.show = ShowFactory()
        self.rooms = [RoomFactory() for _ in range(ROOMS)]
        self.sessions = [SessionFactory() for _ in range(SESSIONS)]
        speaker = SpeakerFactory()
        for session in self.sessions[:2]:
            speaking(session, speaker)
        self.plan: dict[int, tuple[int, int, bool] | None] = dict.fromkeys(range(SESSIONS))
        self.public: dict[int, tuple[int, int, bool] | None] = dict.fromkeys(range(SESSIONS))
        self.versions: list[dict[int, tuple[int, int, bool] | None]] = []
        self.may_undo = False

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.mark)

    @staticmethod
    def clashes(plan: dict[int, tuple[int, int, bool] | None]) -> bool:
        """Whether two sessions that take place meet in a room, or the two of one speaker at one time."""
        there = [(one, *where) for one, where in plan.items() if where and not where[2]]
        return any(
            abs(slot - others) < 2 and (room == other_room or {one, other} == {0, 1})
            for one, slot, room, _off in there
            for other, others, other_room, _gone in there
            if one < other
        )

    def tried(self, act, **kwargs) -> str:
        try:
            with transaction.atomic():
                act(actor=SYSTEM, **kwargs)
        except Refusal as refusal:
            return refusal.code
        return ""

    @rule(one=some, slot=slots, room=st.integers(0, ROOMS - 1))
    def place(self, one: int, slot: int, room: int) -> None:
        known = self.plan[one]
        wanted = self.plan | {one: (slot, room, False)}
        starts = on(1, "10:00") + timedelta(minutes=30 * slot)
        code = self.tried(
            planning.place,
            session=self.sessions[one],
            starts_at=starts,
            minutes=60,
            room=self.rooms[room],
            step=None,
        )
        if known and known[2]:
            assert code == "cancelled"
        elif self.clashes(wanted):
            assert code in {"room_taken", "speaker_taken"}
        else:
            assert code == ""
            self.plan = wanted

    @rule(one=some)
    def cancel(self, one: int) -> None:
        code = self.tried(planning.cancel, session=self.sessions[one], why_en="Ill", why_zh="", step=None)
        known = self.plan[one]
        if known and not code:
            self.plan[one] = (*known[:2], True)
        elif not code:
            self.tried(planning.restore, session=self.sessions[one], step=None)

    @rule(one=some)
    def restore(self, one: int) -> None:
        known = self.plan[one]
        code = self.tried(planning.restore, session=self.sessions[one], step=None)
        if not known or not known[2]:
            assert code == "not_cancelled"
            return
        wanted = self.plan | {one: (*known[:2], False)}
        assert bool(code) == self.clashes(wanted)
        if not code:
            self.plan = wanted

    @rule(chosen=st.sets(some, min_size=1))
    def publish(self, chosen: set[int]) -> None:
        wanted = dict(self.public)
        for one in chosen:
            now = self.plan[one]
            if now and (self.public[one] or not now[2]):
                wanted[one] = now
        code = self.tried(
            publishing.publish,
            show=self.show,
            sessions=[self.sessions[one].pk for one in chosen],
            seen=None,
            at=NOW,
        )
        if wanted == self.public:
            assert code == "nothing_to_publish"
        elif self.clashes(wanted):
            assert code in {"room_taken", "speaker_taken"}
        else:
            assert code == ""
            self.versions.append(self.public)
            self.public, self.may_undo = wanted, True

    @rule()
    def undo(self) -> None:
        number = len(self.versions)
        code = self.tried(publishing.undo, show=self.show, number=number, at=NOW)
        assert code == ("" if self.may_undo else "nothing_to_undo")
        if self.may_undo:
            before = self.versions[-1]
            self.versions.append(self.public)
            self.public, self.may_undo = before, False

    @invariant()
    def the_plan_and_the_public_are_as_the_model_says(self) -> None:
        start, rooms = on(1, "10:00"), [room.pk for room in self.rooms]

        def slot_of(at) -> int:
            return int((at - start) / timedelta(minutes=30))

        planned = {row.pk: row for row in Session.objects.filter(show=self.show)}
        public = Published.objects.filter(show=self.show).in_bulk()
        for one, session in enumerate(self.sessions):
            row = planned[session.pk]
            found = (slot_of(row.starts_at), rooms.index(row.room_id), row.is_cancelled) if row.starts_at else None
            assert found == self.plan[one]
            known = public.get(session.pk)
            told = (slot_of(known.starts_at), rooms.index(known.room_id), known.told.is_cancelled) if known else None
            assert told == self.public[one]

    @invariant()
    def what_is_engaged_follows_from_what_takes_place(self) -> None:
        rows = {plan: set() for plan in Plan}
        for row in Engagement.objects.filter(session__show=self.show):
            rows[Plan(row.plan)].add((row.session_id, row.room_id, row.speaker_id, row.during.lower, row.during.upper))
        public = Published.objects.filter(show=self.show)
        planned = Session.objects.filter(show=self.show, starts_at__isnull=False)
        planned = planned.prefetch_related("talks", "appearances")
        for plan, documents in (
            (Plan.PUBLISHED, [(row.pk, row.told) for row in public]),
            (Plan.WORKING, [(row.pk, Document.of(row)) for row in planned]),
        ):
            expected = {
                (
                    pk,
                    taken.pk if taken.what == "room" else None,
                    taken.pk if taken.what == "speaker" else None,
                    taken.starts,
                    taken.ends,
                )
                for pk, document in documents
                for taken in document.taken()
            }
            assert rows[plan] == expected


def test_plan_and_public_agree_with_a_simple_model():
    run_state_machine_as_test(
        Editors,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
            derandomize=True,
        ),
    )


texts = st.text(max_size=20)
ids = st.one_of(st.none(), st.integers(1, 9))


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_document_comes_back_as_it_was_kept(data):
    talk = {name: data.draw(texts) for name in ("title_en", "title_zh", "about_en", "about_zh")}
    speakers = st.lists(st.integers(1, 9))
    told = {
        "guid": "g",
        "code": "F1",
        "slug": "f",
        "kind": "forum",
        "minutes": 60,
        "languages": ["zh"],
        "starts_at": on(1, "10:00").isoformat(),
        "title_en": data.draw(texts),
        "room": data.draw(ids),
        "moderators": data.draw(speakers),
        "talks": [talk | {"after": None, "minutes": None, "speakers": data.draw(speakers)}],
    }
    document = Document.from_json(told)

    assert Document.from_json(document.to_json()) == document
    assert differences(document, document) == []
