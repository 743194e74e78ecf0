"""What is known of exhibitors' people ends when `keeping` says."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone
from pghistory.models import Context

from accounts.models import Mail
from exhibitors import tasks
from exhibitors.actions import applying, forgetting, placing
from exhibitors.models import Allotment, Application, Firm, Member
from tests.factories.exhibitors import NOW, SYSTEM, MemberFactory, accepted, draft, row_of_booths, submitted
from tests.factories.expo import AreaFactory, HallFactory, ShowFactory

YEAR = timedelta(days=365)
WORDS = "Xylophonia"


def anywhere():
    """The tables in which what was typed still stands."""
    tables = [Firm, Application, Firm.pgh_event_model, Application.pgh_event_model, Context, Mail]
    return [model._meta.label for model in tables if any(WORDS in str(row) for row in model.objects.values())]


@pytest.fixture
def typed(show, booths):
    """Applications of a firm whose contact, wishes and answer say WORDS: one declined, one contracted."""
    member = MemberFactory(firm__contact_name=WORDS, firm__contact_email=f"{WORDS}@example.com")
    declined = applying.submit(actor=SYSTEM, application=draft(member, booths[:1], exhibits=WORDS), at=NOW)
    placing.reject(actor=SYSTEM, application=declined, reason=WORDS, at=NOW)
    accepted(member, booths[1:2])
    Mail.objects.all().delete()
    return member


def erased(show, years):
    return forgetting.erase_overdue(show=show, at=show.closes_at + years * YEAR)


def test_every_model_that_names_a_time_is_in_what_is_erased(show):
    named = {model._meta.model_name for model in apps.get_app_config("exhibitors").get_models() if keeps(model)}
    assert {f"{name}s" for name in named} == set(erased(show, 0))


def keeps(model):
    return getattr(getattr(model, "keeping", None), "days", None) and not hasattr(model, "pgh_tracked_model")


def test_words_and_members_go_after_three_years_and_the_contact_after_ten(typed, show):
    assert forgetting.erase_overdue(show=show, at=show.closes_at + 3 * YEAR - timedelta(seconds=1)) == {
        "applications": 0, "members": 0, "firms": 0,
    }  # fmt: skip
    assert erased(show, 3) == {"applications": 1 + 1, "members": 1, "firms": 0}
    assert anywhere() == ["exhibitors.Firm", "exhibitors.FirmEvent"]
    assert erased(show, 10) == {"applications": 0, "members": 0, "firms": 1}
    assert anywhere() == []


def test_what_the_show_was_stays_to_read(typed, show, client):
    erased(show, 10)
    assert Allotment.objects.contracted(show).figures()["firms"] == 1
    assert client.get(typed.firm.get_absolute_url()).status_code == 200


def test_who_came_to_a_later_show_is_known_for_as_long_as_that_one_counts(typed, show):
    later = ShowFactory(number=23, is_current=False)
    for day in later.days.all():
        type(later.days.first()).objects.filter(pk=day.pk).update(date=day.date + YEAR)
    area = AreaFactory(hall=HallFactory(show=later), letter="A")
    submitted(typed, row_of_booths(area, 1))
    assert erased(show, 10) == {"applications": 2, "members": 0, "firms": 0}
    assert Member.objects.filter(pk=typed.pk).exists()


def test_a_firm_that_never_applied_goes_as_a_whole(show):
    MemberFactory(firm__contact_name=WORDS)
    old = MemberFactory(firm__contact_name=WORDS, firm__created_at=NOW - 10 * YEAR, since=NOW - 10 * YEAR)
    assert forgetting.erase_idle(at=NOW) == {"members": 1, "firms": 1}
    assert not Firm.objects.filter(pk=old.firm_id).exists()
    assert Firm.objects.count() == 1


def test_the_nightly_task_goes_by_each_shows_own_clock(typed, show):
    type(show).objects.update(clock_shift=show.closes_at + 3 * YEAR - timezone.now())
    tasks.forget(timestamp=0)
    assert not Member.objects.filter(pk=typed.pk).exists()
