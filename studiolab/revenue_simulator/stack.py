"""The stack: the structural model and the learners, each counting for as much as it helped on months it had not seen.

Every member is fitted on the months before some rolling origins, with an embargo, and asked about those after; weights
are the non-negative ones, adding to one, that come nearest to what was, in log growth of revenue. A scenario and a
forecast have weights of their own (K1.19): a scenario must say what levers do in full, while the owners of a forecast
change their levers meanwhile, so there "same as last month" is a member too. Sources: Wolpert, "Stacked
generalization", 1992; Breiman, "Stacked regressions", 1996 (non-negative); K1.12, K1.14, K1.15.
"""

import numpy as np

from studiolab.revenue_simulator.config import ModelConfig
from studiolab.revenue_simulator.ensemble import Ensemble, grown_to, inverse_errors, mixed
from studiolab.revenue_simulator.intervals import LONGEST

SAME = "same as last month"
KINDS = ("scenario", "forecast")
FEWEST_MONTHS, FEWEST_ROWS = 9, 50  # that a fold may learn from, that weights may rest on
NEGLIGIBLE = 0.005  # weight of a member that is not worth its time


class Stack:
    """Fitted members and their weights; `simulate` answers a scenario, `forecast` the months of held levers."""

    def __init__(self, panel, structural, seed=0, until=None, weights=None, config=None):
        """panel : panel.Panel; structural : function (until) -> Structural of the panel; seed : int; until : int or
        None, learn from the first `until` months only; weights : dict by KINDS of dict by member, or None to learn
        them from rolling origins before `until`; config : ModelConfig"""
        self.panel, config = panel, config or ModelConfig()
        until = len(panel.months) if until is None else until
        self.weights = weights or learned_weights(panel, structural, seed, until, config)
        used = {name for kind in KINDS for name in self.weights[kind]} - {SAME}
        self.members = _Members(panel, structural, seed, until, sorted(used), config)

    def simulate(self, studio, origin, plans, members_now=None):
        """dict of (rows, months): revenue, members, retention; arguments as Structural.simulate."""
        return self._answer("scenario", studio, origin, plans, members_now)

    def forecast(self, studio, origin, plans, members_now=None):
        """`simulate` where the plans are the levers held at the origin."""
        return self._answer("forecast", studio, origin, plans, members_now)

    def _answer(self, kind, studio, origin, plans, members_now):
        growth = self.members.growth(studio, origin, plans, members_now)
        return grown_to(self.panel, studio, origin, mixed(self.weights[kind], growth))


class _Members:
    """Members of a stack, learned from the first `until` months."""

    def __init__(self, panel, structural, seed, until, names, config):
        self.panel = panel
        self.structural = structural(until) if "structural" in names else None
        learners = {name: 1.0 for name in names if name != "structural"}
        self.learners = Ensemble(panel, seed, until, learners, config) if learners else None

    def growth(self, studio, origin, plans, members_now=None):
        """As `Ensemble.growth`, with the structural model and SAME."""
        growth = {} if self.learners is None else self.learners.growth(studio, origin, plans)
        if self.structural is not None:
            told = self.structural.simulate(studio, origin, plans, members_now)
            one = grown_to(self.panel, studio, origin, np.zeros((*plans.shape[:2], 3)))
            with np.errstate(divide="ignore", invalid="ignore"):
                growth["structural"] = np.stack([
                    np.log(told["revenue"] / one["revenue"]), np.log(told["members"] / one["members"]),
                    told["retention"] - one["retention"],
                ], axis=2)  # fmt: skip
        return growth | {SAME: np.zeros((*plans.shape[:2], 3))}


def learned_weights(panel, structural, seed, until, config):
    """dict by KINDS of the weights of members, which add to one; those that are left out count for nothing.

    Too short a history to say gives all to the structural model where there is one, else the same to each.
    """
    names = config.stack.members
    found = out_of_fold(panel, structural, seed, until, config)
    if min(len(rows[0]) for rows in found.values()) < FEWEST_ROWS:
        alone = {"structural": 1.0} if "structural" in names else dict.fromkeys(names, 1 / len(names))
        return dict.fromkeys(KINDS, alone)
    rule = _non_negative if config.stack.weights == "non_negative" else _inverse
    return {kind: rule(*found[kind], [*names, SAME] if kind == "forecast" else list(names)) for kind in KINDS}


def out_of_fold(panel, structural, seed, until, config):
    """What members said of months they had not seen, before `until`.

    Returns dict by KINDS of (horizon (rows,), grown (rows,), said): log growth of revenue that came, and a dict by
    member of what it had said. No member has seen a month after its origin, nor the embargo before.
    """
    found = {kind: [] for kind in KINDS}
    for first, origins in folds(until, config):
        members = _Members(panel, structural, seed, first - config.training.embargo_months + 1,
                           config.stack.members, config)  # fmt: skip
        for t in origins:
            for kind in KINDS:
                found[kind].append(_asked(panel, members, t, min(LONGEST, until - 1 - t), kind == "forecast"))
    return {kind: _joined(parts, config.stack.members) for kind, parts in found.items()}


def folds(until, config):
    """List of (first origin, range of origins), side by side until the last month that is learned from."""
    wide, last = config.stack.fold_months, until - 1
    starts = range(last - wide * config.stack.folds, last, wide)
    starts = [first for first in starts if first + 1 - config.training.embargo_months >= FEWEST_MONTHS]
    return [(first, range(first, first + wide)) for first in starts]


def _asked(panel, members, t, months, held):
    """(horizon, grown, said) of all studios from origin t."""
    total = panel.values["total_revenue"]
    studio = np.flatnonzero(np.isfinite(total[t]))
    origin, ahead = np.full(len(studio), t), np.arange(1, months + 1)
    plans = np.stack([panel.plan[t if held else t + h, studio] for h in ahead], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.log(total[t + 1 : t + months + 1, studio] / total[t, studio]).T
    said = {name: growth[..., 0].ravel() for name, growth in members.growth(studio, origin, plans).items()}
    return np.tile(ahead, len(studio)), grown.ravel(), said


def _joined(parts, names):
    if not parts:
        return np.zeros(0), np.zeros(0), {name: np.zeros(0) for name in (*names, SAME)}
    horizon, grown = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    said = {name: np.concatenate([part[2][name] for part in parts]) for name in (*names, SAME)}
    known = np.isfinite(grown) & np.isfinite(list(said.values())).all(axis=0)
    return horizon[known], grown[known], {name: values[known] for name, values in said.items()}


def _non_negative(horizon, grown, said, names):
    """Least squares with weights of at least zero that add to one (Lawson & Hanson 1974, 23.4), in units of the size
    of growth at each horizon, so that the far months do not outweigh the near."""
    from scipy.optimize import nnls

    size = np.sqrt(np.bincount(horizon, grown**2) / np.maximum(np.bincount(horizon), 1))[horizon]
    design, target = np.column_stack([said[name] for name in names]) / size[:, None], grown / size
    add_to_one = 100 * np.sqrt(len(grown))
    weights = nnls(np.vstack([design, np.full(len(names), add_to_one)]), np.append(target, add_to_one))[0]
    return _worth(dict(zip(names, weights, strict=True)))


def _inverse(horizon, grown, said, names):
    return _worth(inverse_errors({name: np.sqrt(np.mean((said[name] - grown) ** 2)) for name in names}))


def _worth(weights):
    kept = {name: weight for name, weight in weights.items() if weight >= NEGLIGIBLE}
    total = sum(kept.values())
    return {name: float(weight / total) for name, weight in kept.items()}
