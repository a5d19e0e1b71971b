"""Maximum likelihood of BG/NBD, Gamma-Gamma and of gaps between orders, with what the data leave open filled in.

Parameters are positive, so their logarithms are searched, by gradients, from several starts. Where the likelihood
hardly moves along one of them (few customers, or nobody who came back), normal priors on the logarithms hold it, and
`says` tells so. Sources: Fader, Hardie & Lee 2005; Fader & Hardie 2013; Gelman et al. 2013, 5.7 (weak priors).
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln, psi

VAGUE = 1.0  # standard error of a log-parameter from which on it counts as not told by the data
SPREAD = 1.0  # of the priors then, on the log scale
STARTS = (0.0, 1.0, -1.0)  # added to the logarithms of the guess
FAR = 12.0  # logarithms are searched this far around the guess
TYPICAL_LEAVING = (0.8, 2.5)  # a, b: one in four leaves after an order


class BetaGeometric(NamedTuple):
    """parameters : r, alpha of the rate (gamma), a, b of leaving after an order (beta); log_likelihood : of the data;
    errors : standard errors of the logarithms of the parameters; says : a sentence where priors were needed, or ""."""

    parameters: tuple
    log_likelihood: float
    errors: tuple
    says: str = ""


class GammaGamma(NamedTuple):
    """parameters : p of an order, q and gamma of a customer's mean, which is p gamma / (q - 1) of all."""

    parameters: tuple
    log_likelihood: float
    errors: tuple
    says: str = ""

    def around(self, mean):
        """With the mean of all moved to `mean`."""
        p, q, _ = self.parameters
        return self._replace(parameters=(p, q, mean * (q - 1) / p))


def fit_beta_geometric(repeats, recency, age):
    """`BetaGeometric` of (n,) orders after the first, time of the last of them, and time observed since the first."""
    (x, t, end), n = np.unique([repeats, recency, age], axis=1, return_counts=True)
    pace = max((repeats.sum() + 0.5) / max(age.sum(), 1e-9), 1e-9)
    guess = np.log([1.0, 1 / pace, *TYPICAL_LEAVING])
    says = (f"how fast orders come and how many leave cannot be told apart from the orders of {(repeats > 0).sum():,} "
            "customers who came back; usual values were mixed in")  # fmt: skip
    return BetaGeometric(*_maximum(lambda logs: beta_geometric(logs, x, t, end, n), guess, says))


def fit_gamma_gamma(repeats, spent):
    """`GammaGamma` of (n,) orders after the first and the mean money of them, of those who have both."""
    kept = (repeats > 0) & (spent > 0)
    x, mean = repeats[kept], spent[kept]
    middle = float(np.average(mean, weights=x)) if kept.any() else 1.0
    guess = np.log([6.0, 2.5, middle * 2.5 / 6])
    says = (f"how far people differ in what they spend cannot be told from the orders of {kept.sum():,} customers who "
            "came back; usual values were mixed in")  # fmt: skip
    logs, *rest = _maximum(lambda logs: gamma_gamma(logs, x, mean), guess, says)
    return GammaGamma((logs[0], 1 + logs[1], logs[2]), *rest)


def fit_leaving(repeats, silence):
    """(a, b) of the chance to leave after an order, as of `fit_beta_geometric`.

    silence : (n,) logarithm of the chance that somebody who stayed is silent for as long as they are
    """
    (x, quiet), n = np.unique([repeats, silence], axis=1, return_counts=True)
    return _maximum(lambda logs: leaving(logs, x, quiet, n), np.log(TYPICAL_LEAVING), "")[0]


def fit_gaps(repeats, logs_of_gaps, total):
    """`GammaGamma` of waiting times: p their regularity (1 at random, above it steadier), q and gamma of the pace.

    repeats : (n,) gaps of each customer, > 0; logs_of_gaps, total : (n,) sums of their logarithms and of themselves
    Source: Wheat & Morrison 1990, Estimating Purchase Regularity with Two Interpurchase Times.
    """
    middle = float(total.sum() / repeats.sum()) if len(repeats) else 1.0
    says = (f"how regular orders are cannot be told from those of {len(repeats):,} customers who came back; usual "
            "values were mixed in")  # fmt: skip
    guess = np.log([1.0, 2.0, 2 * middle])
    return GammaGamma(*_maximum(lambda logs: gaps(logs, repeats, logs_of_gaps, total), guess, says))


