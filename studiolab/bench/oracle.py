"""Past forecasts beside what came and what the oracle said: the world's own expectation, given its hidden state.

A case is one month of one studio seen from one origin. The oracle and every model are asked the same: what will
revenue be under the levers that owners then set ("told") or under those of the origin ("held").
"""

import copy
import warnings

import numpy as np
import pandas as pd

from studiolab.bench import worlds
from studiolab.revenue_simulator.ensemble import Ensemble
from studiolab.revenue_simulator.intervals import LONGEST
from studiolab.revenue_simulator.model import METHODS
from studiolab.schema import LEVERS
from studiolab.world import truth

DRAWS = 1000  # futures of the oracle; what their number leaves open is taken off the distance to it
LEVEL = 0.90
SPENT, FORGONE = 0.6, 0.2  # assumed: spent of each dollar foreseen that does not come, not earned on each unforeseen
NAIVE, SEASONAL, ETS, ARIMA = "naive", "seasonal naive", "AutoETS", "AutoARIMA"
ABSURD = 10.0
KEYS = ["world", "studio", "type", "origin", "months", "levers", "actual", "last", "foreseeable"]


def cases(bench, back, models=("structural",), levers="told", months=LONGEST, draws=DRAWS):
    """What each model said of the months after each origin.

    bench : worlds.Worlds; back : origins, months before the end; models : names of METHODS, of members of the ensemble
        ("member xgboost"), NAIVE, SEASONAL, ETS or ARIMA; levers : "told" or "held"; months : at most so many ahead
    Returns DataFrame of KEYS, oracle, oracle_low, oracle_high, oracle_budget (revenue to plan spending for, where a
        dollar too much costs SPENT and one too little FORGONE), oracle_variance (of the mean of its draws), and for
        each model its revenue under its name, with NAME_low and NAME_high where it states an interval. `foreseeable` is
        False where an event that nobody could know of lies between the origin and the month.
    """
    found = [_told(bench, seed, b, models, levers, draws) for seed in bench.seeds for b in back]
    found = pd.concat(found, ignore_index=True)
    return found[found["months"] <= months].reset_index(drop=True)


def _told(bench, seed, back, models, levers, draws):
    """The cases of one world and origin, as far ahead as is known; what was asked before is not asked again."""
    key = seed, back, levers, draws
    origin = Origin(bench, seed, back, levers, min(LONGEST, back))
    if key not in bench.told:
        bench.told[key] = origin.base(draws)
    found = bench.told[key]
    other = bench.told.get((seed, back, "held" if levers == "told" else "told", draws), ())
    for name in models:
        if name in found:
            continue
        bench.say(f"world {seed}, {back} months back: {name}, levers {levers}")
        columns = name, f"{name}_low", f"{name}_high"
        if name in (ETS, ARIMA) and name in other:
            for column in other.columns.intersection(columns):
                found[column] = other[column]
            continue
        for column, values in zip(columns, origin.said(name), strict=False):
            found[column] = values.ravel()
    return found


