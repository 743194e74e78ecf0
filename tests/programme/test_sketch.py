"""The sketch of the way: right by compass and kilometres, and every label readable, wherever on earth it is."""

from itertools import combinations
from math import atan2, degrees, hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme import sketch
from programme.sketch import Box, Spot

VENUE = Spot("China International Exhibition Centre", 39.95880, 116.44160)
HUAIROU = Spot("Institute of Chips", 40.40890, 116.67550)


def spots(**kwargs):
    names = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
    return st.builds(Spot, names, st.floats(-90, 90), st.floats(-180, 180), **kwargs)


def near(km=60):
    return st.builds(
        Spot,
        st.sampled_from(
            ["Park", "中关村科学城", "An institute with a name that is far too long for any picture", "<b>&"]
        ),
        st.floats(39.96 - km / 111, 39.96 + km / 111),
        st.floats(116.44 - km / 85, 116.44 + km / 85),
    )


def is_well_laid(drawn):
    edge = Box(0, 0, drawn.width, drawn.height)
    assert all(label.box.is_inside(edge) for label in drawn.labels)
    assert not any(one.box.meets(other.box) for one, other in combinations(drawn.labels, 2))
    assert not any(label.box.meets(drawn.north) for label in drawn.labels)
    assert all(0 <= dot.x <= drawn.width and 0 <= dot.y <= drawn.height for dot in drawn.dots)
    for label in drawn.labels:
        assert not any(label.box.left < dot.x < label.box.right and label.box.top < dot.y < label.box.bottom
                       for dot in drawn.dots)  # fmt: skip
        assert label.box.right - label.box.left >= sketch.width_of(label.text, label.size) - 0.01


def test_a_way_is_a_great_circle():
    gone = sketch.way(VENUE, HUAIROU)
    assert (round(gone.km, 1), round(gone.bearing, 1)) == (53.8, 21.6)


def test_a_way_crosses_the_date_line_where_it_is_short():
    gone = sketch.way(Spot("Fiji", -17.0, 179.9), Spot("Taveuni", -17.0, -179.9))
    assert (round(gone.km), round(gone.bearing)) == (21, 90)


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (VENUE, "At the venue itself"),
        (Spot("", 39.9651, 116.4416), "700 m to the north of the venue as the crow flies"),
        (Spot("", 39.94980, 116.44160), "1 km to the south of the venue as the crow flies"),
        (Spot("", 39.9588, 116.5), "5 km to the east of the venue as the crow flies"),
        (HUAIROU, "54 km to the north of the venue as the crow flies"),
        (Spot("", 41.5, 115.0), "210 km to the north-west of the venue as the crow flies"),
    ],
)
def test_the_way_is_told_in_words(there, words):
    assert sketch.in_words(VENUE, there) == words


@given(near())
def test_the_drawing_points_where_the_enterprise_lies(there):
    drawn = sketch.sketch(VENUE, [], to=there)
    goal = next((dot for dot in drawn.dots if dot.kind == "goal"), None)
    gone = sketch.way(VENUE, there)
    if gone.km >= sketch.SAME:
        bearing = degrees(atan2(goal.x - drawn.x, drawn.y - goal.y)) % 360
        assert abs((bearing - gone.bearing + 180) % 360 - 180) < 0.01
        ring = drawn.rings[0]
        drawn_km = hypot(goal.x - drawn.x, goal.y - drawn.y) / ring.radius * ring.km
        assert drawn_km == pytest.approx(gone.km)


@given(spots(), st.lists(spots(), max_size=8), spots(), st.integers(0, 240))
def test_no_label_leaves_the_picture_or_covers_another_anywhere_on_earth(venue, others, there, minutes):
    is_well_laid(sketch.sketch(venue, others, to=there, minutes=minutes))
    is_well_laid(sketch.sketch(venue, others))


@given(st.lists(near(), max_size=14), near())
def test_no_label_covers_another_around_the_venue(others, there):
    is_well_laid(sketch.sketch(VENUE, others, to=there, minutes=45))
    is_well_laid(sketch.sketch(VENUE, others, height=400))


@pytest.mark.parametrize("km", [0, 0.05, 0.2, 1, 20, 200, 20000])
def test_venue_and_enterprise_are_named_at_every_distance(km):
    drawn = sketch.sketch(VENUE, [], to=Spot("创新工场", VENUE.latitude + km / 111.195, VENUE.longitude), minutes=45)
    assert {label.kind for label in drawn.labels} >= {"venue", "goal"}
    assert 1 <= len(drawn.rings) <= sketch.RINGS_AT_MOST


def test_the_same_place_has_no_way_to_it():
    drawn = sketch.sketch(VENUE, [], to=VENUE._replace(name="Open laboratory"), minutes=0)
    assert (drawn.route, [dot.kind for dot in drawn.dots]) == ("", ["venue"])


def test_minutes_stand_at_the_way():
    drawn = sketch.sketch(VENUE, [], to=HUAIROU, minutes=70)
    assert [label.text for label in drawn.labels if label.kind == "minutes"] == ["70 minutes by bus"]


def test_names_are_text_in_the_drawing():
    drawn = sketch.sketch(VENUE, [], to=HUAIROU._replace(name="<script>"))
    html = sketch.svg(drawn, 'a "word"')
    assert "&lt;script&gt;" in html
    assert 'aria-label="a &quot;word&quot;"' in html
