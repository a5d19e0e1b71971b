"""The hard rules between some classes of a problem, as a model for CP-SAT.

One interval a class, and optional ones for each room and instructor that may hold it.
"""

from dataclasses import replace
from typing import NamedTuple

from studiolab.studio_calendar import DAY_MINUTES, WEEKDAYS
from studiolab.studio_operations.timetable.arrays import encode
from studiolab.studio_operations.timetable.problem import Placement


def part_of(problem, class_ids, loose):
    """The question about some classes only; loose : ids of those whose pins do not hold."""
    wanted = set(class_ids)
    return replace(
        problem,
        classes=tuple(one for one in problem.classes if one.class_id in wanted),
        pins=tuple(pin for pin in problem.pins if pin.class_id in wanted - set(loose)),
        last=tuple(p for p in problem.last if p.class_id in wanted),
        demand=None,
        place_all=False,
    )


class _Choice(NamedTuple):
    """Where one class may be: rooms : indices; people : {index: starts, minutes of the week}."""

    rooms: set
    people: dict


def choices_of(part):
    """List of where each class of a part may be, in the order of its classes."""
    a = encode(part)
    unit, found = DAY_MINUTES // a.day, []
    for c in range(len(a.length)):
        starts, people = a.slot_start[a.slots[c] : a.slots[c + 1]], {}
        for person in a.person_of[a.people[c] : a.people[c + 1]]:
            able = starts[a.open_until[person, starts] >= starts + a.length[c]] * unit
            if len(able):
                people[int(person)] = set(able.tolist())
        found.append(_Choice({int(room) for room in a.room_of[a.rooms[c] : a.rooms[c + 1]]}, people))
    return found


class Model:
    """The rules of `problem` between its classes; days lie so far apart that none reaches into the next."""

    def __init__(self, cp_model, part, choices, assumed):
        self.cp, self.part, self.domain = cp_model.CpModel(), part, cp_model.Domain.from_values
        self.day = DAY_MINUTES + max(part.changeover, part.travel)
        self.names = [one.class_id for one in part.classes]
        self.held = [self.cp.new_bool_var("") for _ in self.names]
        self.start, self.room, self.person, self.possible = [], [], [], True
        for c, one in enumerate(part.classes):
            self._class(c, one, [found[c] for found in choices])
        self._rooms()
        self._people()
        if len({room.site for room in part.rooms}) > 1 and part.travel:
            self._travel()
        if assumed:
            self.cp.add_assumptions(self.held)
        else:
            self.cp.add_bool_and(self.held)

    def _class(self, c, one, choices):
        rooms = set().union(*(choice.rooms for choice in choices))
        people = {}
        for choice in choices:
            for person, starts in choice.people.items():
                people.setdefault(person, set()).update(t + t // DAY_MINUTES * (self.day - DAY_MINUTES) for t in starts)
        every = set().union(*people.values())
        self.possible &= bool(rooms and every)
        start = self.cp.new_int_var_from_domain(self.domain(sorted(every) or [0]), "")
        self.room.append({room: self.cp.new_bool_var("") for room in sorted(rooms)})
        self.person.append({person: self.cp.new_bool_var("") for person in sorted(people)})
        for person, chosen in self.person[c].items():
            if people[person] != every:
                within = self.domain(sorted(people[person]))
                self.cp.add_linear_expression_in_domain(start, within).only_enforce_if(chosen)
        self.start.append(start)
        for chosen in (self.room[c], self.person[c]):
            self.cp.add(sum(chosen.values()) == self.held[c])

    def _spans(self, choices, index, more=0):
        """Optional intervals of the classes that choose `index`, `more` minutes longer than they are."""
        return [
            self.cp.new_optional_fixed_size_interval_var(start, one.minutes + more, chosen[index], "")
            for start, one, chosen in zip(self.start, self.part.classes, choices, strict=True)
            if index in chosen
        ]

    def _rooms(self):
        part, sites = self.part, {}
        for k, room in enumerate(part.rooms):
            self.cp.add_no_overlap(self._spans(self.room, k, part.changeover))
            sites.setdefault(room.site, []).append(k)
        for rooms in sites.values():
            if part.most_at_once is not None and part.most_at_once < len(rooms):
                spans = [span for k in rooms for span in self._spans(self.room, k)]
                self.cp.add_cumulative(spans, [1] * len(spans), part.most_at_once)

    def _people(self):
        for k, person in enumerate(self.part.instructors):
            self.cp.add_no_overlap(self._spans(self.person, k))
            taught = [(c, chosen[k]) for c, chosen in enumerate(self.person) if k in chosen]
            if len(taught) > 1:
                # Follows from the windows; without it, one class too many among several instructors is found late.
                minutes = sum(window.end - window.start for window in person.availability)
                self.cp.add(sum(self.part.classes[c].minutes * chosen for c, chosen in taught) <= minutes)

    def _travel(self):
        """Two classes of one instructor in two sites lie `travel` minutes apart."""
        site = [room.site for room in self.part.rooms]
        for c, mine in enumerate(self.person):
            for d in range(c):
                shared = [(mine[k], self.person[d][k]) for k in mine.keys() & self.person[d].keys()]
                sites = [{site[room] for room in self.room[x]} for x in (c, d)]
                if not shared or len(sites[0] | sites[1]) < 2:
                    continue
                differ, first = self.cp.new_bool_var(""), self.cp.new_bool_var("")
                for name in sites[0]:
                    here, there = (sum(v for r, v in self.room[x].items() if site[r] == name) for x in (c, d))
                    self.cp.add(here - there <= differ)
                for pair in shared:
                    for x, y, order in ((c, d, first), (d, c, ~first)):
                        ends = self.start[x] + self.part.classes[x].minutes + self.part.travel
                        self.cp.add(self.start[y] >= ends).only_enforce_if([*pair, differ, order])

    def stay_near(self, placements, fewest):
        """Try `placements` first; with `fewest`, ask for as few classes as may be that are elsewhere."""
        moved, index = [], {name: c for c, name in enumerate(self.names)}
        rooms = {room.room_id: k for k, room in enumerate(self.part.rooms)}
        people = {person.instructor_id: k for k, person in enumerate(self.part.instructors)}
        for p in placements:
            c, room, person = index.get(p.class_id), rooms.get(p.room_id), people.get(p.instructor_id)
            if c is None or room not in self.room[c] or person not in self.person[c]:
                continue
            at = WEEKDAYS.index(p.weekday) * self.day + p.start
            for var, value in ((self.start[c], at), (self.room[c][room], True), (self.person[c][person], True)):
                self.cp.add_hint(var, value)
            if not fewest:
                continue
            here = self.cp.new_bool_var("")
            self.cp.add(self.start[c] == at).only_enforce_if(here)
            self.cp.add_bool_and([self.room[c][room], self.person[c][person]]).only_enforce_if(here)
            moved.append(~here)
        if moved:
            self.cp.minimize(sum(moved))

    def placements(self, solver):
        """Tuple of Placement, as a solver that is done has chosen."""
        found = []
        for name, start, room, person in zip(self.names, self.start, self.room, self.person, strict=True):
            day, minute = divmod(solver.value(start), self.day)
            where = next(k for k, chosen in room.items() if solver.value(chosen))
            who = next(k for k, chosen in person.items() if solver.value(chosen))
            found.append(Placement(name, WEEKDAYS[day], minute, self.part.rooms[where].room_id,
                                   self.part.instructors[who].instructor_id))  # fmt: skip
        return tuple(found)
