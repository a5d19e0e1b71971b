"""Counts as products of shrunken factors: what is seldom seen borrows from what is seen often.

A count y has mean mu = product of one factor of each term (a kind of class, a weekday, an hour, their pairs and their
cell, a week) and variance phi * mu + v * mu**2. Each factor is gamma with mean one (of an hour: the mean of the
neighbouring hours) and a variance that the term's own factors tell (empirical Bayes). Factors are raised in turn to
their conditional mode. A count that was cut off by a full class stands for its expectation given that it was larger.
Source: Poisson regression with gamma random effects, Lee & Nelder 1996; EM for the censored, Dempster et al. 1977.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.special import gammaincc

TERMS = (("kind",), ("weekday",), ("hour",), ("weekday", "hour"), ("kind", "weekday"), ("kind", "hour"),
         ("kind", "weekday", "hour"), ("holiday", "hour"), ("week",), ("kind", "week"))  # fmt: skip
CELL = ("kind", "weekday", "hour")
SWEEPS, LEAST_VARIANCE, MOST_VARIANCE = 10, 1e-3, 1.0
LEAST_PHI, PLAIN = 0.05, 10.0
ANCHOR = 0.2  # weight of one beside the neighbouring hours, so that a far hour comes back to the usual


@dataclass
class Factors:
    """What `fit` found: factor and variance of its logarithm by term, arrays over the term's axes.

    prior : dict of term to the variance between factors; phi, v : of the counts
    """

    scale: float
    factor: dict
    variance: dict
    prior: dict
    phi: float
    v: float

    def of(self, term, codes):
        """(factor, variance of its log) of each row; a code below 0 is one never seen: factor one, prior variance."""
        at = tuple(codes[axis] for axis in term)
        seen = np.min(at, axis=0) >= 0
        return np.where(seen, self.factor[term][at], 1.0), np.where(seen, self.variance[term][at], self.prior[term])


def fit(codes, sizes, y, full, weight):
    """Factors of counts.

    codes : dict of axis (kind, weekday, hour, week, holiday) to (n,) whole numbers from 0; sizes : dict of axis to
        how many there are; y : (n,) counts >= 0; full : (n,) bool, the count may have been larger; weight : (n,) > 0
    """
    index = {term: np.ravel_multi_index([codes[a] for a in term], [sizes[a] for a in term]) for term in TERMS}
    factor = {term: np.ones([sizes[a] for a in term]) for term in TERMS}
    prior, variance = {}, {}
    scale, phi, v = np.average(y, weights=weight), 1.0, 0.0
    mu = np.full(len(y), max(scale, 1e-6))
    for _ in range(SWEEPS):
        seen, square = y.astype(float), y.astype(float) ** 2
        seen[full], square[full] = at_least(mu[full], (phi * mu + v * mu**2)[full], y[full])
        precision = weight / (phi + v * mu)
        for term in TERMS:
            own, at = factor[term].ravel(), index[term]
            plain = precision * mu / own[at]
            had, should, noise = (np.bincount(at, x, len(own)) for x in (precision * seen, plain, weight * plain))
            around = usual(factor[term]).ravel() if term[-1] == "hour" else np.ones_like(own)
            prior[term] = between(had, should, noise, around)
            strength = 1 / prior[term]
            new = (had + strength * around) / (should + strength)
            mu *= (new / own)[at]
            factor[term], variance[term] = (x.reshape(factor[term].shape) for x in (new, 1 / (should * new + strength)))
        lift = np.sum(precision * seen) / np.sum(precision * mu)
        scale, mu = scale * lift, mu * lift
        phi, v = _spread(seen, square, mu, weight, index[CELL])
    return Factors(scale, factor, variance, prior, phi, v)


def at_least(mean, variance, bound):
    """Expectations of a gamma of this mean and variance, and of its square, given that it is at least bound - 1/2."""
    shape, scale = mean**2 / variance, variance / mean
    edge = np.maximum(bound - 0.5, 0) / scale
    beyond = np.maximum(gammaincc(shape, edge), 1e-12)
    first = np.maximum(mean * gammaincc(shape + 1, edge) / beyond, bound)
    second = mean * (mean + scale) * gammaincc(shape + 2, edge) / beyond
    return first, np.maximum(second, first**2)


def usual(factor):
    """What factors of hours, the last axis, are drawn to: the mean of the two beside each and a little of one."""
    edges = np.concatenate([factor[..., :1], factor, factor[..., -1:]], axis=-1)
    return (edges[..., :-2] + edges[..., 2:] + ANCHOR) / (2 + ANCHOR)


def between(had, should, noise, usual):
    """Variance between factors: that of their raw ratios less what chance alone gives (DerSimonian & Laird 1986)."""
    known = should > 0
    had, should, noise, usual = had[known], should[known], noise[known], usual[known]
    excess = should * (had / should / usual - 1) ** 2 - noise / should / usual
    return np.clip(excess.sum() / should.sum(), LEAST_VARIANCE, MOST_VARIANCE)


def _spread(y, square, mu, weight, cell):
    """phi and v of variance = phi * mu + v * mu**2, by least squares on squares relative to mu.

    y, square : expected counts and squares of counts. Squares are around each cell's own mean, so that what the
        factors do not yet tell is not taken for chance; a Poisson count (phi 1) stands in for PLAIN more of them.
    """
    total, count = np.bincount(cell, weight * mu), np.bincount(cell)
    mean = mu * (np.bincount(cell, weight * y) / np.maximum(total, 1e-12))[cell]
    used = count[cell] > 1
    around = (square - 2 * mean * y + mean**2) / np.maximum(1 - weight * mu / total[cell], 0.05) / mu
    root = np.append(np.sqrt(weight[used]), np.sqrt(PLAIN))
    slope, told = np.append(mu[used], 0.0), np.append(around[used], 1.0)
    found, _ = nnls(np.column_stack([root, root * slope]), root * told)
    return max(found[0], LEAST_PHI), found[1]
