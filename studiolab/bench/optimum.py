"""The cheapest plan in truth: searched on the world's own mean-field expectation, by nothing that the planner uses."""

from itertools import product

import numpy as np

from studiolab.bench import worlds
from studiolab.revenue_simulator import levers
from studiolab.schema import LEVERS
from studiolab.world import truth

MONTHS = 3
RAMP = np.arange(1, MONTHS + 1) / MONTHS
CORNERS = np.array(list(product((0.0, 1.0), repeat=len(LEVERS))))
EASE = 1e-9


class Problem:
    """What a studio may change within three months, what it costs, and what it truly brings."""

    def __init__(self, chain, model, index, limits=None):
        studio = chain.studios["studio_id"].iloc[index]
        self.chain, self._many = worlds.copies(chain, [index]), {}
        self.held = np.array([model.held_levers(studio)[lever] for lever in LEVERS])
        self.steps = levers.limits(limits)
        self.sign = np.where(np.array(LEVERS) == levers.EASED, -1.0, 1.0)
        low, high = np.array([model.support(studio)[lever] for lever in LEVERS]).T
        reach = np.where(self.sign > 0, high - self.held, self.held - low)
        self.room = np.clip(np.minimum(self.steps, reach), 0, None)
        members = model.history(studio)["total_members"].iloc[-1]
        self.price = levers.unit_costs(members, self.held[LEVERS.index("avg_ticket_price")]) * RAMP.sum()

    def plans(self, changes):
        """(k, 3, 7) levers for changes (k, 7) by the last month, in even steps."""
        return self.held + np.atleast_2d(changes)[:, None, :] * self.sign * RAMP[None, :, None]

    def changes(self, rows):
        """Change (7,) in the cheap direction by the last month of a plan (3, 7)."""
        return (rows[-1] - self.held) * self.sign

    def cost(self, rows):
        """Money of a plan (3, 7), by the catalogue, month after month."""
        monthly = (rows - self.held) * self.sign * (self.price / RAMP.sum())
        return float(monthly.sum())

    def value(self, changes):
        """(k,) true expected revenue of the last month."""
        changes = np.atleast_2d(changes)
        k = len(changes)
        if k not in self._many:
            self._many[k] = worlds.copies(self.chain, np.zeros(k, int))
        return truth.futures(self._many[k], self.plans(changes), MONTHS, draws=0)[:, -1, 0]

    def broken(self, rows):
        """Whether a plan (3, 7) leaves its limits or the ranges of B-44, or does not go its way in even steps."""
        change = (rows - self.held) * self.sign
        tolerance = 1e-6 * np.maximum(np.abs(self.held), 1)
        beyond = (change < -tolerance) | (change > self.steps + tolerance)
        uneven = np.abs(change - change[-1] * RAMP[:, None]) > tolerance
        low, high = np.array([levers.hard_range(lever) for lever in LEVERS]).T
        hard = (rows < np.minimum(low, self.held) - tolerance) | (rows > np.maximum(high, self.held) + tolerance)
        return bool((beyond | uneven | hard).any())

    def best(self):
        """The largest true revenue within the room; at a corner, since no lever's effect turns within it."""
        return float(self.value(CORNERS * self.room).max())

    def cheapest(self, target):
        """The least money that truly reaches `target`; NaN where nothing does."""
        values = self.value(CORNERS * self.room)
        if values[0] >= target:
            return 0.0
        if values.max() < target:
            return np.nan
        starts = [_greedy(self.value, self.room, self.price, target), self._edge(values, target)]
        return min(cost for start in starts for cost in (self.price @ start, self._polished(start, target)))

    def _edge(self, values, target):
        """Changes (7,) on the cheapest edge of the box that crosses the target; straight along the edge."""
        cost, best = CORNERS * self.room @ self.price, (np.inf, None)
        for corner, value in enumerate(values):
            for lever in np.flatnonzero((CORNERS[corner] == 0) & (value < target)):
                beyond = corner + 2 ** (len(LEVERS) - 1 - lever)
                if values[beyond] >= target:
                    share = (target - value) / (values[beyond] - value)
                    price = cost[corner] + share * (cost[beyond] - cost[corner])
                    if price < best[0]:
                        best = price, (CORNERS[corner] + share * (CORNERS[beyond] - CORNERS[corner])) * self.room
        return _onto(self.value, best[1], self.room, target)

    def _polished(self, start, target):
        """Money after sequential quadratic programming from `start`; infinite where it does not reach the target."""
        from scipy.optimize import minimize

        scale, unit = np.where(self.room > 0, self.room, 1.0), float(self.price @ self.room)
        step, base = 1e-4, float(self.value(start)[0])

        def slope(x):
            return (self.value((x + step * np.eye(len(x))) * scale) - self.value(x * scale)[0]) / step / base

        found = minimize(
            lambda x: x * scale @ self.price / unit, start / scale, jac=lambda x: scale * self.price / unit,
            bounds=[(0, float(room > 0)) for room in self.room], method="SLSQP",
            constraints={"type": "ineq", "fun": lambda x: (self.value(x * scale)[0] - target) / base, "jac": slope},
            options={"maxiter": 60, "ftol": 1e-9},
        )  # fmt: skip
        x = np.clip(found.x, 0, 1) * (self.room > 0)
        return float(x * scale @ self.price) if self.value(x * scale)[0] >= target * (1 - 1e-6) else np.inf


def _greedy(value, room, price, target, steps=16):
    """Changes (7,) bought in small steps, the most revenue per money first."""
    change, now = np.zeros(len(room)), float(value(np.zeros(len(room)))[0])
    while now < target:
        step = np.minimum(room / steps, room - change)
        gains = value(change + np.diag(step)) - now
        worth = np.where((step > EASE * room) & (gains > 0), gains / np.maximum(price * step, EASE), 0)
        if worth.max() <= 0:
            return room
        best = int(worth.argmax())
        change[best] += step[best]
        now += gains[best]
    return _onto(value, change, room, target)


def _onto(value, change, room, target):
    """`change` made longer or shorter until it truly reaches the target."""
    low, high = np.zeros(len(room)), change
    if value(change)[0] < target:
        low, high = change, room
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if value(middle)[0] >= target else (middle, high)
    return high
