"""Why a class is not in a timetable: what is in its way, the fewest classes that cannot all be held with it, and the
cheapest changes that would place it."""

from typing import NamedTuple

from studiolab.studio_operations.timetable import reasons
from studiolab.studio_operations.timetable.changes import Change
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.feasible import MOST, Conflict, Oracle
from studiolab.studio_operations.timetable.left import alone, left, standing
from studiolab.studio_operations.timetable.seek import PRICES, Seeker


class Explanation(NamedTuple):
    """Why one class is not placed.

    class_id; reason : one of the words of `reasons`; sentence : for people
    blockers : tuple, ids of placed classes that take what it could have
    conflict : Conflict, the fewest classes that cannot all be held with it; without classes where all can, or where
        time ran out before anything was certain
    proven : reason and conflict are certain; changes : tuple of Change, cheapest first
    """

    class_id: str
    reason: str
    sentence: str
    blockers: tuple
    conflict: Conflict
    proven: bool
    changes: tuple


def explain(problem, timetable, class_ids=None, seconds=2.0, prices=PRICES):
    """Tuple of `Explanation`, one for each class that `timetable` leaves out, in the order of the problem.

    timetable : Timetable whose placements break no rule; class_ids : those asked about, None for all left out
    seconds : of the solver, for each class at most; prices : Prices of changes
    Raises ValueError where a class asked about is placed or not known, or where the placements break a rule.
    """
    placed = {p.class_id for p in timetable.placements}
    out = [one.class_id for one in problem.classes if one.class_id not in placed]
    wrong = sorted(set(class_ids or ()) - set(out))
    if wrong:
        raise ValueError(f"class {wrong[0]} is placed or not known; expected some of the {len(out)} that are left out")
    broken = [what for what in check(problem, timetable).violations if set(what.class_ids) & placed]
    if broken:
        raise ValueError(f"{broken[0].sentence} Expected a timetable whose placements break no rule: solve first")
    return tuple(_explain(problem, timetable, name, seconds, prices) for name in class_ids or out)


def infeasible(problem, timetable, seconds=10.0):
    """`Conflict` among the classes that have to be placed, of a Timetable of status "infeasible".

    Those are all classes with `place_all`, else the pinned ones; seconds : of the solver, at most
    Without classes where all can be held, or where nothing is certain.
    """
    pinned = {pin.class_id for pin in problem.pins}
    must = [one.class_id for one in problem.classes if problem.place_all or one.class_id in pinned]
    placed = {p.class_id for p in timetable.placements}
    oracle, held = Oracle(problem, seconds), [name for name in must if name in placed]
    for name in (name for name in must if name not in placed):
        conflict, _ = _conflict(oracle, problem, timetable.placements, name, held)
        if conflict.class_ids:
            return conflict
    return _grown(oracle, (), must)[0]


def _explain(problem, timetable, class_id, seconds, prices):
    question = alone(problem, class_id)
    seeker = Seeker(problem, tuple(timetable.placements), class_id, prices)
    choice = left(question, seeker.others)
    reason = reasons.by_itself(question, choice) or reasons.beside(choice)
    taken, conflict, arranged, proven = (), Conflict((class_id,), (), True), None, True
    if reason == reasons.PINNED:
        conflict = Conflict((class_id,), (class_id,), True)
    elif reason == reasons.FREE:
        conflict = Conflict((), (), True)
    elif choice.able.any() and len(choice.rooms):
        taken = reasons.blockers(choice, reason, seeker.others, question)
        placed = [p.class_id for p in timetable.placements]
        conflict, arranged = _conflict(Oracle(problem, seconds), problem, timetable.placements, class_id, placed)
        proven = conflict.proven
    changes = seeker.cheapest()
    change = seeker.verified(_rearranged(seeker, timetable, arranged, prices)) if arranged else None
    if change is not None:
        reason = reasons.COSTS if change.gain <= 0 else reasons.MOVES
        proven = timetable.status == "optimal" and reason == reasons.COSTS
        changes = sorted([*changes, change], key=lambda change: change.price)
    said = reasons.sentence(problem, question, choice, reason, taken, conflict, change.gain if change else 0.0)
    return Explanation(class_id, reason, said, taken, conflict, proven, tuple(changes))


def _conflict(oracle, problem, placements, class_id, others):
    """The Conflict of a class with some of `others`; where there is none, the placements that hold them all."""
    wanted = set(others)
    kept = [p for p in placements if p.class_id in wanted]
    return _grown(oracle, _circles(problem, kept, class_id), [class_id, *others], kept)


def _circles(problem, kept, class_id):
    """Ever larger sets of classes that compete with one: for its instructors, then for rooms too."""
    for reason in (reasons.INSTRUCTORS, reasons.APART):
        reached, near = {class_id}, [class_id]
        while near:
            found = set()
            for name in near:
                others, question = standing(problem, [p for p in kept if p.class_id != name]), alone(problem, name)
                found |= set(reasons.blockers(left(question, others), reason, others, question))
            near = sorted(found - reached)
            reached |= found
            if len(reached) > MOST:
                break
            yield sorted(reached)


def _grown(oracle, circles, everyone, near=()):
    """The Conflict in the first of `circles`, or in `everyone`, that cannot all be placed; where these can, how."""
    asked, too_many = [], MOST + 1
    for circle in circles:
        if circle in asked or len(circle) >= too_many:
            continue
        can, _ = oracle.arranged(circle, near)
        if can is False:
            return oracle.minimal(circle, near), None
        too_many = len(circle) if can is None else too_many  # more of them would take longer still
        asked.append(circle)
    can, arranged = oracle.arranged(everyone, near) if len(everyone) < too_many else (None, None)
    if can is False:
        return oracle.minimal(everyone, near), None
    if can:
        arranged = oracle.arranged(everyone, near, fewest=True)[1] or arranged
    return Conflict((), (), bool(can)), arranged or None


def _rearranged(seeker, timetable, arranged, prices):
    """The Change to placements that hold all classes."""
    stood = set(timetable.placements)
    own = next(p for p in arranged if p.class_id == seeker.class_id)
    moved = tuple(p for p in arranged if p not in stood and p != own)
    called = reasons.names(seeker.problem)
    who = reasons.listed([called[p.class_id] for p in moved])
    said = f"{len(moved)} classes would have to move ({who}); then it fits {seeker.where(own)}."
    return Change("rearrange", said, prices.move * len(moved), 0.0, (), (own, *moved))
