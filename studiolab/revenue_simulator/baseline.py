"""Where a studio stands: its last year, its trends, and its place among the others (B-16, B-54, B-73).

Everything is counted back from the studio's own last known month (K1.30). Money is in major units.
"""

import pandas as pd
from pydantic import Field

from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.revenue_simulator.replies import Answer

YEAR = 12  # months
FEWEST_PEERS = 5
MEASURES = ("retention_rate", "avg_ticket_price", "class_attendance_rate", "total_members", "total_revenue")
OF_MONEY = ("avg_ticket_price", "total_revenue")
STEADY = 0.02  # a month this near to its year is neither peak nor dip
TREND_NEEDS = 6  # months, or pairs of months


class Period(Answer):
    """First and last month of the last year that is known, YYYY-MM."""

    start_month: str
    end_month: str


class Figures(Answer):
    """Figures of a month, or their mean over months; empty where they are not known."""

    retention_rate: float | None
    avg_ticket_price: float | None
    class_attendance_rate: float | None
    total_members: float | None
    monthly_revenue: float | None


class Trends(Answer):
    """Where the figures go."""

    revenue_growth_12m: float | None = Field(description="revenue of the last 12 months / of the 12 before - 1")
    retention_trend: str = Field(description="rising or falling when the slope is over two standard errors, else "
                                 "stable; unknown under 6 months")  # fmt: skip
    retention_points_per_month: float | None = Field(
        description="percentage points a month: a twelfth of the mean change against the same month a year before; "
        "under 18 months of history a straight line through the last 12 months, season included"
    )
    seasonality_pattern: str = Field(description="the month furthest above its year and the one furthest below, "
                                     "steady within 2 %, unknown under 24 months")  # fmt: skip
    seasonality: dict[str, float] | None = Field(
        description="revenue of a calendar month / the level of its year (2x12 moving average), median of the years"
    )


class Place(Answer):
    """Percentiles of the last year's means among other studios: 65 is above 65 of 100, ties count half."""

    retention_rate_percentile: int | None
    avg_ticket_percentile: int | None = Field(description="among studios of the same currency")
    attendance_percentile: int | None
    revenue_percentile: int | None = Field(description="among studios of the same currency")
    compared_with: str = Field(description="which studios the percentiles are of")


class Baseline(Answer):
    """A studio's last known month, its last year, its trends and its place among the others."""

    studio_id: str
    currency: str
    baseline_period: Period
    current_metrics: Figures = Field(description="of the last month")
    year_metrics: Figures = Field(description="mean of the period's months")
    historical_trends: Trends
    industry_benchmarks: Place


def baseline(frame, studios, studio_id):
    """Baseline of a studio.

    frame : tidy metrics (`panel.tidy`) of every studio; studios : table of `schema`
    Raises UnknownStudio, or ValueError for a studio without a month.
    """
    known = studios.set_index("studio_id")
    if studio_id not in known.index:
        raise UnknownStudio(f"no studio {studio_id!r}; there are {len(known)}: {', '.join(known.index[:5])} …")
    frame = frame.reindex(columns=frame.columns.union(MEASURES, sort=False)).dropna(subset="total_revenue")
    own = frame[frame["studio_id"] == studio_id].set_index("month")
    if own.empty:
        raise ValueError(f"{studio_id} has no monthly figures yet; `studiolab import FILE` brings them")
    own = own[list(MEASURES)].astype("float64").asfreq("MS")
    year = own.iloc[-YEAR:]
    return Baseline(
        studio_id=studio_id, currency=known.loc[studio_id, "currency"],
        baseline_period=Period(start_month=f"{year.index[0]:%Y-%m}", end_month=f"{year.index[-1]:%Y-%m}"),
        current_metrics=_figures(own.iloc[-1]), year_metrics=_figures(year.mean()),
        historical_trends=_trends(own), industry_benchmarks=_place(frame, known, studio_id),
    )  # fmt: skip


