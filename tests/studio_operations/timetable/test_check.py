"""Every rule broken one at a time is found, and points of tiny weeks are those worked by hand."""

import pandas as pd
import pytest
from pytest import approx

from studiolab.studio_calendar import Window, daily
from studiolab.studio_operations.timetable.check import TERMS, check
from studiolab.studio_operations.timetable.problem import Pin, Placement

from .weeks import lesson, person, placed, room, week

TWO = [lesson("a"), lesson("b")]
HOUSES = [room("hall", site="north"), room("attic", site="south")]


def broken(problem, *texts):
    """[(rule, class ids)] that `check` finds."""
    return [(what.rule, what.class_ids) for what in check(problem, [placed(text) for text in texts]).violations]


def points(problem, *texts):
    """Points of the terms that are not 0, by class."""
    table = check(problem, [placed(text) for text in texts]).points.set_index("class_id")
    return {name: {term: v for term, v in row.items() if v} for name, row in table.to_dict("index").items()}


def test_a_week_that_keeps_every_rule_has_no_violations():
    assert broken(week(TWO), "a MO 09:00 hall ana", "b MO 10:00 hall ana") == []
    assert broken(week(TWO)) == []


@pytest.mark.parametrize(
    ("rule", "problem", "text"),
    [
        ("hours", week([lesson("a")]), "a MO 08:30 hall ana"),
        ("hours", week([lesson("a")]), "a MO 11:30 hall ana"),
        ("hours", week([lesson("a")]), "a TU 09:00 hall ana"),
        ("specialty", week([lesson("a", "yoga")]), "a MO 09:00 hall ana"),
        ("availability", week([lesson("a")], people=[person(windows=daily(600, 720))]), "a MO 09:30 hall ana"),
        ("availability", week([lesson("a")], people=[person(windows=())]), "a MO 09:00 hall ana"),
        ("capacity", week([lesson("a", max_capacity=21)]), "a MO 09:00 hall ana"),
        ("features", week([lesson("a", features=frozenset(["bar"]))]), "a MO 09:00 hall ana"),
        ("site", week([lesson("a", site="south")], HOUSES), "a MO 09:00 hall ana"),
        ("unknown", week([lesson("a")]), "ghost MO 09:00 hall ana"),
        ("unknown", week([lesson("a")]), "a MO 09:00 cellar ana"),
        ("unknown", week([lesson("a")]), "a MO 09:00 hall nobody"),
        ("pin", week([lesson("a")], pins=[Pin("a", start=600)]), "a MO 09:00 hall ana"),
        ("pin", week([lesson("a")], HOUSES, pins=[Pin("a", room_id="attic")]), "a MO 09:00 hall ana"),
    ],
)
def test_a_rule_that_one_placement_breaks_is_the_one_violation(rule, problem, text):
    assert broken(problem, text) == [(rule, (text.split()[0],))]


@pytest.mark.parametrize(
    ("rule", "problem", "second"),
    [
        ("instructor", week(TWO, [room(), room("attic")]), "b MO 09:30 attic ana"),
        ("room", week(TWO, people=[person(), person("ben")]), "b MO 09:59 hall ben"),
        ("room", week(TWO, people=[person(), person("ben")], changeover=10), "b MO 10:09 hall ben"),
        ("travel", week(TWO, HOUSES, travel=30), "b MO 10:29 attic ana"),
        ("at once", week(TWO, [room(), room("attic")], [person(), person("ben")], most_at_once=1),
         "b MO 09:59 attic ben"),
    ],
)  # fmt: skip
def test_a_rule_that_two_placements_break_names_both(rule, problem, second):
    assert broken(problem, "a MO 09:00 hall ana", second) == [(rule, ("a", "b"))]


@pytest.mark.parametrize(
    ("problem", "second"),
    [
        (week(TWO, [room(), room("attic")]), "b MO 10:00 attic ana"),
        (week(TWO, people=[person(), person("ben")], changeover=10), "b MO 10:10 hall ben"),
        (week(TWO, HOUSES, travel=30), "b MO 10:30 attic ana"),
        (week(TWO, [room(), room("attic")], travel=30), "b MO 10:00 attic ana"),
        (week(TWO, HOUSES, [person(), person("ben")], most_at_once=1), "b MO 09:00 attic ben"),
        (week(TWO, [room(), room("attic")], [person(), person("ben")], most_at_once=1), "b MO 10:00 attic ben"),
        (week(TWO, opening=daily("09:00", "12:00", ["MO", "TU"])), "b TU 09:00 hall ana"),
    ],
)
def test_what_only_touches_breaks_no_rule(problem, second):
    assert broken(problem, "a MO 09:00 hall ana", second) == []


def test_a_clash_tells_both_starts_where_they_differ():
    problem = week(TWO, HOUSES, [person(), person("ben")], travel=30)

    def said(second):
        (found,) = check(problem, [placed("a MO 09:00 hall ana"), placed(second)]).violations
        return found.sentence

    assert said("b MO 09:30 hall ben") == "Room hall has a at 09:00 and b at 09:30 on MO."
    assert said("b MO 09:00 hall ben") == "Room hall has a and b on MO at 09:00."
    travels = said("b MO 10:10 attic ana")
    assert travels.startswith("Instructor ana has 10 of 30 minutes from ")
    assert travels.endswith(" between a and b on MO at 10:10.")


def test_too_many_that_begin_together_are_one_violation():
    people, rooms = [person(), person("ben")], [room(), room("attic")]
    (found,) = check(week(TWO, rooms, people, most_at_once=1), [placed("a MO 09:00 hall ana"),
                                                                placed("b MO 09:00 attic ben")]).violations  # fmt: skip
    assert found.sentence == "main runs 2 classes on MO at 09:00, and may run 1."


