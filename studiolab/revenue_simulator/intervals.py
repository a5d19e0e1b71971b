"""How wrong the model has been: intervals and confidence from months it had not seen.

The model is fitted once on all but the last year and asked about that year from every origin. How wide an interval is
follows from what chance does to this studio under this plan (`chance.noise`), as far as the errors seen bear it
out, and a constant; how many errors it holds is measured (split conformal prediction, Lei et al. 2018). `confidence`
is the measured rate of landing within five percent (K1.29).
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

HELD_OUT = 12
LEVEL = 0.90
NEAR = 0.05
LONGEST = 12
PLENTY = 2_000  # errors of a horizon


@dataclass
class Errors:
    """spread : (2, LONGEST) variance of the log error: a constant, and a part of the variance that chance brings;
    typical : (LONGEST,) root mean square log error; sizes : list of sorted |error| / spread,
    by horizon; together : Errors of the sum of all months up to each."""

    spread: np.ndarray
    typical: np.ndarray
    sizes: list
    together: "Errors" = None

    def scale(self, noise, horizon):
        """Typical log error at `horizon` where chance alone brings a variance of `noise` (both broadcast)."""
        fixed, part = self.spread[:, horizon - 1]
        return np.sqrt(fixed + part * noise)

    def band(self, revenue, noise, horizon):
        """(low, high, confidence) of each prediction; arrays of one shape."""
        scale = self.scale(noise, horizon)
        reach = np.array([_quantile(self.sizes[h - 1], LEVEL) for h in np.ravel(horizon)]).reshape(np.shape(horizon))
        near = np.log1p(NEAR) / scale
        hit = np.array([_rate(self.sizes[h - 1], x) for h, x in zip(np.ravel(horizon), np.ravel(near), strict=True)])
        return revenue * np.exp(-reach * scale), revenue * np.exp(reach * scale), hit.reshape(np.shape(horizon))

    def learned_from(self, share):
        """The same of a model that saw 1 / `share` times as many months: what it got wrong by too few shrinks."""
        one = replace(self, spread=self.spread * np.array([[share], [1.0]]))
        return one if self.together is None else replace(one, together=self.together.learned_from(share))

    def chance(self, revenue, noise, horizon, target):
        """How likely revenue of at least `target` is, 0 to 1, where `revenue` is predicted; errors fall either way."""
        far = np.log(revenue / target) / self.scale(noise, horizon)
        return float(0.5 + np.sign(far) * _rate(self.sizes[horizon - 1], abs(far)) / 2)

    def factor(self, sure, noise, horizon):
        """Share of predicted revenue that really comes with the chance `sure`, at least 0.5."""
        far = _quantile(self.sizes[horizon - 1], 2 * sure - 1) if sure > 0.5 else 0.0
        return float(np.exp(-far * self.scale(noise, horizon)))

    def possible(self, revenue, noise, horizon):
        """Sorted revenues that are equally likely, from one prediction: it, with each measured error either way."""
        sizes = self.sizes[horizon - 1]
        return revenue * np.exp(np.concatenate([-sizes[::-1], sizes]) * self.scale(noise, horizon))


def measure(simulate, noise, panel, first_origin, held):
    """Errors of `simulate` over the panel's months from `first_origin` on.

    simulate : function (studio, origin, plans) -> dict with revenue (rows, months); noise : as `chance.noise`
    held : bool; True asks with the origin's levers held (forecast), False with the levers that
    were really planned (scenario). Returns Errors.
    """
    total = panel.values["total_revenue"]
    found = [[[] for _ in range(LONGEST)] for _ in range(2)]
    for t in range(first_origin, len(total) - 1):
        months = min(LONGEST, len(total) - 1 - t)
        if all(sum(map(len, found[0][h])) >= PLENTY for h in range(months)):
            break  # later origins say more of how a model ages than of how it errs
        studio = np.flatnonzero(np.isfinite(total[t : t + 2]).all(axis=0))
        plans = np.stack([panel.plan[t if held else t + h, studio] for h in range(1, months + 1)], axis=1)
        asked = studio, np.full(len(studio), t), plans
        with np.errstate(divide="ignore", invalid="ignore"):
            really, expected = total[t + 1 : t + months + 1, studio].T, simulate(*asked)["revenue"]
            gaps = [np.log(of(really)) - np.log(of(expected)) for of in (np.array, partial(np.cumsum, axis=1))]
            both = np.stack([gaps, noise(*asked)])  # (gap or noise, month or sum, rows, months)
        known = np.isfinite(both).all(axis=(0, 1))
        for h in range(months):
            if sum(map(len, found[0][h])) < PLENTY:
                for which in (0, 1):
                    found[which][h].append(both[:, which, known[:, h], h].T)
    one, together = ([np.concatenate(by) if by else np.zeros((0, 2)) for by in of] for of in found)
    return replace(_summarise(one), together=_summarise(together))


def _summarise(by_horizon):
    """Errors of a list of (rows, 2), log errors and the noise behind them, by horizon."""
    spread, typical, sizes = np.zeros((2, LONGEST)), np.full(LONGEST, np.nan), []
    for h, (errors, noise) in enumerate(rows.T for rows in by_horizon):
        if len(errors) < 5:
            grown = (h + 1) / h if h else 1.0
            spread[:, h] = spread[:, h - 1] * grown if h else (0.05**2, 0)
            sizes.append(sizes[-1] if h else np.sort(np.abs(np.random.default_rng(0).standard_normal(500))))
            continue
        spread[:, h], typical[h] = _spread(errors, noise), np.sqrt(np.mean(errors**2))
        sizes.append(np.sort(np.abs(errors) / np.sqrt(spread[0, h] + spread[1, h] * noise)))
    return Errors(spread, typical, sizes)


def _spread(errors, noise):
    """Variance as a + b noise, both at least zero, fitted to squared errors cut at the 99th percentile."""
    from scipy.optimize import nnls

    square, weight = np.minimum(errors**2, np.quantile(errors**2, 0.99)), np.ones(len(errors))
    for _ in range(2):  # large variances are told less exactly
        fixed, part = nnls(np.column_stack([np.ones(len(errors)), noise]) * weight[:, None], square * weight)[0]
        weight = 1 / np.maximum(fixed + part * noise, 1e-8)
    return max(fixed, 1e-8), part


def _quantile(sizes, level):
    """The conformal quantile: the ceil((n + 1) level)-th smallest."""
    return sizes[min(int(np.ceil((len(sizes) + 1) * level)), len(sizes)) - 1]


def _rate(sizes, near):
    """Share of errors within `near`, with half a hit and half a miss added."""
    return (sizes.searchsorted(near, side="right") + 0.5) / (len(sizes) + 1)
