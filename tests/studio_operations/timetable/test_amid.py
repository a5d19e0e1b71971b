"""A studio of forty places a class, whose clients come as `test_crowd.studio` draws them."""

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from studiolab import schema
from studiolab.studio_calendar import StudioCalendar, Window
from studiolab.studio_operations.timetable import crowd, demand
from studiolab.studio_operations.timetable.amid import Amid, solve_amid
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import (
    Instructor,
    Pin,
    Placement,
    Problem,
    Room,
    StudioClass,
    Weights,
)
from tests.studio_operations.timetable.test_crowd import AS_OF, ZONE, pull, studio

CROWDED = [("Yoga", 0, 18), ("Yoga", 0, 19), ("Yoga", 0, 20), ("Mat", 0, 19), ("Mat", 0, 18), ("Mat", 0, 20)]
OPEN = tuple(Window(day, 9 * 60, 21 * 60) for day in schema.WEEKDAYS[:3])
HOURS = [(day, hour) for day, *_ in OPEN for hour in range(9, 21)]
CLASSES = tuple(StudioClass(f"c{n}", name, name, max_capacity=40) for n, (name, *_) in enumerate(CROWDED))
WEEK = tuple(Placement(f"c{n}", schema.WEEKDAYS[day], hour * 60, f"r{n // 3}", f"i{n // 3}")
             for n, (_, day, hour) in enumerate(CROWDED))  # fmt: skip


@pytest.fixture(scope="module")
def amid():
    """Learned where every class is held on Monday evening, and little else."""
    held = [*CROWDED, ("Yoga", 1, 9), ("Mat", 2, 9)]
    past = (*studio(held, weeks=40), AS_OF, ZONE)
    return Amid(demand.fit(*past), crowd.fit(*past))


@pytest.fixture
def problem():
    rooms = tuple(Room(f"r{n}", f"Room {n}", 40) for n in range(2))
    people = tuple(Instructor(f"i{n}", f"I{n}", frozenset({"Yoga", "Mat"}), OPEN) for n in range(2))
    weights = Weights(attended=5.0, revenue=0.0, continuity=0.0, keep=0.0)
    return Problem(CLASSES, rooms, people, StudioCalendar(OPEN, ()), step=60, last=WEEK, weights=weights)


