"""The week of a studio: asked, saved and refused; each test on a database of its own, for it writes."""

import signal
import subprocess
import sys
import threading

import pandas as pd
import pytest

from studiolab.app import NotSaved
from studiolab.app.timetable_refused import Overtaken
from studiolab.studio_calendar import PEAK, Window
from studiolab.studio_operations.timetable.problem import BadProblem, Pin, Placement

from .small_studio import four_weeks, open_small, small

HELD = (
    Placement("salsa-mo-1800", "MO", 1080, "loft", "ben"),
    Placement("yoga-mo-1800", "MO", 1080, "hall", "ana"),
    Placement("yoga-we-1800", "WE", 1080, "hall", "ana"),
)
MOVED = (*HELD[:2], Placement("yoga-we-1800", "WE", 1020, "hall", "ana"))


@pytest.fixture
def bench(tmp_path):
    bench = small(tmp_path)
    yield bench
    bench.close()


def entries(bench):
    return [entry["action"] for entry in bench.ledger.entries("oak")]


# the problem --------------------------------------------------------------------------------------
def test_what_recurred_in_four_weeks_is_a_class_once_a_week_and_the_week_as_it_is(bench):
    problem = bench.timetable_problem("oak")
    yoga = next(one for one in problem.classes if one.class_id == "yoga-mo-1800")
    assert (yoga.name, yoga.style, yoga.minutes, yoga.max_capacity, yoga.price) == ("Yoga", "Yoga", 60, 10, 12.0)
    assert tuple(sorted(problem.last)) == HELD
    assert [(room.room_id, room.capacity, room.site) for room in problem.rooms] == [
        ("hall", 20, "main"),
        ("loft", 10, "main"),
    ]
    assert problem.calendar.peak == PEAK
    assert problem.demand is None


def test_the_studio_is_open_from_its_first_class_to_its_last_and_as_the_options_say(bench):
    assert bench.timetable_problem("oak").calendar.opening == (Window("MO", 1080, 1140), Window("WE", 1080, 1140))
    own = bench.timetable_problem("oak", opening_time="10:00").calendar.opening
    assert own == tuple(Window(day, 600, 1260) for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU"))


def test_a_studio_without_a_schedule_is_open_as_the_documents_say(tmp_path):
    bench = small(tmp_path, sessions=())
    assert bench.timetable_problem("oak").calendar.opening[0] == Window("MO", 540, 1260)
    assert bench.timetable_week("oak").placements == []
    bench.close()


def test_options_become_the_problem(bench):
    problem = bench.timetable_problem(
        "oak", max_concurrent_classes=3, prefer_beginners_in_peak=False, step=30, weights={"keep": 7}, place_all=True
    )
    assert (problem.most_at_once, problem.step, problem.place_all) == (3, 30, True)
    assert (problem.weights.beginner, problem.weights.keep, problem.weights.preferred) == (0.0, 7.0, 20.0)
    stays = bench.timetable_problem("oak", minimal_change=True).weights
    assert stays.placed > stays.keep * 5 / 3 > 100


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"opening_time": "21:00", "closing_time": "09:00"}, "opening_time 21:00, closing_time 09:00; expected"),
        ({"opening_time": "late"}, "opening_time: time of day 'late'; expected HH:MM"),
        ({"max_concurrent_classes": 0}, "max_concurrent_classes: Input should be greater than or equal to 1, got 0"),
        ({"weights": {"luck": 1}}, "weights.luck: no such key"),
        ({"mood": 1}, "mood: no such key"),
    ],
)
def test_an_option_that_cannot_be_is_named(bench, options, sentence):
    with pytest.raises(BadProblem, match=f"^{sentence}"):
        bench.timetable_problem("oak", **options)


def test_visits_tell_how_many_are_expected_at_every_open_hour(tmp_path):
    visits = [
        {"studio_id": "oak", "visit_id": f"{row['class_id']}-{n}", "member_id": f"m{n}", "class_id": row["class_id"],
         "attended_at": row["starts_at"], "status": "attended"}
        for row in four_weeks("Yoga", "MO", "18:00", "hall", "ana") for n in range(6)
    ]  # fmt: skip
    bench = small(tmp_path, visits=visits)
    demand = bench.timetable_problem("oak").demand
    assert sorted(set(zip(demand["weekday"], demand["hour"], strict=True))) == [("MO", 18), ("WE", 18)]
    known = demand.set_index(["class_id", "weekday"])["expected"]
    assert 4 < known["yoga-mo-1800", "MO"] < 8
    assert demand["expected"].between(0, 10).all()
    bench.close()


@pytest.mark.parametrize("classes", ["others", "of another year", "none"])
def test_visits_to_classes_that_nobody_knows_leave_demand_unknown(tmp_path, classes):
    rows = list(four_weeks("Yoga", "MO", "18:00", "hall", "ana"))
    visits = [{"studio_id": "oak", "visit_id": row["class_id"], "member_id": "m", "class_id": f"gone-{row['class_id']}",
               "attended_at": row["starts_at"], "status": "attended"} for row in rows]  # fmt: skip
    long_ago = [row | {"class_id": visit["class_id"], "starts_at": row["starts_at"] - pd.Timedelta(days=400)}
                for row, visit in zip(rows, visits, strict=True)]  # fmt: skip
    held = {"others": rows, "of another year": rows + long_ago, "none": []}[classes]
    bench = small(tmp_path, visits=visits, class_sessions=held)
    assert bench.timetable_problem("oak").demand is None
    assert bench.timetable_week("oak").places == 0
    assert bench.optimize_timetable("oak", seconds=1).report.ok
    bench.close()


