"""A timetable as `WeekGrid` draws it: days, a lane for each room in use, a block for each class."""

from collections import Counter

from studiolab import schema
from studiolab.panels.palette import COLOURS, MUTED
from studiolab.panels.timetable_words import DAYS
from studiolab.studio_calendar import clock

EARLIEST, LATEST = 9 * 60, 18 * 60  # shown at least, where no hours are known


def drawn(question, placements, red=(), pinned=(), before=()):
    """JSON of the week for `WeekGrid.week`.

    placements, before : tuples of Placement, the week and last week's; red, pinned : sets of class ids
    """
    classes = {one.class_id: one for one in question.classes}
    known = [p for p in placements if p.class_id in classes]
    first, last = _hours(question, known, classes)
    hues, was, expected = colours(question), {p.class_id: p for p in before}, _expected(question)
    days = []
    for day in schema.WEEKDAYS:
        held = [p for p in known if p.weekday == day]
        rooms = [room for room in question.rooms if any(p.room_id == room.room_id for p in held)]
        at, widths = _sides(held, rooms, classes)
        blocks = [
            _block(classes[p.class_id], p, question, expected) | {
                "left": at[p][0], "width": at[p][1], "colour": hues[classes[p.class_id].style],
                "red": p.class_id in red, "pinned": p.class_id in pinned,
                "moved": p.class_id in was and was[p.class_id][1:] != p[1:],
            }
            for p in sorted(held, key=lambda p: (p.start, p.room_id)) if p in at
        ]  # fmt: skip
        lanes = [{"name": room.name, "width": width} for room, width in zip(rooms, widths, strict=True)]
        days.append({"key": day, "name": DAYS[day], "lanes": lanes, "open": _open(question, day, first, last),
                     "blocks": blocks})  # fmt: skip
    return {"first": first, "last": last, "days": days, "folds": _folds(known, classes, first, last)}


def colours(question):
    """Colour of each style, the most frequent first; grey for those that find none left."""
    often = Counter(one.style for one in question.classes)
    order = sorted(often, key=lambda style: (-often[style], style))
    return dict(zip(order, COLOURS + [MUTED] * len(order), strict=False))


def _sides(held, rooms, classes):
    """Where blocks stand in the day's column: a lane a room, wide enough for the classes it holds at once.

    Returns dict of Placement to (left, width), shares of the column, and the width of each room's lane in blocks.
    """
    spots, widths = [], []
    for room in rooms:
        own = sorted((p for p in held if p.room_id == room.room_id), key=lambda p: p.start)
        until = {p: p.start + classes[p.class_id].minutes for p in own}
        ends, before = [], sum(widths)
        for p in own:
            k = next((k for k, end in enumerate(ends) if end <= p.start), len(ends))
            ends[k : k + 1] = [until[p]]
            spots.append((p, before, k, any(q != p and q.start < until[p] and p.start < until[q] for q in own)))
        widths.append(len(ends))
    total = sum(widths)
    wide = dict(zip([sum(widths[:k]) for k in range(len(widths))], widths, strict=True))
    at = {p: ((before + k * meets) / total, (1 if meets else wide[before]) / total) for p, before, k, meets in spots}
    return at, widths


def _folds(placements, classes, first, last):
    """[start, end] of the parts of the day, whole hours and two at least, in which no day has a class."""
    spans = ((p.start, p.start + classes[p.class_id].minutes) for p in placements)
    taken = {hour for start, end in spans for hour in range(start // 60, -(-end // 60))}
    folds = []
    for hour in range(first // 60, last // 60) if taken else ():
        if hour in taken:
            continue
        if folds and folds[-1][1] == hour * 60:
            folds[-1][1] += 60
        else:
            folds.append([hour * 60, hour * 60 + 60])
    return [fold for fold in folds if fold[1] - fold[0] >= 120]


def _block(one, placement, question, expected):
    people = {person.instructor_id: person.name for person in question.instructors}
    places = expected.get((placement.class_id, placement.weekday, placement.start // 60))
    begins = clock(placement.start)
    full = "" if places is None else f"{places:.0f}/{one.max_capacity}"
    ends = clock(placement.start + one.minutes)
    who = people.get(placement.instructor_id, placement.instructor_id)
    room = next(room.name for room in question.rooms if room.room_id == placement.room_id)
    said = f"{one.name}, {DAYS[placement.weekday]} {begins} to {ends}, {room}, with {who}"
    if places is not None:
        said += f"; {places:.0f} of {one.max_capacity} places expected"
    return {"id": one.class_id, "start": placement.start, "minutes": one.minutes, "name": one.name,
            "who": who, "begins": begins, "places": full, "said": said,
            "fill": None if places is None else min(1.0, places / one.max_capacity),
            "few": places is not None and places < one.min_capacity}  # fmt: skip


def _expected(question):
    if question.demand is None:
        return {}
    columns = (question.demand[name] for name in ("class_id", "weekday", "hour", "expected"))
    return {(c, d, int(h)): float(e) for c, d, h, e in zip(*columns, strict=True)}


def _hours(question, placements, classes):
    """First and last minute shown, whole hours around opening hours and classes."""
    starts = [w.start for w in question.calendar.opening] + [p.start for p in placements]
    ends = [w.end for w in question.calendar.opening]
    ends += [p.start + classes[p.class_id].minutes for p in placements]
    return min(starts, default=EARLIEST) // 60 * 60, -(-max(ends, default=LATEST) // 60) * 60


def _open(question, day, first, last):
    """[start, end] of the day's opening, None where the studio is closed."""
    if not question.calendar.opening:
        return [first, last]
    return next(([w.start, w.end] for w in question.calendar.opening if w.weekday == day), None)
