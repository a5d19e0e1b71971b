"""How a message moves the chance that a client leaves: a logistic model on the risk of leaving unasked."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from studiolab.product_recommender.uplift_answers import DRAWS

PRIOR = {
    "main": 1.0,
    "trait": 0.1,
    "tired": 0.01,
    "sent": 0.05,
    "message": 0.05,
    "even": 0.3,
    "fine": 0.001,
}  # as in `uplift_answers`
USUAL = -3.0  # log odds of leaving about which the risk is told


class Departures(NamedTuple):
    """weights (k,), draws (DRAWS, k); messages : how many there are."""

    weights: np.ndarray
    draws: np.ndarray
    messages: int

    def designs(self, risk, seen, contacts):
        """Columns (n, k) under nothing and each message; `expit(columns @ weights)` is the chance of leaving."""
        return [_columns(risk, seen, contacts, np.full(len(risk), k), self.messages) for k in range(-1, self.messages)]


def fit(risk, seen, contacts, message, left, messages, rng):
    """`Departures`; risk : (r,) log odds of leaving unasked; message : (r,), -1 for nothing; left : (r,) 0 or 1."""
    design = _columns(risk, seen, contacts, message, messages)

    def loss(weights):
        score = design @ weights
        return (np.logaddexp(0, score).sum() - left @ score + weights @ weights / 2,
                design.T @ (expit(score) - left) + weights)  # fmt: skip

    weights = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    chance = expit(design @ weights)
    curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.eye(len(weights))
    noise = rng.standard_normal((DRAWS, len(weights)))
    draws = weights + np.linalg.solve(np.linalg.cholesky(curvature).T, noise.T).T
    return Departures(weights, draws, messages)


def _columns(risk, seen, contacts, message, messages):
    risk, one = (risk - USUAL)[:, None], np.ones((len(risk), 1))
    sent = (message >= 0).astype(float)[:, None]
    sunk = np.column_stack([PRIOR["even"] * one, PRIOR["even"] * risk, np.maximum(risk, 0)])
    columns = [3 * one, PRIOR["main"] * risk, PRIOR["trait"] * seen, PRIOR["tired"] * contacts[:, None],
               PRIOR["sent"] * sent * sunk, PRIOR["fine"] * sent * seen]  # fmt: skip
    for k in range(messages):
        this = (message == k).astype(float)[:, None]
        columns += [PRIOR["message"] * this * sunk, PRIOR["fine"] * this * seen]
    return np.column_stack(columns)
