"""How a message moves the chance that a client leaves: a logistic model on the risk of leaving unasked.

A message adds to the log odds in proportion to how far a client's risk stands above the studio's usual one: it is those
whose wish to come has sunk whom a word reminds that they pay (Ascarza, Iyengar and Schleicher 2016). How much is drawn
to nothing by a normal prior, for all messages together and for each. Others may be driven away too; how freely that is
told, by all that is known of a client, is left to the log.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from studiolab.product_recommender.uplift.answers import DRAWS

PRIOR = {"risk": 3.0, "trait": 0.1, "message": 0.2, "each": 0.1, "even": 0.3, "fine": 0.06}  # spreads; as in `answers`
WIDTHS = (0.01, 2.0, 8.0)  # of even and fine; kept is the one under which the log is likeliest
LEAST, MOST = -0.3, 2.0  # log odds above the studio's usual ones between which a message stirs more and more
USUAL = -3.0  # log odds of leaving about which the risk is told


class Departures(NamedTuple):
    """weights (k,), draws (DRAWS, k); messages : how many there are; width : one of WIDTHS."""

    weights: np.ndarray
    draws: np.ndarray
    messages: int
    width: float

    def designs(self, risk, usual, seen):
        """Columns (n, k) under nothing and each message; `expit(columns @ weights)` is the chance of leaving."""
        return [_columns(risk, usual, seen, np.full(len(risk), k), self.messages, self.width)
                for k in range(-1, self.messages)]  # fmt: skip


def fit(risk, usual, seen, message, left, messages, rng):
    """`Departures`; risk, usual : (r,) log odds of leaving unasked, the client's and the studio's; seen : (r, f);
    message : (r,), -1 for nothing; left : (r,) 0 or 1.

    The width is chosen by the marginal likelihood (MacKay 1992), in Laplace's approximation.
    """
    found = [(_fitted(_columns(risk, usual, seen, message, messages, width), left), width) for width in WIDTHS]
    (weights, curvature, _), width = max(found, key=lambda one: one[0][2])
    noise = rng.standard_normal((DRAWS, len(weights)))
    draws = weights + np.linalg.solve(np.linalg.cholesky(curvature).T, noise.T).T
    return Departures(weights, draws, messages, width)


def _fitted(design, left):
    """weights (k,), curvature (k, k) and log marginal likelihood, but for a constant."""
    start = np.zeros(design.shape[1])
    start[:3] = USUAL / PRIOR["risk"], 1 / PRIOR["risk"], 1 / PRIOR["risk"]  # beforehand the risk unasked as it is

    def loss(weights):
        score, off = design @ weights, weights - start
        return (np.logaddexp(0, score).sum() - left @ score + off @ off / 2,
                design.T @ (expit(score) - left) + off)  # fmt: skip

    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400})
    chance = expit(design @ best.x)
    curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.eye(len(best.x))
    return best.x, curvature, -best.fun - np.linalg.slogdet(curvature)[1] / 2


def _columns(risk, usual, seen, message, messages, width):
    above, one = risk - usual, np.ones((len(risk), 1))
    stirred, sent = np.clip(above - LEAST, 0, MOST - LEAST), (message >= 0).astype(float)[:, None]
    columns = [PRIOR["risk"] * np.column_stack([one, above, usual - USUAL]), PRIOR["trait"] * seen,
               width * sent * np.column_stack([PRIOR["even"] * one, PRIOR["fine"] * seen]),
               PRIOR["message"] * sent * stirred[:, None]]  # fmt: skip
    return np.column_stack(columns + [PRIOR["each"] * (message == k) * stirred for k in range(messages)])