def beta_geometric(logs, x, last, end, n):
    """Log-likelihood of n customers each of (x, last, end), and its gradient by the logarithms of r, alpha, a, b."""
    r, alpha, a, b = np.exp(logs)
    came = x > 0
    sure, gone = np.log(alpha + end), np.log(alpha + last)
    rest = np.where(came, b + x - 1, 1.0)
    odds = np.where(came, logs[2] - np.log(rest) + (r + x) * (sure - gone), -np.inf)
    left = expit(odds)  # share of the likelihood in which they left after the last order
    value = (gammaln(r + x) - gammaln(r) + r * logs[1] + betaln(a, b + x) - betaln(a, b)
             - (r + x) * sure + np.logaddexp(0, odds))  # fmt: skip
    both = psi(a + b) - psi(a + b + x)
    slope = [psi(r + x) - psi(r) + logs[1] - sure + left * (sure - gone),
             r / alpha - (r + x) * ((1 - left) / (alpha + end) + left / (alpha + last)),
             both + left / a, both + psi(b + x) - psi(b) - left / rest]  # fmt: skip
    return value @ n, np.array(slope) @ n * np.exp(logs)


def leaving(logs, x, silence, n):
    """Log-likelihood of n customers each of (x, silence), but for a constant, and its gradient by those of a, b."""
    a, b = np.exp(logs)
    rest = np.where(x > 0, b + x - 1, 1.0)
    odds = np.where(x > 0, logs[0] - np.log(rest) - silence, -np.inf)
    left, both = expit(odds), psi(a + b) - psi(a + b + x)
    value = betaln(a, b + x) - betaln(a, b) + np.logaddexp(0, odds) + silence
    slope = [both + left / a, both + psi(b + x) - psi(b) - left / rest]
    return value @ n, np.array(slope) @ n * np.exp(logs)


def gamma_gamma(logs, x, mean):
    """Log-likelihood of means of x orders, and its gradient by the logarithms of p, q - 1, gamma: q > 1, so that the
    mean of all is finite."""
    p, q, gamma = np.exp(logs) + np.array([0, 1, 0])
    total, shape = x * mean, p * x + q
    reach = np.log(gamma + total)
    value = (gammaln(shape) - gammaln(p * x) - gammaln(q) + q * logs[2] - np.log(mean)
             + p * x * np.log(total) - shape * reach)  # fmt: skip
    slope = [x * (psi(shape) - psi(p * x) + np.log(total) - reach), psi(shape) - psi(q) + logs[2] - reach,
             q / gamma - shape / (gamma + total)]  # fmt: skip
    return value.sum(), np.array(slope).sum(axis=1) * (p, q - 1, gamma)


def gaps(logs, x, logs_of_gaps, total):
    """Log-likelihood of x gaps of each customer, and its gradient by the logarithms of k, q, gamma."""
    k, q, gamma = np.exp(logs)
    shape, reach = k * x + q, np.log(gamma + total)
    value = (k - 1) * logs_of_gaps - x * gammaln(k) + gammaln(shape) - gammaln(q) + q * logs[2] - shape * reach
    slope = [logs_of_gaps - x * psi(k) + x * (psi(shape) - reach), psi(shape) - psi(q) + logs[2] - reach,
             q / gamma - shape / (gamma + total)]  # fmt: skip
    return value.sum(), np.array(slope).sum(axis=1) * np.exp(logs)


def _maximum(surface, guess, says):
    """(parameters, log-likelihood, errors, sentence); surface : logs to value and gradient."""
    bounds = [(one - FAR, one + FAR) for one in guess]

    def search(weight, starts):
        def cost(logs):
            value, slope = surface(logs)
            return weight * ((logs - guess) ** 2).sum() / 2 - value, weight * (logs - guess) - slope

        found = [minimize(cost, guess + start, jac=True, method="L-BFGS-B", bounds=bounds,
                          options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-6}) for start in starts]  # fmt: skip
        best = min(found, key=lambda one: one.fun).x
        return best, _errors(cost, best)

    logs, errors = search(0.0, STARTS)
    is_told = np.isfinite(errors).all() and (errors < VAGUE).all()
    if not is_told:
        logs, errors = search(1 / SPREAD**2, STARTS[:1])
    return tuple(np.exp(logs).tolist()), float(surface(logs)[0]), tuple(errors.tolist()), "" if is_told else says


def _errors(cost, logs, step=1e-4):
    """Standard errors from the curvature; infinite where there is none."""
    shifts = step * np.eye(len(logs))
    bent = np.array([(cost(logs + shift)[1] - cost(logs - shift)[1]) / (2 * step) for shift in shifts])
    values, vectors = np.linalg.eigh((bent + bent.T) / 2)
    if values.min() <= 1e-9:
        return np.full(len(logs), np.inf)
    return np.sqrt((vectors**2 / values).sum(axis=1))
