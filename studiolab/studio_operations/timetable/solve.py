"""From a problem to a timetable: greedy, ruin and recreate, a bound, and where the week is small enough a proof."""

import time
from functools import cache, cached_property

import numpy as np

from studiolab.studio_calendar import DAY_MINUTES, WEEKDAYS
from studiolab.studio_operations.timetable import bound, certify, search
from studiolab.studio_operations.timetable.arrays import MUST, SCALE, encode
from studiolab.studio_operations.timetable.problem import Placement, Timetable

ROUNDS_A_SECOND = 8000  # of ruin and recreate on a slow core, for a small problem
CHUNK = 500  # rounds of ruin and recreate between two looks at the clock
WARM, COLD = 15.0, 0.5  # points that an answer may be worse by, first and last; where the clock is ahead, by the clock
SIZE = 3  # classes taken out at a time
ENOUGH = 60  # rounds a class until prices are asked
PRICES = 150  # rounds of prices at a time
PROVEN = 3_000_000  # choices of a problem that prices and proof are tried for


def solve(problem, seconds=10.0, seed=0, progress=None, stop=None, start=()):
    """The best `Timetable` found, with what no timetable can exceed.

    seconds : of one core, at most. Proven answers come earlier, others mostly by a count of rounds, so that the same
        problem and seed give the same answer.
    start : placements to begin from, as far as they can be; last week's by default
    progress : called with (score, bound, share of the work done), points; stop : called, True ends with the best so far
    Ctrl-C does the same.
    Raises BadProblem, where the Problem is made.
    """
    get_ready()
    run = _Run(problem, seconds, seed, progress, stop, start)
    if run.is_priced:
        before = time.thread_time()
        get_ready_to_prove()
        run.began += time.thread_time() - before
    try:
        run.greedy()
        run.improve()
        run.prove()
    except (_Enough, KeyboardInterrupt):
        pass
    return run.answer()


@cache
def get_ready():
    """Have every compiled part of the search loaded before a clock runs; the first time on a machine compiles them."""
    run = _smallest()
    run._search(search.mixed(run.a, run.rng), CHUNK, 1.0)


@cache
def get_ready_to_prove():
    """The same for the proof, whose memory a problem too large for one does without."""
    from studiolab.studio_operations.timetable import branch

    run = _smallest()
    run.chances = bound.chances(run.a)
    run.price(1, 1.0)
    run.look_among(run.alive(), CHUNK, 1.0)
    run.top = 0  # so that there is something to ask
    branch.settle(run)
    branch.Question(run).whether(float(run.step))


def _smallest():
    from studiolab.studio_calendar import Window
    from studiolab.studio_operations.timetable.problem import Instructor, Problem, Room, StudioClass

    classes = tuple(StudioClass(name, name, "any") for name in "ab")
    who = (Instructor("i", "i", frozenset({"any"}), (Window("MO", 600, 700),)),)
    last = (Placement("a", "MO", 600, "r", "i"),)
    run = _Run(Problem(classes, (Room("r", "r", 20),), who, last=last), np.inf, 0, None, None)
    run.greedy()
    return run


class _Enough(Exception):
    """Time is up, or somebody said stop."""


