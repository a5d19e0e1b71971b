"""What stands in the way of a class, in one of a few words and in a sentence."""

from collections import Counter
from dataclasses import replace

import numpy as np

from studiolab.studio_operations.timetable.left import left, standing

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


def by_itself(question, choice):
    """The reason where not even an empty week has a place for the class; None where it has."""
    if not choice.people:
        return NO_INSTRUCTOR
    if not choice.rooms:
        return NO_ROOM
    if choice.able.any():
        return None
    loose = replace(question, pins=())
    return PINNED if question.pins and left(loose, standing(question, ())).able.any() else SHORT


def beside(choice):
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


def blockers(choice, reason, others, question):
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


def sentence(problem, question, choice, reason, blockers, conflict, gain):
    """Why a class is left out.

    question, choice : `alone` and `left` of it; blockers : class ids; conflict : Conflict; gain : points of the week
        that was found to hold it beside all others, less those of the week as it stands; 0 where none was found
    """
    one, called = question.classes[0], names(problem)
    taken, together = ([called[name] for name in ids] for ids in (blockers, conflict.class_ids))
    teachers = listed([person.name for person in choice.people])
    rooms = listed([room.name for room in choice.rooms])
    said = {
        NO_INSTRUCTOR: f"no instructor teaches {one.style}",
        NO_ROOM: _no_room(problem, one),
        SHORT: f"nobody who teaches {one.style} ({teachers}) is available for {one.minutes} minutes on end within the "
        "opening hours",
        PINNED: f"its pin leaves no time at which the studio is open and {teachers} available",
        FREE: "there is a free place for it that the search has not come to",
        INSTRUCTORS: f"everybody who teaches {one.style} ({teachers}) has other classes whenever they could hold it: "
        f"{listed(taken)}",
        ROOMS: f"every room that suits it ({rooms}) has other classes whenever it could be taught: {listed(taken)}",
        SITE: f"where it could be taught and a room is empty, {problem.most_at_once} classes run already: "
        f"{listed(taken)}",
        FAR: f"{teachers} are free beside a free room, but less than {problem.travel} minutes from a class in "
        "another site",
        APART: f"whenever one of {teachers} is free, none of {rooms} is: {listed(taken)}",
        COSTS: f"the week found that holds it beside all others scores {abs(gain):.0f} points less",
        MOVES: f"a week that holds it, with other classes elsewhere, scores {gain:.0f} points more",
    }[reason]
    whole = f"{called[one.class_id]} is not placed: {said}."
    if len(conflict.class_ids) > 1:
        pins = f", as {listed([called[name] for name in conflict.pins])} are pinned" if conflict.pins else ""
        whole += f" {listed(together, 12)} cannot all be held{pins}"
        whole += "; any one less, and the rest can." if conflict.proven else "; perhaps fewer than these cannot."
    elif not (conflict.proven or gain):
        whole += " Whether others could make room by moving was not settled in the time given."
    return whole


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


def listed(names, most=NAMED):
    """Names in a row, `most` of them and how many more."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
