"""Two at the desk at the same moment: forms of one row, and a row that is named while it goes."""

from collections import Counter

import pytest

from expo.models import Area
from programme.admin.tours import BusAdmin
from programme.models import Bus
from tests.factories.accounts import UserFactory
from tests.factories.desk import filled
from tests.factories.expo import AreaFactory, on
from tests.factories.programme import BusFactory, departing
from tests.factories.staff import logged_in
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_several_who_save_at_once_one_does_and_the_others_are_told():
    area = AreaFactory()
    path = f"/admin/expo/area/{area.pk}/change/"
    desks = [logged_in(UserFactory(organiser=True)) for _ in range(8)]
    forms = [filled(desk.get(path), name_en=f"Name {n}") for n, desk in enumerate(desks)]
    answers = together(lambda n: desks[n].post(path, forms[n]), 8)
    assert Counter(answer.status_code for answer in answers) == {302: 1, 409: 7}
    saved = next(n for n, answer in enumerate(answers) if answer.status_code == 302)
    assert Area.objects.get().name_en == f"Name {saved}"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("{pk}/delete/", {"post": "yes"}),
        ("", {"action": "delete_selected", "_selected_action": "{pk}", "post": "yes"}),
    ],
)
def test_what_is_named_while_it_is_deleted_stays_and_the_desk_says_so(monkeypatch, path, sent):
    bus = BusFactory()

    def delete(*args):
        departing(on(1, "10:00"), bus=bus)
        Bus.objects.filter(pk=bus.pk)._raw_delete("default")

    monkeypatch.setattr(BusAdmin, "delete_model", delete)
    monkeypatch.setattr(BusAdmin, "delete_queryset", delete)
    sent = {name: value.format(pk=bus.pk) for name, value in sent.items()}

    page = logged_in(UserFactory(organiser=True)).post(
        f"/admin/programme/bus/{path.format(pk=bus.pk)}", sent, follow=True
    )

    assert [told.level_tag for told in page.context["messages"]] == ["error"]
    assert Bus.objects.get() == bus
