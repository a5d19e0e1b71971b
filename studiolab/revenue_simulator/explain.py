"""What each lever does to predicted revenue: exact Shapley values of a change, local effects; and how it ran along.

A coalition is a set of levers that already stand where a plan wants them while the others stay held. The Shapley
value of a lever is what its move adds, averaged over all orders in which the seven could move; seven levers have
2^7 coalitions, so nothing is sampled. Sources: Shapley, "A value for n-person games", 1953; interactions: Grabisch
& Roubens, "An axiomatic approach to the concept of interaction", 1999. Shapley values of the ensemble's features
are in `tree_shap`.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import factorial, isfinite

import numpy as np
import pandas as pd

from studiolab.revenue_simulator import levers as rules
from studiolab.revenue_simulator.inverse import of_basis, weights
from studiolab.revenue_simulator.model import _checked_months
from studiolab.schema import LEVERS

N = len(LEVERS)
MOVED = np.array(list(product((False, True), repeat=N)))  # (128, 7), the coalitions; the first is held, the last asked
PER_CENT = 0.01


@dataclass
class Shapley:
    """What a plan changes, shared out. All money in major units, in the plan's basis.

    held, asked : (months, 7) levers; worth : (128,) of each coalition, in the order of MOVED; each : dict of lever to
    its value, which add up to after - before.
    """

    studio_id: str
    held: np.ndarray
    asked: np.ndarray
    worth: np.ndarray
    each: dict

    @property
    def before(self):
        """What the plan brings with every lever held."""
        return float(self.worth[0])

    @property
    def after(self):
        """What it brings with every lever as asked."""
        return float(self.worth[-1])

    @property
    def values(self):
        """`each` as a Series."""
        return pd.Series(self.each)

    @cached_property
    def interactions(self):
        """DataFrame lever by lever, symmetric, each row adds up to the lever's value: what it does alone on the
        diagonal, half of what two do together beside it."""
        return pd.DataFrame(interactions(self.worth), list(LEVERS), list(LEVERS))


def shapley(model, studio_id, levers, months=3, basis="last", base_month=None, members=None, method="structural"):
    """Exact Shapley values of the seven levers for the change from the held levers to `levers`.

    model : RevenueModel; levers : as `RevenueModel.scenario`; basis : revenue of the "last" month, "mean" a month or
    "sum" of all; base_month, members : as `scenario`; method : one of METHODS
    Returns Shapley. A lever that is not moved has the value 0.
    Raises ValueError for a lever, value, studio or month as `scenario`, or months that cannot be predicted.
    """
    studio, origin, held = _start(model, studio_id, months, base_month)
    asked = rules.per_month(levers, months, held[0])
    if method == "structural":
        worth, values = model.coalitions(studio, origin, held, asked, weights(basis, months), _SHARES, members)
    else:
        worth = of_basis(model.simulate(studio, coalitions(held, asked), method, origin, members)["revenue"], basis)
        values = shares(worth)
    values = values.tolist()
    _check(worth[0] > 0 and isfinite(sum(values)), studio_id)
    return Shapley(studio_id, held, asked, worth, dict(zip(LEVERS, values, strict=True)))


def coalitions(held, asked):
    """(128, months, 7) plans, in the order of MOVED: some levers as in `asked`, the others as in `held`.

    held, asked : (months, 7)
    """
    return np.where(MOVED[:, None, :], asked, held)


def shares(worth):
    """Shapley values (7, ...) of `worth` (128, ...), the worth of each coalition in the order of MOVED."""
    return (_SHARES @ worth.reshape(len(MOVED), -1)).reshape(N, *worth.shape[1:])


def interactions(worth):
    """Shapley interactions (7, 7) of `worth` (128,); each row adds up to the lever's Shapley value."""
    pairs = _PAIRS @ worth / 2
    return pairs + np.diag(shares(worth) - pairs.sum(axis=1))


