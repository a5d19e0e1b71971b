"""Regression with shrunken studio effects: the one estimator behind every flow of the structural model.

Generalised linear mixed model by penalised iteratively reweighted least squares; the variance of
the studio effects by EM, outliers weighed down (Huber). Source: Breslow & Clayton 1993 (PQL);
Bates, lme4 (penalised weighted residual sum of squares); Huber 1981.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numba import njit

FAMILIES = ("gaussian", "binomial", "poisson")
HUBER = 2.5
ITERATIONS = 25
SETTLED, NEARLY = 1e-4, 1e-3  # of what moves most; where slopes are given nothing else hangs on a studio's effects
LEAST = 1e-8  # variance
COMMON = 0.1  # prior spread of what a month does to all studios at once


def sigmoid(x):
    """The share whose log-odds are `x`."""
    return 1 / (1 + np.exp(-x))


def logit(p):
    """Log-odds of a share, which is kept off 0 and 1."""
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.log(p / (1 - p))


@dataclass
class Fit:
    """What was learned of one flow.

    coefficients : (p,); effects : (studios, q); noise : dispersion; smear : mean of exp(residual) for logged targets
    variance : (q,) of the effects among studios
    borrowed : (studios, q) share of it that a studio's own months leave open; 1 where it takes the others' mean
    common : (months,) what befell all studios; misfit : mean log variance of the data about the fit
    """

    coefficients: np.ndarray
    effects: np.ndarray
    noise: float
    smear: float
    variance: np.ndarray
    borrowed: np.ndarray
    common: np.ndarray = field(default_factory=lambda: np.zeros(0))
    misfit: float = 0.0

    def predict(self, x, z, studio):
        """Linear predictor without its offset: x (rows, p), z (rows, q), studio (rows,) index."""
        return x @ self.coefficients + np.einsum("rq,rq->r", z, self.effects[studio])


def fit(
    x, y, z, studio, studios, family, spread, offset=0.0, trials=None, mix=None, when=None, teacher=None, near=None
):
    """Fit y on x with effects of z that differ by studio and shrink to zero.

    x : (rows, p); y : (rows,), a share for binomial, a count for poisson; z : (rows, q)
    studio : (rows,) index below `studios`, quickest in order; family : "gaussian" | "binomial" | "poisson"
    spread : (p,) prior standard deviation of each coefficient; trials : (rows,) for binomial
    mix : (shares (rows, k), penalties (k,)) for binomial: these shares of the trials have a logit lower by that much
    when : (rows,) month index, to take off what befell all studios in a month; one row a studio and month
    teacher : Fit of other studios whose coefficients, noise and variance are taken over; only effects are learned
    near : Fit of nearly the same rows to begin from, or None; it saves steps and changes no answer
    Returns Fit; all zero when there is no row to learn from.
    """
    if not len(y):
        none = np.zeros((studios, z.shape[1]))
        if teacher is not None:
            return replace(teacher, effects=none, borrowed=none + 1)
        return Fit(np.zeros(x.shape[1]), none, 1.0, 1.0, np.full(z.shape[1], 0.05), none + 1)
    offset = np.broadcast_to(offset, y.shape)
    trials = np.ones(len(y)) if trials is None else trials
    common = np.zeros(0 if when is None else when.max() + 1)
    beta, effects = np.zeros(x.shape[1]), np.zeros((studios, z.shape[1]))
    variance, noise = np.full(z.shape[1], 0.05), 1.0
    eta = offset + (0.0 if family != "gaussian" else y - offset)
    if teacher is not None:
        beta, variance, noise = teacher.coefficients, teacher.variance, teacher.noise
        eta = offset + x @ beta
    if near is not None and near.effects.shape == effects.shape:
        variance, noise = near.variance, near.noise
        eta = offset + near.predict(x, z, studio)
        if when is not None and len(near.common) == len(common):
            eta = eta + near.common[when]
    shares, penalties = mix or (np.zeros((len(y), 0)), np.zeros(0))
    residual, steps = np.zeros(len(y)), [np.log(variance)]
    for _ in range(ITERATIONS):
        working, weight, robust = _reweigh(FAMILIES.index(family), y, eta, offset, trials, shares, penalties, noise)
        known = None if teacher is None else beta
        solved = _solve(x, z, working, robust / noise, studio, studios, spread, variance, known, when)
        beta, effects, left, common = solved
        fixed = offset + x @ beta if when is None else offset + x @ beta + common[when]
        moved = _advance(fixed, z, effects, studio, eta)
        borrowed = np.minimum(left / variance, 1.0)
        if teacher is None:
            residual = working - (eta - offset)
            steps.append(np.log(np.maximum((effects**2 + left).mean(axis=0), LEAST)))
            if len(steps) == 3:
                steps = [_ahead(*steps)]
            variance = np.exp(steps[-1])
            noise = max(float(robust @ residual**2 / max(len(y) - x.shape[1], 1)), 1e-10)
        if moved < (SETTLED if teacher is None else NEARLY):
            break
    if teacher is not None:
        return replace(teacher, effects=effects, borrowed=borrowed)
    typical = np.abs(residual) * np.sqrt(weight / noise) < 4
    smear = float(np.exp(residual[typical]).mean()) if family == "gaussian" else 1.0
    misfit = np.log(noise) + (np.log(mixture(eta, mix)[1]).mean() if family == "binomial" else 0.0)
    return Fit(beta, effects, noise, smear, variance, borrowed, common, float(misfit))


def _ahead(first, second, third):
    """Where a slowly settling sequence leads to (Aitken); EM alone takes many steps to a small variance."""
    step, before = third - second, second - first
    ratio = np.clip(np.where(np.abs(before) > 1e-12, step / np.where(before == 0, 1, before), 0), 0, 0.9)
    return np.maximum(third + ratio / (1 - ratio) * step, np.log(LEAST))


@njit(cache=True, error_model="numpy")
def _reweigh(family, y, eta, offset, trials, shares, penalties, noise):
    """Working response (offset taken off), its weight, and the weight that outliers keep, of one reweighting.

    family : index in FAMILIES; the rest as `fit`
    """
    working, weight, robust = np.empty_like(y), np.ones_like(y), np.empty_like(y)
    for r in range(len(y)):
        if family == 0:
            residual = y[r] - eta[r]
        elif family == 1:
            p = min(max(1 / (1 + np.exp(-eta[r])), 1e-4), 1 - 1e-4)
            mean, slope, rest = 0.0, 0.0, 1.0
            for k in range(len(penalties)):
                lower = min(max(1 / (1 + np.exp(penalties[k] - eta[r])), 1e-4), 1 - 1e-4)
                mean += shares[r, k] * lower
                slope += shares[r, k] * lower * (1 - lower)
                rest -= shares[r, k]
            mean += rest * p
            slope += rest * p * (1 - p)
            residual, weight[r] = (y[r] - mean) / slope, trials[r] * slope
        else:
            mean = np.exp(min(max(eta[r], -20.0), 20.0))
            residual, weight[r] = min(max((y[r] - mean) / mean, -3.0), 3.0), mean
        working[r] = eta[r] - offset[r] + residual
        robust[r] = weight[r] * min(1.0, HUBER / max(abs(residual) * np.sqrt(weight[r] / noise), 1e-9))
    return working, weight, robust


@njit(cache=True)
def _advance(fixed, z, effects, studio, eta):
    """Sets eta (rows,) to `fixed` (rows,) with the studios' effects on z; returns how far one moved at most."""
    moved = 0.0
    for r in range(len(eta)):
        now = fixed[r]
        for i in range(z.shape[1]):
            now += z[r, i] * effects[studio[r], i]
        change = abs(now - eta[r])
        moved = change if change > moved or np.isnan(change) else moved
        eta[r] = now
    return moved


