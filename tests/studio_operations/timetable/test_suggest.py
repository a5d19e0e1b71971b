"""Suggestions for a new class in weeks one can read."""

from dataclasses import replace

import pandas as pd
import pytest
from pytest import approx

from studiolab.studio_calendar import daily
from studiolab.studio_operations.timetable import reasons as why
from studiolab.studio_operations.timetable.check import TERMS, check
from studiolab.studio_operations.timetable.problem import BadProblem
from studiolab.studio_operations.timetable.suggest import suggest

from .weeks import drawn, lesson, person, placed, room, timetable, week

WORKING = ("MO", "TU", "WE", "TH", "FR")
LONG = daily("09:00", "21:00", WORKING)


def test_the_best_place_comes_first_with_its_points_and_its_reasons():
    problem = week([lesson("a")], opening=LONG)
    new = lesson("new", preferred=daily("18:00", "19:00", ["TU"]))
    first = suggest(problem, timetable(problem, "a TU 09:00 hall ana"), new).found[0]
    assert first.placement == placed("new TU 18:00 hall ana")
    assert first.points == dict.fromkeys(TERMS, 0.0) | {
        "placed": 100, "preferred": 20, "room_fit": 10, "continuity": 5,
    }  # fmt: skip
    assert first.score == 135
    assert first.expected is None
    assert first.sentence == (
        "TU 18:00: Ana and Hall are free, it lies within a preferred window, 20 of the room's 20 places are used, "
        "Ana teaches 1 other class that day."
    )


def test_equally_good_places_lie_on_different_days_at_different_hours():
    problem = week([], opening=LONG)
    found = suggest(problem, timetable(problem), lesson("new")).found
    assert {one.placement.weekday for one in found} == set(WORKING)
    assert len({one.placement.start // 60 for one in found}) == 5


def test_two_suggestions_of_one_day_lie_two_hours_apart():
    problem = week([], opening=daily("09:00", "12:00", ["MO"]))
    found = suggest(problem, timetable(problem), lesson("new")).found
    assert [one.placement.start for one in found] == [540, 660]


def test_demand_draws_the_class_to_its_hour_and_tells_who_would_come():
    demand = pd.DataFrame(
        {"class_id": ["new", "new"], "weekday": ["MO", "WE"], "hour": [9, 17], "expected": [3.0, 8.0]}
    )
    problem = week([lesson("new", min_capacity=5)], opening=LONG, demand=demand)
    found = suggest(problem, timetable(problem), lesson("new", min_capacity=5), most=2).found
    assert (found[0].placement.weekday, found[0].placement.start, found[0].expected) == ("WE", 1020, 8.0)
    assert found[0].points["attended"] == 8
    assert "8.0 places attended are expected" in found[0].sentence
    assert "below the 5" not in found[0].sentence
    assert found[1].expected == 3.0
    assert "3.0 places attended are expected, which is below the 5 it takes to be held" in found[1].sentence


def test_a_class_that_stands_already_is_offered_the_places_beside_the_others():
    problem = week([lesson("a"), lesson("b")])
    found = suggest(problem, timetable(problem, "a MO 09:00 hall ana", "b MO 10:00 hall ana"), lesson("b")).found
    assert [one.placement.start for one in found] == [600]


def test_without_a_place_the_explanation_says_why():
    problem = week([lesson("a", minutes=180)])
    answer = suggest(problem, timetable(problem, "a MO 09:00 hall ana"), lesson("new"))
    assert answer.found == ()
    assert answer.why_not.reason == why.INSTRUCTORS
    assert answer.why_not.conflict.class_ids == ("a", "new")


def test_a_new_class_that_cannot_be_is_refused_by_name():
    problem = week([])
    with pytest.raises(BadProblem, match="class new takes 600 minutes; the longest opening day has 180"):
        suggest(problem, timetable(problem), lesson("new", minutes=600))
    with pytest.raises(ValueError, match="0 suggestions; expected 1 or more"):
        suggest(problem, timetable(problem), lesson("new"), most=0)


def test_suggestions_break_no_rule_and_bring_what_check_counts_in_drawn_studios():
    made = 0
    for seed in range(25):
        both = replace(drawn(seed), pins=())
        first, new = both.classes[0], both.classes[-1]
        problem = replace(both, classes=(first,))
        beside = suggest(problem, timetable(problem), first, most=1).found
        answer = timetable(problem, *(one.placement for one in beside))
        for one in suggest(problem, answer, new).found:
            report = check(both, [*answer.placements, one.placement])
            assert report.ok
            assert one.score == approx(report.score - answer.score)
            made += 1
    assert made > 15


def test_the_room_and_instructor_of_most_points_are_chosen():
    problem = week([], [room("cave", 40), room("hall", 20)], [person("ben", ["yoga"]), person("ana")])
    (first, *_) = suggest(problem, timetable(problem), lesson("new")).found
    assert (first.placement.room_id, first.placement.instructor_id) == ("hall", "ana")
