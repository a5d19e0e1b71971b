"""The proof: is there a timetable of so many points? asked of the highest that the bound allows first, then of less.

Days that such a timetable may hold are few. Their programme is divided where it is undecided: a class is on one day of
an instructor, or it is not. What comes out whole is arranged with its real starts and rooms.
Source: Land & Doig 1960; Barnhart et al. 1998.
"""

import numpy as np

from studiolab.studio_operations.timetable import bound, certify, search
from studiolab.studio_operations.timetable.columns import FREE, columns, net_of
from studiolab.studio_operations.timetable.programme import TOLERANCE, Prices, Programme

WIDTH = 2500.0  # thousandths below the bound that are asked for at a time, where scores lie closer
LOW = 1.0  # thousandths: rooms of a lower price count as free, until they are short
ROOT, DEEP = 8, 1  # times that cuts are looked for
WHOLE = 1e-6
LOOK = 6, 200  # times rounds of ruin and recreate on what comes out whole
WARM, COLD, SIZE = 5e3, 5e2, 3


def settle(run):
    """Ask until the best known is the best there is; whether that was settled.

    run : the run of `solve`, whose best timetable and bound are brought up to date
    """
    ask = _Question(run)
    while not run.is_proven():
        below = 0.0 if run.step >= WIDTH else WIDTH
        goal = run.top + run.step * max(1, np.floor((run.bound - run.top - below + TOLERANCE) / run.step))
        said = ask.whether(goal)
        if said is None:
            return False
        if said is False:
            run.bound = min(run.bound, goal - run.step)
    run.bound = float(run.top)
    return True


