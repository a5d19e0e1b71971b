"""Timetables of drawn studios: what the engines find, beside greedy and the bound no timetable exceeds.

Seconds are of the processor, on one core, with the compiled parts loaded before. A gap is (bound - score) / bound; the
second figure leaves the points for being placed at all out of both, which makes every gap larger.
"""

import pickle
import subprocess
import sys
import time

import numpy as np

from studiolab import schema
from studiolab.bench import score
from studiolab.studio_calendar import PEAK, StudioCalendar, Window, daily
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import Instructor, Pin, Problem, Room, StudioClass
from studiolab.studio_operations.timetable.solve import solve

STYLES = "salsa bachata ballet hip-hop contemporary jazz tango yoga pilates barre tap zumba".split()
SHIFTS = ((540, 840), (900, 1260), (1020, 1260), (960, 1200), (540, 1020))  # minutes; working days
SHIFT_SHARE = (0.15, 0.25, 0.3, 0.2, 0.1)
ALONE = """
import pickle, sys, time
from studiolab.studio_operations.timetable import solve
problem, seconds, seed = pickle.load(sys.stdin.buffer)
began = time.process_time()
found = solve(problem, seconds, seed)
used = time.process_time() - began
status = dict(line.split(":") for line in open("/proc/self/status"))  # getrusage counts the parent's memory
most = int(status["VmHWM"].split()[0]) / 1024
pickle.dump((found, used, most), sys.stdout.buffer)
"""
SMALL, MIDDLE, LARGE = (60, 12, 4, 1), (300, 40, 10, 1), (2000, 250, 60, 12)  # classes, instructors, rooms, sites


def draw(classes, instructors, rooms, sites, seed, **given):
    """A Problem of a studio or chain as one might be; given : other fields of Problem.

    Rooms of 12 to 40 people; instructors of two to five styles who come on three to five days; classes of 45 to 90
    minutes that would like one to three evenings or mornings, four in ten of them for beginners.
    """
    rng = np.random.default_rng(seed)
    halls = tuple(Room(f"r{k}", f"Room {k}", int(size), site=f"s{k % sites}")
                  for k, size in enumerate(rng.choice([12, 16, 20, 25, 30, 40], rooms)))  # fmt: skip
    people = tuple(_instructor(k, rng) for k in range(instructors))
    wanted = tuple(_class(k, halls, sites, rng) for k in range(classes))
    fields = {"calendar": StudioCalendar(daily("09:00", "21:00"), PEAK), "step": 30} | given
    return Problem(wanted, halls, people, **fields)


def _instructor(k, rng):
    share = np.array([1, 1, 1, 1, 1, 0.8, 0.5])
    days = rng.choice(7, rng.integers(3, 6), replace=False, p=share / share.sum())
    shifts = [SHIFTS[rng.choice(5, p=SHIFT_SHARE)] if day < 5 else ((540, 840), (540, 1020))[rng.integers(2)]
              for day in days]  # fmt: skip
    styles = {STYLES[k % len(STYLES)], *rng.choice(STYLES, rng.integers(2, 5), replace=False).tolist()}
    windows = tuple(Window(schema.WEEKDAYS[day], *shift) for day, shift in zip(days, shifts, strict=True))
    return Instructor(f"i{k}", f"Instructor {k}", frozenset(styles), windows)


def _class(k, halls, sites, rng):
    site = f"s{rng.integers(sites)}" if sites > 1 else None
    most = max(room.capacity for room in halls if site in (None, room.site))
    places = min(
        most, int(rng.choice([8, 10, 12, 15, 16, 20, 25, 30], p=[0.1, 0.15, 0.2, 0.15, 0.15, 0.15, 0.05, 0.05]))
    )
    preferred = []
    for day in rng.integers(7, size=rng.integers(1, 4)):
        start = 60 * int(rng.choice([9, 10, 12, 16, 17, 18, 19] if day < 5 else [9, 10, 11, 12, 13]))
        preferred.append(Window(schema.WEEKDAYS[day], start, start + int(rng.choice([120, 180]))))
    level = str(rng.choice(["Beginner", "Intermediate", "Advanced"], p=[0.4, 0.35, 0.25]))
    minutes = int(rng.choice([45, 60, 60, 60, 75, 90]))
    return StudioClass(f"c{k}", f"Class {k}", str(rng.choice(STYLES)), level, minutes, places, 3, tuple(preferred),
                       site=site)  # fmt: skip


def any_studio(seed):
    """A Problem of any kind: small, scarce or rich, with and without changeover, limits, pins, last week and sites."""
    rng = np.random.default_rng([seed, 1])
    sites = int(rng.choice([1, 1, 2, 3]))
    rooms = int(rng.integers(sites, sites + 4))
    given = {"step": int(rng.choice([15, 30, 60])), "changeover": int(rng.choice([0, 0, 15])),
             "most_at_once": [None, None, 1, 2][rng.integers(4)]}  # fmt: skip
    size = int(rng.integers(5, 60)), int(rng.integers(2, 12)), rooms, sites
    problem = draw(*size, seed, **given)
    if rng.random() < 0.5:
        return problem
    week = solve(problem, 0.1, seed).placements
    pins = tuple(Pin(p.class_id, p.weekday, p.start) for p in week[:2])
    return draw(*size, seed, **given, last=week, pins=pins)


