"""The bands the documents ask of the data, each with what this chain measures.

Every measure looks at what an owner could see, monthly figures, and at which months were outliers.
Sources: SPEC B-10, B-18 to B-21 as settled by K1.1 to K1.6.
"""

import numpy as np
import pandas as pd

from studiolab import schema

YEARS = 5
LARGE = 100
RESAMPLES = 40
ROWS_INSIDE = 0.90
CORRELATION_TOLERANCE = 0.1
EXACT = ("K1.3", "K1.6")
PLAIN_MONTHS = (3, 4, 5, 10, 11)
REACH = 6

RANGES = {
    "total_members": (100, 500), "new_members": (10, 50), "churned_members": (5, 40), "retention_rate": (0.60, 0.95),
    "avg_ticket_price": (80, 300), "total_classes_held": (100, 400), "class_attendance_rate": (0.50, 0.90),
    "staff_count": (5, 25), "staff_utilization_rate": (0.60, 0.95), "intro_offer_conversions": (5, 30),
    "upsell_rate": (0.10, 0.40), "average_member_lifetime_months": (6, 24),
}  # fmt: skip
SEASONS = (
    ("joins in January", "new_members", 1, 0.20, 0.30, 0),
    ("joins in September", "new_members", 9, 0.15, 0.15, 0.05),
    ("attendance in June", "total_class_attendance", 6, -0.15, -0.10, 0),
    ("attendance in July", "total_class_attendance", 7, -0.15, -0.10, 0),
    ("attendance in August", "total_class_attendance", 8, -0.15, -0.10, 0),
    ("attendance in December", "total_class_attendance", 12, -0.10, -0.05, 0),
)
GROWTH = (
    ("revenue a quarter, years 1-2", 0, 2, 4, 0.10, 0.15),
    ("revenue a year, years 3-4", 2, 4, 1, 0.03, 0.07),
    ("revenue a year, year 5", 4, 5, 1, 0.01, 0.04),
)
CORRELATIONS = (
    ("fill and upsell", "class_attendance_rate", "upsell_rate", 0.3),
    ("staff count and retention", "staff_count", "retention_rate", 0.4),
    ("ticket and retention", "avg_ticket_price", "retention_rate", -0.2),
)


def bands(chain):
    """Each asked band beside what the chain measures.

    chain : Chain of sixty months. The bands are statements about a large chain: with fewer than 100
    studios the tolerance grows by twice the standard error between studios (a bootstrap of them).
    Returns DataFrame band, source, low, high, tolerance, measured, holds (bool); rates as shares, prices in
    major units. A range of B-10 is the share of studio-months inside it, at least 0.90.
    Raises ValueError if the chain does not have sixty months.
    """
    if len(chain.months) != 12 * YEARS:
        raise ValueError(f"the bands describe {12 * YEARS} months, this chain has {len(chain.months)}")
    panel, n = _panel(chain), len(chain.studios)
    table = pd.DataFrame(
        _measure(panel, chain.months), columns=["band", "source", "low", "high", "tolerance", "measured"]
    )
    if n < LARGE:
        sampled = ~table["source"].isin(EXACT)
        table["tolerance"] += sampled * 2 * _standard_error(panel, chain.months, n)
    table["holds"] = table["measured"].between(table["low"] - table["tolerance"], table["high"] + table["tolerance"])
    return table


def _panel(chain):
    """dict of column to (months, studios), prices in major units, and `outlier`."""
    metrics = schema.to_major("monthly_metrics", chain.monthly_metrics)
    wide = metrics.pivot(index="month_year", columns="studio_id").reindex(columns=chain.studios["studio_id"], level=1)
    names = dict.fromkeys([*RANGES, *schema.REVENUE_PARTS, "total_revenue", "total_class_attendance"])
    return {name: wide[name].to_numpy(float) for name in names} | {"outlier": chain.outlier}


def _standard_error(panel, months, n):
    rng = np.random.default_rng(0)
    draws = [rng.integers(n, size=n) for _ in range(RESAMPLES)]
    again = [[row[-1] for row in _measure({k: v[:, draw] for k, v in panel.items()}, months)] for draw in draws]
    return np.std(again, axis=0)


