"""Where a new class would fit best beside a standing timetable: places that differ, what each brings, and why."""

from dataclasses import replace
from typing import NamedTuple

from studiolab.studio_calendar import DAY_MINUTES, clock
from studiolab.studio_operations.timetable.check import TERMS, check
from studiolab.studio_operations.timetable.explain import Explanation, explain
from studiolab.studio_operations.timetable.left import alone, left, standing
from studiolab.studio_operations.timetable.problem import Placement, Timetable

APART = 120  # minutes between two suggestions of one day


class Suggestion(NamedTuple):
    """placement; points : dict of the terms of `check`, of the whole week after less before; expected : attended places
    where demand is known, else None; sentence : why there, for people."""

    placement: Placement
    points: dict
    expected: float | None
    sentence: str

    @property
    def score(self):
        """Points of all terms."""
        return sum(self.points.values())


class Suggestions(NamedTuple):
    """found : tuple of Suggestion, best first; why_not : Explanation where there is none, else None."""

    found: tuple
    why_not: Explanation | None


def suggest(problem, timetable, new_class, most=5, seconds=2.0):
    """`Suggestions` for a class beside the placements of a Timetable, none of which moves.

    new_class : StudioClass, of the problem or not yet; where the timetable has it, other places are suggested
    most : suggestions at most, 1 or more; two of one day lie two hours apart; of equal ones, those on other days and at
        other hours come first
    seconds : of the solver, for the explanation where there is no place
    Raises BadProblem where the class cannot be, ValueError where `most` is below 1.
    """
    if most < 1:
        raise ValueError(f"{most} suggestions; expected 1 or more")
    others = tuple(one for one in problem.classes if one.class_id != new_class.class_id)
    problem = replace(problem, classes=(*others, new_class), place_all=False)
    stays = tuple(p for p in timetable.placements if p.class_id != new_class.class_id)
    choice = left(alone(problem, new_class.class_id), standing(problem, stays))
    found = [_suggestion(problem, stays, new_class, at) for at in _spread(_best_of_each_start(choice), most)]
    if found:
        return Suggestions(tuple(sorted(found, key=lambda one: -one.score)), None)
    without = Timetable(stays, (new_class.class_id,), "feasible", 0.0, 0.0, timetable.engine)
    return Suggestions((), explain(problem, without, (new_class.class_id,), seconds)[0])


def _best_of_each_start(choice):
    """(points, minute of the week, Placement) of the best room and instructor at each start that has one."""
    for k, free in enumerate(choice.free):
        if free.any():
            worth = choice.worth[k].copy()
            worth[~free] = -1.0
            r, p = divmod(int(worth.argmax()), worth.shape[1])
            yield float(worth[r, p]), int(choice.starts[k]), choice.placement(k, r, p)


def _spread(places, most):
    """Up to `most` placements, each the one of most points among those APART from what is taken."""
    left_over, taken = list(places), []
    while left_over and len(taken) < most:
        days = [start // DAY_MINUTES for start in taken]
        hours = [start % DAY_MINUTES // 60 for start in taken]

        def rank(place, days=days, hours=hours):
            worth, start, _ = place
            return -worth, days.count(start // DAY_MINUTES), hours.count(start % DAY_MINUTES // 60), start

        _, start, placement = min(left_over, key=rank)
        taken.append(start)
        left_over = [place for place in left_over if abs(place[1] - start) >= APART]
        yield placement


def _suggestion(problem, stays, one, at):
    before, after = check(problem, stays), check(problem, (*stays, at))
    points = {term: float(after.points[term].sum() - before.points[term].sum()) for term in TERMS}
    expected = None if problem.demand is None else after.places - before.places
    return Suggestion(at, points, expected, _reason(problem, stays, one, at, points, expected))


def _reason(problem, stays, one, at, points, expected):
    room = next(room for room in problem.rooms if room.room_id == at.room_id)
    person = next(person for person in problem.instructors if person.instructor_id == at.instructor_id)
    taught = sum((p.instructor_id, p.weekday) == (at.instructor_id, at.weekday) for p in stays)
    said = [f"{person.name} and {room.name} are free"]
    if points["preferred"]:
        said.append("it lies within a preferred window")
    if points["beginner"]:
        said.append("beginners come at peak hours")
    if points["room_fit"]:
        said.append(f"{one.max_capacity} of the room's {room.capacity} places are used")
    if points["continuity"]:
        said.append(f"{person.name} teaches {taught} other class{'es' if taught > 1 else ''} that day")
    if points["keep"]:
        said.append("it keeps last week's place")
    if expected is not None:
        said.append(f"{expected:.1f} places attended are expected")
        if expected < one.min_capacity:
            said.append(f"which is below the {one.min_capacity} it takes to be held")
    return f"{at.weekday} {clock(at.start)}: " + ", ".join(said) + "."
