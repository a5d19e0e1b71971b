import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from studiolab.bench import weeks
from studiolab.studio_calendar import PEAK, StudioCalendar, Window, daily
from studiolab.studio_operations.timetable import bound, branch, certify
from studiolab.studio_operations.timetable.arrays import SCALE, encode
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import (
    Instructor,
    Pin,
    Placement,
    Problem,
    Room,
    StudioClass,
    Timetable,
    Weights,
)
from studiolab.studio_operations.timetable.solve import _Run, solve

EVENING = Window("MO", 17 * 60, 20 * 60)


def yoga(name, **given):
    return StudioClass(name, name, **({"style": "yoga", "max_capacity": 10} | given))


def ana(*windows, styles=("yoga",)):
    return Instructor("ana", "Ana", frozenset(styles), windows or (EVENING,))


def one_room(classes, *people, **given):
    return Problem(tuple(classes), (Room("r", "Hall", 12),), people or (ana(),), **({"step": 60} | given))


def tiny(seed):
    """A Problem of four classes that a person could still enumerate."""
    rng = np.random.default_rng(seed)
    hours = [
        Window(day, 60 * int(start), 60 * int(start) + 180) for day, start in (("MO", 16), ("TU", rng.integers(9, 17)))
    ]
    people = (
        Instructor("ana", "Ana", frozenset({"yoga", "barre"}), (hours[0],)),
        Instructor("ben", "Ben", frozenset({"yoga"}), (hours[int(rng.integers(2))],)),
    )
    classes = tuple(
        StudioClass(f"c{k}", f"c{k}", str(rng.choice(["yoga", "barre"])), str(rng.choice(["Beginner", "All"])),
                    int(rng.choice([60, 90])), int(rng.choice([5, 10])), preferred=(hours[int(rng.integers(2))],))
        for k in range(4)
    )  # fmt: skip
    rooms = (Room("r", "Hall", 12), Room("q", "Nook", 6, site=str(rng.choice(["main", "east"]))))
    calendar = StudioCalendar(daily("09:00", "20:00"), PEAK)
    return Problem(classes, rooms, people, calendar, step=60, changeover=int(rng.choice([0, 30])))


def best_of_all(problem):
    """The highest score of any timetable that `check` lets through, by trying every one."""
    options = [
        [p for p in (Placement(c.class_id, day, 60 * hour, room.room_id, person.instructor_id)
                     for day in ("MO", "TU") for hour in range(9, 20) for room in problem.rooms
                     for person in problem.instructors)
         if check(problem, [p]).ok]
        for c in problem.classes
    ]  # fmt: skip

    def walk(rest, placed):
        if not rest:
            return check(problem, placed).score
        further = [[*placed, p] for p in rest[0] if check(problem, [*placed, p]).ok]
        return max(walk(rest[1:], more) for more in [placed, *further])

    return walk(options, [])


@pytest.mark.parametrize("seed", range(6))
def test_nothing_beats_a_proven_timetable_in_a_week_small_enough_to_try_all(seed):
    problem = tiny(seed)
    found = solve(problem, 5, seed)
    assert found.status == "optimal"
    assert check(problem, found).ok
    assert found.score == pytest.approx(best_of_all(problem), abs=1e-6)


@pytest.mark.parametrize("seed", range(14))
def test_a_timetable_keeps_every_rule_scores_as_recounted_and_lies_between_greedy_and_the_bound(seed):
    problem = weeks.any_studio(500 + seed)
    greedy, found = solve(problem, 0, seed), solve(problem, 0.3, seed)
    report = check(problem, found)
    assert report.violations == ()
    assert report.score == pytest.approx(found.score, abs=1e-3)
    assert greedy.score - 1e-6 <= found.score <= found.bound + 1e-6
    assert {p.class_id for p in found.placements} | set(found.unplaced) == {c.class_id for c in problem.classes}


