"""Who did what and why, as the database's own record keeps it."""

import pytest

from accounts.acting import Actor, acting
from accounts.refusals import Refusal
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

NIGHT = Actor.system("night job")
DAY = Actor.system("day job")


@pytest.fixture
def user():
    return UserFactory()


def rename(user, name):
    user.name = name
    user.save(update_fields=["name"])


def recorded(user):
    """Act and reason of each change of the user's name."""
    events = user.events.filter(pgh_label="update").select_related("pgh_context").order_by("pgh_id")
    return [(event.pgh_context.metadata["act"], event.pgh_context.metadata["why"]) for event in events]


def test_a_change_is_recorded_with_its_act_and_reason(user):
    with acting(NIGHT, "renamed", why="as on the passport"):
        rename(user, "A")
    assert recorded(user) == [("renamed", "as on the passport")]


def test_an_act_within_an_act_inherits_the_reason_and_hands_the_record_back(user):
    with acting(DAY, "saved", why="typed by staff"):
        with acting(NIGHT, "renamed"):
            rename(user, "A")
        rename(user, "B")
    assert recorded(user) == [("renamed", "typed by staff"), ("saved", "typed by staff")]


def test_a_refused_inner_act_leaves_the_outer_one_its_record(user):
    with acting(DAY, "saved"):
        with pytest.raises(Refusal), acting(NIGHT, "renamed"):
            raise Refusal("no", "No.")
        rename(user, "B")
    assert recorded(user) == [("saved", "")]


def test_an_act_that_fails_changes_nothing(user):
    def refused():
        with acting(NIGHT, "renamed"):
            rename(user, "A")
            raise Refusal("no", "No.")

    with pytest.raises(Refusal):
        refused()
    user.refresh_from_db()
    assert user.name != "A"
