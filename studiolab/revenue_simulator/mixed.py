"""Regression with shrunken studio effects: the one estimator behind every flow of the structural model.

Generalised linear mixed model by penalised iteratively reweighted least squares; the variance of
the studio effects by EM, outliers weighed down (Huber). Source: Breslow & Clayton 1993 (PQL);
Bates, lme4 (penalised weighted residual sum of squares); Huber 1981.
"""

from dataclasses import dataclass

import numpy as np

HUBER = 2.5
ITERATIONS = 25
SETTLED = 1e-4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def logit(p):
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.log(p / (1 - p))


@dataclass
class Fit:
    """coefficients (p,), effects (studios, q), smear: mean of exp(residual) for logged targets."""

    coefficients: np.ndarray
    effects: np.ndarray
    noise: float
    smear: float

    def predict(self, x, z, studio):
        """Linear predictor without its offset: x (rows, p), z (rows, q), studio (rows,) index."""
        return x @ self.coefficients + np.einsum("rq,rq->r", z, self.effects[studio])


def fit(x, y, z, studio, studios, family, spread, offset=0.0, trials=None):
    """Fit y on x with effects of z that differ by studio and shrink to zero.

    x : (rows, p); y : (rows,), a share for binomial, a count for poisson; z : (rows, q)
    studio : (rows,) index below `studios`; family : "gaussian" | "binomial" | "poisson"
    spread : (p,) prior standard deviation of each coefficient; trials : (rows,) for binomial
    Returns Fit; all zero when there is no row to learn from.
    """
    if not len(y):
        return Fit(np.zeros(x.shape[1]), np.zeros((studios, z.shape[1])), 1.0, 1.0)
    order = np.argsort(studio, kind="stable")
    offset = np.broadcast_to(offset, y.shape)[order]
    x, y, z, studio = x[order], y[order], z[order], studio[order]
    trials = np.ones(len(y)) if trials is None else trials[order]
    beta, effects = np.zeros(x.shape[1]), np.zeros((studios, z.shape[1]))
    variance, noise = np.full(z.shape[1], 0.05), 1.0
    eta = offset + (0.0 if family != "gaussian" else y - offset)
    for _ in range(ITERATIONS):
        working, weight = _work(family, y, eta, offset, trials)
        residual = working - (eta - offset)
        scaled = np.abs(residual) * np.sqrt(weight / noise)
        robust = weight * np.minimum(1, HUBER / np.maximum(scaled, 1e-9))
        beta, effects, spread_of_effects = _solve(x, z, working, robust / noise, studio, studios, spread, variance)
        variance = np.maximum((effects**2 + spread_of_effects).mean(axis=0), 1e-8)
        previous, eta = eta, offset + x @ beta + np.einsum("rq,rq->r", z, effects[studio])
        residual = working - (eta - offset)
        noise = max(float((robust * residual**2).sum() / max(len(y) - x.shape[1], 1)), 1e-10)
        if np.abs(eta - previous).max() < SETTLED:
            break
    typical = np.abs(residual) * np.sqrt(weight / noise) < 4
    smear = float(np.exp(residual[typical]).mean()) if family == "gaussian" else 1.0
    return Fit(beta, effects, noise, smear)


def _work(family, y, eta, offset, trials):
    """Working response (offset taken off) and weight of one reweighting."""
    if family == "gaussian":
        return y - offset, np.ones(len(y))
    if family == "binomial":
        mean = np.clip(sigmoid(eta), 1e-4, 1 - 1e-4)
        slope = mean * (1 - mean)
        return eta - offset + (y - mean) / slope, trials * slope
    mean = np.exp(np.clip(eta, -20, 20))
    return eta - offset + np.clip((y - mean) / mean, -3, 3), mean


def _solve(x, z, working, weight, studio, studios, spread, variance):
    """Coefficients and studio effects of one penalised weighted least squares problem, exactly.

    The studio effects are eliminated by their Schur complement, so cost grows with rows only.
    """
    weighted_x, weighted_z = x * weight[:, None], z * weight[:, None]
    zz = _by_studio(np.einsum("rq,rs->rqs", weighted_z, z), studio, studios)
    zx = _by_studio(np.einsum("rq,rp->rqp", weighted_z, x), studio, studios)
    zy = _by_studio(weighted_z * working[:, None], studio, studios)
    inverse = np.linalg.inv(zz + np.diag(1 / variance))
    explained = inverse @ zx
    left = weighted_x.T @ x + np.diag(1 / spread**2) - np.einsum("gqp,gqk->pk", zx, explained)
    right = weighted_x.T @ working - np.einsum("gqp,gq->p", explained, zy)
    beta = np.linalg.solve(left, right)
    effects = np.einsum("gqs,gs->gq", inverse, zy - zx @ beta)
    return beta, effects, np.einsum("gqq->gq", inverse)


def _by_studio(rows, studio, studios):
    out = np.zeros((studios, *rows.shape[1:]))
    present, start = np.unique(studio, return_index=True)
    out[present] = np.add.reduceat(rows, start, axis=0)
    return out
