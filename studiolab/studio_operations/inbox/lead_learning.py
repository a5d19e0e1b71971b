"""Points for a lead's facts learned from leads that are decided, and the chance that stands behind a score.

Weights are a logistic regression's that is pulled towards given ones as hard as so and so many leads would, and that
is never below zero where a fact is good: more of a good fact never costs points. Sources: Hastie, Tibshirani &
Friedman 2009, 4.4; Platt 1999 for the chance, with his targets that are not quite 0 and 1.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit


def learn(features, converted, prior=None, good=None, strength=5.0, weight=None):
    """(k,) weights on the scale of log odds, and the intercept.

    features : (n, k), 0 to 1; converted : (n,) bool; prior : (k,) weights without data, zeros by default
    good : (k,) bool, whose weight is not below zero; strength : how hard the prior holds
    weight : (n,) of each lead, 1 by default
    """
    x, y = np.asarray(features, float), np.asarray(converted, float)
    count = x.shape[1]
    prior = np.zeros(count) if prior is None else np.asarray(prior, float)
    weight = np.ones(len(y)) if weight is None else np.asarray(weight, float)

    def loss(theta):
        z = x @ theta[:-1] + theta[-1]
        off, slope = theta[:-1] - prior, weight * (expit(z) - y)
        value = weight @ (np.logaddexp(0, z) - y * z) + strength / 2 * off @ off
        return value, np.append(x.T @ slope + strength * off, slope.sum())

    bounds = [(0 if of_good else None, None) for of_good in (np.zeros(count) if good is None else good)]
    start = np.append(prior, logit(np.clip(np.average(y, weights=weight), 0.001, 0.999)))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    return found[:-1], found[-1]


def to_points(weights, groups=None, most=100):
    """Whole points of weights that are not below zero, so that the best lead has `most`.

    groups : (k,) names of facts of which a lead has only one at a time, each feature its own by default
    """
    groups = np.arange(len(weights)) if groups is None else np.asarray(groups)
    top = sum(max(weights[groups == name]) for name in dict.fromkeys(groups))
    return np.zeros(len(weights), int) if top <= 0 else np.rint(most * np.asarray(weights) / top).astype(int)


def recent_rates(days, converted, half_life_days=2.0, before=0.1, worth=10.0):
    """(n,) share of leads that converted of late, as known at the begin of each lead's own day.

    days : (n,) int, ascending; half_life_days : after which a day counts half; before : rate while nothing is known;
    worth : leads that it counts as
    """
    days, y = np.asarray(days, int), np.asarray(converted, float)
    first = days.min()
    count, came = (np.bincount(days - first, each) for each in (np.ones(len(y)), y))
    keep, rates, seen, good = 0.5 ** (1 / half_life_days), np.empty(len(count)), 0.0, 0.0
    for day in range(len(count)):
        rates[day] = (good + worth * before) / (seen + worth)
        seen, good = keep * (seen + count[day]), keep * (good + came[day])
    return rates[days - first]