class _Run:
    def __init__(self, problem, seconds, seed, progress, stop, start=()):
        self.start = start or problem.last
        self.problem, self.seconds, self.seed = problem, seconds, seed
        self.progress, self.stop, self.began = progress, stop, time.thread_time()
        self.a, self.rng = encode(problem), np.random.default_rng(seed)
        self.is_priced = len(self.a.able_choice) <= PROVEN
        a = self.a
        self.placed, self.top, self.engine = np.full((4, len(a.length)), search.OUT, np.int64), 0, "greedy"
        self.possible = search.possible(a)
        self.alike, like = bound.alike(a)
        self.lengths, self.dual = bound.begin(self.alike, like)
        self.bound, self.kept = float(self.dual.pace[2]), bound.prices_of(self.dual)
        self.step, self.share = certify.step_of(a), 0.0

    # the parts, in order ------------------------------------------------------------------------
    def greedy(self):
        """The document's greedy, in the order of the classes; and last week's as far as it goes, if that is better."""
        for before in (self._last(), None):
            state, total = search.empty(self.a), 0
            for c, start, room, person, worth in before or ():
                total += search.put_if_free(self.a, state, c, start, room, person, worth)
            total += search.greedy(self.a, state, self.possible, self.rng)
            self.keep(total, np.stack([state.start, state.room, state.person, state.worth]), "greedy")
        self.say(0.0)

    def improve(self):
        """Ruin and recreate, from warm to cold once."""
        n = len(self.possible)
        affordable = 0.7 * self.seconds * ROUNDS_A_SECOND / (1 + n / 2000)
        self._search(search.mixed(self.a, self.rng), min(affordable, ENOUGH * n), 0.7)

    def prove(self):
        """In turn: bring the bound down, ask for more by days, and look among what can still be better.

        Problems of too many choices for this are searched on instead.
        """
        cycles = max(2, int(2 * self.seconds))
        self.chances = bound.chances(self.a) if self.is_priced else None
        for cycle in range(cycles):
            share = 0.7 + 0.3 * (cycle + 1) / cycles
            if self.is_priced:
                self.price(PRICES, share)
                self.look_among(self.alive(), (1 + cycle) * 4 * CHUNK, share)
                if self.is_proven() or self._settle():
                    return
            else:
                self._search(search.mixed(self.a, self.rng), ROUNDS_A_SECOND, share, COLD)
            if self.is_proven():
                return

    def _settle(self):
        from studiolab.studio_operations.timetable import branch

        return branch.settle(self)

    # what they are made of ----------------------------------------------------------------------
    def _last(self):
        """(c, start, room, person, worth) of the placements to begin from that are among the choices."""
        a, unit = self.a, DAY_MINUTES // self.a.day
        names = [[r.class_id for r in self.problem.classes], [r.room_id for r in self.problem.rooms],
                 [r.instructor_id for r in self.problem.instructors]]  # fmt: skip
        index = [{name: k for k, name in enumerate(kind)} for kind in names]
        for p in self.start:
            if p.class_id in index[0] and p.room_id in index[1] and p.instructor_id in index[2]:
                c, start = index[0][p.class_id], WEEKDAYS.index(p.weekday) * a.day + p.start // unit
                worth = search.worth_of(a, c, start, index[1][p.room_id], index[2][p.instructor_id])
                if worth >= 0:
                    yield c, start, index[1][p.room_id], index[2][p.instructor_id], worth

    def _search(self, arrays, rounds, share, warmest=WARM):
        possible = search.possible(arrays)
        if not len(possible):
            return
        state, now = search.restore(arrays, self.placed)
        best, top, said = self.placed.copy(), self.top, self.share
        began, until, cooled, turns = self.used(), share * self.seconds, 0.0, max(1, round(rounds / CHUNK))
        for turn in range(1, turns + 1):
            late = (self.used() - began) / max(until - began, 1e-3)
            before, cooled = cooled, min(1.0, max(turn / turns, late))
            warm, cold = (SCALE * warmest * (COLD / warmest) ** x for x in (before, cooled))
            now, top = search.improve(arrays, state, now, best, top, possible, CHUNK, warm, cold, SIZE, self.rng)
            self.keep(top, best, "ruin and recreate")
            self.say(said + (share - said) * cooled)
            if self.is_proven() or cooled == 1.0:
                return

    def price(self, rounds, share):
        for _ in range(0, rounds, 10):
            bounds, row, worth, _ = self.chances
            value = bound.tighten(
                self.alike, self.lengths, row, worth, bounds, self.dual, self.kept, float(self.top), 10
            )
            self.bound = min(self.bound, value)
            self.say(share)
            if self.is_proven():
                return

    def look_among(self, alive, rounds, share):
        """Ruin and recreate among what can still be better, and what is there."""
        owner, start, person = self.choices
        here = (start == self.placed[0][owner]) & (person == self.placed[2][owner])
        self._search(search.mixed(self.a, self.rng, alive | here), rounds, share)

    @cached_property
    def choices(self):
        """(m,) class, start and instructor of each of `Arrays.able_choice`."""
        row = np.repeat(np.arange(len(self.a.slot_start)), np.diff(self.a.able))
        owner = self.lengths.c_of[row]
        return owner, self.a.slot_start[row], self.a.person_of[self.a.people[owner] + self.a.able_choice]

    def alive(self):
        """Starts and instructors that a better timetable may hold."""
        bounds, row, worth, place = self.chances
        goal = float(self.top + self.step)
        return bound.surviving(
            self.alike, self.lengths, row, worth, place, bounds, self.kept, self.dual.watched, self.dual.pace[2], goal
        )

    def keep(self, score, placed, engine):
        if score > self.top:
            self.top, self.placed, self.engine = score, placed.copy(), engine

    def used(self):
        return time.thread_time() - self.began

    def is_proven(self):
        return self.bound < self.top + self.step - 1e-3

    def say(self, share):
        self.share = share
        if self.progress is not None:
            must = MUST * int((self.a.placed >= MUST).sum())
            self.progress((self.top - must) / SCALE, (self.bound - must) / SCALE, share)
        if (self.stop is not None and self.stop()) or self.used() > self.seconds:
            raise _Enough

    def answer(self):
        a, unit, problem = self.a, DAY_MINUTES // self.a.day, self.problem
        must = a.placed >= MUST
        out = self.placed[0] == search.OUT
        kept = [
            Placement(one.class_id, WEEKDAYS[start // a.day], start % a.day * unit,
                      problem.rooms[room].room_id, problem.instructors[person].instructor_id)
            for one, start, room, person in zip(problem.classes, *self.placed[:3].tolist(), strict=True)
            if start != search.OUT
        ]  # fmt: skip
        missing, limit = int((must & out).sum()), self.bound - MUST * int(must.sum())
        score = (self.top - MUST * int((must & ~out).sum())) / SCALE
        bound_ = min(float(limit), float(self.bound - MUST * int((must & ~out).sum()))) / SCALE
        if missing:
            status = "infeasible" if self.is_proven() or limit < 0 else "out of time"
        else:
            status = "optimal" if self.is_proven() else "feasible"
        gone = tuple(one.class_id for one, is_out in zip(problem.classes, out, strict=True) if is_out)
        most = score if missing or status == "optimal" else max(score, bound_)
        return Timetable(tuple(kept), gone, status, score, most, self.engine)