def _figures(row):
    return Figures(
        retention_rate=_rounded(row["retention_rate"], 6), avg_ticket_price=_rounded(row["avg_ticket_price"], 2),
        class_attendance_rate=_rounded(row["class_attendance_rate"], 6),
        total_members=_rounded(row["total_members"], 1), monthly_revenue=_rounded(row["total_revenue"], 2),
    )  # fmt: skip


def _trends(own):
    revenue = own["total_revenue"]
    last, before = (part.sum(min_count=YEAR) for part in (revenue.iloc[-YEAR:], revenue.iloc[-2 * YEAR : -YEAR]))
    slope, error = _slope(own["retention_rate"])
    season = _season(revenue)
    moves = (
        "unknown" if slope is None else "stable" if abs(slope) <= 2 * error else "rising" if slope > 0 else "falling"
    )
    return Trends(
        revenue_growth_12m=_rounded(last / before - 1, 6) if before > 0 else None,
        retention_trend=moves, retention_points_per_month=None if slope is None else _rounded(100 * slope, 4),
        seasonality_pattern=_pattern(season),
        seasonality=None if season is None else {name: _rounded(value, 4) for name, value in season.items()},
    )  # fmt: skip


def _slope(rate):
    """(change a month, its standard error), or (None, None); of a Series by month."""
    change = (rate - rate.shift(YEAR)).iloc[-YEAR:].dropna()
    if len(change) >= TREND_NEEDS:
        return change.mean() / YEAR, change.sem() / YEAR
    line = rate.iloc[-YEAR:].dropna()
    if len(line) < TREND_NEEDS:
        return None, None
    when = pd.Series(line.index.year * 12.0 + line.index.month, index=line.index)
    when -= when.mean()
    slope = (when * line).sum() / (when**2).sum()
    rest = line - line.mean() - slope * when
    return slope, ((rest**2).sum() / (len(line) - 2) / (when**2).sum()) ** 0.5


def _season(revenue):
    """Series by month name, January first, mean 1; None while a calendar month has no level (FPP3, 3.4)."""
    level = revenue.rolling(YEAR).mean().rolling(2).mean().shift(-YEAR // 2)
    above = (revenue / level.where(level > 0)).dropna()
    months = above.groupby(above.index.month).median()
    if len(months) < YEAR:
        return None
    return (months / months.mean()).set_axis([f"{pd.Timestamp(2000, m, 1):%B}" for m in months.index])


def _pattern(season):
    if season is None:
        return "unknown"
    peak, dip = season.idxmax(), season.idxmin()
    parts = [f"{peak}_peak"] if season[peak] > 1 + STEADY else []
    parts += [f"{dip}_dip"] if season[dip] < 1 - STEADY else []
    return "_".join(parts).lower() or "steady"


def _place(frame, known, studio_id):
    means = frame.sort_values("month").groupby("studio_id").tail(YEAR).groupby("studio_id")[list(MEASURES)].mean()
    own, kind = means.loc[studio_id], known.loc[studio_id, "studio_type"]
    others = means.drop(index=studio_id)
    peers = others[others.index.map(known["studio_type"].get) == kind]
    told = f"the {len(peers)} other studios of type {kind}"
    if len(peers) < FEWEST_PEERS:
        few = f", as fewer than {FEWEST_PEERS} are of type {kind}" if isinstance(kind, str) else ""
        peers, told = others, f"all {len(others)} other studios{few}"
    alike = peers.index.map(known["currency"].get) == known.loc[studio_id, "currency"]
    at = {name: _percentile(own[name], peers.loc[alike, name] if name in OF_MONEY else peers[name])
          for name in MEASURES}  # fmt: skip
    return Place(
        retention_rate_percentile=at["retention_rate"], avg_ticket_percentile=at["avg_ticket_price"],
        attendance_percentile=at["class_attendance_rate"], revenue_percentile=at["total_revenue"], compared_with=told,
    )  # fmt: skip


def _percentile(own, others):
    others = others.dropna()
    if pd.isna(own) or others.empty:
        return None
    return round(100 * ((others < own).mean() + (others == own).mean() / 2))


def _rounded(value, digits):
    return None if pd.isna(value) else round(float(value), digits) + 0.0
