import pytest
from django.urls import reverse

from expo.models import Gate, ShowDay
from onsite.models import Visit
from tests.expo.conftest import day_rows, show_form
from tests.factories.exhibitors import NOW
from tests.factories.expo import GateFactory, HallFactory
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
