import pytest

from studiolab.panels.palette import BLUE, GREEN, VERMILLION
from studiolab.panels.waterfall import waterfall_figure

ANSWER = {
    "held_revenue": 40_000.0, "planned_revenue": 41_000.0,
    "lever_impacts": [
        {"lever": "retention_rate", "held": 0.92, "planned": 0.94, "contribution": 1_500.0},
        {"lever": "avg_ticket_price", "held": 150.0, "planned": 165.0, "contribution": -500.0},
        {"lever": "upsell_rate", "held": 0.2, "planned": 0.2, "contribution": 0.0},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def bars():
    return waterfall_figure(ANSWER, "EUR")


def test_the_bars_lead_from_held_to_planned_by_the_moved_levers(bars):
    trace = bars.data[0]
    assert list(trace.x) == [40_000, 1_500, -500, 41_000]
    assert list(trace.measure) == ["absolute", "relative", "relative", "total"]
    assert trace.x[0] + sum(trace.x[1:3]) == trace.x[-1]


def test_levers_have_their_names_and_units_and_amounts_the_currency(bars):
    trace = bars.data[0]
    assert trace.y[1] == "Retention<br>92.0 % → 94.0 %"
    assert trace.y[2] == "Ticket price<br>€150 → €165"
    assert list(trace.text) == ["€40,000", "+€1,500", "−€500", "€41,000"]
    assert bars.layout.xaxis.tickprefix == "€"


def test_gain_loss_and_totals_have_the_houses_colours(bars):
    trace = bars.data[0]
    colours = [kind.marker.color for kind in (trace.increasing, trace.decreasing, trace.totals)]
    assert colours == [GREEN, VERMILLION, BLUE]


def test_every_step_is_in_view(bars):
    low, high = bars.layout.xaxis.range
    assert 0 < low < 40_000
    assert high > 41_500


def test_a_plan_that_moves_nothing_is_two_equal_bars():
    still = {"held_revenue": 0.0, "planned_revenue": 0.0, "lever_impacts": ANSWER["lever_impacts"][2:]}
    assert list(waterfall_figure(still, "USD").data[0].x) == [0, 0]
