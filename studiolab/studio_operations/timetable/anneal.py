"""Simulated annealing for university courses: from one feasible timetable to the next, better ones more often.

A lecture goes to another period or room, and what is in its way comes to where it was; what would break a hard rule is
not done, so that every timetable on the way is feasible. Most moves keep a lecture's room or take one its course has.
Source: Bellio, Ceschia, Di Gaspero, Schaerf & Urli 2016, "Feature-based tuning of simulated annealing applied to the
curriculum-based course timetabling problem", Computers & Operations Research 65; a start by ejection as in Muller 2009.
"""

from typing import NamedTuple

import numpy as np

from studiolab.studio_operations.timetable.courses import ISOLATED, TOO_FEW_DAYS, Lecture
from studiolab.studio_operations.timetable.moves import SHUT, settle, walk

HOT, COLD = 1.5, 0.15  # points; below, nothing gets better any more; from half as hot, it ends much worse
CHUNK = 50_000  # moves between two looks at the budget
IMPROBABLE = 25  # times the temperature: exp(-25) is never
LONGEST_DAY = 16  # periods; isolated lectures are looked up by the bits of a day


class Week(NamedTuple):
    """A problem in numbers: lectures, courses, periods of the week, rooms and curricula by index.

    course : (lectures,); first : (courses + 1,) each one's first lecture; min_days : (courses,)
    excess : (courses, rooms) students without a seat
    rivals, curricula : (courses, 1 + most) how many courses it must be kept apart from, itself too, and which; and the
        curricula it is in
    day, bit : (periods,) its day, and its bit among the bits of a day; alone : (2 ** periods a day,) their points
    """

    course: np.ndarray
    first: np.ndarray
    min_days: np.ndarray
    excess: np.ndarray
    rivals: np.ndarray
    curricula: np.ndarray
    day: np.ndarray
    bit: np.ndarray
    alone: np.ndarray


class State(NamedTuple):
    """A timetable and its counts, kept up with every move; -1 is no period, room or lecture.

    period, room : (lectures,); held : (periods, rooms) lecture
    near : (courses, periods) ONE for each lecture that the course must be kept apart from, its own too, and their
        indices, added up: so the index itself where there is one; SHUT where the course cannot be held
    bits : (curricula, days) periods taken; on : (courses, days + 1) lectures, last the number of days with any
    uses : (courses, rooms) lectures
    """

    period: np.ndarray
    room: np.ndarray
    held: np.ndarray
    near: np.ndarray
    bits: np.ndarray
    on: np.ndarray
    uses: np.ndarray


def solve(problem, seconds=None, moves=None, seed=0, clock=None, progress=None):
    """The best timetable found within a budget, which the cooling is fitted to.

    problem : courses.Problem; seconds : budget by `clock`, a callable that gives seconds; or moves : budget in moves
    tried, by which a seed gives the same answer everywhere; seed : int
    progress : told the points of the best so far every CHUNK moves; the search ends where it answers true
    Returns tuple of Lectures, feasible. Raises TimeoutError if the budget ends before any feasible timetable is found,
    which does not say there is none; ValueError for a budget that is none, or too many periods a day.
    """
    budget = moves if seconds is None else seconds
    if (seconds is None) == (moves is None) or (seconds is None) != (clock is None) or budget <= 0:
        raise ValueError(f"budget: got seconds {seconds}, moves {moves}; expected moves, or seconds and a clock")
    search, spent, began = Search(problem, seed), 0, clock and clock()
    while spent < budget:
        search.run(HOT * (COLD / HOT) ** (spent / budget), CHUNK if clock else min(CHUNK, moves - spent))
        if not search.waiting and (search.best == 0 or (progress and progress(search.best))):
            break
        spent = clock() - began if clock else search.moves
    return search.timetable()