def test_what_is_proposed_holds_every_rule_and_is_no_worse_than_the_week_as_it_is(bench):
    _, timetable, report = bench.optimize_timetable("oak", seconds=2)
    assert report.ok
    assert timetable.status == "optimal"
    assert timetable.placements == (*HELD[:2], HELD[2]._replace(room_id="loft"))  # where ten people fill the room
    told = bench.propose_timetable("oak", {"seconds": 2})
    keep, third, fit = 15, 15 / 3, 10
    assert told.now.score == 3 * (100 + keep + 2 * third) + fit == 385
    assert told.score == told.now.score - third + fit == report.score
    assert 0 <= told.gap < 0.001


# saving -------------------------------------------------------------------------------------------
def test_a_saved_week_is_the_next_ones_last_and_in_the_ledger(bench):
    kept = bench.save_timetable("oak", HELD, "ana", "as it was")
    saved = bench.saved_timetable("oak")
    assert (saved.placements, saved.saved_at) == (HELD, kept.saved_at)
    entry = bench.ledger.entry(kept.entry_id)
    assert (entry["actor"], entry["action"], entry["payload"]["note"]) == ("ana", "timetable saved", "as it was")
    assert [Placement(*row) for row in entry["payload"]["placements"]] == list(HELD)
    assert len(entry["data_hash"]) == 64
    assert bench.ledger.verify()[1] == []


def test_its_classes_stay_what_they_are_when_the_schedule_changes(bench):
    bench.save_timetable("oak", HELD, "ana")
    bench.db.replace("class_sessions", pd.DataFrame(four_weeks("Tango", "FR", "20:00", "loft", "ben")), studio_id="oak")
    assert [one.class_id for one in bench.timetable_problem("oak").classes] == [p.class_id for p in HELD]


@pytest.mark.parametrize(
    ("week", "sentence"),
    [
        ((*HELD[:2], HELD[2]._replace(weekday="TU")), "Ana is not available TU 18:00 to 19:00"),
        ((HELD[0]._replace(room_id="hall"), *HELD[1:]), "Room hall has "),
        ((HELD[0]._replace(room_id="cellar"), *HELD[1:]), "there is no room cellar"),
        ((HELD[0]._replace(instructor_id="ana"), *HELD[1:]), "Ana does not teach Salsa"),
        ((HELD[0]._replace(start=60), *HELD[1:]), "lies outside the opening hours"),
        ((*HELD, HELD[0]._replace(weekday="TU")), "Class salsa-mo-1800 is placed twice"),
    ],
)
def test_a_week_that_breaks_a_rule_is_refused_in_words_and_the_saved_one_stays(bench, week, sentence):
    bench.save_timetable("oak", HELD, "ana")
    with pytest.raises(NotSaved, match=f"^the week was not saved: .*{sentence}"):
        bench.save_timetable("oak", week, "ben")
    assert bench.saved_timetable("oak").placements == HELD
    assert entries(bench) == ["timetable saved"]


def test_a_week_made_from_one_that_is_not_saved_any_more_is_refused(bench):
    first = bench.save_timetable("oak", HELD, "ana").saved_at
    bench.save_timetable("oak", MOVED, "ben", made_from=first, opening_time="09:00")
    with pytest.raises(Overtaken, match=r"^another week was saved meanwhile on 20\d\d-\d\d-\d\d at \d\d:\d\d; look"):
        bench.save_timetable("oak", HELD, "ana", made_from=first)
    assert bench.saved_timetable("oak").placements == MOVED


def test_two_who_save_at_once_leave_one_whole_week_and_both_are_in_the_ledger(tmp_path):
    small(tmp_path).close()
    start = threading.Barrier(2)

    def save(week, name):
        bench = open_small(tmp_path)
        start.wait()
        bench.save_timetable("oak", week, name, opening_time="09:00")
        bench.close()

    writers = [threading.Thread(target=save, args=pair) for pair in ((HELD, "ana"), (MOVED[:2], "ben"))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    bench = open_small(tmp_path)
    done = bench.ledger.entries("oak")
    assert sorted(entry["actor"] for entry in done) == ["ana", "ben"]
    last = tuple(Placement(*row) for row in done[-1]["payload"]["placements"])
    assert bench.saved_timetable("oak").placements == last
    assert done[-1]["payload"]["before"] == done[0]["payload"]["placements"]
    assert bench.ledger.verify()[1] == []
    bench.close()


KILLED = """
import os, signal, sys
from tests.app.small_studio import open_small
from studiolab.studio_operations.timetable import tables

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

bench = open_small(sys.argv[1])
if sys.argv[2] == "solving":
    bench.optimize_timetable("oak", progress=die)
else:
    tables.entries = die
    held = bench.saved_timetable("oak").placements
    bench.save_timetable("oak", held[:1], "ben")
"""


@pytest.mark.parametrize("when", ["solving", "saving"])
def test_whoever_is_killed_while_solving_or_saving_leaves_the_saved_week(bench, tmp_path, when):
    bench.save_timetable("oak", HELD, "ana")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), when], check=False)
    assert done.returncode == -signal.SIGKILL
    assert bench.saved_timetable("oak").placements == HELD
    assert entries(bench) == ["timetable saved"]
    assert bench.save_timetable("oak", HELD[:2], "ana").classes == 2


def test_pins_go_with_a_week_or_not_at_all(bench):
    pin = Pin("yoga-we-1800", "WE", 1020)
    with pytest.raises(NotSaved, match="is pinned to another start"):
        bench.save_timetable("oak", HELD, "ana", pins=[pin], opening_time="09:00")
    assert bench.saved_timetable("oak").pins == ()
    bench.save_timetable("oak", MOVED, "ana", pins=[pin], opening_time="09:00")
    assert bench.saved_timetable("oak").pins == (pin,)
    bench.save_timetable("oak", HELD, "ana", pins=())
    assert bench.saved_timetable("oak").pins == ()