class _Question:
    def __init__(self, run):
        self.run, a = run, run.alike
        self.prices = run.kept[0].copy()
        self.room_prices, self.site_prices = run.kept[1].copy(), run.kept[2].copy()
        self.rooms, self.sites = self.room_prices > LOW, self.site_prices > LOW
        known, self.nodes = {}, 0
        self.kind = np.array([
            known.setdefault((a.length[c], a.held[c], a.room_of[mine].tobytes(), a.room_worth[mine].tobytes()), len(known))
            for c in range(len(a.length)) for mine in [slice(a.rooms[c], a.rooms[c + 1])]
        ])  # fmt: skip

    def whether(self, goal):
        """Whether a timetable of `goal` or more exists, which the run keeps then; None where that stays open."""
        while True:
            begun = self._columns(goal)
            if begun is None:
                return None
            found, net, value = begun
            self.run.bound = min(self.run.bound, value)
            if value < goal - TOLERANCE or not len(found.place):
                return False
            said = self._search(Programme(self.run.alike, self.run.dual.like, self.run.lengths.c_of, net, found, self.rooms,
                                          self.sites, self.prices), goal)  # fmt: skip
            if said != "again":
                return said

    def _columns(self, goal):
        a, run = self.run.alike, self.run
        bounds, row, worth, _ = run.chances
        room_prices, site_prices = self.room_prices * self.rooms, self.site_prices * self.sites
        net = net_of(a, run.lengths.c_of, self.kind, self.prices, room_prices, site_prices, self.rooms, self.sites)
        fixed = self.prices.sum() + (run.dual.like[:, None] * room_prices).sum() + (a.limit[:, None] * site_prices).sum()
        found, value = columns(a, run.lengths.c_of, bounds, row, worth, net, fixed, goal - TOLERANCE)
        return (found, net, value) if len(found.best) else None

    def _search(self, programme, goal):
        """True, False or None as of `whether`; "again" where rooms were short that had not counted."""
        resources = np.array([(self.room_prices, self.site_prices)[what][at, u] for (what, at), u in programme.resources])
        prices = Prices(self.prices, resources, np.empty(0))
        parts, turns, ended = [(np.ones(programme.m, bool), np.zeros(len(programme.starts), bool), prices, None)], ROOT, {}
        while parts:
            alive, must, prices, by = parts.pop()
            self.nodes += 1
            for _ in range(turns):
                self.run.say(self.run.share)
                value, prices, share, alive = programme.solve(alive, must, prices, goal)
                if share is None or not programme.tighten(share):
                    break
            if turns == ROOT:
                self.run.bound = min(self.run.bound, max(value, goal - self.run.step))
            turns = DEEP
            if share is None:
                ended[by] = ended.get(by, 0) + 1
                continue
            item = programme.undecided(share, ended)
            if item is not None:
                parts += [(*part, prices, item) for part in programme.divided(alive, must, item)]
                continue
            chosen = np.flatnonzero(share > 0.5)
            said = self._arranged(programme, chosen, goal)
            if said != "none":
                return said
            programme.forbid(chosen)
            parts.append((alive, must, prices, None))
        return False

    def _arranged(self, programme, chosen, goal):
        """Whether the classes of these days can be placed for `goal`; "none", or "again", where they cannot."""
        a, run = self.run.a, self.run
        rows = programme.row[chosen]
        place, rows = np.repeat(programme.place[chosen], (rows != FREE).sum(axis=1)), rows[rows != FREE]
        state, total, on = search.empty(a), 0, np.full(len(a.length), FREE)
        owner, start, person = run.choices
        on[run.lengths.c_of[rows]] = place
        links = programme.link_of[chosen]
        links = links[programme.row[chosen] != FREE]
        order = np.argsort(links == FREE, kind="stable")
        short = []
        for who, k, link in zip(place[order] // 7, rows[order], links[order], strict=True):
            brought, is_best = _put(a, state, run.lengths.c_of[k], k, who)
            total += brought
            if link == FREE and not is_best:
                short.append(k)
        there = on[owner] == person * 7 + start // a.day
        if total < goal:
            total = self._mended(there, state, total, goal)
        else:
            run.keep(total, np.stack([state.start, state.room, state.person, state.worth]), "days")
        if total >= goal:
            return True
        if self._count(short):
            return "again"
        said, placed = certify.beyond(a, there, goal, run.bound, run.seconds - run.used(), run.seed)
        if placed is not None:
            run.keep(search.restore(a, placed)[1], placed, "CP-SAT")
        return True if placed is not None else None if said == "unknown" else said

    def _mended(self, there, state, total, goal):
        """Ruin and recreate from a state, each class with its instructor on its day; the most points."""
        run = self.run
        arrays = search.mixed(run.a, run.rng, there)
        possible = search.possible(arrays)
        best = np.stack([state.start, state.room, state.person, state.worth])
        now = top = total
        for _ in range(LOOK[0]):
            now, top = search.improve(arrays, state, now, best, top, possible, LOOK[1], WARM, COLD, SIZE, run.rng)
            if top >= goal:
                run.keep(top, best, "days")
                break
        return top

    def _count(self, short):
        """Have rooms and sites count where classes of these starts found none; whether that is new."""
        a, before = self.run.alike, self.rooms.sum() + self.sites.sum()
        for k in short:
            c, start = self.run.lengths.c_of[k], a.slot_start[k]
            mine = slice(a.rooms[c], a.rooms[c + 1])
            best = a.room_of[mine][a.room_worth[mine] == a.room_worth[a.rooms[c]]]
            self.rooms[best, start : start + a.held[c]] = True
            few = np.unique(a.site_of[best])
            few = few[a.limit[few] < len(self.run.a.site_of)]
            self.sites[few, start : start + a.length[c]] = True
        return self.rooms.sum() + self.sites.sum() > before


def _put(a, state, c, k, person):
    """Place a class in the best room free at its start; what that brings, 0 where there is none, and whether it is as
    good a room as any."""
    start = a.slot_start[k]
    for m in range(a.rooms[c], a.rooms[c + 1]):
        worth = search.worth_of(a, c, start, a.room_of[m], person)
        if brought := search.put_if_free(a, state, c, start, a.room_of[m], person, worth):
            return brought, a.room_worth[m] == a.room_worth[a.rooms[c]]
    return 0, False
