"""Seeks single changes that would place a class beside a standing timetable.

Each kind of rule is loosened as far as it goes, the class put where least of that is used for most points, and the
loosening then cut back to what was used.
"""

from dataclasses import dataclass, replace

import numpy as np

from studiolab.studio_calendar import DAY_MINUTES, WEEKDAYS, Window, clock, daily
from studiolab.studio_operations.timetable.changes import Change, Prices, apply
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.left import alone, left, standing

MOST_TRIED = 60  # other classes tried, one after the other, that might make room
FIELDS = {"weekday": "day", "start": "time", "room_id": "room", "instructor_id": "instructor"}
ALL_DAY = daily(0, DAY_MINUTES)
PRICES = Prices()


@dataclass
class Seeker:
    """Seeks changes for one class that `placements`, a tuple that breaks no rule, leaves out."""

    problem: object
    placements: tuple
    class_id: str
    prices: Prices = PRICES

    def __post_init__(self):
        self.question = alone(self.problem, self.class_id)
        self.others = standing(self.problem, self.placements)
        self.one = self.question.classes[0]
        self.before = check(self.problem, self.placements)

    def cheapest(self):
        """List of Change, the cheapest of each kind, cheapest first; `check` finds no new fault in any of them."""
        found = []
        for kind in (self._place, self._window, self._opening, self._style, self._smaller, self._seats, self._feature,
                     self._site, self._one_more, self._shorter, self._pin, self._move, self._drop):  # fmt: skip
            first = next((change for change in map(self.verified, kind()) if change is not None), None)
            found += [] if first is None else [first]
            if kind == self._place and found:
                break
        return sorted(found, key=lambda change: change.price)

    def verified(self, change):
        """The Change with its gain; None where it breaks a rule that held before."""
        report = check(*apply(self.problem, self.placements, change))
        before = {(what.rule, what.class_ids) for what in self.before.violations}
        if any((what.rule, what.class_ids) not in before for what in report.violations):
            return None
        return change._replace(gain=report.score - self.before.score)

    # kinds of change: each yields candidates, the best first --------------------------------------
    def _place(self):
        for at, _ in self._best(self.question):
            yield self._said("place", f"Nothing is in the way: place it {self.where(at)}.", 0.0, (), at)

    def _window(self):
        people = tuple(replace(person, availability=ALL_DAY) for person in self.problem.instructors)
        known = {person.instructor_id: person for person in self.problem.instructors}
        windows = {name: person.availability for name, person in known.items()}
        for at, minutes in self._best(
            replace(self.question, instructors=people),
            self.prices.window,
            lambda choice: np.stack([_uncovered(windows[p.instructor_id], choice) for p in choice.people], -1)[:, None],
        ):
            person, end = known[at.instructor_id], at.start + self.one.minutes
            wider = replace(person, availability=_joined((*person.availability, Window(at.weekday, at.start, end))))
            said = f"{person.name} would have to be available {minutes:.0f} minutes more, {_span(at, end)}."
            yield self._said("window", said, self.prices.window * minutes, (wider,), at)

    def _opening(self):
        opening = {window.weekday: window for window in self.problem.calendar.opening}
        if not opening:
            return
        wide = replace(self.question, calendar=replace(self.problem.calendar, opening=ALL_DAY))
        for at, minutes in self._best(
            wide, self.prices.opening, lambda choice: _outside(opening, choice)[:, None, None]
        ):
            now, end = opening.get(at.weekday), at.start + self.one.minutes
            longer = Window(at.weekday, min(at.start, now.start), max(end, now.end)) if now else Window(
                at.weekday, at.start, end
            )  # fmt: skip
            hours = tuple((opening | {at.weekday: longer}).values())
            said = f"The studio would have to open {minutes:.0f} minutes longer, {longer}."
            edits = (replace(self.problem.calendar, opening=hours),)
            yield self._said("opening", said, self.prices.opening * minutes, edits, at)

    def _style(self):
        style, known = self.one.style, {person.instructor_id: person for person in self.problem.instructors}
        more = {name: replace(p, specialties=p.specialties | {style}) for name, p in known.items()}
        for at, _ in self._best(replace(self.question, instructors=tuple(more.values()))):
            said = f"{known[at.instructor_id].name} would have to teach {style} as well, {self.where(at)}."
            yield self._said("style", said, self.prices.style, (more[at.instructor_id],), at)

    def _smaller(self):
        least = max(1, self.one.min_capacity)
        if least == self.one.max_capacity:
            return
        loose = self._with_class(max_capacity=least)
        for at, places in self._best(loose, self.prices.smaller, lambda choice: self._short(choice)[:, None]):
            fits = replace(self.one, max_capacity=self._room(at).capacity)
            said = f"It would have to take {fits.max_capacity} people, not {self.one.max_capacity}, {self.where(at)}."
            yield self._said("smaller", said, self.prices.smaller * places, (fits,), at)

    def _seats(self):
        big = tuple(replace(r, capacity=max(r.capacity, self.one.max_capacity)) for r in self.problem.rooms)
        loose = replace(self.question, rooms=big)
        for at, seats in self._best(loose, self.prices.seat, lambda choice: self._short(choice)[:, None]):
            room = self._room(at)
            said = f"{room.name} would need {self.one.max_capacity} places, not {room.capacity}, {self.where(at)}."
            larger = (replace(room, capacity=self.one.max_capacity),)
            yield self._said("seats", said, self.prices.seat * seats, larger, at)

    def _feature(self):
        rooms = {room.room_id: room for room in self.problem.rooms}
        full = tuple(replace(r, features=r.features | self.one.features) for r in self.problem.rooms)
        for at, lacking in self._best(
            replace(self.question, rooms=full),
            self.prices.feature,
            lambda choice: np.array([len(self.one.features - rooms[r.room_id].features) for r in choice.rooms])[
                :, None
            ],
        ):
            room = self._room(at)
            words = ", ".join(sorted(self.one.features - room.features))
            edits = (replace(room, features=room.features | self.one.features),)
            said = f"{room.name} would need {words}, {self.where(at)}."
            yield self._said("feature", said, self.prices.feature * lacking, edits, at)

    def _site(self):
        if self.one.site is not None:
            for at, _ in self._best(self._with_class(site=None)):
                edits = (replace(self.one, site=None),)
                said = f"The class would have to move to {self._room(at).site}, {self.where(at)}."
                yield self._said("site", said, self.prices.site, edits, at)

    def _one_more(self):
        most = self.problem.most_at_once
        if most is not None:
            for at, _ in self._best(replace(self.question, most_at_once=None)):
                said = f"{self._room(at).site} would have to run {most + 1} classes at a time, {self.where(at)}."
                yield self._said("one more", said, self.prices.one_more, (most + 1,), at)

    def _shorter(self):
        for minutes in range(self.one.minutes - 5, self.one.minutes // 2 - 1, -5):
            short = replace(self.one, minutes=minutes)
            for at, _ in self._best(self._with_class(minutes=minutes)):
                said = f"It would have to take {minutes} minutes, not {self.one.minutes}, {self.where(at)}."
                effort = self.prices.shorter * (self.one.minutes - minutes)
                yield self._said("shorter", said, effort, (short,), at)

    def _pin(self):
        for pin in self.question.pins:
            fixed = [name for name in FIELDS if getattr(pin, name) is not None]
            for fields in (*([name] for name in fixed), fixed):
                loose = replace(pin, **dict.fromkeys(fields))
                for at, _ in self._best(replace(self.question, pins=(loose,))):
                    words = " and ".join(FIELDS[name] for name in fields)
                    said = f"Its pin would have to leave the {words} open: {self.where(at)}."
                    yield self._said("pin", said, self.prices.pin * len(fields), (loose,), at)

    def _move(self):
        for name in self._in_the_way():
            their, rest = self._unpinned(name), self.others.without(name)
            for at, _ in self._best(self.question, others=rest):
                beside = rest.beside(standing(self.problem, (at,)))
                question = replace(alone(self.problem, name), pins=())
                for to, _ in self._best(question, others=beside, most=1):
                    said = f"{self._called(name)} would have to move, {self.where(to)}; then it fits {self.where(at)}."
                    effort = self.prices.move + self.prices.pin * len(their)
                    yield self._said("move", said, effort, their, at, (to,))

    def _drop(self):
        for name in self._in_the_way():
            if not self._unpinned(name) and not self.problem.place_all:
                for at, _ in self._best(self.question, others=self.others.without(name), most=1):
                    said = f"{self._called(name)} would have to go; then it fits {self.where(at)}."
                    yield self._said("drop", said, self.prices.drop, (), at)._replace(dropped=(name,))

    # what they are made of ----------------------------------------------------------------------
    def _best(self, question, each=0.0, amount=None, others=None, most=3):
        """(Placement, amount) of free choices, the best first; `each` point of effort a unit of amount (k, r, p)."""
        choice = left(question, self.others if others is None else others)
        at = np.argwhere(choice.free)
        if not len(at):
            return
        much = np.broadcast_to(np.ones((1, 1, 1)) if amount is None else amount(choice), choice.worth.shape)
        price = (each * much - choice.worth)[tuple(at.T)]
        for k, r, p in at[np.argsort(price, kind="stable")[:most]]:
            yield choice.placement(k, r, p), int(much[k, r, p])

    def _said(self, kind, sentence, effort, edits, at, moved=()):
        return Change(kind, sentence, float(effort), 0.0, edits, (at, *moved))

    def _with_class(self, **fields):
        return replace(self.question, classes=(replace(self.one, **fields),))

    def _room(self, at):
        return next(room for room in self.problem.rooms if room.room_id == at.room_id)

    def _short(self, choice):
        """(r,) seats that each room lacks; a loosened room is looked up as it is."""
        seats = {room.room_id: room.capacity for room in self.problem.rooms}
        return np.array([max(0, self.one.max_capacity - seats[room.room_id]) for room in choice.rooms])

    def _unpinned(self, name):
        return tuple(replace(pin, **dict.fromkeys(FIELDS)) for pin in self.problem.pins if pin.class_id == name)

    def _called(self, name):
        return next(f"{one.name} ({name})" for one in self.problem.classes if one.class_id == name)

    def where(self, at):
        """Day, hour, room and teacher of a Placement, in words."""
        person = next(p for p in self.problem.instructors if p.instructor_id == at.instructor_id)
        return f"on {at.weekday} at {clock(at.start)} in {self._room(at).name} with {person.name}"

    def _in_the_way(self):
        """Ids of classes that take what this one could have, those of fewest points first."""
        choice, others = left(self.question, self.others), self.others
        starts = choice.starts[choice.able.any(axis=1)] if choice.able.size else choice.starts[:0]
        reach = self.problem.travel if len({room.site for room in self.problem.rooms}) > 1 else self.problem.changeover
        apart = np.maximum(others.start - starts[:, None] - choice.minutes, starts[:, None] - others.end)
        then = (apart < max(reach, self.problem.changeover)).any(axis=0)
        taken = np.isin(others.room_id, [room.room_id for room in choice.rooms])
        taken |= np.isin(others.instructor_id, [person.instructor_id for person in choice.people])
        if self.problem.most_at_once is not None:
            taken |= np.isin(others.site, [room.site for room in choice.rooms])
        points = self.before.points.set_index("class_id").sum(axis=1)
        return sorted(others.class_id[then & taken], key=lambda name: (points[name], name))[:MOST_TRIED]


def _uncovered(windows, choice):
    """(k,) minutes of the class at each start that lie in none of `windows`."""
    inside = np.zeros(len(choice.starts), np.int64)
    for window in _joined(windows):
        first = WEEKDAYS.index(window.weekday) * DAY_MINUTES
        ends = np.minimum(choice.starts + choice.minutes, first + window.end)
        inside += np.maximum(0, ends - np.maximum(choice.starts, first + window.start))
    return choice.minutes - inside


def _outside(opening, choice):
    """(k,) minutes that a day's opening would be longer by for the class at each start."""
    more = []
    for start in choice.starts.tolist():
        day, minute = divmod(start, DAY_MINUTES)
        window, end = opening.get(WEEKDAYS[day]), minute + choice.minutes
        more.append(choice.minutes if window is None else max(0, window.start - minute) + max(0, end - window.end))
    return np.array(more)


def _joined(windows):
    """Windows of which none touches another of its day."""
    joined = []
    for window in sorted(windows, key=lambda w: (WEEKDAYS.index(w.weekday), w.start)):
        if joined and joined[-1].weekday == window.weekday and window.start <= joined[-1].end:
            joined[-1] = joined[-1]._replace(end=max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return tuple(joined)


def _span(at, end):
    return f"on {at.weekday} from {clock(at.start)} to {clock(end)}"
