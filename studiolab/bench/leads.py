"""Whether a lead's score tells who joins, and whether the chance behind it comes true: worlds, and a bank's leads.

AUC is the chance that who converted was told more than who did not; the calibration error is the mean distance, over
ten groups of equal size in order of what was told, between the chance told and the share that converted.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from studiolab.bench import leads_bank, leads_world, score

SEEDS, LEARNED = tuple(range(811, 831)), (150, 600)
RESAMPLES, BINS = 400, 10
WELL = score.at_most(0.02)


def table(data=None, say=lambda words: None, seeds=SEEDS, learned=LEARNED):
    """AUC, calibration error and Brier score of scores and of simpler ways.

    data : folder with leads_bank.FILE, or None; say : called with what is being measured
    Returns DataFrame of score.COLUMNS; intervals are a bootstrap over worlds, and over days of the bank's leads.
    """
    found = []
    for count in learned:
        say(f"leads of worlds, learned from {count}")
        cases = pd.concat([leads_world.world_cases(seed, count).assign(world=seed) for seed in seeds])
        found += world_rows(cases, f"leads of worlds, learned from {count}")
    path = None if data is None else Path(data) / leads_bank.FILE
    if path is None or not path.exists():
        return score.table([*found, score.plain("bank leads, AUC", np.nan, model="skipped: no data")])
    say("a bank's leads, week by week")
    return score.table(found + bank_rows(leads_bank.read(path)))


def world_rows(cases, where):
    """Rows of score.COLUMNS of `leads_world.world_cases` of several worlds."""
    figures = [("AUC within a studio", auc_within), ("calibration error", calibration_error), ("Brier score", brier)]
    found = rows(cases, "world", leads_world.MODELS, where, figures, {("calibration error", leads_world.OURS): WELL})
    others = (leads_world.REGRESSION, leads_world.COUNT, leads_world.DEFAULT)
    goals = dict.fromkeys(others, score.at_least(0))
    return found + gaps(cases, "world", leads_world.OURS, goals, f"{where}, AUC within a studio", auc_within)


def bank_rows(leads):
    """Rows of score.COLUMNS of the last fifth of the bank's leads."""
    since, found = leads["at"].iloc[int(len(leads) * leads_bank.REPORTED)], []
    goals = {leads_bank.PLAIN: score.at_least(0), leads_bank.RATED: score.at_least(0)}
    figures = [("AUC", auc), ("calibration error", calibration_error), ("Brier score", brier)]
    for again, how in ((True, "learned anew each week"), (False, "learned once")):
        where = f"bank leads, last fifth, {how}"
        cases = leads_bank.told(leads, since, again)
        found += rows(cases, "at", leads_bank.MODELS, where, figures)
        found += gaps(cases, "at", leads_bank.OURS, goals, f"{where}, AUC", auc)
    return found


def rows(cases, cluster, models, where, figures, goals=None):
    """One row for each figure, a (name, statistic of (told, converted, cluster)), and model.

    cluster : column whose values are drawn anew; goals : dict of (name, model) to score.Goal
    """
    found, goals = [], goals or {}
    for name, statistic in figures:
        for model in models:
            value, low, high = interval(drawn(cases, cluster, [model], statistic)[model])
            goal = goals.get((name, model))
            found.append(score.plain(f"{where}, {name}", value, goal, model, None, low, high, len(cases)))
    return found


def gaps(cases, cluster, ours, goals, figure, statistic):
    """Rows of `ours` less each of `goals`, a dict of model to score.Goal, on the same draws."""
    values, found = drawn(cases, cluster, [ours, *goals], statistic), []
    for model, goal in goals.items():
        value, low, high = interval(values[ours] - values[model])
        found.append(score.plain(figure, value, goal, f"{ours} - {model}", None, low, high, len(cases)))
    return found


def drawn(cases, cluster, models, statistic):
    """dict of model to (1 + RESAMPLES,): of the cases as they are, then with whole clusters drawn anew."""
    rng, of = np.random.default_rng(0), cases[cluster].to_numpy()
    parts = [np.flatnonzero(of == one) for one in np.unique(of)]
    picks = [parts] + [[parts[i] for i in rng.integers(len(parts), size=len(parts))] for _ in range(RESAMPLES)]
    came, told = cases["converted"].to_numpy(bool), {model: cases[model].to_numpy() for model in models}
    found = {model: [] for model in models}
    for pick in picks:
        index, sizes = np.concatenate(pick), [len(part) for part in pick]
        own = np.repeat(np.arange(len(pick)), sizes)
        for model, chance in told.items():
            found[model].append(statistic(chance[index], came[index], own))
    return {model: np.array(values) for model, values in found.items()}


def interval(values):
    """(value, low, high) of `drawn`."""
    return values[0], *np.nanquantile(values[1:], (0.025, 0.975))


def auc(told, converted, cluster=None):
    """The chance that who converted was told more than who did not; ties count half."""
    n = converted.sum()
    if n in (0, len(converted)):
        return np.nan
    return (rankdata(told)[converted].sum() - n * (n + 1) / 2) / (n * (len(converted) - n))


def auc_within(told, converted, cluster):
    """Mean of the clusters' own AUC."""
    return np.nanmean([auc(told[cluster == one], converted[cluster == one]) for one in np.unique(cluster)])


def calibration_error(told, converted, cluster=None):
    """Mean distance of told and come over BINS groups of equal size."""
    groups = np.array_split(np.argsort(told, kind="stable"), BINS)
    return sum(abs(told[group].sum() - converted[group].sum()) for group in groups) / len(told)


def brier(told, converted, cluster=None):
    """Mean squared distance of told and come."""
    return np.mean((told - converted) ** 2)
