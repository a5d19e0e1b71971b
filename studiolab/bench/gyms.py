"""Head-counts of Swiss gyms four weeks ahead, hour by hour, beside the mean of the last four weeks.

The target is `demand.hourly`: the mean of the head-counts taken within a local hour, for hours with at least one. From
each origin, a Monday, the next 28 days are told from what was counted before. The model's few constants were chosen on
origins from June to November 2025; ORIGINS are later, and their days do not overlap.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from dateutil.easter import easter

from studiolab import schema
from studiolab.bench import score
from studiolab.studio_operations.timetable import demand

ZONE, DAYS = "Europe/Zurich", 28
ORIGINS = ("2026-01-12", "2026-02-09", "2026-03-09", "2026-04-06", "2026-05-04")
GOAL, COVERED = score.at_most(0.223), score.Goal(0.85, 0.95)
OURS, SIMPLE = "demand", "mean of the last 4 weeks"
FIXED, MOVABLE = ((1, 1), (8, 1), (12, 25), (12, 26)), (-2, 0, 1, 39, 49, 50)  # days after Easter Sunday
SLOT = ["place", "weekday", "hour"]


def table(path, origins=ORIGINS):
    """wMAPE of the demand model and of the simple mean, their difference, and the share inside the 90 % interval.

    path : parquet file of timestamp_utc, gym, occupancy; origins : first days told, YYYY-MM-DD
    Returns DataFrame of score.COLUMNS; intervals are a bootstrap over weeks and, within them, gyms. One row with
    model "skipped: no data" where there is no file.
    """
    if path is None or not Path(path).exists():
        return score.table([score.plain("Swiss gyms, hourly wMAPE", np.nan, model="skipped: no data")])
    counts = pd.read_parquet(path).set_axis(["at", "place", "area", "count"], axis=1)
    counts["place"] = counts["place"].astype(object)
    found = pd.concat([cases(counts, pd.Timestamp(origin)) for origin in origins], ignore_index=True)
    rows = _rows(found, "Swiss gyms, hourly wMAPE, four weeks ahead", GOAL)
    rows.append(score.row("Swiss gyms, hours inside the 90 % interval", found[["world", "studio", "inside", "hours"]],
                          score.ratio("inside", "hours"), COVERED, model=OURS))  # fmt: skip
    for origin, own in found.groupby("origin"):
        rows += _rows(own, f"hourly wMAPE, from {origin:%Y-%m-%d}")
    return score.table(rows)


def cases(counts, origin):
    """Sums over the hours of each week (world) and gym (studio) after `origin`: count, error, simple, inside, hours."""
    hours = demand.hourly(counts, ZONE)
    day = hours["at"].dt.tz_localize(None).dt.normalize()
    weekday = np.array(schema.WEEKDAYS)[day.dt.weekday]
    hours = hours.assign(day=day, weekday=weekday, hour=hours["at"].dt.hour, is_holiday=day.isin(days_off(day)))
    ahead = hours[(day >= origin) & (day < origin + pd.Timedelta(days=DAYS))]
    model = demand.fit_counts(counts, origin.tz_localize(ZONE), ZONE, days_off(day))
    told = model.expected(ahead.rename(columns={"place": "class_name"}))
    simple = last_weeks(hours[(day < origin) & (day >= origin - pd.Timedelta(days=DAYS))], ahead)
    each = pd.DataFrame({
        "world": ahead["day"] - pd.to_timedelta(ahead["day"].dt.weekday, "D"), "studio": ahead["place"],
        "people": ahead["count"], "error": (told["expected"] - ahead["count"]).abs(),
        "simple": (simple - ahead["count"]).abs(),
        "inside": ahead["count"].between(told["low"], told["high"]).astype(float), "hours": 1.0,
    })  # fmt: skip
    return each.groupby(["world", "studio"]).sum().reset_index().assign(origin=origin)


def last_weeks(before, ahead):
    """Mean of each gym, weekday and hour `before`; where there was none, of the gym and hour; where none, zero."""
    slot, hour = (before.groupby(key)["count"].mean() for key in (SLOT, ["place", "hour"]))
    by_slot = slot.reindex(pd.MultiIndex.from_frame(ahead[SLOT])).to_numpy()
    by_hour = hour.reindex(pd.MultiIndex.from_frame(ahead[["place", "hour"]])).fillna(0).to_numpy()
    return np.where(np.isnan(by_slot), by_hour, by_slot)


def days_off(days):
    """Public holidays all over Switzerland, Easter and Whit Sunday among them, in the years of `days`."""
    years = range(days.min().year, days.max().year + 1)
    fixed = [pd.Timestamp(year, *day) for year in years for day in FIXED]
    return fixed + [pd.Timestamp(easter(year)) + pd.Timedelta(days=after) for year in years for after in MOVABLE]


def _rows(found, figure, goal=None):
    found = found[["world", "studio", "people", "error", "simple"]]
    rows = [score.row(figure, found, score.ratio("error", "people"), goal, model=OURS),
            score.row(figure, found, score.ratio("simple", "people"), model=SIMPLE)]  # fmt: skip
    gap = score.row(figure, found, lambda sums: (sums["error"] - sums["simple"]) / sums["people"],
                    score.at_most(0) if goal else None, model=f"{OURS} - {SIMPLE}")  # fmt: skip
    return [*rows, gap]
