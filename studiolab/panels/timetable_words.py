"""A timetable in the owner's words: names for ids, days in full, points by rule, and how near the best a week is."""

import re
from collections import Counter

from studiolab import schema
from studiolab.panels import words
from studiolab.studio_calendar import clock
from studiolab.studio_operations.timetable.check import TERMS

DAYS = dict(zip(schema.WEEKDAYS, "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(), strict=True))
RULES = {
    "placed": "classes placed", "preferred": "preferred times", "beginner": "beginners at peak hours",
    "room_fit": "rooms well filled", "continuity": "instructors' classes in a row", "keep": "kept from last week",
    "attended": "for expected places", "revenue": "for expected revenue",
}  # fmt: skip
BY_DEMAND = ("attended", "revenue")
DOCUMENTS = tuple(term for term in TERMS if term not in BY_DEMAND)


def plain(question, sentence):
    """`sentence` of a Report or an explanation with names for ids and days in full."""
    names = called(question)
    written = {f"{one.name} ({one.class_id})": names[one.class_id] for one in question.classes}
    names |= {room.room_id: room.name for room in question.rooms}
    names |= {person.instructor_id: person.name for person in question.instructors}
    names |= written
    if there := sorted((re.escape(name) for name in names if name in sentence), key=len, reverse=True):
        ours = rf"(?:\b(?:[Rr]oom|[Ii]nstructor|[Cc]lass) )?(?<![\w-])({'|'.join(there)})(?![\w-])"
        sentence = re.sub(ours, lambda found: names[found[1]], sentence)
    return re.sub(rf"\b({'|'.join(DAYS)})\b", lambda day: DAYS[day[1]], sentence)


def called(question):
    """dict of class_id to a class's name; where several share it, with its place in force, or with its id."""
    was, shared = {p.class_id: p for p in question.last}, Counter(one.name for one in question.classes)

    def so_far(one):
        known = was.get(one.class_id)
        return f"so far {DAYS[known.weekday]} {clock(known.start)}" if known else one.class_id

    return {
        one.class_id: one.name if shared[one.name] == 1 else f"{one.name} ({so_far(one)})" for one in question.classes
    }


def place(question, placement):
    """Monday 18:00, Main room, with Ana Silva."""
    room = next((room.name for room in question.rooms if room.room_id == placement.room_id), placement.room_id)
    who = next((one.name for one in question.instructors if one.instructor_id == placement.instructor_id),
               placement.instructor_id)  # fmt: skip
    return f"{DAYS[placement.weekday]} {clock(placement.start)}, {room}, with {who}"


def points(value, signed=False):
    """Whole points; signed : with a plus before more."""
    whole = round(value)
    return f"{whole:{'+' if signed and whole else ''},}".replace("-", "−")


def gap(score, bound, proven, by_demand):
    """How far a week of `score` is from what no week can exceed.

    bound : None where nobody asked yet; by_demand : whether it is counted with demand, which another week changes
    """
    if bound is None:
        return "“Propose” tells how much more is possible"
    if proven:
        return "proven best by today's demand" if by_demand else "proven: no week scores more"
    share = 0.0 if bound <= 0 else max(0.0, 1 - score / bound)
    best = "the best by today's demand" if by_demand else "the best there can be"
    return f"at most {words.percent(share)} below {best}" if share >= 5e-4 else f"as good as {best}"


def worth(before, now, by_demand):
    """What a week is worth and how much more that is than before; before, now : Report."""
    told = f"{points(now.score)} points ({points(now.score - before.score, signed=True)})"
    if not by_demand:
        return told
    return f"{points(now.places)} expected places ({points(now.places - before.places, signed=True)}) and {told}"


def changed(question, before, now):
    """What moved between two weeks, a sentence each.

    before, now : tuples of Placement; a class of only one of them came or went
    """
    names = {one.class_id: one.name for one in question.classes}
    old, new = ({placement.class_id: placement for placement in week} for week in (before, now))
    told = []
    for class_id in sorted(old | new, key=lambda c: (names.get(c, c), c)):
        name, was, will = names.get(class_id, class_id), old.get(class_id), new.get(class_id)
        if was is None:
            told.append(f"{name} is new: {place(question, will)}.")
        elif will is None:
            told.append(f"{name} is gone; it was {place(question, was)}.")
        elif was != will:
            told.append(f"{name}, {DAYS[was.weekday]} {clock(was.start)}: {_difference(question, was, will)}.")
    return told


def _difference(question, was, will):
    rooms = {room.room_id: room.name for room in question.rooms}
    people = {one.instructor_id: one.name for one in question.instructors}
    parts = []
    if (was.weekday, was.start) != (will.weekday, will.start):
        parts.append(f"now {DAYS[will.weekday]} {clock(will.start)}")
    if was.room_id != will.room_id:
        parts.append(f"in {rooms.get(will.room_id, will.room_id)}")
    if was.instructor_id != will.instructor_id:
        parts.append(f"with {people.get(will.instructor_id, will.instructor_id)}")
    return ", ".join(parts)
