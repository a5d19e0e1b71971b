"""What a problem is refused for names the item, what came and what was expected."""

from dataclasses import replace

import pandas as pd
import pytest

from studiolab.studio_calendar import StudioCalendar, Window, daily
from studiolab.studio_operations.timetable.problem import BadProblem, Instructor, Pin, Problem, Timetable, Weights

from .weeks import lesson, person, placed, room, week

GOOD = week([lesson("a"), lesson("b")], [room(), room("attic", 5, site="south")], [person(), person("ben", ["yoga"])])


def demand(**columns):
    table = {"class_id": ["a"], "weekday": ["MO"], "hour": [9], "expected": [8.0]} | columns
    return pd.DataFrame({name: values for name, values in table.items() if values is not None})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rooms": ()}, "no rooms for 2 classes; expected one room or more"),
        ({"classes": (lesson("a"), lesson("a"))}, "class a is there 2 times; expected once"),
        ({"rooms": (room(), room())}, "room hall is there 2 times"),
        ({"instructors": (person(), person())}, "instructor ana is there 2 times"),
        ({"classes": (lesson("a", minutes=0),)}, "class a: minutes 0; expected 1 or more"),
        ({"classes": (lesson("a", minutes=181),)}, "class a takes 181 minutes; the longest opening day has 180"),
        ({"classes": (lesson("a", max_capacity=0),)}, "class a: max_capacity 0; expected 1 or more"),
        ({"classes": (lesson("a", min_capacity=-1),)}, "class a: min_capacity -1; expected 0 or more"),
        ({"classes": (lesson("a", min_capacity=21),)}, "class a: min_capacity 21 above max_capacity 20"),
        ({"classes": (lesson("a", site="east"),)}, "class a: site 'east' has no room; there are main, south"),
        ({"classes": (lesson("a", preferred=(Window("MO", 700, 600),)),)},
         "class a: preferred on MO from 11:40 to 10:00"),
        ({"classes": (lesson("a", minutes=59.5),)}, "class a: minutes 59.5; expected 1 or more, whole"),
        ({"rooms": (room(capacity=0),)}, "room hall: capacity 0; expected 1 or more"),
        ({"instructors": (person(windows=(Window("MO", 600, 540),)),)},
         "instructor ana: availability on MO from 10:00 to 09:00; expected an end after the start"),
        ({"instructors": (person(windows=(Window("Monday", 540, 600),)),)},
         "instructor ana: availability: weekday 'Monday'"),
        ({"instructors": (person(windows=(Window("MO", 540.5, 600),)),)},
         "instructor ana: availability on MO from 540.5 to 600; expected whole minutes"),
        ({"instructors": (person(windows=(Window("MO", 540, 1500),)),)}, "both of one day"),
        ({"calendar": StudioCalendar((Window("MO", 720, 540),))}, "the studio's calendar on MO from 12:00 to 09:00"),
        ({"calendar": StudioCalendar(peak=(Window("XX", 540, 600),))}, "the studio's calendar: weekday 'XX'"),
        ({"calendar": StudioCalendar(daily(540, 600, ["MO"]) * 2)}, "opening window of a day: day MO is there 2 times"),
        ({"step": 0}, "step 0 minutes; expected 1 to 240, whole"),
        ({"step": 7.5}, "step 7.5 minutes; expected 1 to 240, whole"),
        ({"changeover": -5}, "changeover -5 minutes; expected 0 to 240"),
        ({"travel": 601}, "travel 601 minutes; expected 0 to 600"),
        ({"most_at_once": 0}, "most_at_once 0; expected 1 or more"),
        ({"weights": Weights(keep=-1)}, "weight keep -1; expected 0 to 10000"),
        ({"weights": Weights(placed=float("nan"))}, "weight placed nan"),
        ({"last": (placed("a MO 09:00 hall ana"), placed("a MO 10:00 hall ana"))}, "last week's placement of class a"),
        ({"last": (placed("a XX 09:00 hall ana"),)}, "last week's placement a XX 09:00 in hall with ana"),
    ],
)  # fmt: skip
def test_a_problem_that_cannot_be_names_the_item(change, said):
    with pytest.raises(BadProblem) as caught:
        replace(GOOD, **change)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ((Pin("x"),), "pin of class x: 'x' is not known"),
        ((Pin("a", room_id="cellar"),), "pin of class a: 'cellar' is not known"),
        ((Pin("a", instructor_id="eve"),), "pin of class a: 'eve' is not known"),
        ((Pin("a"), Pin("a")), "pin of class a is there 2 times; expected once"),
        ((Pin("a", weekday="Mo"),), "pin of class a: weekday 'Mo'"),
        ((Pin("a", room_id="attic"),), "pin of class a: room attic holds 5, the class 20"),
        ((Pin("a", instructor_id="ben"),), "pin of class a: instructor ben does not teach salsa"),
        ((Pin("a", start=690),), "pin of class a: 11:30 to 12:30 lies outside the opening hours"),
        ((Pin("a", "TU", 540),), "pin of class a: 09:00 to 10:00 lies outside the opening hours of TU"),
        ((Pin("a", start=-60),), "pin of class a: start -60; expected 0 or more, whole"),
        ((Pin("a", "MO", 540, "hall"), Pin("b", "MO", 570, "hall")),
         "pins of classes a and b contradict each other: both need room hall on MO at 09:30"),
        ((Pin("b", "MO", 540, None, "ana"), Pin("a", "MO", 570, None, "ana")),
         "pins of classes b and a contradict each other: both need instructor ana on MO at 09:30"),
    ],
)  # fmt: skip
def test_a_pin_that_cannot_hold_names_the_class(pins, said):
    with pytest.raises(BadProblem) as caught:
        replace(GOOD, pins=pins)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("one", "where", "pin", "said"),
    [
        (lesson("a", features=frozenset(["bar"])), room(), Pin("a", room_id="hall"), "room hall lacks bar"),
        (lesson("a", site="north"), room(site="south"), Pin("a", room_id="hall"),
         "room hall is in south, the class in north"),
    ],
)  # fmt: skip
def test_a_pin_to_a_room_that_does_not_suit_says_why(one, where, pin, said):
    with pytest.raises(BadProblem, match=said):
        week([one], [where, room("other", site="north")], pins=[pin])


