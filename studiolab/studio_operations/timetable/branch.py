"""The proof: is there a timetable of so many points? asked of the highest that the bound allows first, then of less.

Days that such a timetable may hold are few. Their programme is divided where it is undecided: a class is on one day of
an instructor, or it is not. What comes out whole is arranged with its real starts and rooms.
Source: Land & Doig 1960; Barnhart et al. 1998.
"""

from itertools import pairwise

import numpy as np

from studiolab.studio_operations.timetable import certify, search
from studiolab.studio_operations.timetable.columns import FREE, columns, net_of
from studiolab.studio_operations.timetable.linear import Unsolved
from studiolab.studio_operations.timetable.programme import TOLERANCE, Prices, Programme

WIDTH = 2500.0  # thousandths below the bound that are asked for at a time, where scores lie closer
WIDE = 60_000.0  # thousandths from the best known to the bound, above which nothing is asked
FAR = 7000.0  # thousandths from the goal to the bound by prices, above which these are improved
MORE, TIMES = 150, 3  # rounds and times of that
SHARES = 1.0, 0.6, 0.3  # of the way to new prices
NEAR = 4  # units beside a price within which rooms count
LOW = 1.0  # thousandths: rooms of a lower price count as free, until they are short
FEW, FAILED = 60, 5  # choices for CP-SAT alone, and times that what comes out whole may not be placed
ROOT, DEEP = 8, 2  # times that cuts are looked for
SOME, MANY, LOOK = 6, 25, 200  # times rounds of ruin and recreate on what comes out whole
WARM, COLD, SIZE = 5e3, 5e2, 3


def settle(run):
    """Ask until the best known is the best there is; whether that was settled.

    run : the run of `solve`, whose best timetable and bound are brought up to date
    """
    little = _searched(run)
    if little is not None or run.a.travel or run.bound - run.top > WIDE:
        return bool(little)
    ask, left = Question(run), TIMES
    while not run.is_proven():
        below = 0.0 if run.step >= WIDTH else WIDTH
        goal = run.top + run.step * max(1, np.floor((run.bound - run.top - below + TOLERANCE) / run.step))
        said = None if left and ask.value - goal > FAR else ask.whether(goal)
        if said is False:
            run.bound = min(run.bound, goal - run.step)
        elif said is None and not left:
            return False
        elif said is None:
            run.price(MORE, run.share)
            ask.take(run.kept, run.dual.pace[2])
            left -= 1
    run.bound = float(run.top)
    return True


def _searched(run):
    """As `settle`, where so few choices may be better that CP-SAT searches them; None where there are more.

    Days know nothing of ways between sites, so that more is left to CP-SAT where these take time.
    """
    while not run.is_proven():
        alive = run.alive()
        if alive.sum() > (certify.MOST if run.a.travel else FEW):
            return None
        said, placed = certify.beyond(run.a, alive, run.top + run.step, run.bound, run.seconds - run.used(), run.seed)
        if placed is not None:
            run.keep(search.restore(run.a, placed)[1], placed, "CP-SAT")
        elif said == "unknown":
            return False
        else:
            run.bound = float(run.top)
    return True