def mixture(eta, mix=None):
    """Share expected at a logit, and its slope there; mix as for `fit`."""
    mean = np.clip(sigmoid(eta), 1e-4, 1 - 1e-4)
    slope = mean * (1 - mean)
    if mix is not None:
        shares, penalties = mix
        lower = np.clip(sigmoid(eta[:, None] - penalties), 1e-4, 1 - 1e-4)
        rest = 1 - shares.sum(axis=1)
        mean, slope = (rest * mean + (shares * lower).sum(axis=1),
                       rest * slope + (shares * lower * (1 - lower)).sum(axis=1))  # fmt: skip
    return mean, slope


def _solve(x, z, working, weight, studio, studios, spread, variance, known=None, when=None):
    """Coefficients (`known`, or learned) and studio effects of one penalised weighted least squares problem, exactly.

    The studio effects are eliminated by their Schur complement, so cost grows with rows only. With `when`, every
    month has a coefficient more. Returns coefficients, effects, their variance left open, months' coefficients.
    """
    months = 0 if when is None else int(when.max()) + 1
    when = np.zeros(len(studio), np.int64) if when is None else when
    if known is not None:
        x, working = x[:, :0], working - x @ known
    xx, xy, zz, zx, zy = _sums(np.ascontiguousarray(x), z, working, weight, studio, studios, when, months)
    inverse = np.linalg.inv(zz + np.diag(1 / variance))
    left_open = np.einsum("gqq->gq", inverse)
    if known is not None:
        return known, np.einsum("gqs,gs->gq", inverse, zy), left_open, np.zeros(0)
    xx[np.diag_indices(len(xx))] += 1 / np.r_[spread, np.full(months, COMMON)] ** 2
    explained = (inverse @ zx).reshape(-1, len(xx))
    beta = np.linalg.solve(xx - zx.reshape(-1, len(xx)).T @ explained, xy - explained.T @ zy.ravel())
    effects = np.einsum("gqs,gs->gq", inverse, zy - zx @ beta)
    return beta[: x.shape[1]], effects, left_open, beta[x.shape[1] :]


@njit(cache=True)
def _sums(x, z, y, weight, studio, studios, when, months):
    """Weighted cross products of x (and a dummy a month, never made), z by studio, and y."""
    rows, p = x.shape
    q, wide = z.shape[1], p + months
    xx, xy = np.zeros((wide, wide)), np.zeros(wide)
    zz, zx, zy = np.zeros((studios, q, q)), np.zeros((studios, q, wide)), np.zeros((studios, q))
    filled = np.empty(p, np.int64)  # most of x are dummies
    for r in range(rows):
        w, s, many = weight[r], studio[r], 0
        for i in range(p):
            if x[r, i] == 0.0:
                continue
            filled[many] = i
            many += 1
            wx = w * x[r, i]
            xy[i] += wx * y[r]
            for k in range(many):
                xx[i, filled[k]] += wx * x[r, filled[k]]
            if months:
                xx[p + when[r], i] += wx
        for i in range(q):
            wz = w * z[r, i]
            zy[s, i] += wz * y[r]
            for j in range(q):
                zz[s, i, j] += wz * z[r, j]
            for k in range(many):
                zx[s, i, filled[k]] += wz * x[r, filled[k]]
            if months:
                zx[s, i, p + when[r]] += wz
        if months:
            xx[p + when[r], p + when[r]] += w
            xy[p + when[r]] += w * y[r]
    for i in range(wide):
        for j in range(i):
            xx[j, i] = xx[i, j]
    return xx, xy, zz, zx, zy
