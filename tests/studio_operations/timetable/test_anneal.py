from functools import cache
from itertools import combinations, count, product

import numpy as np
import pytest

from studiolab.studio_operations.timetable import anneal
from studiolab.studio_operations.timetable.courses import Course, Lecture, Problem, Room, cost

MOVES = 200_000
SCHOOLS = range(6)


def school(seed, courses, rooms, days, periods, curricula, lectures):
    """A problem drawn by chance; a course has up to so many lectures, a curriculum three courses."""
    rng = np.random.default_rng(seed)
    names = [f"c{i}" for i in range(courses)]
    taught = [Course(name, f"t{rng.integers(courses)}", int(rng.integers(1, lectures + 1)), int(rng.integers(1, 3)),
                     int(rng.integers(5, 40))) for name in names]  # fmt: skip
    groups = {f"q{i}": tuple(rng.choice(names, 3, replace=False)) for i in range(curricula)}
    shut = {(name, int(rng.integers(days)), int(rng.integers(periods))) for name in names}
    some_rooms = tuple(Room(f"r{i}", int(rng.integers(10, 40))) for i in range(rooms))
    return Problem(f"school {seed}", days, periods, tuple(taught), some_rooms, groups, frozenset(shut))


def small(seed):
    return school(seed, courses=3, rooms=2, days=2, periods=2, curricula=1, lectures=2)


@cache
def least(seed):
    """Points of the best feasible timetable of all that a small school has; None without any.

    What breaks a rule by itself breaks it among others too, and is left out early.
    """
    problem = small(seed)
    places = [(day, period, room.name) for day in range(problem.days) for period in range(problem.periods)
              for room in problem.rooms]  # fmt: skip
    ways = ([way for some in combinations(places, course.lectures)
             if not any(cost(problem, way := tuple(Lecture(course.name, *place) for place in some))[1:4])]
            for course in problem.courses)  # fmt: skip
    found = (cost(problem, sum(timetable, ())) for timetable in product(*ways))
    return min((each.points for each in found if each.broken == 0), default=None)


@pytest.mark.parametrize("seed", SCHOOLS)
def test_small_schools_get_the_best_timetable_of_all_there_are(seed):
    if least(seed) is None:
        with pytest.raises(TimeoutError, match=r"without a place when the budget ended, after 200000 moves"):
            anneal.solve(small(seed), moves=MOVES)
        return
    found = cost(small(seed), anneal.solve(small(seed), moves=MOVES))
    assert (found.broken, found.points) == (0, least(seed))


def test_some_of_the_small_schools_have_a_feasible_timetable_and_some_none():
    found = [least(seed) for seed in SCHOOLS]
    assert 0 < found.count(None) < len(found)
    assert len(set(found)) > 2


@pytest.fixture(scope="module")
def large():
    return school(7, courses=25, rooms=5, days=5, periods=4, curricula=10, lectures=4)


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
def test_points_kept_up_move_by_move_are_those_of_a_recount(large, temperature):
    search = anneal.Search(large, seed=3)
    while search.waiting:
        search.run(temperature, 100)
    for _ in range(20):
        search.run(temperature, 1_000)
        now, best = cost(large, search.timetable(best=False)), cost(large, search.timetable())
        assert (now.broken, now.points) == (0, search.points)
        assert (best.broken, best.points) == (0, search.best)
        assert search.best <= search.points


def test_cooling_finds_better_than_wandering(large):
    wandering = anneal.Search(large, seed=3)
    wandering.run(10.0, MOVES)
    wandering.run(10.0, MOVES)
    assert cost(large, anneal.solve(large, moves=2 * MOVES, seed=3)).points < wandering.best


def test_a_seed_and_a_number_of_moves_give_the_same_timetable_again(large):
    assert anneal.solve(large, moves=MOVES, seed=1) == anneal.solve(large, moves=MOVES, seed=1)
    assert anneal.solve(large, moves=MOVES, seed=1) != anneal.solve(large, moves=MOVES, seed=2)


@pytest.mark.parametrize("looks", [1, 2, 5])
def test_a_search_that_is_stopped_keeps_the_best_it_told_of(large, looks):
    told = []
    found = anneal.solve(
        large, moves=100 * anneal.CHUNK, progress=lambda points: told.append(points) or len(told) == looks
    )
    assert len(told) == looks
    assert told == sorted(told, reverse=True)
    assert cost(large, found)[:4] == (0, 0, 0, 0)
    assert cost(large, found).points == told[-1]


def test_a_budget_of_seconds_is_that_of_the_clock_it_is_given(large):
    ticks = count(100)
    anneal.solve(large, seconds=5, clock=lambda: next(ticks))
    assert next(ticks) == 106


def test_a_timetable_without_points_ends_the_search():
    problem = Problem("easy", 1, 2, (Course("c0", "t0", 2, 1, 5),), (Room("r0", 5),), {"q0": ("c0",)}, frozenset())
    assert set(anneal.solve(problem, moves=10**12)) == {Lecture("c0", 0, 0, "r0"), Lecture("c0", 0, 1, "r0")}


@pytest.mark.parametrize(
    "budget", [{}, {"seconds": 1.0}, {"seconds": 1.0, "moves": 5}, {"moves": 5, "clock": float}, {"moves": 0}]
)
def test_a_budget_is_of_one_kind(large, budget):
    with pytest.raises(ValueError, match="expected moves, or seconds and a clock"):
        anneal.solve(large, **budget)


def test_a_day_of_too_many_periods_is_refused():
    problem = Problem("long", 1, 17, (Course("c0", "t0", 2, 1, 5),), (Room("r0", 5),), {}, frozenset())
    with pytest.raises(ValueError, match="long: got 17 periods a day; expected at most 16"):
        anneal.solve(problem, moves=5)
