"""Why a class is not in a timetable: what is in its way, the fewest classes that cannot all be held with it, and the
cheapest changes that would place it."""

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from studiolab.studio_operations.timetable.changes import Change
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.feasible import MOST, Conflict, Oracle
from studiolab.studio_operations.timetable.left import alone, left, standing
from studiolab.studio_operations.timetable.seek import PRICES, Seeker

NO_INSTRUCTOR = "no instructor teaches it"
NO_ROOM = "no room suits it"
SHORT = "windows too short"
PINNED = "pin impossible"
FREE = "there is a free place"
INSTRUCTORS = "instructors full"
ROOMS = "rooms full"
SITE = "site at its limit"
FAR = "no time to travel"
APART = "never free together"
COSTS = "would cost more than it brings"
MOVES = "others have to move"
NAMED = 6  # classes or people named in a sentence


class Explanation(NamedTuple):
    """Why one class is not placed.

    class_id; reason : one of this module's words; sentence : for people
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
    oracle = Oracle(problem, seconds)
    for name in (name for name in must if name not in placed):
        conflict = _conflict(oracle, problem, timetable.placements, name, [other for other in must if other in placed])[
            0
        ]
        if conflict.class_ids:
            return conflict
    conflict, _ = _grown(oracle, [must])
    return conflict


def _explain(problem, timetable, class_id, seconds, prices):
    question = alone(problem, class_id)
    seeker = Seeker(problem, tuple(timetable.placements), class_id, prices)
    choice = left(question, seeker.others)
    reason = _by_itself(question, choice) or _beside(choice)
    blockers, conflict, arranged, proven = (), Conflict((class_id,), (), True), None, True
    if reason == PINNED:
        conflict = Conflict((class_id,), (class_id,), True)
    elif reason == FREE:
        conflict = Conflict((), (), True)
    elif choice.able.any() and len(choice.rooms):
        blockers = _blockers(choice, reason, seeker.others, question)
        placed = [p.class_id for p in timetable.placements]
        conflict, arranged = _conflict(Oracle(problem, seconds), problem, timetable.placements, class_id, placed)
        proven = conflict.proven
    changes = seeker.cheapest()
    change = seeker.verified(_rearranged(seeker, timetable, arranged, prices)) if arranged else None
    if change is not None:
        reason = COSTS if change.gain <= 0 else MOVES
        proven = timetable.status == "optimal" and reason == COSTS
        changes = sorted([*changes, change], key=lambda change: change.price)
    sentence = _sentence(problem, question, choice, reason, blockers, conflict)
    return Explanation(class_id, reason, sentence, blockers, conflict, proven, tuple(changes))


def _by_itself(question, choice):
    """The reason where not even an empty week has a place for the class; None where it has."""
    if not choice.people:
        return NO_INSTRUCTOR
    if not choice.rooms:
        return NO_ROOM
    if choice.able.any():
        return None
    loose = replace(question, pins=())
    return PINNED if question.pins and left(loose, standing(question, ())).able.any() else SHORT


def _beside(choice):
    """The reason that the classes beside it give."""
    teachable = (choice.able & choice.idle).any(axis=1)
    if choice.free.any():
        return FREE
    if not teachable.any():
        return INSTRUCTORS
    able = choice.able.any(axis=1)
    if not choice.empty[able].any():
        return ROOMS
    if not (choice.empty & choice.below)[able].any():
        return SITE
    both = (choice.able & choice.idle)[:, None, :] & (choice.empty & choice.below)[:, :, None]
    return FAR if both.any() else APART


def _blockers(choice, reason, others, question):
    """Ids of the classes that take the instructors, or the rooms, or both, in order of time."""
    starts = choice.starts[choice.able.any(axis=1)][:, None]
    gap = np.maximum(others.start - starts - choice.minutes, starts - others.end)
    people = np.isin(others.instructor_id, [person.instructor_id for person in choice.people])
    rooms = np.isin(others.room_id, [room.room_id for room in choice.rooms])
    teaching = people & (gap < (question.travel if reason == FAR else 0)).any(axis=0)
    holding = rooms & (gap < question.changeover).any(axis=0)
    site = np.isin(others.site, [room.site for room in choice.rooms]) & (gap < 0).any(axis=0)
    taken = {INSTRUCTORS: teaching, FAR: teaching, ROOMS: holding, SITE: site}.get(reason, teaching | holding)
    return tuple(others.class_id[taken][np.argsort(others.start[taken], kind="stable")].tolist())


def _conflict(oracle, problem, placements, class_id, others):
    """The Conflict of a class with some of `others`; where there is none, the placements that hold them all."""
    wanted, reached, near, circles = set(others), {class_id}, [class_id], []
    kept = [p for p in placements if p.class_id in wanted]
    while near and len(reached) <= MOST:
        found = set()
        for name in near:
            beside, question = standing(problem, [p for p in kept if p.class_id != name]), alone(problem, name)
            found |= set(_blockers(left(question, beside), APART, beside, question))
        near = sorted(found - reached)
        reached |= found
        circles.append(sorted(reached))
    return _grown(oracle, [*circles, [class_id, *others]], kept)


def _grown(oracle, circles, near=()):
    """The Conflict in the first of ever larger sets that cannot all be placed; the placements where the last can."""
    asked, can, arranged = 0, None, ()
    for names in circles:
        if len(names) > MOST:
            return Conflict((), (), False), None
        if len(names) > asked:
            asked, (can, arranged) = len(names), oracle.arranged(names, near)
        if can is False:
            return oracle.minimal(names, near), None
    if can:
        arranged = oracle.arranged(circles[-1], near, fewest=True)[1] or arranged
    return Conflict((), (), bool(can)), arranged or None


def _rearranged(seeker, timetable, arranged, prices):
    """The Change to placements that hold all classes."""
    stood = set(timetable.placements)
    own = next(p for p in arranged if p.class_id == seeker.class_id)
    moved = tuple(p for p in arranged if p not in stood and p != own)
    called = names(seeker.problem)
    who = _listed([called[p.class_id] for p in moved])
    said = f"{len(moved)} classes would have to move ({who}); then it fits {seeker.where(own)}."
    return Change("rearrange", said, prices.move * len(moved), 0.0, (), (own, *moved))


def _sentence(problem, question, choice, reason, blockers, conflict):
    one, called = question.classes[0], names(problem)
    blockers, together = ([called[name] for name in ids] for ids in (blockers, conflict.class_ids))
    teachers = _listed([person.name for person in choice.people])
    rooms = _listed([room.name for room in choice.rooms])
    said = {
        NO_INSTRUCTOR: f"no instructor teaches {one.style}",
        NO_ROOM: _no_room(problem, one),
        SHORT: f"nobody who teaches {one.style} ({teachers}) is available for {one.minutes} minutes on end within the "
        "opening hours",
        PINNED: f"its pin leaves no time at which the studio is open and {teachers} available",
        FREE: "there is a free place for it that the search has not come to",
        INSTRUCTORS: f"everybody who teaches {one.style} ({teachers}) has other classes whenever they could hold it: "
        f"{_listed(blockers)}",
        ROOMS: f"every room that suits it ({rooms}) has other classes whenever it could be taught: {_listed(blockers)}",
        SITE: f"where it could be taught and a room is empty, {problem.most_at_once} classes run already: "
        f"{_listed(blockers)}",
        FAR: f"{teachers} are free beside a free room, but less than {problem.travel} minutes from a class in "
        "another site",
        APART: f"whenever one of {teachers} is free, none of {rooms} is: {_listed(blockers)}",
        COSTS: "there is a week that holds it beside all others, but that week scores less",
        MOVES: "there is a better week that holds it, with other classes elsewhere",
    }[reason]
    sentence = f"{called[one.class_id]} is not placed: {said}."
    if len(conflict.class_ids) > 1:
        pins = f", as {_listed([called[name] for name in conflict.pins])} are pinned" if conflict.pins else ""
        sentence += f" {_listed(together, 12)} cannot all be held{pins}"
        sentence += "; any one less, and the rest can." if conflict.proven else "; perhaps fewer than these cannot."
    return sentence


def names(problem):
    """Names of classes by id, with the id where a name is there twice."""
    count = Counter(one.name for one in problem.classes)
    return {c.class_id: c.name if count[c.name] == 1 else f"{c.name} ({c.class_id})" for c in problem.classes}


def _no_room(problem, one):
    here = [room for room in problem.rooms if one.site in (None, room.site)]
    most = max(room.capacity for room in here)
    if most < one.max_capacity:
        return f"no room is large enough for {one.max_capacity} people; the largest it may use holds {most}"
    if not any(one.features <= room.features for room in here):
        return f"no room has {', '.join(sorted(one.features))}"
    return f"no room with {', '.join(sorted(one.features))} is large enough for {one.max_capacity} people"


def _listed(names, most=NAMED):
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