def _measure(panel, months):
    """Rows of band, source, low, high, tolerance, measured."""
    retention = panel["retention_rate"]
    rows = [(f"rows with {name} in {low:g} to {high:g}", "B-10", ROWS_INSIDE, 1, 0, _inside(panel[name], low, high))
            for name, (low, high) in RANGES.items()]  # fmt: skip
    rows += [("mean monthly retention", "K1.1", 0.88, 0.95, 0, retention.mean())]
    rows += [(name, "B-18", low, high, tolerance, season(panel[column], panel["outlier"], months.month, month))
             for name, column, month, low, high, tolerance in SEASONS]  # fmt: skip
    rows += [(name, "B-19", low, high, 0, _growth(panel, start, end, steps))
             for name, start, end, steps, low, high in GROWTH]  # fmt: skip
    rows += [(name, "B-20", asked, asked, CORRELATION_TOLERANCE, _correlation(panel[one], panel[other]))
             for name, one, other, asked in CORRELATIONS]  # fmt: skip
    need = panel["new_members"][1:] / panel["total_members"][:-1]
    rows += [("retention and acquisition need", "B-20", -1, 0, 0, _correlation(retention[1:], need))]
    spread = noise(panel["total_class_attendance"], panel["outlier"], months.month)
    rows += [("noise of attendance", "B-21", 0.05, 0.10, 0, spread)]
    count = panel["outlier"].sum(axis=0)
    rows += [("fewest outlier months of a studio", "B-21", 2, 3, 0, count.min())]
    rows += [("most outlier months of a studio", "B-21", 2, 3, 0, count.max())]
    return rows + _violations(panel)


def _inside(values, low, high):
    return ((values >= low) & (values <= high)).mean()


def season(values, outlier, calendar, month):
    """How far a calendar month lies above the studios' own plain months around it, as a share.

    values, outlier : (months, n); calendar : (months,) 1 to 12. The level of a plain month is a straight line
    between the means of the plain months of half a year before and after; outlier months stay out of both.
    """
    plain = np.where(outlier | ~np.isin(calendar, PLAIN_MONTHS)[:, None], np.nan, values)
    above = []
    for t in np.flatnonzero(calendar == month):
        sides = [np.arange(max(t - REACH, 0), t), np.arange(t + 1, min(t + REACH + 1, len(values)))]
        (early, level_before), (late, level_after) = (_level(plain, side) for side in sides)
        level = level_before + (level_after - level_before) * (t - early) / (late - early)
        above.append(np.where(outlier[t], np.nan, np.column_stack([values[t], level]).T))
    seen, usual = np.concatenate(above, axis=1)
    known = ~np.isnan(seen + usual)
    return seen[known].sum() / usual[known].sum() - 1


def _level(plain, side):
    """Mean month and mean value of each studio's plain months among `side`, (n,) each; empty where there is none."""
    there = ~np.isnan(plain[side])
    count = np.where(there.any(axis=0), there.sum(axis=0), np.nan)
    return (there * side[:, None]).sum(axis=0) / count, np.nansum(plain[side], axis=0) / count


def _growth(panel, start, end, steps):
    """Growth a step of the chain's revenue from the last quarter of year `start` to that of year `end`.

    The same months of the year are compared; from the opening (start 0) it is the first quarter with the last one.
    Outlier months are left out of their studio's mean.
    """
    revenue = np.where(panel["outlier"], np.nan, panel["total_revenue"])
    opens = max(12 * start - 3, 0)
    closes = 12 * end - 3
    first, last = (np.nanmean(revenue[month : month + 3], axis=0).sum() for month in (opens, closes))
    return (last / first) ** (12 / (closes - opens) / steps) - 1


def _correlation(one, other):
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


def noise(values, outlier, calendar):
    """Month-to-month spread that neither the level nor the calendar explains, as a share.

    A month minus the mean of its neighbours, in logs, minus the mean of that calendar month over the chain; with
    independent noise of spread s this has spread s times the square root of 1.5.
    """
    logs = np.where(outlier, np.nan, np.log(values))
    apart = logs[1:-1] - (logs[:-2] + logs[2:]) / 2
    for month in range(1, 13):
        apart[calendar[1:-1] == month] -= np.nanmean(apart[calendar[1:-1] == month])
    return np.sqrt(np.nanmean(apart**2) / 1.5)


def _violations(panel):
    members, new, churned = panel["total_members"], panel["new_members"], panel["churned_members"]
    broken = (members[1:] != members[:-1] + new[1:] - churned[1:]).sum()
    parts = np.rint(100 * np.stack([panel[part] for part in schema.REVENUE_PARTS])).sum(axis=0)
    wrong = (parts != np.rint(100 * panel["total_revenue"])).sum()
    return [
        ("rows where members are not previous + new - churned", "K1.3", 0, 0, 0, broken),
        ("rows where the five parts are not the revenue", "K1.6", 0, 0, 0, wrong),
    ]