def test_a_pin_beside_the_instructors_windows_is_refused():
    early = person(windows=daily("09:00", "10:00"))
    with pytest.raises(BadProblem, match="pin of class a: instructor ana is not available 10:00 to 11:00"):
        week([lesson("a")], people=[early], pins=[Pin("a", start=600, instructor_id="ana")])


def test_pins_in_two_sites_that_leave_no_time_to_travel_contradict_each_other():
    rooms, classes = [room("hall", site="north"), room("attic", site="south")], [lesson("a"), lesson("b")]
    pins = (Pin("a", "MO", 540, "hall", "ana"), Pin("b", "MO", 615, "attic", "ana"))
    with pytest.raises(BadProblem, match="contradict each other: both need instructor ana on MO at 10:15"):
        week(classes, rooms, pins=pins, travel=30)
    assert week(classes, rooms, pins=pins, travel=15).pins == pins


def test_without_opening_hours_a_pin_lies_between_midnights():
    for start, said in ((-60, "pin of class a: start -60; expected 0 or more"), (1410, "ends after midnight")):
        with pytest.raises(BadProblem, match=said):
            week([lesson("a")], opening=(), pins=[Pin("a", start=start)])


def test_pins_that_only_touch_are_taken():
    pins = (Pin("a", "MO", 540, "hall", "ana"), Pin("b", "MO", 600, "hall", "ana"))
    assert replace(GOOD, pins=pins).pins == pins


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"expected": [-1.0]}, "demand of class a on MO at 9: expected is -1.0; expected 0 or more"),
        ({"expected": [float("nan")]}, "demand of class a on MO at 9: expected is nan"),
        ({"expected": [float("inf")]}, "demand of class a on MO at 9: expected is inf"),
        ({"hour": None}, "demand lacks the column hour"),
        ({"class_id": ["a", "a"], "weekday": ["MO", "MO"], "hour": [9, 9], "expected": [1.0, 2.0]},
         "demand of class a on MO at 9 is there twice"),
        ({"hour": [24]}, "demand of class a on MO at 24: hour is 24; expected hour 0 to 23"),
        ({"weekday": ["Monday"]}, "demand of class a on Monday at 9: weekday is Monday; expected weekday MO, TU"),
    ],
)  # fmt: skip
def test_demand_that_cannot_be_names_the_row(columns, said):
    with pytest.raises(BadProblem) as caught:
        replace(GOOD, demand=demand(**columns))
    assert said in str(caught.value)


def test_a_hundred_thousand_classes_are_refused_with_the_way_out():
    many = tuple(lesson(f"c{k}") for k in range(100_000))
    with pytest.raises(BadProblem, match="100,000 classes; expected at most 20,000: plan sites one at a time"):
        replace(GOOD, classes=many)


def test_no_classes_need_no_rooms():
    assert Problem((), (), ()).classes == ()


def test_an_instructor_without_windows_or_styles_is_no_fault():
    assert replace(GOOD, instructors=(Instructor("eve", "Eve", frozenset()),)).instructors[0].availability == ()


@pytest.mark.parametrize(("score", "bound", "gap"), [(90.0, 100.0, 0.1), (0.0, 0.0, 0.0), (100.0, 99.0, 0.0)])
def test_the_gap_is_what_the_bound_leaves_open(score, bound, gap):
    assert Timetable((), (), "feasible", score, bound, "greedy").gap == pytest.approx(gap)


def test_a_placement_says_where_it_is():
    assert str(placed("a MO 09:05 hall ana")) == "a MO 09:05 in hall with ana"
