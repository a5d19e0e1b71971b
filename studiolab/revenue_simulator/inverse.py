"""From a target revenue back to levers: the cheapest plan, or what is out of reach and why.

The forward model is smooth, so the plan is a knapsack filled along the gradient of revenue per
money: at each step the lever that buys most revenue per unit of cost moves a little, until the
target is met or everything stands at its bound (K1.10, K1.22, K1.25, K1.26).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studiolab.revenue_simulator import levers
from studiolab.schema import LEVERS

BASES = ("last", "mean", "sum")
STEPS = 24
SCALE_GUARD = 20


@dataclass
class Plan:
    """levers : DataFrame month and the seven levers; prediction : as `scenario`; cost : money in all;
    binds : levers at a bound; impacts : revenue each lever adds on its own, in the target's basis;
    reached : bool; achievable_revenue and achievement_rate in the target's basis."""

    studio_id: str
    target_revenue: float
    target_basis: str
    levers: pd.DataFrame
    prediction: pd.DataFrame
    achievable_revenue: float
    achievement_rate: float
    reached: bool
    cost: float
    binds: list
    impacts: dict


def plan(model, studio_id, target_revenue, months, target_basis, limits, base_month=None, current=None, members=None):
    """Cheapest levers whose predicted revenue reaches the target.

    model : RevenueModel; target_revenue : major units; target_basis : revenue of the "last" month,
    "mean" a month, or "sum" of all; limits : `max_..._increase` by the last month, approached in
    even monthly steps; base_month and members : as `scenario`; current : dict of levers held now,
    where they differ from the known ones. Levers never leave the data's support. Returns Plan.
    Raises ValueError for a target that is no positive number, or in another unit.
    """
    studio = model._index(studio_id)
    held = levers.per_month(current or {}, 1, list(model.held_levers(studio_id, base_month).values()))[0]
    room, direction = _room(model, studio, held, levers.limits(limits))
    origin = int(model._origin(np.array([studio]), base_month)[0])
    size = model.panel.values["total_members"][origin, studio] if members is None else members
    ramp = np.arange(1, months + 1) / months
    price = levers.unit_costs(size, held[LEVERS.index("avg_ticket_price")]) * ramp.sum()

    def value(changes):
        plans = held + changes[:, None, :] * direction * ramp[None, :, None]
        return _basis(model.simulate(studio, plans, origin=origin, members=members)["revenue"], target_basis)

    target = _checked_target(target_revenue, target_basis, float(value(np.zeros((1, len(LEVERS))))[0]))
    change = _fill(value, room, price, target)
    final = held + change * direction
    rows = held + change * direction * ramp[:, None]
    prediction = model.scenario(
        studio_id, pd.DataFrame(rows, columns=LEVERS), months, base_month=base_month, members=members
    )
    achievable = float(_basis(prediction["revenue"].to_numpy()[None], target_basis)[0])
    alone = value(np.diag(change)) - value(np.zeros((1, len(LEVERS))))
    return Plan(
        studio_id, target, target_basis, _table(prediction["month"], rows), prediction, achievable,
        achievement_rate=achievable / target, reached=achievable >= target * (1 - 1e-6),
        cost=float(price @ change),
        binds=[lever for i, lever in enumerate(LEVERS) if change[i] > 0 and change[i] >= room[i] * (1 - 1e-6)],
        impacts={lever: float(alone[i]) for i, lever in enumerate(LEVERS) if abs(final[i] - held[i]) > 0},
    )  # fmt: skip


def _room(model, studio, held, steps):
    """How far each lever may move (7,) and in which direction: utilisation goes down, others up."""
    direction = np.array([-1.0 if lever == levers.EASED else 1.0 for lever in LEVERS])
    low, high = model.support_bounds(studio)
    reach = np.where(direction > 0, high - held, held - low)
    return np.clip(np.minimum(steps, reach), 0, None), direction


def _fill(value, room, price, target):
    """Changes (7,) bought in order of revenue per money until `value` reaches the target."""
    change = np.zeros(len(room))
    now = float(value(change[None])[0])
    while now < target:
        left = room - change
        step = np.minimum(room / STEPS, left)
        trials = change + np.diag(step)
        gains = value(trials) - now
        worth = np.where((step > room * 1e-9) & (gains > 0), gains / np.maximum(price * step, 1e-12), 0)
        best = int(worth.argmax())
        if worth[best] <= 0:
            break
        if now + gains[best] >= target:
            return _land(value, change, trials[best], target)
        change, now = trials[best], now + gains[best]
    return change


def _land(value, short, beyond, target):
    """The point between two plans at which the target is met, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        met = value((short + middle * (beyond - short))[None])[0] >= target
        low, high = (low, middle) if met else (middle, high)
    return short + high * (beyond - short)


def _basis(revenue, basis):
    if basis not in BASES:
        raise ValueError(f"target_basis is {basis!r}; known are {BASES}")
    return {"last": revenue[:, -1], "mean": revenue.mean(axis=1), "sum": revenue.sum(axis=1)}[basis]


def _checked_target(target, basis, now):
    if not np.isfinite(target) or target <= 0:
        raise ValueError(f"target_revenue is {target}; it must be a positive amount in major units")
    if target > SCALE_GUARD * now:
        raise ValueError(
            f"target_revenue {target:,.0f} is {target / now:.0f} times the {basis} revenue of {now:,.0f} expected "
            "without any change; amounts are in major units (dollars, not cents)"
        )
    return float(target)


def _table(month, rows):
    return pd.DataFrame(rows, columns=LEVERS).assign(month=month.to_numpy())[["month", *LEVERS]]