class Search:
    """One walk through timetables.

    waiting : lectures without a place yet; points, best : of the timetable now and of the best so far, None till then
    """

    def __init__(self, problem, seed):
        self.problem, self.week = problem, _week(problem)
        self.state, self.rng, self.moves = _empty(self.week, problem), np.random.default_rng(seed), 0
        self._queue = np.arange(len(self.week.course), dtype=np.int32)
        self._patience = np.ones(len(self.week.min_days))
        self.waiting, self.points, self.best, self._kept = len(self._queue), None, None, None

    def run(self, temperature, moves):
        """Try so many moves; while lectures wait, find them places instead."""
        self.moves += moves
        if self.waiting:
            self.waiting = settle(self.rng, self._queue, self.waiting, self._patience, moves, *self.week, *self.state)
            if self.waiting == 0:
                self.points = self.best = _points(self.week, self.state)
                self._kept = self.state.period.copy(), self.state.room.copy()
            return
        chance = np.exp(-np.arange(1 + int(IMPROBABLE * temperature)) / temperature)
        self.points, self.best = walk(
            self.rng, chance, moves, self.points, self.best, *self._kept, *self.week, *self.state
        )

    def timetable(self, best=True):
        """The best so far, or where the walk is now; tuple of Lectures. Raises TimeoutError while lectures wait."""
        if self.waiting:
            raise TimeoutError(
                f"{self.problem.name}: {self.waiting} of {len(self.week.course)} lectures without a place when the "
                f"budget ended, after {self.moves} moves; give it more, or loosen a rule"
            )
        names = [course.name for course in self.problem.courses]
        places = zip(self.week.course, *(self._kept if best else (self.state.period, self.state.room)), strict=True)
        return tuple(Lecture(names[course], *divmod(int(period), self.problem.periods), self.problem.rooms[room].name)
                     for course, period, room in places)  # fmt: skip


# numbers ------------------------------------------------------------------------------------------
def _week(problem):
    if problem.periods > LONGEST_DAY:
        raise ValueError(f"{problem.name}: got {problem.periods} periods a day; expected at most {LONGEST_DAY}")
    courses, index = problem.courses, {course.name: i for i, course in enumerate(problem.courses)}
    member = np.zeros((len(problem.curricula), len(courses)), np.int32)
    for curriculum, own in zip(member, problem.curricula.values(), strict=True):
        curriculum[[index[name] for name in own]] = 1
    teacher = np.array([course.teacher for course in courses])
    lectures = [course.lectures for course in courses]
    seats = np.array([room.capacity for room in problem.rooms])
    bits, slots = np.arange(2**problem.periods), np.arange(problem.days * problem.periods)
    alone = bits & ~(bits << 1) & ~(bits >> 1)
    return Week(
        course=_int(np.repeat(np.arange(len(courses)), lectures)), first=_int(np.cumsum([0, *lectures])),
        min_days=_int([course.min_days for course in courses]),
        excess=_int(np.maximum(0, [course.students - seats for course in courses])),
        rivals=_lists((member.T @ member > 0) | (teacher[:, None] == teacher)), curricula=_lists(member.T > 0),
        day=_int(slots // problem.periods), bit=_int(1 << slots % problem.periods),
        alone=_int([ISOLATED * int(own).bit_count() for own in alone]),
    )  # fmt: skip


def _int(values):
    return np.asarray(values, dtype=np.int32)


def _lists(matrix):
    """How many columns are true in each row, then which; filled up."""
    count = matrix.sum(axis=1)
    lists = np.zeros((len(matrix), count.max() + 1), np.int32)
    lists[:, 0] = count
    for row, own in zip(lists, matrix, strict=True):
        row[1 : 1 + own.sum()] = np.flatnonzero(own)
    return lists


def _empty(week, problem):
    """The State without a lecture in it."""
    lectures, courses, slots, rooms = len(week.course), len(week.min_days), len(week.day), len(problem.rooms)
    near = np.zeros((courses, slots), np.int64)
    index = {course.name: i for i, course in enumerate(problem.courses)}
    for name, day, period in problem.unavailable:
        near[index[name], day * problem.periods + period] = SHUT
    zeros = (_int(np.zeros(shape)) for shape in
             ((len(problem.curricula), problem.days), (courses, problem.days + 1), (courses, rooms)))  # fmt: skip
    none = (_int(np.full(shape, -1)) for shape in (lectures, lectures, (slots, rooms)))
    return State(*none, near, *zeros)


def _points(week, state):
    """Points of a full timetable."""
    missing = np.maximum(week.min_days - state.on[:, -1], 0).sum()
    further = (state.uses > 0).sum(axis=1) - 1
    return int(week.excess[week.course, state.room].sum() + TOO_FEW_DAYS * missing
               + week.alone[state.bits].sum() + further.sum())  # fmt: skip
