import pytest
from django.core.cache import caches
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from expo import signs
from expo.models import Area
from tests.factories.expo import AreaFactory, ShowFactory, on


@pytest.fixture(autouse=True)
def in_english_with_nothing_remembered():
    caches["process"].clear()
    with translation.override("en"):
        yield


def rendered(source, **context):
    return Template(source).render(Context(context))


def test_a_plate_has_the_hall_and_the_code_in_the_areas_colour():
    assert rendered("{% plate hall code %}", hall="Hall 1", code="C07") == (
        '<span class="plate area-c"><span class="hall">Hall 1</span><span class="code">C07</span></span>'
    )


def test_a_sign_shows_names_as_text():
    out = rendered("{% plate hall code %}{% chip hall %}", hall="<script>alert(1)</script>", code="A01")
    assert "<script" not in out
    assert out.count("&lt;script&gt;") == 2


def test_the_area_gives_its_class_by_object_and_by_letter():
    assert rendered("{{ one|area_class }} {{ two|area_class }}", one=Area(letter="K"), two="K12") == "area-k area-k"


@pytest.mark.parametrize(
    ("left", "of", "what", "words"),
    [
        (27, 300, "seats", "27 of 300 seats left"),
        (1, 1, "places", "1 of 1 place left"),
        (41, 486, "booths", "41 of 486 booths still free"),
        (0, 300, "seats", "Full: all 300 seats are taken"),
        (0, 0, "seats", "Full: all 0 seats are taken"),
        (-1, 40, "places", "Full: all 40 places are taken"),
        (1200, 3000, "places", "1,200 of 3,000 places left"),
    ],
)
def test_how_full_it_is_stands_in_words(left, of, what, words):
    assert rendered("{% words_left left of what %}", left=left, of=of, what=what) == words


@pytest.mark.parametrize(
    ("left", "of", "width"), [(27, 300, "91.0"), (0, 300, "100.0"), (400, 300, "0.0"), (0, 0, "100.0")]
)
def test_the_bar_is_as_long_as_the_share_taken(left, of, width):
    out = rendered("{% seats left of %}", left=left, of=of)
    assert f'<rect class="taken" width="{width}" height="6"/>' in out
    assert "style=" not in out


def test_the_bar_turns_when_it_is_nearly_full():
    assert 'class="seats nearly"' in rendered("{% seats 30 300 %}")
    assert 'class="seats "' in rendered("{% seats 31 300 %}")


def test_the_number_in_the_mark_is_marked():
    assert rendered("{% mark 'CHITEC 22' %} {% mark 'CHITEC' %}") == "CHITEC <b>22</b> CHITEC"


def test_an_empty_place_says_why_and_what_to_do():
    out = rendered('{% empty "No booths" "All are taken." "/en/plan/" "Look at hall 2" %}')
    assert "<h2>No booths</h2><p>All are taken.</p>" in out
    assert '<a class="btn" href="/en/plan/">Look at hall 2</a>' in out


@pytest.mark.django_db
def test_dates_and_moments_are_the_shows_own():
    request = RequestFactory().get("/")
    request.show = ShowFactory()
    context = {"request": request, "at": on(1, "09:05")}
    assert rendered("{% show as s %}{% show_dates s %} {{ s.short }}", **context) == "24 – 27 October 2019 CHITEC 22"
    assert rendered("{% moment at %}", **context) == "24 October 2019, 09:05"


@pytest.mark.parametrize("colour", ["#0a56d6", "#ffb21c", "#000000", "#ffffff", "#7a7a7a"])
def test_text_in_and_on_an_areas_colour_is_legible_whatever_staff_choose(colour):
    assert signs.contrast(signs.on(colour), colour) >= 4.5
    assert signs.contrast(signs.towards("#000000", colour, "#ffffff"), "#ffffff") >= signs.LEGIBLE
    assert signs.contrast(signs.towards("#ffffff", colour, signs.DARK_PAGE), signs.DARK_PAGE) >= signs.LEGIBLE


@pytest.mark.django_db
def test_the_style_sheet_is_kept_for_ever_under_its_own_version_only(client, django_assert_num_queries):
    AreaFactory(letter="C", colour="#00788a")
    version = signs.signs().version
    with django_assert_num_queries(0):
        kept = client.get(f"/signs/{version}.css")
    assert kept.content.startswith(b".area-c{--area:#00788a;--on-area:#ffffff;")
    assert kept.headers["Content-Type"] == "text/css; charset=utf-8"
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    other = client.get("/signs/0123456789ab.css")
    assert other.content == kept.content
    assert other.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_new_colour_has_a_new_address():
    area = AreaFactory(letter="C", colour="#00788a")
    before = signs.signs().version
    Area.objects.filter(pk=area.pk).update(colour="#a8480a")
    assert signs.signs().version == before
    assert signs.signs(fresh=True).version != before