def places(amid, week):
    """Expected attendance of each class of a week amid itself."""
    told = amid.table(CLASSES, HOURS, week).set_index(["class_id", "weekday", "hour"])["expected"]
    return np.array([told[p.class_id, p.weekday, p.start // 60] for p in week])


def truth(week):
    """People who come to a week's classes, by the rule that drew them."""
    names, found = {one.class_id: one.name for one in CLASSES}, 0.0
    for day in {p.weekday for p in week}:
        odds = np.array([[pull(person, names[p.class_id], p.start // 60) for p in week if p.weekday == day]
                         for person in range(80)]).sum(axis=1)  # fmt: skip
        found += (odds / (1 + odds)).sum()
    return found


def test_where_classes_are_the_table_holds_who_comes(amid):
    assert places(amid, WEEK).sum() == pytest.approx(truth(WEEK), rel=0.1)


def test_elsewhere_it_holds_what_the_whole_week_would_gain(amid):
    told = amid.table(CLASSES, HOURS, WEEK).set_index(["class_id", "weekday", "hour"])["expected"]
    for to in (("TU", 18), ("WE", 19), ("MO", 9)):
        moved = (WEEK[0]._replace(weekday=to[0], start=to[1] * 60), *WEEK[1:])
        gain = told["c0", *to] - told["c0", "MO", 18]
        assert gain == pytest.approx(places(amid, moved).sum() - places(amid, WEEK).sum(), abs=1.0)
        assert gain > (0 if to[0] == "MO" else 8)  # six share the Monday; those of other days are new


def test_without_a_crowd_each_class_is_looked_at_alone(amid):
    alone = replace(amid, crowd=None)
    one, other = (alone.table(CLASSES, HOURS, week) for week in (WEEK, WEEK[:2]))
    assert one["expected"].tolist() == other["expected"].tolist()
    asked = one.merge(amid.table(CLASSES, HOURS, WEEK)[["class_id", "weekday", "hour"]])
    asked = asked.assign(class_name=asked["class_id"].map({c.class_id: c.name for c in CLASSES}), max_capacity=40)
    np.testing.assert_allclose(one["expected"], amid.demand.expected(asked)["expected"])


def test_a_placement_that_cannot_be_is_passed_over(amid):
    strange = (WEEK[0]._replace(weekday="XX"), WEEK[1]._replace(start=2000), *WEEK[2:])
    told = amid.table(CLASSES, HOURS, strange)
    assert len(told) == len(CLASSES) * len(HOURS)


def test_the_week_found_truly_draws_more_and_its_score_is_counted_amid_itself(amid, problem):
    table = partial(amid.table, CLASSES, HOURS)
    asked, found = solve_amid(problem, table, 3.0)
    assert check(asked, found).ok
    assert check(replace(problem, demand=table(found.placements)), found).score == pytest.approx(found.score)
    assert found.bound >= found.score
    assert truth(found.placements) > 1.25 * truth(WEEK)
    assert check(asked, found).places == pytest.approx(truth(found.placements), rel=0.2)


def test_it_is_never_below_the_week_it_began_from_and_stop_keeps_that(amid, problem):
    table = partial(amid.table, CLASSES, HOURS)
    before = check(replace(problem, demand=table(WEEK)), WEEK).score
    _, found = solve_amid(problem, table, 3.0, stop=lambda: True)
    assert found.score >= before
    assert check(problem, found).ok


def test_pins_hold_and_a_week_that_breaks_them_is_left(amid, problem):
    table = partial(amid.table, CLASSES, HOURS)
    pinned = replace(problem, pins=(Pin("c0", "WE", 9 * 60),))
    asked, found = solve_amid(pinned, table, 1.5)
    assert check(asked, found).ok
    assert ("WE", 9 * 60) in {(p.weekday, p.start) for p in found.placements if p.class_id == "c0"}


def test_what_cannot_be_is_said_at_once(amid, problem):
    table = partial(amid.table, CLASSES, HOURS)
    nobody = replace(problem, instructors=(), last=(), place_all=True)
    asked, found = solve_amid(nobody, table, 1.0)
    assert found.status == "infeasible"
    assert found.placements == ()
    assert found.score == check(asked, found).score == 0.0


@pytest.mark.parametrize("last", [WEEK, WEEK[:2], ()])
def test_where_not_all_can_be_placed_the_answer_is_what_can_be_and_its_score(amid, problem, last):
    short = Instructor("i0", "I0", frozenset({"Yoga"}), (Window("MO", 18 * 60, 20 * 60),))
    asked = replace(problem, instructors=(short,), last=last, place_all=True)
    asked, found = solve_amid(asked, partial(amid.table, CLASSES, HOURS), 1.0)
    report = check(asked, found)
    assert found.status == "infeasible"
    assert (len(found.placements), len(found.unplaced)) == (2, 4)
    assert {what.rule for what in report.violations} == {"place_all"}
    assert found.score == pytest.approx(report.score)
    assert found.gap == 0.0


@pytest.mark.parametrize("seconds", [0.1, 1.0, 3.0])
def test_optimal_is_a_week_that_none_exceeds_by_demand_amid_itself(amid, problem, seconds):
    _, found = solve_amid(problem, partial(amid.table, CLASSES, HOURS), seconds)
    assert found.status == "feasible"  # the last turn's question promised more than its answer brings
    assert found.gap > 0.1
    alone = partial(replace(amid, crowd=None).table, CLASSES, HOURS)
    _, known = solve_amid(problem, alone, seconds)
    if known.status == "optimal":
        assert known.gap < 1e-3


def test_a_turn_that_moves_nothing_lets_the_next_go_further(amid, problem):
    asked, table = replace(problem, weights=replace(problem.weights, keep=15.0)), partial(amid.table, CLASSES, HOURS)
    before = check(replace(asked, demand=table(WEEK)), WEEK).score
    _, found = solve_amid(asked, table, 3.0)
    # Turns that let all six move promise too much, dearer ones move none; three between them that move are better.
    assert found.score > before + 50
    assert len(set(WEEK) & set(found.placements)) == 3


def test_a_week_that_takes_long_to_count_is_counted_seldom(amid, problem):
    counted, known = [], amid.table(CLASSES, HOURS, WEEK)

    def slow(week):
        counted.append(week)
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass
        return known

    solve_amid(problem, slow, 1.0)
    assert len(counted) == 2  # before and after


def test_progress_runs_from_nothing_to_all_and_never_back(amid, problem):
    said = []
    solve_amid(problem, partial(amid.table, CLASSES, HOURS), 1.0, progress=lambda *given: said.append(given))
    scores, _, shares = zip(*said, strict=True)
    assert list(shares) == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    assert list(scores) == sorted(scores)