class Origin:
    """A world as it stood some months ago, and what is asked of it."""

    def __init__(self, bench, seed, back, levers, months):
        self.bench, self.seed, self.back, self.levers, self.months = bench, seed, back, levers, months
        self.whole, self.past = bench.chain(seed), bench.chain(seed, back)
        self.plans = worlds.levers_set(self.whole, back)[:, :months]
        if levers == "held":
            self.plans = np.repeat(worlds.held(self.past)[:, None], months, axis=1)
        self.known = worlds.revenues(self.past)

    def base(self, draws):
        """DataFrame of KEYS and the oracle, a row a studio and month."""
        n, months = len(self.plans), self.months
        after = slice(len(self.past.months), len(self.past.months) + months)
        futures = truth.futures(self.past, self.plans, months, draws, self.seed + self.back)
        at = (1 - LEVEL) / 2, (1 + LEVEL) / 2, FORGONE / (SPENT + FORGONE)
        low, high, budget = np.quantile(futures, at, axis=2)
        columns = {
            "actual": worlds.revenues(self.whole)[after].T, "last": np.repeat(self.known[-1][:, None], months, axis=1),
            "foreseeable": ~np.logical_or.accumulate(self.whole.outlier[after], axis=0).T,
            "oracle": futures.mean(axis=2), "oracle_low": low, "oracle_high": high, "oracle_budget": budget,
            "oracle_variance": futures.var(axis=2) / draws,
        }  # fmt: skip
        keys = {
            "world": self.seed, "studio": np.repeat(np.arange(n), months),
            "type": np.repeat(self.past.studios["studio_type"].to_numpy(), months), "origin": self.back,
            "months": np.tile(np.arange(1, months + 1), n), "levers": self.levers,
        }  # fmt: skip
        return pd.DataFrame(keys | {name: values.ravel() for name, values in columns.items()})

    def said(self, name):
        """Tuple of (studios, months): revenue, and low and high where the model states them."""
        if name == NAIVE:
            return (np.repeat(self.known[-1][:, None], self.months, axis=1),)
        if name == SEASONAL:
            return (self.known[len(self.known) - 12 + np.arange(self.months) % 12].T,)
        if name in (ETS, ARIMA):
            return of_revenue_alone(name, self.known, self.months)
        model = self.bench.model(self.seed, self.back)
        if name.startswith("member "):
            return (member(model, name.removeprefix("member "), self.plans),)
        if self.levers == "held":
            answer = model.forecast(list(self.past.studios["studio_id"]), self.months, name)
        else:
            answer = pd.concat([
                model.scenario(studio, pd.DataFrame(plan, columns=LEVERS), self.months, name)
                for studio, plan in zip(self.past.studios["studio_id"], self.plans, strict=True)
            ])  # fmt: skip
        return tuple(answer[column].to_numpy().reshape(-1, self.months) for column in ("revenue", "low", "high"))


def members(model):
    """Names of the learners behind every method, each once."""
    return list(dict.fromkeys(name for ensemble in _ensembles(model) for name in ensemble.members))


def member(model, name, plans):
    """(studios, months) revenue that one learner expects by itself."""
    fitted = next((each for each in _ensembles(model) if name in each.members), None)
    alone = copy.copy(fitted) if fitted else Ensemble(model.panel, model.seed, weights={name: 1.0})
    alone.weights = {name: 1.0}
    return alone.simulate(np.arange(len(plans)), model.panel.last(), plans)["revenue"]


def _ensembles(model):
    """The Ensemble of each method that has one, itself or inside it."""
    fitted = [model._learn(method)[0] for method in METHODS]
    inside = [getattr(getattr(each, "members", None), "learners", None) for each in fitted]
    return [each for each in (*fitted, *inside) if isinstance(each, Ensemble)]


def of_revenue_alone(name, known, months):
    """Revenue, low and high (studios, months) of a model of statsforecast on logs, without low and high for ARIMA.

    Where it gives up, or goes beyond ABSURD times the last month, which AutoARIMA now and then does, the last month is
    repeated: a peer is not to look bad by a few forecasts nobody would use.
    """
    from statsforecast import models

    said = np.empty((3 if name == ETS else 1, known.shape[1], months))
    for i, history in enumerate(np.log(known.T)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said[:, i] = _one(getattr(models, name)(12), history, months, name == ETS)
    return tuple(np.exp(said))


def _one(model, history, months, interval):
    level = round(100 * LEVEL)
    last = np.full((3 if interval else 1, months), history[-1])
    try:
        found = model.forecast(history, months, level=[level] if interval else None)
    except ValueError:  # AutoARIMA, where none of its forms fits
        return last
    names = ("mean", f"lo-{level}", f"hi-{level}") if interval else ("mean",)
    told = np.array([found[name] for name in names], float)
    sane = np.isfinite(told).all() and np.abs(told[0] - history[-1]).max() < np.log(ABSURD)
    return told if sane else last


MODELS = (NAIVE, SEASONAL, ETS, ARIMA, *METHODS)
