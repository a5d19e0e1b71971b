"""Expected attendance amid a whole week, and the week that is best by it.

`Demand` tells of each class as if the usual timetable stood around it; `Crowd` tells how much more or less it draws
amid another week, and whom it takes from others. A table of places by class, weekday and hour cannot hold both, so it
is made around one week: where a class is, it holds who comes; elsewhere, who would come more or less to the whole week
if that class alone went there. A better week by such a table is looked for near the week it was made around, held
against attendance amid itself, taken if truly better, and so on in turns.
Source: a trust region around successive linear models, Conn, Gould & Toint 2000.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.studio_calendar import DAY_MINUTES
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.crowd import Crowd
from studiolab.studio_operations.timetable.demand import Demand
from studiolab.studio_operations.timetable.solve import get_ready, solve

TURNS, LEAST_SECONDS = 10, 0.3  # solves, and the least time for one
STAY, LEAST_STAY = 4.0, 0.05  # expected places that staying is worth in the first turn, and where it is worth none
PROMISE_KEPT = 0.5  # share of a promise that lets the next turn go further
NOTHING_MOVED = 0.6  # what staying is worth after a turn that moved nothing; no power of it is one of 2
COUNTS = 6  # times that a turn is at least as long as it takes to count a week amid itself


@dataclass(frozen=True)
class Amid:
    """What is known of who comes; crowd may be None where nobody came of late: then each class is looked at alone."""

    demand: Demand
    crowd: Crowd | None

    def table(self, classes, hours, placements):
        """Demand of a Problem amid a week.

        classes : StudioClass records; hours : (weekday, hour) pairs; placements : of the week, any may be missing
        Returns DataFrame class_id, weekday, hour, expected (see above), low, high, runs (as of `Demand.expected`, of
        that class alone with the others where they are), a row for each class and hour, those of placements among them.
        """
        place = {p.class_id: (p.weekday, p.start // 60) for p in placements
                 if p.weekday in schema.WEEKDAYS and 0 <= p.start < DAY_MINUTES}  # fmt: skip
        slots = list(dict.fromkeys([*hours, *place.values()]))
        at = np.array([slots.index(place[c.class_id]) if c.class_id in place else -1 for c in classes], int)
        rows = pd.DataFrame(
            [(c.class_id, c.name, c.max_capacity, c.min_capacity) for c in classes],
            columns=["class_id", "class_name", "max_capacity", "min_capacity"],
        ).merge(pd.DataFrame(slots, columns=["weekday", "hour"]), how="cross")  # fmt: skip
        drawn, new = self._drawn([c.name for c in classes], slots, at)
        told = self.demand.expected(rows.assign(drawn=drawn.ravel()))
        expected = told["expected"].to_numpy().reshape(drawn.shape)
        brought, placed = expected * new, np.flatnonzero(at >= 0)
        now = placed, at[placed]
        brought[placed] += (expected[now] - brought[now])[:, None]
        told["expected"] = brought.ravel()
        return told[["class_id", "weekday", "hour", "expected", "low", "high", "runs"]]

    def _drawn(self, names, slots, at):
        if self.crowd is None or not slots:
            return np.ones((2, len(names), len(slots)))
        weekday, hour = np.array([(schema.WEEKDAYS.index(day), hour) for day, hour in slots]).T
        return self.crowd.amid(names, weekday, hour, at)


def solve_amid(problem, table, seconds=10.0, seed=0, progress=None, stop=None, start=()):
    """The best week found by attendance amid itself.

    problem : Problem, its demand is not looked at; table : function of placements to a demand of the Problem amid them
    seconds, seed, progress, stop, start : as of `solve`, for all turns together
    Returns (problem, timetable): the Problem with demand amid the answer, and a Timetable whose score is counted with
    it. Its bound is of the last turn's question, where demand stands still; "optimal" where that is demand amid the
    answer. Where `place_all` is not done, the answer is what could be placed.
    """
    get_ready()
    began = time.thread_time()
    run = _Turns(problem, table, seed, progress, stop, tuple(start) or problem.last)
    counting = time.thread_time() - began
    turns = run.turns = max(1, min(TURNS, int(seconds / max(LEAST_SECONDS, COUNTS * counting))))
    for turn in range(turns):
        found = run.solve(turn, seconds / turns - counting, last=turn == turns - 1)
        if found.status in ("infeasible", "out of time") or run.is_over:
            break
    return run.answer(found)


class _Turns:
    def __init__(self, problem, table, seed, progress, stop, start):
        self.problem, self.table, self.turns, self.seed = problem, table, 1, seed
        self.progress, self.stop, self.stay, self.is_over, self.is_proven = progress, stop, STAY, False, False
        self.week, self.now = start, self._amid(start)
        report = check(self.now, start)
        self.top = report.score if report.ok and start else -np.inf

    def solve(self, turn, seconds, last):
        """One turn's Timetable; `week` and `now` are the better ones after it."""
        stay = 0.0 if last else self.stay
        asked = replace(self.now, demand=_stays(self.now.demand, self.week, stay)) if stay and self.week else self.now
        found = solve(asked, seconds, self.seed + turn, self._told(turn), self.stop, start=self.week)
        amid = self._amid(found.placements)
        score, promised = check(amid, found).score, check(self.now, found).score
        kept = (score - self.top) / max(promised - self.top, 1e-9) if np.isfinite(self.top) else 1.0
        self.is_over = (self.stop is not None and self.stop()) or (last and found.placements == self.week)
        is_same, nothing_better = set(found.placements) == set(self.week), promised <= self.top + 1e-9
        self.is_proven = found.status == "optimal" and nothing_better and not stay
        if found.status not in ("infeasible", "out of time") and score > self.top + 1e-9:
            self.week, self.top, self.now, self.is_proven = found.placements, score, amid, False
        elif nothing_better and stay <= LEAST_STAY:
            self.is_over = True
        change = NOTHING_MOVED if is_same else 0.5 if kept > PROMISE_KEPT else 1.0 if kept > 0 else 2.0
        self.stay = max(LEAST_STAY, self.stay * change)
        return found

    def answer(self, found):
        if not np.isfinite(self.top):
            now = self._amid(found.placements)
            score = check(now, found).score
            return now, replace(found, score=score, bound=score)
        out = {p.class_id for p in self.week}
        gone = tuple(one.class_id for one in self.problem.classes if one.class_id not in out)
        return self.now, replace(found, placements=self.week, unplaced=gone, score=self.top,
                                 status="optimal" if self.is_proven else "feasible",
                                 bound=max(self.top, found.bound))  # fmt: skip

    def _amid(self, placements):
        return replace(self.problem, demand=self.table(placements))

    def _told(self, turn):
        if self.progress is None:
            return None
        # What stays is worth more while a turn runs, so its own score is not one of `solve_amid`.
        top = self.top if np.isfinite(self.top) else 0.0
        return lambda _, bound, share: self.progress(top, max(top, bound), (turn + share) / self.turns)


def _stays(demand, week, places):
    """`demand` where each class of a week is expected to have so many places more as long as it stays."""
    stays = pd.MultiIndex.from_tuples([(p.class_id, p.weekday, p.start // 60) for p in week])
    there = pd.MultiIndex.from_frame(demand[["class_id", "weekday", "hour"]]).isin(stays)
    return demand.assign(expected=demand["expected"] + places * there)
