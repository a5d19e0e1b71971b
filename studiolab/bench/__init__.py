"""Measurements against a known truth and real data: `studiolab bench world|revenue|series`.

The only part beside the world itself that may look at `world.truth`; no model sees what it sees.
"""

import time

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.adapters import imports
from studiolab.revenue_simulator import fit, levers, series
from studiolab.revenue_simulator.model import METHODS
from studiolab.schema import LEVERS
from studiolab.world import make_chain, truth
from studiolab.world.bands import bands

RESAMPLES = 1000


# the world ----------------------------------------------------------------------------------------
def world(studios=200, seed=101):
    """The simulated world beside the documents' bands, and the seconds it takes to make.

    Returns DataFrame band, source, low, high, tolerance, measured, holds, as `world.bands.bands`.
    """
    began = time.perf_counter()
    chain = make_chain(studios, seed=seed)
    seconds = time.perf_counter() - began
    speed = {"band": f"seconds for {studios} studios of 60 months", "source": "own", "low": 0.0, "high": 1.0,
             "tolerance": 0.0, "measured": seconds, "holds": seconds <= 1}  # fmt: skip
    return pd.concat([bands(chain), pd.DataFrame([speed])], ignore_index=True)


# revenue ------------------------------------------------------------------------------------------
def revenue(studios=200, months=60, seed=101, variant=False, draws=400):
    """Error of scenarios against what would truly happen, on random lever plans inside the limits of B-45.

    Each lever of each studio is drawn anywhere from its step down to its step up and reached in three
    even monthly steps. variant : bool, a world with mechanisms that the models are not told of
    Returns DataFrame model, horizon, error (mean |predicted / expected - 1|), low, high (its 95 %
    bootstrap interval over studios), worst_twentieth (95th percentile).
    """
    chain = make_chain(studios, months, seed, variant)
    model = fit(chain.monthly_metrics, chain.lever_plan, seed=seed)
    plans = random_plans(chain, np.random.default_rng(seed + 1))
    expected = truth.rollout(chain, plans, 3, draws, seed + 2).set_index(["studio_id", "horizon"])["revenue"]
    by_studio = dict(list(plans.groupby("studio_id")))
    last = schema.to_major("monthly_metrics", chain.monthly_metrics).groupby("studio_id")["total_revenue"].last()
    answers = {
        method: pd.concat([model.scenario(studio, rows, 3, method) for studio, rows in by_studio.items()])
        .set_index(["studio_id", "horizon"])["revenue"]
        for method in METHODS
    }  # fmt: skip
    answers["same as last month"] = expected.index.get_level_values("studio_id").map(last).to_series(expected.index)
    errors = {name: (answer / expected - 1).abs().unstack() for name, answer in answers.items()}
    return pd.DataFrame(
        [_error_row(name, h, error[h].to_numpy(), seed) for name, error in errors.items() for h in error]
    )


def random_plans(chain, rng):
    """DataFrame studio_id and the seven levers, three rows a studio, prices in major units."""
    held = schema.to_major("lever_plan", chain.lever_plan).groupby("studio_id")[list(LEVERS)].last()
    change = rng.uniform(-1, 1, held.shape) * levers.limits()
    low = [0.01 if levers.CATALOGUE[lever].unit == "money" else levers.CATALOGUE[lever].low for lever in LEVERS]
    high = [np.inf if levers.CATALOGUE[lever].unit == "money" else levers.CATALOGUE[lever].high for lever in LEVERS]
    high[LEVERS.index("retention_rate")] = 0.985
    goal = np.clip(held.to_numpy() + change, low, high)
    steps = [held + (goal - held) * h / 3 for h in (1, 2, 3)]
    return pd.concat(steps).sort_index(kind="stable").reset_index()


def _error_row(name, horizon, errors, seed):
    rng = np.random.default_rng(seed)
    means = rng.choice(errors, (RESAMPLES, len(errors))).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {"model": name, "horizon": horizon, "error": errors.mean(), "low": low, "high": high,
            "worst_twentieth": np.quantile(errors, 0.95)}  # fmt: skip


# real series --------------------------------------------------------------------------------------
def real_series(path, mapping, origin="2015-12", months=12):
    """MASE of the revenue-only forecast and its peers on an export of monthly figures.

    path : file; mapping : as `studiolab import --map`; origin : last month shown, YYYY-MM; months : 1 to 12
    Returns DataFrame model, mean, median (of MASE over series), series; then the share of months inside
    the 90 % interval, under the name "coverage". Raises StudiolabError for a file that cannot be used.
    """
    frame = imports.read_export(path, imports.load_mappings(mapping)).frame
    revenue_only = schema.to_major("monthly_metrics", frame)[["studio_id", "month_year", "total_revenue"]]
    revenue_only = revenue_only.rename(columns={"month_year": "month", "total_revenue": "revenue"})
    scores = series.backtest(revenue_only, [origin], months).drop(columns=["studio_id", "origin"])
    table = scores.agg(["mean", "median"]).T.rename_axis("model").reset_index().assign(series=len(scores))
    return table.replace({"model": {"covered": "coverage"}})