@pytest.mark.parametrize("seed", [0, 2, 3, 5, 8, 10, 13, 14])
def test_nothing_beats_a_proven_timetable_by_a_model_that_knows_no_prices_and_no_days(seed):
    size = [(14, 4, 2, 1), (16, 5, 3, 2), (12, 3, 1, 1), (20, 6, 3, 1)][seed % 4]
    given = [{}, {"changeover": 30}, {"most_at_once": 1}, {"step": 60}][seed // 4 % 4]
    problem = weeks.draw(*size, seed, **given)
    found = solve(problem, 5, seed)
    assert found.status == "optimal"
    assert check(problem, found).score == pytest.approx(found.score, abs=1e-6)
    arrays, all_ = encode(problem), np.ones(len(encode(problem).able_choice), bool)
    more = found.score * SCALE + certify.step_of(arrays)
    assert certify.beyond(arrays, all_, more, 10**9, 60, 0, most=10**5) == ("none", None)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_asked_of_days_is_answered_rightly_at_the_best_score_and_above(seed):
    problem = tiny(seed)
    run = _Run(problem, 20, seed, None, None)
    run.chances = bound.chances(run.a)
    best = best_of_all(problem) * SCALE
    assert branch.Question(run).whether(best) is True
    assert run.top == pytest.approx(best, abs=1e-3)
    assert branch.Question(run).whether(best + run.step) is False


@pytest.mark.parametrize("seed", range(4))
def test_prices_of_any_round_bound_the_best_timetable(seed):
    problem = tiny(seed)
    arrays, like = bound.alike(encode(problem))
    lengths, dual = bound.begin(arrays, like)
    limits, row, worth, _ = bound.chances(arrays)
    kept, best, before = bound.prices_of(dual), best_of_all(problem), dual.pace[2]
    for _ in range(40):
        value = bound.tighten(arrays, lengths, row, worth, limits, dual, kept, 0.0, 1)
        assert value >= best * SCALE - 1e-3
        assert value <= before
        before = value


def test_what_prices_leave_possible_holds_the_best_timetable():
    problem = tiny(2)
    whole, best = encode(problem), best_of_all(problem)
    arrays, like = bound.alike(whole)
    lengths, dual = bound.begin(arrays, like)
    limits, row, worth, place = bound.chances(arrays)
    kept = bound.prices_of(dual)
    value = bound.tighten(arrays, lengths, row, worth, limits, dual, kept, best * SCALE, 30)
    alive = bound.surviving(arrays, lengths, row, worth, place, limits, kept, dual.watched, value, best * SCALE)
    said, placed = certify.beyond(whole, alive, best * SCALE, value, 10, 0)
    assert said == "found"
    assert (placed[0] >= 0).sum() == round(best // 100)
    assert certify.beyond(whole, alive, best * SCALE + certify.step_of(whole), value, 10, 0) == ("none", None)


def test_rooms_that_no_class_tells_apart_count_as_one_of_two():
    rooms = (Room("r", "Hall", 12), Room("q", "Loft", 12), Room("p", "Arena", 40))
    arrays, like = bound.alike(encode(Problem((yoga("a"), yoga("b")), rooms, (ana(),), step=60)))
    assert sorted(like.tolist()) == [1, 2]
    assert np.diff(arrays.rooms).tolist() == [2, 2]


def test_the_same_question_and_seed_give_the_same_answer():
    problem = weeks.draw(25, 6, 2, 1, 3)
    assert solve(problem, 5, 1) == solve(problem, 5, 1)


def test_a_class_nobody_can_teach_is_left_out_and_the_rest_placed():
    found = solve(one_room([yoga("a"), yoga("b", style="tap")]), 1)
    assert found.unplaced == ("b",)
    assert [p.class_id for p in found.placements] == ["a"]
    assert found.status == "optimal"


def test_pins_hold_in_all_their_parts():
    problem = one_room([yoga("a"), yoga("b")], pins=(Pin("a", "MO", 19 * 60), Pin("b", start=17 * 60)))
    assert {(p.class_id, p.start) for p in solve(problem, 1).placements} == {("a", 19 * 60), ("b", 17 * 60)}


def test_what_has_to_be_placed_and_cannot_is_infeasible_and_what_was_not_tried_is_out_of_time():
    four = [yoga(name) for name in "abcd"]
    full = one_room(four, place_all=True)
    assert solve(full, 2).status == "infeasible"
    hidden = [yoga("long", minutes=120), *(yoga(name, minutes=45) for name in "ab")]
    enough = one_room(hidden, step=15, place_all=True, changeover=0)
    assert solve(enough, 0).status in ("optimal", "feasible", "out of time")
    assert solve(enough, 3).unplaced == () or solve(enough, 3).status == "infeasible"


def test_greedy_in_the_way_of_a_whole_week_is_out_of_time_and_more_time_places_all():
    short = yoga("short", preferred=(Window("MO", 18 * 60, 19 * 60),))
    problem = one_room([short, yoga("long", minutes=120)], place_all=True)
    begun = solve(problem, 0)
    assert (begun.status, begun.unplaced) == ("out of time", ("long",))
    done = solve(problem, 3)
    assert (done.status, done.unplaced) == ("optimal", ())
    assert check(problem, done).ok


def test_last_week_stays_where_a_change_would_bring_less_than_it_costs():
    classes = [yoga(name) for name in "abc"]
    last = tuple(Placement(name, "MO", (17 + k) * 60, "r", "ana") for k, name in enumerate("cab"))
    kept = solve(one_room(classes, last=last, weights=Weights(keep=30)), 1)
    assert set(kept.placements) == set(last)


def test_a_start_off_the_grid_of_last_week_may_stay():
    last = (Placement("a", "MO", 17 * 60 + 20, "r", "ana"),)
    assert solve(one_room([yoga("a")], last=last, weights=Weights(keep=30)), 1).placements == last


def test_instructors_need_time_between_two_sites():
    rooms = (Room("r", "Hall", 12), Room("q", "East", 12, site="east"))
    classes = (yoga("a", site="main"), yoga("b", site="east"), yoga("c", site="east"))
    found = solve(Problem(classes, rooms, (ana(),), step=30, travel=60), 2)
    assert len(found.placements) == 2
    assert check(Problem(classes, rooms, (ana(),), step=30, travel=60), found).ok


def test_stop_and_an_interrupt_keep_the_best_so_far():
    problem = weeks.draw(80, 15, 4, 1, 7)
    heard = []

    def interrupt(score, bound, share):
        heard.append((score, bound, share))
        if len(heard) == 4:
            raise KeyboardInterrupt

    found = solve(problem, 20, 0, progress=interrupt)
    assert check(problem, found).ok
    assert found.score == heard[-1][0]
    assert [s for s, _, _ in heard] == sorted(s for s, _, _ in heard)
    assert solve(problem, 20, 0, stop=lambda: True).score == heard[0][0]


def test_progress_tells_a_rising_score_under_a_falling_bound():
    heard = []
    problem = weeks.draw(40, 9, 3, 1, 5)
    found = solve(problem, 2, 0, progress=lambda *told: heard.append(told))
    scores, bounds, shares = (np.array(column) for column in zip(*heard, strict=True))
    assert (np.diff(scores) >= 0).all()
    assert (np.diff(bounds) <= 1e-6).all()
    assert shares.max() <= 1
    assert isinstance(found, Timetable)
    assert found.score >= scores[-1]


def test_demand_draws_a_class_to_the_hour_in_which_more_come():
    import pandas as pd

    demand = pd.DataFrame({"class_id": "a", "weekday": "MO", "hour": [17, 18, 19], "expected": [2.0, 9.0, 4.0]})
    found = solve(one_room([yoga("a")], demand=demand), 1)
    assert found.placements[0].start == 18 * 60
    report = check(one_room([yoga("a")], demand=demand), found)
    assert report.places == 9.0


def test_no_classes_give_an_empty_timetable():
    found = solve(one_room([]), 1)
    assert (found.placements, found.status, found.score) == ((), "optimal", 0.0)


def test_a_problem_does_not_change_while_it_is_solved():
    problem = weeks.draw(20, 5, 2, 1, 9)
    before = dataclasses.replace(problem)
    solve(problem, 0.2)
    assert problem == before


def test_a_process_of_its_own_finds_the_same_and_tells_its_memory():
    problem = one_room([yoga("a")])
    found, seconds, mebibytes = weeks.alone_in_a_process(problem, 1.0, 0)
    assert found == solve(problem, 1.0)
    assert seconds > 0
    assert mebibytes > 50


def test_a_search_does_without_the_memory_of_a_table_library():
    asked = "import sys, studiolab.studio_operations.timetable; print('pandas' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
