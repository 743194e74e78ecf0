"""Two forms of one row, saved at the same moment."""

from collections import Counter

import pytest

from expo.models import Area
from tests.factories.accounts import UserFactory
from tests.factories.desk import filled
from tests.factories.expo import AreaFactory
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
