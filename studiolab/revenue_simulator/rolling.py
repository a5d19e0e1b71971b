"""What each model would have said at earlier months, knowing nothing later, beside what came: the rolling origin.

At each origin everything is made anew from the months until then, panel and weights included, so nothing that came
after can leak (K1.14, K1.15). The forecast is scored, levers held, next to two rules of thumb (K1.17): the same as
last month, and the same as a year ago. Source: Hyndman & Athanasopoulos, FPP3, 5.10.
"""

import numpy as np
import pandas as pd

from studiolab.revenue_simulator.intervals import LONGEST
from studiolab.revenue_simulator.model import METHODS, fit
from studiolab.revenue_simulator.panel import tidy
from studiolab.revenue_simulator.stack import SAME

YEAR_AGO = "same as a year ago"
FEWEST_KNOWN = 12  # months before an origin
RESAMPLES = 1000


def rolling_origin(
    monthly_metrics, lever_plan=None, methods=METHODS, origins=4, every=3, months=LONGEST, seed=0, reference=None,
    config=None, progress=None,
):  # fmt: skip
    """Forecasts of each method from `origins` earlier months, `every` months apart, the last `every` before the end.

    monthly_metrics, lever_plan, seed, reference, config : as `fit`; months : 1 to 12, the furthest horizon
    progress : called with (origins done, of how many)
    Returns DataFrame studio_id, origin, horizon, month, method, revenue, low, high, actual, a row per studio, month
    ahead that is known by now, and method, SAME and YEAR_AGO among them (without low and high). Studios that the
    models know by revenue alone are left out where others are there. Raises ValueError where history is too short.
    """
    known = tidy(monthly_metrics).dropna(subset="total_revenue")
    every_month = pd.DatetimeIndex(sorted(known["month"].unique()))
    starts = [every_month[-1] - pd.DateOffset(months=every * k) for k in range(origins, 0, -1)]
    starts = [month for month in starts if (every_month <= month).sum() >= FEWEST_KNOWN]
    if not starts:
        raise ValueError(
            f"there are {len(every_month)} months; a rolling origin needs {FEWEST_KNOWN} before it and {every} after"
        )
    actual = known.set_index(["studio_id", "month"])["total_revenue"].rename("actual")
    parts = []
    for done, origin in enumerate(starts):
        model = fit(_until(monthly_metrics, origin), _until(lever_plan, origin), seed=seed, reference=reference,
                    config=config)  # fmt: skip
        parts.append(_told(model, methods, months, actual).assign(origin=origin))
        if progress:
            progress(done + 1, len(starts))
    return pd.concat(parts, ignore_index=True)


def scores(rows, seed=0):
    """Errors by method and horizon of the rows of `rolling_origin`.

    Returns DataFrame method, horizon, error (mean |predicted / actual - 1|), low, high (its 95 % bootstrap interval
    over studios), skill (1 - error / that of SAME), rmse (of the log), bias (mean log of predicted / actual), coverage
    (share inside the 90 % interval), studios, predictions. Sorted by method as they came, then horizon.
    """
    off = np.log(rows["revenue"] / rows["actual"])
    inside = rows["actual"].between(rows["low"], rows["high"]).where(rows["low"].notna())
    rows = rows.assign(error=(rows["revenue"] / rows["actual"] - 1).abs(), log=off, inside=inside.astype("float64"))
    table = pd.DataFrame([
        {"method": method, "horizon": horizon, **_score(part, seed)}
        for (method, horizon), part in rows.groupby(["method", "horizon"], sort=False)
    ])  # fmt: skip
    usual = table[table["method"] == SAME].set_index("horizon")["error"]
    return table.assign(skill=1 - table["error"] / table["horizon"].map(usual))


def _score(part, seed):
    by_studio = part.groupby("studio_id")["error"].mean().to_numpy()
    again = np.random.default_rng(seed).choice(by_studio, (RESAMPLES, len(by_studio))).mean(axis=1)
    low, high = np.quantile(again, (0.025, 0.975))
    return {"error": part["error"].mean(), "low": low, "high": high, "rmse": np.sqrt((part["log"] ** 2).mean()),
            "bias": part["log"].mean(), "coverage": part["inside"].mean(), "studios": len(by_studio),
            "predictions": len(part)}  # fmt: skip


def _until(table, month):
    """Rows of `table` (or None) not after `month`."""
    if table is None or not len(table):
        return table
    column = "month_year" if "month_year" in table else "month"
    return table[pd.to_datetime(table[column], format="ISO8601") < month + pd.DateOffset(months=1)]


def _told(model, methods, months, actual):
    """Rows of every method for the months that are known in `actual`."""
    studios = model.complete or model.studio_ids
    told = {method: model.forecast(studios, months, method) for method in methods}
    rules = next(iter(told.values())) if told else model.forecast(studios, months)
    base = rules["month"].dt.to_period("M") - rules["horizon"].to_numpy()
    for name, when in ((SAME, base.dt.to_timestamp()), (YEAR_AGO, rules["month"] - pd.DateOffset(years=1))):
        place = pd.MultiIndex.from_arrays([rules["studio_id"], when])
        told[name] = rules.assign(revenue=actual.reindex(place).to_numpy(), low=np.nan, high=np.nan)
    rows = pd.concat([table.assign(method=name) for name, table in told.items()], ignore_index=True)
    rows = rows.join(actual, on=["studio_id", "month"])
    rows = rows[(rows["actual"] > 0) & (rows["revenue"] > 0)]
    return rows[["studio_id", "horizon", "month", "method", "revenue", "low", "high", "actual"]]