class Question:
    """Whether there is a timetable of so many points; what one answer taught serves the next."""

    def __init__(self, run):
        self.run, a = run, run.alike
        self.learnt, self.value, self.widened = None, np.inf, False
        self.rooms, self.sites = (np.zeros(part.shape, bool) for part in run.kept[1:])
        self.take(run.kept, run.dual.pace[2])
        self.ended, known = {}, {}
        rooms = [slice(*pair) for pair in pairwise(a.rooms)]
        where = ((a.room_of[mine].tobytes(), a.room_worth[mine].tobytes()) for mine in rooms)
        looks = zip(a.length, a.held, where, strict=True)
        self.kind = np.array([known.setdefault(look, len(known)) for look in looks], np.int64)

    def take(self, prices, value):
        """Go by these prices, if `value`, the bound by them, is less than by those before."""
        if value < self.value:
            self.prices, self.value = tuple(part.copy() for part in prices), value
            self.rooms |= prices[1] > LOW
            self.sites |= prices[2] > LOW

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
            a, like, c_of = self.run.alike, self.run.dual.like, self.run.lengths.c_of
            programme = Programme(a, like, c_of, net, found, self.rooms, self.sites, self.prices[0])
            try:
                said = self._search(programme, goal)
            except Unsolved:
                return None
            if said != "again":
                return said

    def _columns(self, goal):
        """`Columns`, `Net` and the bound, by the prices known or some between these and the last programme's; None
        where there are too many."""
        for share in SHARES if self.learnt is not None else ():
            mixed = tuple(old + share * (new - old) for old, new in zip(self.prices, self.learnt, strict=True))
            _, _, value = self._by(mixed, np.inf)
            if value < self.value:
                self.prices, self.value = mixed, value
                break
        found, net, self.value = self._by(self.prices, goal - TOLERANCE)
        return (found, net, self.value) if len(found.best) else None

    def _by(self, prices, goal):
        a, run = self.run.alike, self.run
        bounds, row, worth, _ = run.chances
        rooms, sites = prices[1] * self.rooms, prices[2] * self.sites
        net = net_of(a, run.lengths.c_of, self.kind, prices[0], rooms, sites, self.rooms, self.sites)
        fixed = prices[0].sum() + (run.dual.like[:, None] * rooms).sum() + (a.limit[:, None] * sites).sum()
        found, value = columns(a, run.lengths.c_of, bounds, row, worth, net, fixed, goal)
        return found, net, value

    def _search(self, programme, goal):
        """True, False or None as of `whether`; "again" where rooms were short that had not counted."""
        run = self.run
        resources = np.array([self.prices[1 + what][at, u] for (what, at), u in programme.resources])
        prices = Prices(self.prices[0], resources, np.empty(0))
        parts, turns = [(np.ones(programme.m, bool), np.zeros(len(programme.starts), bool), prices, None)], ROOT
        failed = 0
        while parts:
            alive, must, prices, by = parts.pop()
            for turn in range(turns):
                run.say(run.share)
                value, prices, share, alive = programme.solve(alive, must, prices, goal, run.seconds - run.used())
                if turns == ROOT and turn == 0:
                    self._learn(programme, prices)
                if share is None or not programme.tighten(share):
                    break
            if turns == ROOT:
                run.bound = min(run.bound, max(value, goal - run.step))
            turns = DEEP
            if share is None:
                self.ended[by] = self.ended.get(by, 0) + 1
                continue
            item = programme.undecided(share, self.ended)
            if item is not None:
                parts += [(*part, prices, programme.name(item)) for part in programme.divided(alive, must, item)]
                continue
            chosen = np.flatnonzero(share > 0.5)
            said = self._arranged(programme, chosen, goal)
            failed += 1
            if said != "none" or failed > FAILED:
                return said if said != "none" else None
            programme.forbid(chosen)
            parts.append((alive, must, prices, None))
        return False

    def _learn(self, programme, prices):
        self.learnt = prices.classes, np.zeros(self.rooms.shape), np.zeros(self.sites.shape)
        for ((what, at), u), price in zip(programme.resources, prices.resources.tolist(), strict=True):
            self.learnt[1 + what][at, u] = price

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
        placed = np.stack([state.start, state.room, state.person, state.worth])
        if total >= goal:
            run.keep(total, placed, "days")
            return True
        if self._mended(there, placed, goal, SOME) >= goal:
            return True
        if self._count(short):
            return "again"
        if self._mended(there, placed, goal, MANY) >= goal:
            return True
        said, placed = certify.beyond(a, there, goal, run.bound, run.seconds - run.used(), run.seed)
        if placed is not None:
            run.keep(search.restore(a, placed)[1], placed, "CP-SAT")
        return True if placed is not None else None if said == "unknown" else said

    def _mended(self, there, placed, goal, times):
        """Ruin and recreate from a state, each class with its instructor on its day; the most points."""
        run = self.run
        arrays = search.mixed(run.a, run.rng, there)
        possible, best = search.possible(arrays), placed.copy()
        state, now = search.restore(run.a, placed)
        top = now
        for _ in range(times):
            now, top = search.improve(arrays, state, now, best, top, possible, LOOK, WARM, COLD, SIZE, run.rng)
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
        is_new = self.rooms.sum() + self.sites.sum() > before
        if is_new and not self.widened:
            self.rooms, self.sites, self.widened = _near(self.rooms, a.day), _near(self.sites, a.day), True
        return is_new


def _put(a, state, c, k, person):
    """Place a class in the best room free at its start; what that brings, 0 where there is none, and whether it is as
    good a room as any."""
    start = a.slot_start[k]
    for m in range(a.rooms[c], a.rooms[c + 1]):
        worth = search.worth_of(a, c, start, a.room_of[m], person)
        if brought := search.put_if_free(a, state, c, start, a.room_of[m], person, worth):
            return brought, a.room_worth[m] == a.room_worth[a.rooms[c]]
    return 0, False


def _near(there, day):
    """Bool of units within NEAR of those that are there, on the same day."""
    days = there.reshape(len(there), -1, day)
    near = days.copy()
    for by in range(1, NEAR + 1):
        near[:, :, by:] |= days[:, :, :-by]
        near[:, :, :-by] |= days[:, :, by:]
    return near.reshape(there.shape)