def sensitivity(model, studio_id, levers=None, months=3, basis="last", base_month=None, members=None):
    """Revenue for a little more of each lever, all others staying, by central differences of one per cent.

    levers : dict, the plan at which it is measured where that is not the held one; the rest as `shapley`
    Returns DataFrame by lever: at (its value), per_unit (money for one unit more, as the catalogue's cost counts it),
    per_percent (money for one per cent of `at` more), elasticity (per cent of revenue for one per cent of lever).
    Differences stay within the hard range of a lever, one-sided at its end. Raises as `shapley`.
    """
    studio, origin, held = _start(model, studio_id, months, base_month)
    at = rules.per_month(levers or {}, 1, held[0])[0]
    low, high = np.array([rules.hard_range(lever) for lever in LEVERS]).T
    step = PER_CENT * np.maximum(at, rules.limits())  # a lever at 0 still has a slope
    below, above = np.maximum(at - step, low), np.minimum(at + step, high)
    ends = np.array([at, *_each(at, below), *_each(at, above)])
    plans = np.repeat(ends[:, None], months, axis=1)
    worth = _known(of_basis(model.simulate(studio, plans, "structural", origin, members)["revenue"], basis), studio_id)
    slope = (worth[1 + N :] - worth[1 : 1 + N]) / (above - below)
    table = {"at": at, "per_unit": slope, "per_percent": slope * PER_CENT * at, "elasticity": slope * at / worth[0]}
    return pd.DataFrame(table, index=list(LEVERS))


def elasticity(model, studio_id, **given):
    """Per cent of revenue for one per cent of each lever, Series by lever; given : as `sensitivity`."""
    return sensitivity(model, studio_id, **given)["elasticity"]


def realised(model, studio_id, base_month=None):
    """What the levers came to, and revenue, in each fully known month up to `base_month`.

    Returns DataFrame by month: the seven levers as measured (joins counted, retention from churn) and revenue, major
    units. Raises ValueError for a studio or month as `shapley`.
    """
    studio = model._index(studio_id)
    known = {name: value[:, studio] for name, value in model.panel.values.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        known["retention_rate"] = np.r_[np.nan, 1 - known["churned_members"][1:] / known["total_members"][:-1]]
        known["class_attendance_rate"] = known["total_class_attendance"] / known["offered_spots"]
    known["new_members_monthly"], known["revenue"] = known["new_members"], known["total_revenue"]
    frame = pd.DataFrame({name: known[name] for name in (*LEVERS, "revenue")}, index=model.panel.months)
    last = int(model._origin(np.array([studio]), base_month)[0])
    return frame.iloc[: last + 1].replace([np.inf, -np.inf], np.nan).dropna()


def correlation(model, studio_id, base_month=None):
    """Pearson correlation (8, 8) of the realised levers and revenue; NaN where one of them never varied.

    It says what ran along with revenue in the past, growth and seasons included, not what a lever does.
    """
    return realised(model, studio_id, base_month).corr()


# parts ----------------------------------------------------------------------------------------
def _start(model, studio_id, months, base_month):
    """Index of the studio, index of the month it starts from, and its held levers (months, 7)."""
    months, studio = _checked_months(months), model._index(studio_id)
    origin = int(model._origin(np.array([studio]), base_month)[0])
    return studio, origin, rules.each_month(model.panel.plan[origin, studio], months)


def _each(at, moved):
    """(7, 7): `at` with one lever after the other as in `moved`."""
    return np.where(np.eye(N, dtype=bool), moved, at)


def _known(worth, studio_id):
    _check((np.isfinite(worth) & (worth > 0)).all(), studio_id)
    return worth


def _check(known, studio_id):
    if not known:
        raise ValueError(
            f"{studio_id} cannot be explained from here: figures of the months before are missing, "
            "or a lever is far beyond any studio; give another base_month or other levers"
        )


def _share_weights():
    """(7, 128): how much each coalition's worth counts, for or against a lever."""
    others = MOVED.sum(axis=1)[None, :] - MOVED.T
    weight = np.array([factorial(k) * factorial(N - 1 - k) / factorial(N) for k in range(N)])
    return np.where(MOVED.T, 1, -1) * weight[others]


def _pair_weights():
    """(7, 7, 128): the same for two levers, for coalitions with both or neither; 0 for a lever with itself."""
    inside = MOVED.T.astype(int)
    both = inside[:, None] + inside[None, :]
    others = np.minimum(MOVED.sum(axis=1) - both, N - 2).clip(0)
    weight = np.array([factorial(k) * factorial(N - 2 - k) / factorial(N - 1) for k in range(N - 1)])
    return np.where(both == 1, -1, 1) * weight[others] * ~np.eye(N, dtype=bool)[:, :, None]


_SHARES, _PAIRS = np.ascontiguousarray(_share_weights(), float), _pair_weights()
