"""Whether classes can be held together at all, asked of CP-SAT, and the fewest of them that cannot.

One interval a class, optional ones for each room and instructor that may hold it; the minimal set comes from a core of
assumptions, thinned out one member at a time (deletion filter, Chinneck & Dravnieks 1991).
"""

from dataclasses import replace
from typing import NamedTuple

from studiolab import schema
from studiolab.studio_calendar import DAY_MINUTES
from studiolab.studio_operations.timetable.arrays import encode
from studiolab.studio_operations.timetable.left import alone, left, standing
from studiolab.studio_operations.timetable.problem import Placement

MOST = 150  # classes asked about at a time


class Conflict(NamedTuple):
    """Classes that cannot all be held; any one less, or any one of the pins less, and the rest can.

    class_ids : tuple; pins : tuple, class ids whose pins belong to it; proven : nothing can be left out, for certain
    """

    class_ids: tuple
    pins: tuple
    proven: bool


def placeable(problem, class_ids, seconds=5.0, loose=()):
    """Whether all of `class_ids` can be placed, the others left out: True, False, or None where time ran out.

    seconds : of the solver, at most; loose : class ids whose pins do not count
    """
    return Oracle(problem, seconds).asks(class_ids, loose)


class Oracle:
    """Answers about one problem within `seconds` of the solver in all."""

    def __init__(self, problem, seconds):
        self.problem, self.left = problem, seconds

    def asks(self, class_ids, loose=()):
        """As `placeable`."""
        return self.arranged(class_ids, (), loose)[0]

    def arranged(self, class_ids, near=(), loose=(), fewest=False):
        """The answer of `asks`, and where True the placements that show it.

        near : placements to try first; fewest : as few as may be are to differ from these
        """
        cp_model, model = self._built(class_ids, loose)
        if model is None:
            return (None if len(class_ids) > MOST else False), ()
        model.stay_near(near, fewest)
        status, solver = self._solve(cp_model, model)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return True, model.placements(solver)
        return (False if status == cp_model.INFEASIBLE else None), ()

    def minimal(self, class_ids, near=()):
        """`Conflict` within `class_ids`, which cannot all be placed; not proven where time ran out.

        near : placements without a fault of all of them but one
        """
        kept, proven = list(self._core(class_ids)), True
        for name in list(kept):
            rest = [other for other in kept if other != name]
            can = not rest or self._fits(rest, near) or self.arranged(rest, near)[0]
            proven &= can is not None
            if can is False:
                kept = rest
        loose = []
        for pin in [pin.class_id for pin in self.problem.pins if pin.class_id in kept]:
            can = self.asks(kept, (*loose, pin))
            proven &= can is not None
            if can is False:
                loose.append(pin)
        pins = [pin.class_id for pin in self.problem.pins if pin.class_id in kept and pin.class_id not in loose]
        return Conflict(tuple(kept), tuple(pins), proven)

    def _fits(self, class_ids, near):
        """Whether the one of `class_ids` that has no placement in `near` finds one beside the others'."""
        stay = [p for p in near if p.class_id in set(class_ids)]
        missing = set(class_ids) - {p.class_id for p in stay}
        if len(missing) != 1:
            return bool(near) and not missing
        return bool(left(alone(self.problem, *missing), standing(self.problem, stay)).free.any())

    def _core(self, class_ids):
        """Some of `class_ids` that cannot all be placed."""
        cp_model, model = self._built(class_ids, (), assumed=True)
        if model is None:
            return class_ids
        status, solver = self._solve(cp_model, model)
        if status != cp_model.INFEASIBLE:
            return class_ids
        guilty = set(solver.sufficient_assumptions_for_infeasibility())
        return [name for name, held in zip(model.names, model.held, strict=True) if held.index in guilty] or class_ids

    def _built(self, class_ids, loose, assumed=False):
        from ortools.sat.python import cp_model

        if len(class_ids) > MOST:
            return cp_model, None
        part = _part(self.problem, class_ids, ())
        choices = [_choices(part)]
        if loose:
            choices.append(_choices(_part(self.problem, class_ids, loose)))
        model = _Model(cp_model, part, choices, assumed)
        return cp_model, model if model.possible or assumed else None

    def _solve(self, cp_model, model):
        solver = cp_model.CpSolver()
        solver.parameters.num_workers, solver.parameters.random_seed = 1, 0
        solver.parameters.max_time_in_seconds = max(0.01, self.left)
        status = solver.solve(model.cp)
        self.left -= solver.wall_time
        return status, solver


def _part(problem, class_ids, loose):
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


def _choices(part):
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


class _Model:
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
            at = schema.WEEKDAYS.index(p.weekday) * self.day + p.start
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
        found = []
        for name, start, room, person in zip(self.names, self.start, self.room, self.person, strict=True):
            day, minute = divmod(solver.value(start), self.day)
            where = next(k for k, chosen in room.items() if solver.value(chosen))
            who = next(k for k, chosen in person.items() if solver.value(chosen))
            found.append(Placement(name, schema.WEEKDAYS[day], minute, self.part.rooms[where].room_id,
                                   self.part.instructors[who].instructor_id))  # fmt: skip
        return tuple(found)
