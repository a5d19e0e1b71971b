"""How wrong the model has been: intervals and confidence from months it had not seen.

The model is fitted once on all but the last year and asked about that year from every origin; its
relative errors, by horizon and size of studio, are the interval (split conformal prediction, Lei et
al. 2018). `confidence` is the measured rate of landing within five percent (K1.29).
"""

from dataclasses import dataclass, replace

import numpy as np

HELD_OUT = 12
LEVEL = 0.90
NEAR = 0.05
LONGEST = 12
PLENTY = 2_000  # errors of a horizon


@dataclass
class Errors:
    """spread : (2, LONGEST) noise of the log error: a constant and a part that shrinks with members;
    sizes : list of sorted |error| / spread, by horizon; together : Errors of the sum of all months up to each."""

    spread: np.ndarray
    sizes: list
    together: "Errors" = None

    def scale(self, members, horizon):
        """Typical log error of a studio of `members` at `horizon` (both broadcast)."""
        fixed, by_size = self.spread[:, horizon - 1]
        return np.sqrt(fixed + by_size / np.maximum(members, 1))

    def band(self, revenue, members, horizon):
        """(low, high, confidence) of each prediction; arrays of one shape."""
        scale = self.scale(members, horizon)
        reach = np.array([_quantile(self.sizes[h - 1], LEVEL) for h in np.ravel(horizon)]).reshape(np.shape(horizon))
        near = np.log1p(NEAR) / scale
        hit = np.array([_rate(self.sizes[h - 1], x) for h, x in zip(np.ravel(horizon), np.ravel(near), strict=True)])
        return revenue * np.exp(-reach * scale), revenue * np.exp(reach * scale), hit.reshape(np.shape(horizon))

    def chance(self, revenue, members, horizon, target):
        """How likely revenue of at least `target` is, 0 to 1, where `revenue` is predicted; errors fall either way."""
        far = np.log(revenue / target) / self.scale(members, horizon)
        return float(0.5 + np.sign(far) * _rate(self.sizes[horizon - 1], abs(far)) / 2)

    def factor(self, sure, members, horizon):
        """Share of predicted revenue that really comes with the chance `sure`, at least 0.5."""
        far = _quantile(self.sizes[horizon - 1], 2 * sure - 1) if sure > 0.5 else 0.0
        return float(np.exp(-far * self.scale(members, horizon)))

    def possible(self, revenue, members, horizon):
        """Sorted revenues that are equally likely, from one prediction: it, with each measured error either way."""
        sizes = self.sizes[horizon - 1]
        return revenue * np.exp(np.concatenate([-sizes[::-1], sizes]) * self.scale(members, horizon))


def measure(simulate, panel, first_origin, held):
    """Errors of `simulate` over the panel's months from `first_origin` on.

    simulate : function (studio, origin, plans) -> dict with revenue, members (rows, months)
    held : bool; True asks with the origin's levers held (forecast), False with the levers that
    were really planned (scenario). Returns (Errors, DataFrame-like dict of log errors by horizon).
    """
    total = panel.values["total_revenue"]
    logs, together, sizes = ([[] for _ in range(LONGEST)] for _ in range(3))
    for t in range(first_origin, len(total) - 1):
        months = min(LONGEST, len(total) - 1 - t)
        studio = np.flatnonzero(np.isfinite(total[t : t + 2]).all(axis=0))
        plans = np.stack([panel.plan[t if held else t + h, studio] for h in range(1, months + 1)], axis=1)
        answer = simulate(studio, np.full(len(studio), t), plans)
        with np.errstate(divide="ignore", invalid="ignore"):
            really, expected = total[t + 1 : t + months + 1, studio].T, answer["revenue"]
            gap = np.log(really) - np.log(expected)
            gap_together = np.log(really.cumsum(axis=1)) - np.log(expected.cumsum(axis=1))
        for h in range(months):
            if sum(map(len, logs[h])) < PLENTY:  # later origins say more of how a model ages than of how it errs
                ok = np.isfinite(gap[:, h]) & np.isfinite(gap_together[:, h])
                logs[h].append(gap[ok, h])
                together[h].append(gap_together[ok, h])
                sizes[h].append(answer["members"][ok, h])
    one, all_, members = ([np.concatenate(x) if x else np.zeros(0) for x in by] for by in (logs, together, sizes))
    return replace(_summarise(one, members), together=_summarise(all_, members))


def _summarise(logs, members):
    spread, sizes = np.zeros((2, LONGEST)), []
    for h in range(LONGEST):
        if len(logs[h]) < 5:
            grown = (h + 1) / h if h else 1.0
            spread[:, h] = spread[:, h - 1] * grown if h else (0.05**2, 0)
            sizes.append(sizes[-1] if h else np.sort(np.abs(np.random.default_rng(0).standard_normal(500))))
            continue
        spread[:, h] = _spread(logs[h], members[h])
        scale = np.sqrt(spread[0, h] + spread[1, h] / np.maximum(members[h], 1))
        sizes.append(np.sort(np.abs(logs[h]) / scale))
    return Errors(spread, sizes)


def _spread(errors, members):
    """Variance as a + b / members, both at least zero, fitted to squared errors cut at the 99th percentile."""
    from scipy.optimize import nnls

    square = np.minimum(errors**2, np.quantile(errors**2, 0.99))
    design = np.column_stack([np.ones(len(errors)), 1 / np.maximum(members, 1)])
    fixed, by_size = nnls(design, square)[0]
    return max(fixed, 1e-8), by_size


def _quantile(sizes, level):
    """The conformal quantile: the ceil((n + 1) level)-th smallest."""
    return sizes[min(int(np.ceil((len(sizes) + 1) * level)), len(sizes)) - 1]


def _rate(sizes, near):
    """Share of errors within `near`, with half a hit and half a miss added."""
    return (np.searchsorted(sizes, near, side="right") + 0.5) / (len(sizes) + 1)
