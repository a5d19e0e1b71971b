"""Measurements against a known truth and real data: `studiolab bench world|revenue|series`.

The only part beside the world itself that may look at `world.truth`; no model sees what it sees.
"""

import time

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.adapters import imports
from studiolab.revenue_simulator import series
from studiolab.world import make_chain
from studiolab.world.bands import bands

RESAMPLES = 2000


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


# real series --------------------------------------------------------------------------------------
def real_series(path, mapping, origin="2015-12", months=12):
    """MASE of the revenue-only forecast and its peers on an export of monthly figures.

    path : file; mapping : as `studiolab import --map`; origin : last month shown, YYYY-MM; months : 1 to 12
    Returns DataFrame model, mean, median (of MASE over series), low, high (95 % bootstrap of the mean over series),
    series; then "ours - NAME", the paired difference to each peer, and the share of months inside the 90 % interval,
    under the name "coverage". Raises StudiolabError for a file that cannot be used.
    """
    frame = imports.read_export(path, imports.load_mappings(mapping)).frame
    revenue_only = schema.to_major("monthly_metrics", frame)[["studio_id", "month_year", "total_revenue"]]
    revenue_only = revenue_only.rename(columns={"month_year": "month", "total_revenue": "revenue"})
    return beside_peers(series.backtest(revenue_only, [origin], months).drop(columns=["studio_id", "origin"]))


def beside_peers(scores):
    """The table of `real_series` from scores, a row a series and a column a model."""
    scores = scores.rename(columns={"covered": "coverage"})
    for peer in scores.columns.drop(["ours", "coverage"]):
        scores[f"ours - {peer}"] = scores["ours"] - scores[peer]
    drawn = np.random.default_rng(0).integers(len(scores), size=(RESAMPLES, len(scores)))
    low, high = np.quantile(scores.to_numpy()[drawn].mean(axis=1), (0.025, 0.975), axis=0)
    table = scores.agg(["mean", "median"]).T.assign(low=low, high=high, series=len(scores))
    return table.rename_axis("model").reset_index()
