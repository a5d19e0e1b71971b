import pandas as pd
import pytest

from studiolab.panels import monthly_review as review


def history(months=14, **columns):
    """A frame as `RevenueModel.history` gives it, ending in October 2026."""
    month = pd.date_range(end="2026-10-01", periods=months, freq="MS")
    return pd.DataFrame({"month": month, "total_revenue": [1000.0] * months} | columns)


def test_the_headline_compares_with_the_month_and_the_year_before():
    revenue = [1000.0] * 14
    revenue[1], revenue[-2], revenue[-1] = 800, 1250, 1000
    said = review.headline(history(total_revenue=revenue), "2026-10", "USD")
    assert said == ("Revenue was $1,000 in October 2026, down 20.0 % on September 2026 and up 25.0 % on October 2025.")


def test_a_first_month_is_compared_with_nothing():
    assert review.headline(history(1), "2026-10", "USD") == "Revenue was $1,000 in October 2026."


@pytest.mark.parametrize(
    ("now", "before", "unit", "written"),
    [
        (110, 100, "money", "+10.0 %"),
        (0.90, 0.92, "share", "−2.0 points"),
        (5, 0, "count", "–"),
        (5, None, "money", "–"),
    ],
)
def test_a_change_is_in_percent_and_that_of_a_rate_in_points(now, before, unit, written):
    assert review.change(now, before, unit) == written


def test_only_what_is_far_from_its_usual_level_on_the_bad_side_is_watched():
    steady = [0.5] + [0.90, 0.92] * 6  # the first is more than a year ago
    worse, better = [*steady, 0.80], [*steady, 0.99]
    assert review.watch(history(retention_rate=worse), "2026-10", "USD") == [
        "Retention: 80.0 %, well below the usual 91.0 % of the year before."
    ]
    assert review.watch(history(retention_rate=better), "2026-10", "USD") == []


def test_drivers_show_the_change_of_each_known_part():
    parts = {"membership_revenue": [600.0] * 13 + [550.0], "retail_revenue": [100.0] * 13 + [130.0]}
    bars = review.drivers(history(**parts), "2026-10", "USD").data[0]
    assert dict(zip(bars.y, bars.text, strict=True)) == {"Memberships": "−$50", "Retail": "+$30"}
    assert review.drivers(history(), "2026-10", "USD") is None


def test_member_flow_shows_leavers_below_the_line_or_nothing_where_unknown():
    joined, left = review.member_flow(history(new_members=[9] * 14, churned_members=[4] * 14), "2026-10").data
    assert (len(joined.x), joined.y[0], left.y[0]) == (13, 9, -4)
    assert review.member_flow(history(), "2026-10") is None


def test_what_is_not_known_is_named():
    assert review.missing(history(total_members=[5] * 14), "2026-10")[:2] == ["Memberships", "Class packs"]
    assert "Revenue" not in review.missing(history(), "2026-10")
