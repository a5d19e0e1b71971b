"""Points for a lead's facts learned from leads that are decided, and the chance that stands behind a score.

Weights are a logistic regression's that is pulled towards given ones as hard as so and so many leads would, and that
is never below zero where a fact is good: more of a good fact never costs points. Sources: Hastie, Tibshirani &
Friedman 2009, 4.4; Platt 1999 for the chance, with his targets that are not quite 0 and 1.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from studiolab.studio_operations.inbox import lead_facts
from studiolab.studio_operations.inbox.lead_facts import Weights

ENOUGH = 20  # of either, joined and not: fewer teach less than they mislead
SLOPE = 10.0  # log odds between a score of 0 and of 100, while nothing is learned
STRENGTH = 3.0
HALF_LIVES = (0.5, 1.0, 2.0, 4.0, 7.0, 14.0, 30.0)
FOLDS = 5
KNOT = 0.6  # of the score: the best are no surer than good ones by as much as the others differ
HOLD = 0.02  # how hard slopes hold to SLOPE, as so many squared log odds
NORMAL_95 = 1.96


class Chances(NamedTuple):
    """The chance behind a score: log odds rise with it along a line that may bend at KNOT.

    at : (3 + m,) intercept, both slopes per 100 points, and of the logits of m recent rates; covariance : of it
    """

    at: np.ndarray
    covariance: np.ndarray

    def of(self, score, rates=None):
        """(chance, low, high), each as `score` is; rates : (m,) or (n, m), where it was learned with them.

        low to high holds the chance in 95 of 100 cases, as far as the leads it was learned from tell.
        """
        x = _design(score, rates)
        middle, spread = x @ self.at, np.sqrt(np.einsum("...i,ij,...j", x, self.covariance, x))
        return tuple(expit(middle + side * NORMAL_95 * spread) for side in (0, -1, 1))


def calibrate(scores, converted, rates=None, weight=None):
    """`Chances` of scores, never falling with them.

    scores : (n,) 0 to 100; converted : (n,) bool; rates : (n, m) recent shares of leads that converted, each as
        known before, which carry the chance along where times change
    weight : (n,), less than 1 where a lead stands in several rows
    Raises ValueError where none converted, or all.
    """
    y = np.asarray(converted, float)
    if not 0 < y.sum() < len(y):
        raise ValueError(
            f"{int(y.sum())} of {len(y)} leads converted; a chance takes some that did and some that did not"
        )
    x, weight = _design(scores, rates), np.ones(len(y)) if weight is None else np.asarray(weight, float)
    joined, lost = weight @ y, weight @ (1 - y)
    target = np.where(y > 0, (joined + 1) / (joined + 2), 1 / (lost + 2))

    usual = np.array([0, SLOPE, SLOPE] + [1] * (x.shape[1] - 3))
    hold = np.diag([1e-6] + [HOLD] * (x.shape[1] - 1))

    def loss(at):
        z, off = x @ at, hold @ (at - usual)
        value = -(weight @ (target * log_expit(z) + (1 - target) * log_expit(-z))) + (at - usual) @ off / 2
        return value, x.T @ (weight * (expit(z) - target)) + off

    free = [(None, None)] + [(0, None)] * (x.shape[1] - 1)
    at = minimize(loss, usual, jac=True, method="L-BFGS-B", bounds=free).x
    p = expit(x @ at)
    return Chances(at, np.linalg.inv((x * (weight * p * (1 - p))[:, None]).T @ x + hold))


def learn_weights(facts, converted, weight=None, groups=None):
    """The `Weights` and the `Chances` of their scores, from decided leads as they once stood.

    facts : list of Facts; converted : (n,) bool; weight : as of `calibrate`
    groups : (n,) which lead a row is of, where one stands in several
    The table stays as it is by default with fewer than ENOUGH leads that joined, or that did not. The chances are of
    scores that other leads taught. Raises ValueError as `calibrate`.
    """
    y, weight = np.asarray(converted, bool), np.ones(len(facts)) if weight is None else np.asarray(weight, float)
    groups = np.arange(len(y)) if groups is None else np.asarray(groups)
    count = [len(np.unique(groups[side])) for side in (y, ~y)]
    if min(count) < ENOUGH:
        default = Weights()
        return default, calibrate(scores(facts, default), y, weight=weight)
    unknown = _unknown(facts)
    found, silent = _shares(facts, unknown), np.array([one.days_silent for one in facts])
    fold = np.unique(groups, return_inverse=True)[1] % FOLDS
    held = {half: _crossed(_decayed(found, silent, half), y, weight, fold) for half in HALF_LIVES}
    losses = {half: _log_loss(calibrate(own, y, weight=weight).of(own)[0], y, weight) for half, own in held.items()}
    best = min(losses, key=losses.get)
    points = _points(_decayed(found, silent, best), y, weight)
    table = {name: one._replace(points=int(own)) for (name, one), own in zip(lead_facts.TABLE.items(), points,
                                                                            strict=True)}  # fmt: skip
    return Weights(table, best, sum(count), unknown), calibrate(held[best], y, weight=weight)


def scores(facts, weights):
    """(n,) what `lead_score.score` says but for rounding, of those who may be written to."""
    points = np.array([one.points for one in weights.table.values()], float)
    silent = np.array([one.days_silent for one in facts])
    return _decayed(_shares(facts, weights.unknown), silent, weights.half_life_days) @ points


def _shares(facts, unknown):
    return np.array([list(lead_facts.shares(one, unknown).values()) for one in facts])


def _decayed(found, silent, half_life):
    left = lead_facts.decay(silent, half_life)
    return np.where(lead_facts.IS_ENGAGEMENT, found * left[:, None], found)


def _unknown(facts):
    """What a lead brings on average of a fact, among those of whom it is known."""
    means = {}
    for name in lead_facts.ASKED:
        known = [lead_facts.shares(one)[name] for one in facts if getattr(one, name) not in (None, "")]
        means[name] = (sum(known) + FOLDS * lead_facts.UNKNOWN) / (len(known) + FOLDS)
    return means


def _crossed(x, y, weight, fold):
    """(n,) scores by the points that the other folds teach."""
    own = np.empty(len(y))
    for k in np.unique(fold):
        held = fold == k
        own[held] = x[held] @ _points(x[~held], y[~held], weight[~held])
    return own


def _points(x, y, weight):
    default = np.array([one.points for one in lead_facts.TABLE.values()]) / 100
    found, _ = learn(x, y, SLOPE * default, np.ones(len(default), bool), STRENGTH, weight)
    return shared_out(found)


def shared_out(weights, most=100):
    """Whole points in proportion to weights that are not below zero, adding up to `most` (largest remainders)."""
    exact = most * np.asarray(weights, float) / np.sum(weights)
    points = np.floor(exact).astype(int)
    points[np.argsort(points - exact, kind="stable")[: most - points.sum()]] += 1
    return points


def _log_loss(chance, y, weight):
    return -(weight @ np.log(np.clip(np.where(y, chance, 1 - chance), 1e-9, 1))) / weight.sum()


def _design(score, rates):
    score = np.asarray(score, float) / 100
    parts = [np.ones_like(score), np.minimum(score, KNOT), np.maximum(score - KNOT, 0)]
    parts += [] if rates is None else list(np.moveaxis(logit(np.asarray(rates, float)), -1, 0))
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


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


def recent_rates(days, converted, half_life_days=2.0, before=0.1, worth=10.0, of=None):
    """(n,) share of leads that converted of late, as known at the begin of each lead's own day.

    days : (n,) int; half_life_days : after which a day counts half; before : rate while nothing is known, or (n,) of
    them, the same on a day; worth : leads that it counts as; of : (n,) each lead's group, whose own share it then is
    """
    days, y, before = np.asarray(days, int), np.asarray(converted, float), np.broadcast_to(before, len(days))
    if of is not None:
        found, of = np.empty(len(days)), np.asarray(of)
        for group in np.unique(of):
            own = of == group
            found[own] = recent_rates(days[own], y[own], half_life_days, before[own], worth)
        return found
    days = days - days.min()
    count, came = (np.bincount(days, each) for each in (np.ones(len(y)), y))
    keep, rates, seen, good = 0.5 ** (1 / half_life_days), np.empty((len(count), 2)), 0.0, 0.0
    for day in range(len(count)):
        rates[day] = good, seen
        seen, good = keep * (seen + count[day]), keep * (good + came[day])
    return (rates[days, 0] + worth * before) / (rates[days, 1] + worth)