def warm_up():
    """Have every compiled part loaded, so that seconds are of the work."""
    solve(draw(20, 6, 2, 2, 0), 1.0)
    solve(draw(12, 4, 2, 1, 1), 1.0)


# the parts of the scorecard -----------------------------------------------------------------------
def random_studios(count=100, seconds=1.0, say=lambda text: None):
    """Every rule kept, recounted; never below greedy; score and bound as `check` has them."""
    broken = below = apart = 0
    for seed in range(count):
        say(f"studio {seed + 1} of {count}")
        problem = any_studio(seed)
        greedy, found = solve(problem, 0.0, seed), solve(problem, seconds, seed)
        report = check(problem, found)
        broken += not report.ok
        below += found.score < greedy.score - 1e-6
        apart += abs(report.score - found.score) > 1e-3 or found.score > found.bound + 1e-6
    return [
        score.plain("random studios, timetables that break a rule", broken, score.at_most(0), cases=count),
        score.plain("random studios, below greedy", below, score.at_most(0), cases=count),
        score.plain("random studios, score not as recounted or above the bound", apart, score.at_most(0), cases=count),
    ]


def proven(seeds=range(900, 915), seconds=1.0, most=10.0, say=lambda text: None):
    """Weeks of 60 classes: how many are proven within a second, and within ten."""
    quick, slow, used = [], [], []
    for seed in seeds:
        say(f"60 classes, seed {seed}")
        problem = draw(*SMALL, seed)
        found, spent = _timed(problem, most, seed)
        slow.append(found.status == "optimal")
        quick.append(slow[-1] and spent <= seconds)
        used.append(spent)
    name, all_ = f"{SMALL[0]} classes, {SMALL[1]} instructors, {SMALL[2]} rooms", score.at_least(len(quick))
    return [
        score.plain(f"{name}, proven optimum within {seconds:g} s", sum(quick), all_, cases=len(quick)),
        score.plain(f"{name}, proven optimum within {most:g} s", sum(slow), cases=len(slow)),
        score.plain(f"{name}, seconds, median", np.median(used), low=min(used), high=max(used), cases=len(used)),
    ]


def gaps(size, seconds, goal, seeds, say=lambda text: None):
    """Gap to the bound after so many seconds, the worst of the seeds; greedy's beside."""
    return _gaps(size, seconds, goal, seeds, say, _timed)


def alone(size, seconds, goal, seeds, most, say=lambda text: None):
    """`gaps` by a process for each week that does nothing else, and the most memory one of them held, MiB."""
    held = []

    def timed(problem, seconds, seed):
        found, used, memory = alone_in_a_process(problem, seconds, seed)
        held.append(memory)
        return found, used

    rows = _gaps(size, seconds, goal, seeds, say, timed)
    return [*rows, _worst("most memory of a process that solves one, MiB", held, score.at_most(most))]


def _gaps(size, seconds, goal, seeds, say, timed):
    rows, name = (
        {"found": [], "points": [], "greedy": []},
        "{:,} classes, {} instructors, {} rooms, {} sites".format(*size),
    )
    for seed in seeds:
        say(f"{name}, {seconds:g} s, seed {seed}")
        problem = draw(*size, seed)
        found, _ = timed(problem, seconds, seed)
        if not check(problem, found).ok:
            raise AssertionError(f"a timetable of seed {seed} breaks a rule")
        placed = problem.weights.placed * len(problem.classes)
        rows["found"].append(100 * found.gap)
        rows["points"].append(100 * (found.bound - found.score) / (found.bound - placed))
        rows["greedy"].append(100 * (1 - solve(problem, 0.0, seed).score / found.bound))
    title = f"{name}, {seconds:g} s, % below the bound"
    return [
        _worst(title, rows["found"], score.at_most(goal)),
        _worst(f"{title}, without points for being placed", rows["points"]),
        _worst(title, rows["greedy"], model="greedy"),
    ]


def _worst(figure, values, goal=None, model="found"):
    return score.plain(figure, max(values), goal, model, low=min(values), high=max(values), cases=len(values))


def _timed(problem, seconds, seed):
    began = time.process_time()
    found = solve(problem, seconds, seed)
    return found, time.process_time() - began


def alone_in_a_process(problem, seconds, seed):
    """The Timetable that `solve` finds in a process of its own, its processor seconds and the most memory held, MiB."""
    asked = pickle.dumps((problem, seconds, seed))
    done = subprocess.run([sys.executable, "-c", ALONE], input=asked, stdout=subprocess.PIPE, check=True)
    return pickle.loads(done.stdout)
