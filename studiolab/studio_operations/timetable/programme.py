"""The linear programme over instructors' days: each class once, a room for each link, and cuts.

Its value is a bound by the prices it ends with, which are summed up anew, so that a proof does not hang on the
solver's tolerance. Sources: Barnhart et al. 1998; Jepsen et al. 2008 for subset row cuts, here over classes and days.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.sparse import csc_array, csr_array, hstack, vstack

from studiolab.studio_operations.timetable.columns import FREE
from studiolab.studio_operations.timetable.linear import Growing
from studiolab.studio_operations.timetable.problem import CONTINUED

POINT = 1000.0  # thousandths: the programme is solved in points
AT_ONCE = 1500  # columns the solver begins with, and is given more at a time
CLEAR = 0.05  # by which a cut has to be violated
CUTS = 30  # at a time
ANY = -2  # link
LINK = 0.6  # of being undecided, where only the start is, not the day
TOLERANCE = 0.01  # thousandths
FORCED = 1e6  # thousandths that a day of classes brings where it has to be one
WHOLE = 1e-6


class Prices(NamedTuple):
    """Thousandths: classes (n,), resources (q,), cuts (h,)."""

    classes: np.ndarray
    resources: np.ndarray
    cuts: np.ndarray


class Programme:
    """m columns, n classes, l links, q resources (a room or site at a unit of time)."""

    def __init__(self, a, like, c_of, net, columns, rooms, sites, prices):
        """rooms, sites : (r, u), (s, u) bool, where they count; prices : (n,) of classes, near the best."""
        self.a, self.m, n = a, len(columns.place), len(a.length)
        there = columns.row != FREE
        column, spot = np.nonzero(there)
        row = columns.row[column, spot]
        self.count, self.place, self.row = there.sum(axis=1), columns.place, columns.row
        worth = np.where(there, net.worth[columns.row] + columns.who, 0.0).sum(axis=1)
        self.worth = worth + a.continuity * np.minimum(self.count - 1, CONTINUED)
        self.starts = np.flatnonzero(np.r_[True, np.diff(columns.place) != 0])
        self.day = np.repeat(np.arange(len(self.starts)), np.diff(np.r_[self.starts, self.m]))
        self.class_of, self.link_of = (
            np.where(there, c_of[columns.row], FREE),
            np.where(there, net.link[columns.row], FREE),
        )
        self.taught = csc_array((np.ones(len(row)), (c_of[row], column)), shape=(n, self.m))
        linked = net.link[row] != FREE
        links, self.link_start = len(net.link_start), net.link_start
        self.needs = csc_array((np.ones(linked.sum()), (net.link[row][linked], column[linked])), shape=(links, self.m))
        self._resources(net, like, rooms, sites)
        self.near = prices
        self.members, self.cut = set(), csr_array((0, self.m))
        self.limit = np.empty(0)
        self._begin()

    def _resources(self, net, like, rooms, sites):
        a, uses, self.room_worth, owner = self.a, [], [], []
        index, limits = {}, []
        for link, (start, c) in enumerate(zip(net.link_start.tolist(), net.link_class.tolist(), strict=True)):
            for m in range(a.rooms[c], a.rooms[c + 1]):
                room = int(a.room_of[m])
                site = int(a.site_of[room])
                for what, held, there, limit in (((0, room), a.held[c], rooms[room], like[room]),
                                                 ((1, site), a.length[c], sites[site], a.limit[site])):  # fmt: skip
                    for u in range(start, min(start + held, len(there))):
                        if there[u]:
                            if (what, u) not in index:
                                index[what, u] = len(index)
                                limits.append(limit)
                            uses.append((index[what, u], len(owner)))
                owner.append(link)
                self.room_worth.append(a.room_worth[m])
        self.room_worth, self.owner = np.array(self.room_worth, float), np.array(owner, np.int64)
        self.first_room = np.flatnonzero(np.r_[True, np.diff(self.owner) != 0]) if owner else np.empty(0, np.int64)
        self.limits, self.resources = np.array(limits, float), list(index)
        at, y = np.array(uses, np.int64).reshape(-1, 2).T
        self.use = csc_array((np.ones(len(at)), (at, y)), shape=(len(limits), len(owner)))

    # what prices say ------------------------------------------------------------------------------
    def earned(self, prices):
        """(m,) thousandths: what each column brings after prices."""
        value = self.worth - np.r_[prices.classes, 0.0][self.class_of].sum(axis=1)
        if len(self.owner):
            room = self.room_worth - self.use.T @ prices.resources
            value += np.r_[np.maximum.reduceat(room, self.first_room), 0.0][self.link_of].sum(axis=1)
        return value - prices.cuts @ self.cut if len(prices.cuts) else value

    def bound(self, prices, earned, alive, must):
        """What no choice among `alive` exceeds, and the most each day brings, 0 at least unless it is one of `must`."""
        most = np.maximum(np.maximum.reduceat(np.where(alive, earned, -np.inf), self.starts), -FORCED * must)
        fixed = prices.classes.sum() + self.limits @ prices.resources + self.limit @ prices.cuts
        return fixed + most.sum(), most

    # the best prices ------------------------------------------------------------------------------
    def solve(self, alive, must, prices, goal, seconds):
        """The bound of `alive`, its best prices, a share of each column and what may be in a timetable of `goal` or
        more; the share is None where nothing may. must : (d,) bool, days with classes"""
        alive = alive.copy()
        prices = prices._replace(cuts=np.r_[prices.cuts, np.zeros(len(self.limit) - len(prices.cuts))])
        earned = self.earned(prices)
        value, most = self.bound(prices, earned, alive, must)
        inside = np.zeros(self.m, bool)
        inside[self.given] = True
        new = np.flatnonzero(alive & ~inside)
        if len(self.given):
            new = new[earned[new] >= most[self.day[new]] - TOLERANCE]
        new = new[np.argsort(most[self.day[new]] - earned[new], kind="stable")[:AT_ONCE]]
        while True:
            if len(new):
                self._give(new)
                inside[new] = True
            found, share = self._solved(alive, must, seconds)
            earned = self.earned(found)
            now, most = self.bound(found, earned, alive, must)
            if now <= value:
                value, prices = now, found
            alive &= now - most[self.day] + earned >= goal - TOLERANCE
            if value < goal - TOLERANCE or not alive.any():
                return value, prices, None, alive
            over = np.where(alive & ~inside, earned + (FORCED * must - self.days)[self.day], 0.0)
            new = np.flatnonzero(over > TOLERANCE)
            if not len(new):
                return value, prices, share, alive
            new = new[np.argsort(-over[new], kind="stable")[:AT_ONCE]]

    def _solved(self, alive, must, seconds):
        """`Prices` by the columns the solver has and the share of each of these, and of days."""
        n, links, days = len(self.near), self.needs.shape[0], len(self.starts)
        gain = self.gain[self.given] + FORCED / POINT * must[self.day[self.given]]
        every = np.r_[self.fixed_gain, gain]
        most = np.r_[np.full(len(self.fixed_gain), np.inf), np.where(alive[self.given], np.inf, 0.0)]
        x, prices = self.linear.solve(every, most, seconds)
        _, days_, classes, _, resources, cuts = np.split(
            prices * POINT, np.cumsum([0, days, n, links, len(self.limits)])
        )
        self.days = days_
        share = np.zeros(self.m)
        share[self.given] = x[len(self.fixed_gain) :]
        free = (np.maximum(part, 0.0) for part in (self.near + classes, resources, cuts))
        return Prices(*free), share

    def _begin(self):
        """Have the solver hold the rows, and rooms and classes left out as columns."""
        n, links, days, rooms = len(self.near), self.needs.shape[0], len(self.starts), len(self.owner)
        none = np.full(days, -np.inf), np.zeros(links), np.full(len(self.limits), -np.inf)
        low = np.r_[none[0], np.ones(n), none[1], none[2]]
        high = np.r_[np.ones(days), np.ones(n), np.zeros(links), self.limits]
        self.linear = Growing(low, high)
        owners = csc_array((np.full(rooms, -1.0), (self.owner, np.arange(rooms))), shape=(links, rooms))
        held = vstack([csc_array((days + n, rooms)), owners, self.use]).tocsc()
        out = csc_array((np.ones(n), (days + np.arange(n), np.arange(n))), shape=(len(low), n))
        self.fixed_gain = np.r_[self.room_worth, -self.near] / POINT
        self.linear.add_columns(self.fixed_gain, hstack([held, out]).tocsc())
        each = csc_array((np.ones(self.m), (self.day, np.arange(self.m))), shape=(days, self.m))
        self.matrix = vstack([each, self.taught, self.needs, csc_array((len(self.limits), self.m))]).tocsc()
        self.gain = (self.worth - self.taught.T @ self.near) / POINT
        self.given = np.empty(0, np.int64)

    def _give(self, new):
        """Have the solver hold columns too."""
        matrix = self.matrix[:, new]
        if self.cut.shape[0]:
            matrix = vstack([matrix, self.cut[:, new]]).tocsc()
        self.linear.add_columns(self.gain[new], matrix)
        self.given = np.r_[self.given, new]

    def _cut(self, rows, limits):
        """Add cuts; rows : (h, m)."""
        rows = csr_array(rows.astype(float))
        self.cut, self.limit = vstack([self.cut, rows]).tocsr(), np.r_[self.limit, limits]
        fixed = csr_array((rows.shape[0], len(self.fixed_gain)))
        self.linear.add_rows(np.asarray(limits, float), hstack([fixed, rows[:, self.given]]).tocsr())

    # what is undecided ------------------------------------------------------------------------------
    def undecided(self, share, ended):
        """(day, class, link) that is most undecided, counting what parts have `ended` by; None where nothing is."""
        total = {}
        for j in np.flatnonzero((share > WHOLE) & (share < 1 - WHOLE)):
            for c, link in zip(self.class_of[j, : self.count[j]].tolist(), self.link_of[j].tolist(), strict=False):
                for item in ((int(self.day[j]), c, ANY), (int(self.day[j]), c, link)):
                    total[item] = total.get(item, 0.0) + share[j]
        split = {
            item: min(x, 1 - x) * (1 if item[2] == ANY else LINK) * (1 + ended.get(self.name(item), 0))
            for item, x in total.items()
        }
        item = max(split, key=split.get, default=None)
        return item if item is not None and split[item] > WHOLE else None

    def name(self, item):
        """An item of `undecided` as other programmes know it too: instructor's day, class, start."""
        day, c, link = item
        return int(self.place[self.starts[day]]), c, link if link < 0 else int(self.link_start[link])

    def divided(self, alive, must, item):
        """Two parts (alive, must) that hold all of a part between them: without and with an item of `undecided`."""
        day, c, link = item
        mine = self.class_of == c
        has = (mine if link == ANY else mine & (self.link_of == link)).any(axis=1) & (self.day == day)
        with_, forced = alive & (has | ~(mine.any(axis=1) | (self.day == day))), must.copy()
        forced[day] = True
        return (alive & ~has, must), (with_, forced)

    # cuts -----------------------------------------------------------------------------------------
    def tighten(self, share):
        """Add subset row cuts that `share` violates; how many."""
        some = np.flatnonzero(share > 1e-6)
        n = self.taught.shape[0]
        inside = np.zeros((len(some), n + len(self.starts)), np.bool_)
        inside[:, :n] = self.taught[:, some].toarray().T > 0
        inside[np.arange(len(some)), n + self.day[some]] = True
        often = np.flatnonzero((inside & (share[some, None] < 1 - 1e-6)).any(axis=0))
        found = sorted(_violated(inside[:, often], share[some], 1 + CLEAR), reverse=True)
        new = [triple for _, *picked in found[:CUTS] if (triple := tuple(often[picked])) not in self.members]
        if new:
            self.members.update(new)
            self._cut(np.stack([sum(self._holds(one) for one in triple) // 2 for triple in new]), np.ones(len(new)))
        return len(new)

    def _holds(self, one):
        """(m,) 0 or 1: columns with a class, or of a day where that is n or more."""
        n = self.taught.shape[0]
        if one >= n:
            return (self.day == one - n).astype(int)
        return (self.class_of == one).any(axis=1).astype(int)

    def forbid(self, chosen):
        """Rule out that all of these columns' classes are on these days together."""
        hits = np.zeros(self.m)
        for j in chosen:
            same = np.flatnonzero(self.day == self.day[j])
            hits[same] = np.isin(self.class_of[same], self.class_of[j][: self.count[j]]).sum(axis=1)
        self._cut(hits[None], [self.count[chosen].sum() - 1.0])


@njit(cache=True, nogil=True)
def _violated(inside, share, least):
    """(sum, i, j, k) of the threes of which columns that hold two or more have shares above `least` in sum."""
    found, n = [(0.0, 0, 0, 0)][:0], inside.shape[1]
    pair = np.zeros((n, n))
    for x in range(len(share)):
        for i in range(n):
            if inside[x, i]:
                for j in range(n):
                    if j != i and inside[x, j]:
                        pair[i, j] += share[x]
    for i in range(n):
        for j in range(i + 1, n):
            if pair[i, j] <= 0:
                continue
            for k in range(j + 1, n):
                total = pair[i, j] + pair[i, k] + pair[j, k]
                if total <= least:
                    continue
                for x in range(len(share)):
                    if inside[x, i] and inside[x, j] and inside[x, k]:
                        total -= 2 * share[x]
                if total > least:
                    found.append((total, i, j, k))
    return found
