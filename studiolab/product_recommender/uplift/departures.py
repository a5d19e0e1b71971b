"""How a message moves the chance that a client leaves: a logistic model on the risk of leaving unasked."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from studiolab.product_recommender.uplift.answers import DRAWS

PRIOR = {"main": 1.0, "trait": 0.1, "tired": 0.01, "even": 0.3, "fine": 0.06}  # as in `answers`
WIDTHS = (0.05, 0.3, 2.0, 8.0)  # of what messages change; the one under which the log is likeliest is kept
MOST_APART = 0.3  # width of what one message does beyond the others
USUAL = -3.0  # log odds of leaving about which the risk is told


class Departures(NamedTuple):
    """weights (k,), draws (DRAWS, k); messages : how many there are; width : one of WIDTHS."""

    weights: np.ndarray
    draws: np.ndarray
    messages: int
    width: float

    def designs(self, risk, seen, contacts):
        """Columns (n, k) under nothing and each message; `expit(columns @ weights)` is the chance of leaving."""
        return [_columns(risk, seen, contacts, np.full(len(risk), k), self.messages, self.width)
                for k in range(-1, self.messages)]  # fmt: skip


def fit(risk, seen, contacts, message, left, messages, rng):
    """`Departures`; risk : (r,) log odds of leaving unasked; message : (r,), -1 for nothing; left : (r,) 0 or 1.

    The width is chosen by the marginal likelihood (MacKay 1992), in Laplace's approximation.
    """
    found = [(_fitted(_columns(risk, seen, contacts, message, messages, width), left), width) for width in WIDTHS]
    (weights, curvature, _), width = max(found, key=lambda one: one[0][2])
    noise = rng.standard_normal((DRAWS, len(weights)))
    draws = weights + np.linalg.solve(np.linalg.cholesky(curvature).T, noise.T).T
    return Departures(weights, draws, messages, width)


def _fitted(design, left):
    """weights (k,), curvature (k, k) and log marginal likelihood, but for a constant."""

    def loss(weights):
        score = design @ weights
        return (np.logaddexp(0, score).sum() - left @ score + weights @ weights / 2,
                design.T @ (expit(score) - left) + weights)  # fmt: skip

    best = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 400})
    chance = expit(design @ best.x)
    curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.eye(len(best.x))
    return best.x, curvature, -best.fun - np.linalg.slogdet(curvature)[1] / 2


def _columns(risk, seen, contacts, message, messages, width):
    risk, one = (risk - USUAL)[:, None], np.ones((len(risk), 1))
    sent = (message >= 0).astype(float)[:, None]
    even = PRIOR["even"]
    sunk = np.column_stack([even * one, even * risk, np.maximum(risk, 0), PRIOR["fine"] * seen])
    columns = [3 * one, PRIOR["main"] * risk, PRIOR["trait"] * seen, PRIOR["tired"] * contacts[:, None],
               width * sent * sunk]  # fmt: skip
    for k in range(messages):
        columns += [min(width, MOST_APART) * (message == k).astype(float)[:, None] * sunk]
    return np.column_stack(columns)
