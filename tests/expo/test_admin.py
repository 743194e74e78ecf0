import pytest
from django.urls import reverse

from expo.models import Gate, ShowDay
from onsite.models import Visit
from tests.expo.conftest import day_rows, show_form
from tests.factories.desk import filled
from tests.factories.exhibitors import NOW
from tests.factories.expo import GateFactory, HallFactory, ShowFactory
from tests.factories.visitors import open_show, registered, ticket_type
from visitors.models import Registration


def test_a_day_with_visits_stays_and_says_so_in_one_sentence(desk):
    show = open_show(at=NOW)
    registered(ticket_type(show), "Ada Novak", "Ben Novak")
    day, gate = show.days.first(), GateFactory(hall=HallFactory(show=show))
    for row in Registration.objects.all():
        Visit.objects.create(registration=row, day=day, gate=gate, entered_at=NOW)
    sent = show_form(show) | day_rows(show) | {"days-0-DELETE": "on"}
    page = desk.post(reverse("admin:expo_show_change", args=[show.pk]), sent).content.decode()
    assert "stays: there are records that need it (visits" in page
    assert "Novak" not in page
    assert ShowDay.objects.filter(pk=day.pk).exists()


@pytest.mark.parametrize(("x", "width", "kept"), [("40", "40", 1), ("41", "40", 0), ("-1", "40", 0), ("41", "50", 1)])
def test_a_gate_lies_in_its_hall_as_large_as_that_becomes(desk, x, width, kept):
    hall = HallFactory(width=45, depth=30)
    sent = {
        "show": hall.show_id, "name_en": "Hall 1", "name_zh": "1号馆", "slug": hall.slug, "width": width, "depth": "30",
        "gates-TOTAL_FORMS": 1, "gates-INITIAL_FORMS": 0, "gates-0-name_en": "Gate 1", "gates-0-name_zh": "1号门",
        "gates-0-x": x, "gates-0-y": "0",
    }  # fmt: skip
    page = desk.post(reverse("admin:expo_hall_change", args=[hall.pk]), sent)
    assert Gate.objects.count() == kept
    assert (b"The gate would lie outside its hall." in page.content) == (not kept)


# The clocks in Berlin: from 02:00 to 03:00 on 31 March, from 03:00 back to 02:00 on 27 October.
@pytest.mark.parametrize(
    ("zone", "date", "opens", "told"),
    [
        ("Europe/Berlin", "2019-03-31", "02:00", "The clocks are put forward that day"),
        ("Europe/Berlin", "2019-03-31", "02:59", "The clocks are put forward that day"),
        ("Europe/Berlin", "2019-03-31", "03:00", ""),
        ("Europe/Berlin", "2019-10-27", "02:00", "The clocks are put back that day"),
        ("Europe/Berlin", "2019-10-27", "01:59", ""),
        ("Europe/Berlin", "2019-10-27", "03:00", ""),
        ("Asia/Shanghai", "2019-03-31", "02:00", ""),
        ("Asia/Shanghai", "0001-01-01", "02:00", "Choose a year from 1950 to 2200."),
        ("Europe/Berlin", "9999-12-31", "02:00", "Choose a year from 1950 to 2200."),
        ("Berlin", "2019-03-31", "02:00", "There is no time zone of this name"),
    ],
)
def test_an_hour_that_the_clocks_leave_out_or_strike_twice_is_refused(desk, zone, date, opens, told):
    show = ShowFactory()
    page = desk.get(reverse("admin:expo_show_change", args=[show.pk]))
    sent = filled(page, time_zone=zone) | {"days-3-date": date, "days-3-opens": opens}
    answer = desk.post(reverse("admin:expo_show_change", args=[show.pk]), sent)
    assert answer.status_code == (200 if told else 302)
    assert told in answer.text
    assert ShowDay.objects.filter(date=date, opens=opens).count() == (0 if told else 1)


def test_days_are_looked_at_again_when_the_show_moves_to_another_zone(desk):
    show = ShowFactory()
    show.days.filter(number=4).update(opens="02:30")
    page = desk.get(reverse("admin:expo_show_change", args=[show.pk]))
    answer = desk.post(reverse("admin:expo_show_change", args=[show.pk]), filled(page, time_zone="Europe/Berlin"))
    formset = answer.context["inline_admin_formsets"][0].formset
    assert [form.errors.keys() for form in formset.forms] == [set(), set(), set(), {"opens"}]
