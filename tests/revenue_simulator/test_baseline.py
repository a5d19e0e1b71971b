import numpy as np
import pandas as pd
import pytest

from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.revenue_simulator.baseline import baseline
from studiolab.revenue_simulator.panel import tidy


def months(studio="oak", revenue=1000.0, retention=0.9, count=36, **columns):
    """Tidy months of a studio; every figure one value or a list."""
    when = pd.date_range("2023-11-01", periods=count, freq="MS")
    return tidy(
        pd.DataFrame({"studio_id": studio, "month": when, "revenue": revenue, "retention_rate": retention}).assign(
            **columns
        )
    )


def studios(*ids, kind="Yoga", currency="USD"):
    return pd.DataFrame({"studio_id": ids, "studio_name": ids, "studio_type": kind, "currency": currency})


def alone(frame):
    return baseline(frame, studios("oak"), "oak")


def test_the_last_year_its_month_and_its_means():
    found = alone(months(revenue=[1000.0] * 24 + [1100.0] * 11 + [1700.0], total_members=200))
    assert (found.baseline_period.start_month, found.baseline_period.end_month) == ("2025-11", "2026-10")
    assert (found.current_metrics.monthly_revenue, found.year_metrics.monthly_revenue) == (1700, 1150)
    assert found.current_metrics.total_members == 200
    assert found.current_metrics.avg_ticket_price is None
    assert found.historical_trends.revenue_growth_12m == 0.15


def test_without_a_second_year_there_is_no_growth_and_no_season():
    trends = alone(months(count=23)).historical_trends
    assert (trends.revenue_growth_12m, trends.seasonality, trends.seasonality_pattern) == (None, None, "unknown")


def test_a_gap_in_the_months_is_not_counted_as_growth():
    assert alone(months().drop(index=20)).historical_trends.revenue_growth_12m is None


def test_a_planted_season_on_a_planted_growth_is_recovered():
    season = {1: 1.2, 7: 0.8}
    calendar = pd.date_range("2021-11-01", periods=60, freq="MS").month
    revenue = 1000 * 1.01 ** np.arange(60) * np.array([season.get(m, 1.0) for m in calendar])
    frame = months(count=60, revenue=revenue)
    trends = alone(frame).historical_trends
    assert trends.seasonality_pattern == "january_peak_july_dip"
    assert trends.seasonality["January"] == pytest.approx(1.2, abs=0.01)
    assert trends.seasonality["July"] == pytest.approx(0.8, abs=0.01)
    assert trends.revenue_growth_12m == pytest.approx(1.01**12 - 1, abs=0.01)


def test_level_months_are_steady():
    assert alone(months()).historical_trends.seasonality_pattern == "steady"


@pytest.mark.parametrize(("points", "word"), [(0.2, "rising"), (-0.2, "falling"), (0.0, "stable")])
@pytest.mark.parametrize("count", [36, 14])
def test_a_planted_retention_trend_is_recovered_in_points_a_month(points, word, count):
    retention = 0.85 + points / 100 * np.arange(count) + 1e-4 * (-1) ** np.arange(count)
    trends = alone(months(count=count, retention=retention)).historical_trends
    assert trends.retention_points_per_month == pytest.approx(points, abs=0.005)
    assert trends.retention_trend == word


def test_a_season_of_retention_is_no_trend():
    wave = 0.9 + 0.03 * np.sin(np.arange(36) * 2 * np.pi / 12)
    assert alone(months(retention=wave)).historical_trends.retention_points_per_month == pytest.approx(0, abs=1e-9)


def test_a_till_known_by_revenue_alone_has_a_baseline():
    frame = months().drop(columns="retention_rate")
    found = alone(frame)
    assert found.historical_trends.retention_trend == "unknown"
    assert found.industry_benchmarks.revenue_percentile is None
    assert found.industry_benchmarks.compared_with == "all 0 other studios, as fewer than 5 are of type Yoga"


def chain(count, kind="Yoga", currency="USD", first=0):
    ids = [f"s{i}" for i in range(first, first + count)]
    return pd.concat([months(i, revenue=1000.0 + n) for n, i in enumerate(ids)]), studios(
        *ids, kind=kind, currency=currency
    )


def test_percentiles_are_among_studios_of_the_type_where_there_are_five_others():
    own = months("oak", revenue=1002.0)
    yoga, table = chain(5)
    dance, more = chain(3, kind="Dance", first=50)
    found = baseline(pd.concat([own, yoga, dance]), pd.concat([studios("oak"), table, more]), "oak")
    assert found.industry_benchmarks.compared_with == "the 5 other studios of type Yoga"
    assert found.industry_benchmarks.revenue_percentile == 50  # two below, one equal, two above
    assert found.industry_benchmarks.retention_rate_percentile == 50


def test_with_fewer_of_the_type_all_studios_are_compared_and_money_only_with_its_like():
    own = months("oak", revenue=5000.0)
    yoga, table = chain(4)
    swiss, more = chain(4, kind="Dance", currency="CHF", first=50)
    found = baseline(
        pd.concat([own, yoga, swiss.assign(total_revenue=9000.0)]), pd.concat([studios("oak"), table, more]), "oak"
    )
    told = "all 8 other studios, as fewer than 5 are of type Yoga"
    assert found.industry_benchmarks.compared_with == told
    assert found.industry_benchmarks.revenue_percentile == 100


def test_unknown_studios_and_studios_without_months_are_told_apart():
    with pytest.raises(UnknownStudio, match="no studio 'elm'; there are 1: oak"):
        baseline(months(), studios("oak"), "elm")
    with pytest.raises(ValueError, match="elm has no monthly figures yet"):
        baseline(months(), studios("oak", "elm"), "elm")
