"""One figure of a scorecard: its value over many cases, a 95 % interval, and whether it reaches its goal.

Worlds are drawn anew and studios within them, so an interval covers what a fit on one world and the luck of one studio
bring; whatever studios or worlds have in common moves together. Source: Davison & Hinkley 1997, 3.8 (two stages).
"""

from importlib import import_module
from typing import NamedTuple

import numpy as np
import pandas as pd

RESAMPLES = 1000
COLUMNS = ["figure", "model", "months", "value", "low", "high", "goal", "reached", "cases"]


class Goal(NamedTuple):
    """Where a figure should lie: low <= figure <= high."""

    low: float = -np.inf
    high: float = np.inf

    def __str__(self):
        ends = {"at least": self.low, "at most": self.high}
        known = [f"{word} {end:g}" for word, end in ends.items() if np.isfinite(end)]
        return f"{self.low:g} to {self.high:g}" if len(known) == 2 else "".join(known)


def at_most(high):
    """Goal of a figure that should not lie above `high`, an error or a time."""
    return Goal(high=high)


def at_least(low):
    """Goal of a figure that should not lie below `low`, a share that is found or reached."""
    return Goal(low=low)


def row(figure, cases, statistic, goal=None, seed=0, model="", months=None, sums=None):
    """One row of COLUMNS.

    cases : DataFrame with `world` and `studio`, and numbers, one row a case
    statistic : function of the sums of those numbers over cases, a dict that holds "count" as well, to the figure;
        it also gets the sums of RESAMPLES resamples as arrays
    goal : Goal or None; model, months : what the figure is of; sums : `totals` of the cases, where they are at hand
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # a resample may hold nothing to divide by
        values = np.asarray(statistic(totals(cases, seed) if sums is None else sums), float)
    values = np.where(np.isfinite(values), values, np.nan)
    low, high = np.nanquantile(values[1:], (0.025, 0.975)) if np.isfinite(values[1:]).any() else (np.nan, np.nan)
    return plain(figure, values[0], goal, model, months, low, high, len(cases))


def plain(figure, value, goal=None, model="", months=None, low=np.nan, high=np.nan, cases=None):
    """One row of COLUMNS of a figure that is no mean over studios."""
    reached = None if goal is None else bool(goal.low <= value <= goal.high)
    return dict(zip(COLUMNS, (figure, model, months, float(value), float(low), float(high),
                              None if goal is None else str(goal), reached, cases), strict=True))  # fmt: skip


def table(rows):
    """DataFrame of COLUMNS of dicts as `row` and `plain` make them; unknown months and cases are <NA>."""
    return pd.DataFrame(rows, columns=COLUMNS).astype({"months": "Int64", "cases": "Int64", "reached": object})


def mean(column):
    """Statistic: the mean of a column."""
    return lambda sums: sums[column] / sums["count"]


def ratio(over, under):
    """Statistic: the sum of one column over that of another."""
    return lambda sums: sums[over] / sums[under]


def totals(cases, seed=0):
    """dict of column to (1 + RESAMPLES,) sums over cases, the first as they are."""
    rng = np.random.default_rng(seed)
    numbers = cases.drop(columns=["world", "studio"]).astype(float).assign(count=1.0)
    by_studio = numbers.groupby([cases["world"], cases["studio"]], sort=True).sum()
    worlds = [own.to_numpy() for _, own in by_studio.groupby(level=0)]
    drawn = np.zeros((RESAMPLES, len(numbers.columns)))
    pick = rng.integers(len(worlds), size=(RESAMPLES, len(worlds)))
    for slot in pick.T:
        for w, own in enumerate(worlds):
            chosen = np.flatnonzero(slot == w)
            weights = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=len(chosen))
            drawn[chosen] += weights @ own
    sums = np.vstack([numbers.sum().to_numpy(), drawn])
    return dict(zip(numbers.columns, sums.T, strict=True))


def of_parts(known, parts, data, say):
    """Dict of part to its table; known : dict of every part to the module of `studiolab.bench` that has `table`.

    Raises ValueError for a part that is not known.
    """
    for part in parts:
        if part not in known:
            raise ValueError(f"part: got {part!r}; expected {', '.join(known)}")
    return {part: import_module(f"studiolab.bench.{known[part]}").table(data, say) for part in parts}
