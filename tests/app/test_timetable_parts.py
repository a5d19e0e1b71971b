"""Classes, rooms, instructors and pins: kept, changed, and refused with the item that is wrong."""

import pytest

from studiolab.app import UnknownPart
from studiolab.studio_operations.timetable.problem import BadProblem, Pin

from .small_studio import small


@pytest.fixture
def bench(tmp_path):
    bench = small(tmp_path)
    yield bench
    bench.close()


def test_a_class_is_added_to_those_that_are_held_and_changed_by_its_id(bench):
    given = {"name": "Ballet", "dance_style": "Dance", "level": "Beginner", "min_capacity": 4, "price": 12.5,
             "preferred": [{"weekday": "MO", "start": "18:00", "end": "20:00"}]}  # fmt: skip
    kept = bench.save_class("oak", given, "ana")
    assert (kept.class_id, kept.price, kept.min_capacity) == ("ballet-1", 12.5, 4)
    assert bench.save_class("oak", given, "ana").class_id == "ballet-2"
    bench.save_class("oak", given | {"class_id": "ballet-1", "level": ""}, "ana")
    known = {one.class_id: one for one in bench.timetable_problem("oak").classes}
    assert sorted(known) == ["ballet-1", "ballet-2", "salsa-mo-1800", "yoga-mo-1800", "yoga-we-1800"]
    assert (known["ballet-1"].level, known["ballet-2"].level, known["ballet-2"].style) == ("", "Beginner", "Dance")
    assert [entry["action"] for entry in bench.ledger.entries("oak")] == ["class saved"] * 3


@pytest.mark.parametrize("day", ["MO", "mo", "Monday", "monday", 0])
def test_a_weekday_is_an_iso_name_or_a_number_from_monday(bench, day):
    window = {"weekday": day, "start": "10:00", "end": "12:00"}
    for windows in ([window], [{"day_of_week": day, "start": "10:00", "end": "12:00"}]):
        told = bench.set_availability("oak", "ben", windows, "ana")
        assert [one.model_dump() for one in told.availability] == [{"weekday": "MO", "start": "10:00", "end": "12:00"}]


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ({"weekday": 7, "start": "10:00", "end": "12:00"}, "weekday 7; expected MO, TU, WE, TH, FR, SA, SU, or 0"),
        ({"weekday": "Mon", "start": "10:00", "end": "12:00"}, "weekday 'Mon'; expected MO"),
        ({"weekday": True, "start": "10:00", "end": "12:00"}, "weekday True; expected MO"),
        ({"weekday": "MO", "start": "25:00", "end": "26:00"}, "time of day '25:00'; expected 00:00 to 24:00"),
        ({"weekday": "MO", "start": "12:00", "end": "10:00"}, "instructor ben: availability on MO from 12:00 to 10:00"),
    ],
)
def test_a_window_that_cannot_be_is_named_and_the_old_ones_stay(bench, window, sentence):
    before = bench.timetable_instructors("oak")
    with pytest.raises(BadProblem, match=sentence):
        bench.set_availability("oak", "ben", [window], "ana")
    assert bench.timetable_instructors("oak") == before
    assert bench.ledger.entries("oak") == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"duration_minutes": 1440}, "class ballet-1 takes 1440 minutes; the longest opening day has 60"),
        ({"min_capacity": 30}, "class ballet-1: min_capacity 30 above max_capacity 20"),
        ({"site": "moon"}, "class ballet-1: site 'moon' has no room; there are main"),
        ({"name": " "}, "name: ' '; expected a name that can be read"),
        ({"max_capacity": 0}, "max_capacity: Input should be greater than or equal to 1, got 0"),
    ],
)
def test_a_class_that_cannot_be_is_named_and_nothing_is_kept(bench, given, sentence):
    with pytest.raises(BadProblem, match=sentence):
        bench.save_class("oak", {"name": "Ballet"} | given, "ana")
    assert bench.db.read("class_definitions").empty


def test_a_room_and_an_instructor_are_added(bench):
    assert bench.save_room("oak", {"name": "Roof", "capacity": 8, "site": "East"}, "ana").site == "East"
    new = {"name": "Eva", "specialties": ["Yoga"], "availability": [{"weekday": 6, "start": "09:00", "end": "10:00"}]}
    assert bench.save_instructor("oak", new, "ana").availability[0].weekday == "SU"
    problem = bench.timetable_problem("oak")
    assert [room.room_id for room in problem.rooms] == ["hall", "loft", "roof-1"]
    assert [person.instructor_id for person in problem.instructors] == ["ana", "ben", "eva-1"]


def test_an_instructor_nobody_knows_is_said_with_those_there_are(bench):
    with pytest.raises(UnknownPart, match="no instructor 'eva' at oak; there are ana, ben"):
        bench.set_availability("oak", "eva", [], "ana")


# pins ---------------------------------------------------------------------------------------------
def test_a_class_is_pinned_to_its_place_or_to_a_part_of_it_and_let_go(bench):
    assert bench.pin_class("oak", "yoga-mo-1800", "ana") == Pin("yoga-mo-1800", "MO", 1080, "hall", "ana")
    assert bench.pin_class("oak", "yoga-we-1800", "ana", weekday=2) == Pin("yoga-we-1800", "WE")
    assert len(bench.timetable_problem("oak").pins) == 2
    bench.unpin_class("oak", "yoga-mo-1800", "ana")
    assert bench.saved_timetable("oak").pins == (Pin("yoga-we-1800", "WE"),)
    actions = [entry["action"] for entry in bench.ledger.entries("oak")]
    assert actions == ["class pinned", "class pinned", "class unpinned"]
    with pytest.raises(UnknownPart, match="'yoga-mo-1800' is not pinned"):
        bench.unpin_class("oak", "yoga-mo-1800", "ana")


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ({"weekday": "MO", "start": "18:00", "room_id": "hall"}, "pins of classes .* contradict each other: both need"),
        ({"room_id": "cellar"}, "pin of class yoga-we-1800: 'cellar' is not known"),
        ({"instructor_id": "ana", "weekday": "MO", "start": "03:00"}, "03:00 to 04:00 lies outside the opening hours"),
        ({"weekday": "someday"}, "weekday 'someday'"),
    ],
)
def test_a_pin_that_cannot_be_or_contradicts_another_is_refused(bench, where, sentence):
    bench.pin_class("oak", "yoga-mo-1800", "ana")
    with pytest.raises(BadProblem, match=sentence):
        bench.pin_class("oak", "yoga-we-1800", "ben", **where)
    assert [pin.class_id for pin in bench.saved_timetable("oak").pins] == ["yoga-mo-1800"]