def test_a_class_placed_twice_is_found_though_the_two_are_far_apart():
    assert broken(week(TWO), "a MO 09:00 hall ana", "a MO 11:00 hall ana") == [("twice", ("a",))]


def test_a_long_class_clashes_with_each_that_begins_before_it_ends():
    problem = week([lesson("a", minutes=180), *TWO[1:], lesson("c")], people=[person(), person("ben"), person("eve")])
    found = broken(problem, "a MO 09:00 hall ana", "b MO 09:30 hall ben", "c MO 11:00 hall eve")
    assert found == [("room", ("a", "b")), ("room", ("a", "c"))]


def test_a_pinned_class_and_with_place_all_every_class_has_to_be_there():
    assert broken(week(TWO, pins=[Pin("b")]), "a MO 09:00 hall ana") == [("pin", ("b",))]
    assert broken(week(TWO, place_all=True), "a MO 09:00 hall ana") == [("place_all", ("b",))]


def test_windows_that_touch_hold_a_class_across_them_and_those_with_a_gap_do_not():
    def held(*windows):
        return broken(week([lesson("a")], people=[person(windows=windows)]), "a MO 09:30 hall ana") == []

    assert held(Window("MO", 600, 720), Window("MO", 540, 600))
    assert not held(Window("MO", 540, 599), Window("MO", 600, 720))
    assert not held(Window("MO", 540, 600), Window("TU", 600, 720))


def test_without_opening_hours_only_midnight_bounds_a_class():
    problem = week([lesson("a")], opening=())
    assert broken(problem, "a SU 23:00 hall ana") == []
    assert ("hours", ("a",)) in broken(problem, "a SU -1:30 hall ana")
    assert ("hours", ("a",)) in broken(problem, "a SU 23:01 hall ana")


def test_each_term_of_a_class_is_what_the_rules_say():
    demand = pd.DataFrame({"class_id": ["a"], "weekday": ["MO"], "hour": [9], "expected": [8.0]})
    one = lesson("a", level="Beginner", preferred=daily("09:00", "10:30", ["MO"]), max_capacity=12, price=15.0)
    last = (placed("a MO 09:30 hall ben"),)
    problem = week(
        [one], people=[person(), person("ben")], peak=daily("09:00", "09:45", ["MO"]), demand=demand, last=last
    )
    assert points(problem, "a MO 09:30 hall ana") == {
        "a": {"placed": 100, "preferred": 20, "beginner": 15, "room_fit": 10, "keep": 15 + 5, "attended": 8,
              "revenue": 0.05 * 8 * 15}
    }  # fmt: skip
    report = check(problem, [placed("a MO 09:30 hall ana")])
    assert (report.score, report.places, report.money) == (approx(179), 8.0, 120.0)
    assert points(problem, "a MO 10:00 hall ben") == {"a": {"placed": 100, "room_fit": 10, "keep": 10}}


@pytest.mark.parametrize(
    ("fields", "text", "term", "worth"),
    [
        ({"preferred": daily("09:00", "10:29")}, "a MO 09:30 hall ana", "preferred", 0),
        ({"preferred": daily("09:30", "10:30")}, "a MO 09:30 hall ana", "preferred", 20),
        ({"level": "Open"}, "a MO 09:30 hall ana", "beginner", 0),
        ({"level": "Beginner"}, "a MO 10:00 hall ana", "beginner", 0),
        ({"level": "Beginner"}, "a MO 09:59 hall ana", "beginner", 15),
        ({"max_capacity": 12}, "a MO 09:00 hall ana", "room_fit", 10),
        ({"max_capacity": 11}, "a MO 09:00 hall ana", "room_fit", 0),
    ],
)
def test_a_term_stops_where_its_definition_does(fields, text, term, worth):
    problem = week([lesson("a", **fields)], peak=daily("09:00", "10:00"))
    assert check(problem, [placed(text)]).points[term].sum() == worth


def test_continuity_is_earned_by_the_second_to_fourth_class_of_an_instructors_day():
    names = "abcdef"
    problem = week([lesson(name, minutes=30) for name in names])
    day = [Placement(name, "MO", 540 + 30 * k, "hall", "ana") for k, name in enumerate(names)]
    earned = check(problem, day).points.set_index("class_id")["continuity"]
    assert earned.to_dict() == {"a": 0, "b": 5, "c": 5, "d": 5, "e": 0, "f": 0}
    assert check(problem, day[:1]).points["continuity"].sum() == 0


def test_continuity_counts_each_instructor_and_each_day_by_itself():
    problem = week([lesson(name) for name in "abc"], [room(), room("attic")], [person(), person("ben")],
                   daily("09:00", "12:00", ["MO", "TU"]))  # fmt: skip
    report = check(problem, map(placed, ("a MO 09:00 hall ana", "b MO 10:00 attic ben", "c TU 09:00 hall ana")))
    assert report.points["continuity"].sum() == 0


def test_points_are_a_row_a_class_in_order_and_of_an_empty_week_none():
    report = check(week(TWO), [])
    assert (report.ok, report.score, report.places, report.money) == (True, 0.0, 0.0, 0.0)
    assert list(report.points) == ["class_id", *TERMS]
    table = check(week(TWO), [placed("b MO 09:00 hall ana"), placed("a MO 10:00 hall ana")]).points
    assert list(table["class_id"]) == ["a", "b"]


def test_a_sentence_names_the_class_and_what_is_wrong():
    (what,) = check(week([lesson("a", "yoga")]), [placed("a MO 09:00 hall ana")]).violations
    assert what.sentence == "A (a): Ana does not teach yoga."
