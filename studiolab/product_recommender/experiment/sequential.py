"""Bounds for results that are looked at again and again, and the power that they leave.

A difference of means, over its standard error, moves like a Brownian motion seen at information fractions: the share
of the planned clients that is known. Group-sequential bounds spend the chance of a false finding over the looks as they
come (Lan & DeMets 1983), integrated as by Armitage, McPherson & Rowe 1969; an interval of estimate ± bound × error
holds the truth at all looks at once (Jennison & Turnbull 1989). `mixture` needs no plan (Robbins 1970; Howard et al.
2021), but at the same plan finds far fewer lifts; `studiolab.bench.experiments` sets them side by side.
"""

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

POINTS = 201  # of the grid between the bounds
FIRST, STEP = 0.1, 0.01  # least fraction of a first look, and between two
FAR = 8.0  # standard errors that chance never reaches


def o_brien_fleming(fractions, alpha):
    """Chance of a false finding that may be spent by each of `fractions`, two-sided: hardly any at first."""
    return 4 * ndtr(ndtri(alpha / 4) / np.sqrt(np.minimum(fractions, 1)))


def pocock(fractions, alpha):
    """As `o_brien_fleming`, spent about evenly."""
    return alpha * np.log(1 + (np.e - 1) * np.minimum(fractions, 1))


def bounds(fractions, alpha, spending=o_brien_fleming):
    """(k,) standard errors from zero that decide at each look.

    fractions : (k,) rising, > 0; from 1 on all of `alpha` is spent, so only the last may exceed it
    """
    return _bounds(tuple(map(float, fractions)), alpha, spending).copy()


@lru_cache(maxsize=64)
def _bounds(fractions, alpha, spending):
    may_spend = np.diff(spending(np.array(fractions), alpha), prepend=0.0)
    walk, found = _Walk(), np.empty(len(fractions))
    for k, fraction in enumerate(fractions):
        walk.to(fraction)
        furthest = FAR * np.sqrt(fraction)
        if walk.beyond(furthest) >= may_spend[k]:
            bound = furthest
        else:
            bound = brentq(lambda b, chance=may_spend[k]: walk.beyond(b) - chance, 0, furthest)
        found[k] = bound / np.sqrt(fraction)
        walk.stop(bound)
    return found


def crossed(fractions, bounds, drift):
    """(k,) chance to have crossed `bounds` by each look, where the full plan would be `drift` errors from zero."""
    walk, chances = _Walk(drift), np.empty(len(fractions))
    for k, (fraction, bound) in enumerate(zip(fractions, bounds, strict=True)):
        walk.to(fraction)
        chances[k] = walk.beyond(bound * np.sqrt(fraction))
        walk.stop(bound * np.sqrt(fraction))
    return np.cumsum(chances)


def drift(alpha, power, looks=90):
    """Standard errors that the smallest lift has to be at the end of the plan, so that `looks` even looks find it."""
    fractions = np.linspace(1, FIRST, looks)[::-1]
    at = bounds(fractions, alpha)
    once = ndtri(1 - alpha / 2) + ndtri(power)
    return brentq(lambda d: crossed(fractions, at, d)[-1] - power, 0.9 * once, 1.3 * once, xtol=1e-4)


def mixture(fractions, alpha, best_at=1.0):
    """(k,) standard errors that decide under a normal mixture, at any fraction, also beyond the plan.

    best_at : fraction at which it is narrowest; the scale of Howard et al. 2021, 3.2
    """
    fractions = np.asarray(fractions, float)
    scale = best_at / (-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha)))
    ahead = fractions + scale
    return np.sqrt(ahead / fractions * np.log(ahead / scale / alpha**2))


def spaced(fractions):
    """Positions of the looks that count: from FIRST on, STEP apart, STEP before the end, and the first at the end."""
    kept, next_at = [], FIRST
    for k, fraction in enumerate(fractions):
        if fraction >= 1 or next_at <= fraction <= 1 - STEP:
            kept.append(k)
            next_at = fraction + STEP
        if fraction >= 1:
            break
    return np.array(kept, int)


class _Walk:
    """A Brownian motion, with `drift` at 1, that has not been stopped yet: its density on a grid."""

    def __init__(self, drift=0.0):
        self.drift, self.at, self.grid, self.mass = drift, 0.0, np.zeros(1), np.ones(1)

    def to(self, fraction):
        """Look next at `fraction`."""
        self.wide = np.sqrt(fraction - self.at)
        self.mean = self.grid + self.drift * (fraction - self.at)
        self.at = fraction

    def beyond(self, bound):
        """Chance to be further from zero than `bound` at this look."""
        outside = ndtr((-bound - self.mean) / self.wide) + ndtr((self.mean - bound) / self.wide)
        return float(self.mass @ outside)

    def stop(self, bound):
        """Those beyond `bound` go no further."""
        step = 2 * bound / POINTS
        grid = -bound + step * (np.arange(POINTS) + 0.5)
        z = (grid[:, None] - self.mean[None, :]) / self.wide
        self.mass = np.exp(-0.5 * z * z) @ self.mass * (step / self.wide / np.sqrt(2 * np.pi))
        self.grid = grid
