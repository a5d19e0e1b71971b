"""Whether some choices hold a timetable of so many points, asked of CP-SAT."""

import math

import numpy as np

from studiolab.studio_operations.timetable.problem import CONTINUED
from studiolab.studio_operations.timetable.search import OUT

MOST = 1500  # choices an exact model takes on


def step_of(arrays):
    """The least by which two scores can differ, thousandths of points."""
    parts = (arrays.slot_worth, arrays.room_worth, arrays.person_worth, arrays.placed, [arrays.continuity])
    return max(1, math.gcd(*(int(np.gcd.reduce(np.abs(part))) for part in parts if len(part))))


def beyond(arrays, alive, goal, limit, seconds, seed, most=MOST):
    """A timetable that scores `goal` or more.

    alive : (m,) bool, `bound.surviving`; goal, limit : thousandths of points asked for, and that none exceeds
    seconds : of one core; most : choices above which it is not tried
    Returns ("none", None) where there is none, ("found", placed), or ("unknown", None); placed : (4, n) start, room,
    person, worth, as `search.improve` keeps them.
    """
    if alive.sum() > most:
        return "unknown", None
    from ortools.sat.python import cp_model

    model, taught, held, points = _model(cp_model, arrays, alive)
    model.add(points >= int(goal))
    model.add(points <= int(limit))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = 1, seed
    solver.parameters.max_time_in_seconds = max(0.01, seconds)
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return "none", None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return "unknown", None
    chosen = [key for key, choice in taught.items() if solver.value(choice)]
    rooms = {c: (k, room, worth) for (c, k, room), (choice, worth) in held.items() if solver.value(choice)}
    return "found", _placed(arrays, chosen, rooms)


def _model(cp_model, a, alive):
    """The exact model over what is alive; its choices of (class, start, person) and (class, start, room)."""
    model, taught, held, terms = cp_model.CpModel(), {}, {}, []
    rooms, people, sites, days = {}, {}, {}, {}
    for c in range(len(a.length)):
        mine = []
        for k in range(a.slots[c], a.slots[c + 1]):
            able = [j for j in range(a.able[k], a.able[k + 1]) if alive[j]]
            if not able:
                continue
            start = int(a.slot_start[k])
            here = []
            for j in able:
                who = a.people[c] + a.able_choice[j]
                person = int(a.person_of[who])
                choice = taught[c, k, person] = model.new_bool_var("")
                here.append(choice)
                terms.append((choice, int(a.placed[c] + a.slot_worth[k] + a.person_worth[who])))
                days.setdefault((person, start // a.day), {}).setdefault(c, []).append(choice)
                for unit in range(start, start + a.length[c]):
                    people.setdefault((person, unit), []).append(choice)
            where = []
            for m in range(a.rooms[c], a.rooms[c + 1]):
                room = int(a.room_of[m])
                choice = model.new_bool_var("")
                held[c, k, room] = choice, int(a.room_worth[m])
                where.append(choice)
                terms.append((choice, int(a.room_worth[m])))
                for unit in range(start, start + a.held[c]):
                    rooms.setdefault((room, unit), []).append(choice)
                for unit in range(start, start + a.length[c]):
                    sites.setdefault((a.site_of[room], unit), []).append(choice)
            model.add(sum(where) == sum(here))
            mine += here
        model.add_at_most_one(mine)
    for choices in (*rooms.values(), *people.values()):
        model.add_at_most_one(choices)
    for (site, _), choices in sites.items():
        if a.limit[site] < min(len(choices), len(a.site_of)):
            model.add(sum(choices) <= int(a.limit[site]))
    for classes in days.values():
        terms.append((_continued(model, classes), int(a.continuity)))
    if a.travel:
        _apart(model, a, taught, held)
    return model, taught, held, sum(worth * choice for choice, worth in terms)


def _continued(model, classes):
    """How many classes of an instructor's day earn continuity."""
    teaches, count = model.new_bool_var(""), model.new_int_var(0, CONTINUED, "")
    for choices in classes.values():
        model.add(sum(choices) <= teaches)
    model.add(count <= sum(choice for choices in classes.values() for choice in choices) - teaches)
    model.add(count <= CONTINUED * teaches)
    return count


def _apart(model, a, taught, held):
    """Two classes of one instructor that leave no time to travel may not lie in two sites."""
    where = {}
    for (c, k, room), (choice, _) in held.items():
        where.setdefault((c, k), {}).setdefault(int(a.site_of[room]), []).append(choice)
    by_day = {}
    for c, k, person in taught:
        by_day.setdefault((person, a.slot_start[k] // a.day), []).append((a.slot_start[k], c, k))
    for (person, _), rows in by_day.items():
        rows.sort()
        for n, (start, c, k) in enumerate(rows):
            for later, d, m in rows[n + 1 :]:
                if later >= start + a.length[c] + a.travel:
                    break
                if c == d:
                    continue
                for site, choices in where[c, k].items():
                    other = [choice for s, there in where[d, m].items() if s != site for choice in there]
                    if other:
                        both = taught[c, k, person] + taught[d, m, person] + sum(choices) + sum(other)
                        model.add(both <= 3)


def _placed(a, chosen, rooms):
    placed = np.full((4, len(a.length)), OUT, np.int64)
    for c, k, person in chosen:
        _, room, room_worth = rooms[c]
        at = np.flatnonzero(a.person_of[a.people[c] : a.people[c + 1]] == person)[0] + a.people[c]
        placed[:, c] = a.slot_start[k], room, person, a.slot_worth[k] + room_worth + a.person_worth[at]
    return placed
