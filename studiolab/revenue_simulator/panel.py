"""Monthly metrics and lever plans as month-by-studio matrices, money in major units.

Where a studio kept no lever plan, the level it held is filtered from what it realised.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.schema import LEVERS

NEEDED = (
    "total_members", "new_members", "churned_members", "avg_ticket_price", "total_classes_held", "offered_spots",
    "total_class_attendance", "staff_utilization_rate", "upsell_rate", "intro_revenue", "class_pack_revenue",
    "retail_revenue", "upsell_revenue", "membership_revenue", "total_revenue",
)  # fmt: skip
FEWEST_MONTHS = 9
FILTER_SPAN = 5


@dataclass
class Panel:
    """values : dict of column to (months, studios), NaN where unknown; plan : (months, studios, 7)."""

    months: pd.DatetimeIndex
    studios: list
    values: dict
    plan: np.ndarray

    def cut(self, studios):
        """The same months of some studios, by index."""
        return Panel(self.months, [self.studios[i] for i in studios],
                     {name: value[:, studios] for name, value in self.values.items()},
                     self.plan[:, studios])  # fmt: skip

    def last(self):
        """(studios,) index of each studio's last known month."""
        known = np.isfinite(self.values["total_revenue"])
        return len(self.months) - 1 - known[::-1].argmax(axis=0)


def tidy(monthly_metrics):
    """Metrics in major units with the columns studio_id, month, total_revenue and whatever else came.

    Accepts `month` or `month_year`, `revenue` or `total_revenue`, a missing studio_id (one studio).
    Raises ValueError naming the missing column, or the first duplicated studio and month.
    """
    frame = schema.to_major("monthly_metrics", monthly_metrics)
    frame = frame.rename(columns={"month_year": "month", "revenue": "total_revenue"})
    if "studio_id" not in frame:
        frame = frame.assign(studio_id="studio")
    for column in ("month", "total_revenue"):
        if column not in frame:
            raise ValueError(f"monthly_metrics has no column {column!r}; it has {list(monthly_metrics.columns)}")
    frame = frame.assign(
        month=pd.to_datetime(frame["month"], format="ISO8601").dt.to_period("M").dt.to_timestamp(),
        total_revenue=pd.to_numeric(frame["total_revenue"]).astype("float64"),
    )
    twice = frame[frame.duplicated(["studio_id", "month"])]
    if len(twice):
        row = twice.iloc[0]
        raise ValueError(f"monthly_metrics has {row.studio_id} {row.month:%Y-%m} more than once; one row a month")
    return frame.sort_values(["studio_id", "month"], ignore_index=True)


def complete_studios(frame):
    """Ids of the studios of a tidy frame that have every flow, for at least FEWEST_MONTHS months."""
    if any(column not in frame for column in NEEDED):
        return []
    known = frame[list(NEEDED)].notna().all(axis=1) & (frame["total_members"] > 0)
    counts = known.groupby(frame["studio_id"]).sum()
    return sorted(counts.index[counts >= FEWEST_MONTHS])


def make_panel(frame, lever_plan, studios):
    """Panel of `studios` from a tidy frame and an optional table `lever_plan`."""
    frame = frame[frame["studio_id"].isin(studios)]
    months = pd.date_range(frame["month"].min(), frame["month"].max(), freq="MS")

    def matrices(data, columns):
        at = months.get_indexer(data["month"]), pd.Index(studios).get_indexer(data["studio_id"])
        known = (at[0] >= 0) & (at[1] >= 0)
        wide = np.full((len(months), len(studios), len(columns)), np.nan)
        wide[at[0][known], at[1][known]] = data.loc[known, columns].to_numpy("float64", na_value=np.nan)
        return wide

    values = dict(zip(NEEDED, matrices(frame, list(NEEDED)).transpose(2, 0, 1).copy(), strict=True))
    plan = np.full((len(months), len(studios), len(LEVERS)), np.nan)
    if lever_plan is not None and len(lever_plan):
        plan = matrices(schema.to_major("lever_plan", lever_plan), list(LEVERS))
    unstated = ~np.isfinite(plan)
    if unstated[np.isfinite(values["total_revenue"])].any():
        with np.errstate(divide="ignore", invalid="ignore"):
            plan = np.where(unstated, _filtered_levers(values, months.month.to_numpy()), plan)
    return Panel(months, list(studios), values, _without_holes(plan))


def _without_holes(plan):
    """Levers of months that say nothing (closed, not recorded) stay where they were."""
    flat = pd.DataFrame(np.where(plan > 0, plan, np.nan).reshape(len(plan), -1))
    return flat.ffill().bfill().to_numpy().reshape(plan.shape)


def _filtered_levers(values, month):
    """Held levels behind realised levers: an exponential mean of the deseasonalised past, (T, n, 7)."""
    before = np.vstack([np.full((1, values["total_members"].shape[1]), np.nan), values["total_members"][:-1]])
    retention = np.clip(1 - values["churned_members"] / before, 0.3, 0.995)
    fill = np.clip(values["total_class_attendance"] / values["offered_spots"], 0.05, 0.99)
    return np.stack([
        _held(retention, month), values["avg_ticket_price"], _held(fill, month),
        _held(np.maximum(values["new_members"], 0.5), month), _held(values["staff_utilization_rate"], month),
        _held(np.clip(values["upsell_rate"], 0.005, 0.9), month), values["total_classes_held"],
    ], axis=2)  # fmt: skip


def _held(realised, month):
    """Exponential mean of log levels with the panel's calendar effect taken off."""
    level = pd.DataFrame(np.log(np.where(realised > 0, realised, np.nan)))
    drift = level - level.rolling(13, center=True, min_periods=6).mean()
    season = drift.groupby(month).median().median(axis=1).reindex(range(1, 13)).fillna(0)
    plain = level.sub(season.to_numpy()[month - 1], axis=0)
    return np.exp(plain.ewm(span=FILTER_SPAN).mean().bfill()).to_numpy()
