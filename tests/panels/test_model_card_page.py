import numpy as np
import pandas as pd
import pytest

from studiolab.app.model_card import Card
from studiolab.panels import model_card_page as page
from studiolab.revenue_simulator.config import ModelConfig
from studiolab.revenue_simulator.features import inputs
from studiolab.revenue_simulator.panel import Panel
from studiolab.revenue_simulator.rolling import YEAR_AGO
from studiolab.revenue_simulator.stack import SAME
from studiolab.schema import LEVERS


def card(**changed):
    """A Card of three horizons: the stack is best one and three months ahead, last month's figure at six."""
    errors = {"structural": (0.03, 0.05, 0.07), "stack": (0.02, 0.04, 0.08), SAME: (0.04, 0.06, 0.065),
              YEAR_AGO: (0.1, 0.1, 0.1)}  # fmt: skip
    rows = [{"method": method, "horizon": horizon, "error": error, "low": error - 0.01, "high": error + 0.02,
             "coverage": np.nan if method in (SAME, YEAR_AGO) else 0.9}
            for method, of in errors.items() for horizon, error in zip((1, 3, 6), of, strict=True)]  # fmt: skip
    weights = {"ensemble": {"xgboost": 0.75, "ridge": 0.25},
               "stack": {"forecast": {"structural": 0.7, SAME: 0.3}, "scenario": {"structural": 1.0}}}  # fmt: skip
    given = {"version": "structural-2-abc", "config": ModelConfig(), "scores": pd.DataFrame(rows), "weights": weights,
             "run": None, "full": 3, "revenue_only": 1, "studio_months": 90, "first_month": pd.Timestamp("2024-05-01"),
             "last_month": pd.Timestamp("2026-10-01"), "currencies": ["EUR", "USD"], "taught": True}  # fmt: skip
    return Card(**given | changed)


def test_every_feature_has_words():
    values = {name: np.ones((6, 1)) for name in (
        "total_members", "churned_members", "total_revenue", "total_class_attendance", "offered_spots",
        "staff_utilization_rate", "avg_ticket_price",
    )}  # fmt: skip
    panel = Panel(pd.date_range("2024-01-01", periods=6, freq="MS"), ["a"], values, np.ones((6, 1, len(LEVERS))))
    made = inputs(panel, np.array([0]), np.array([4]), np.array([1]), np.ones((1, len(LEVERS))))
    assert set(page.FEATURES) == set(made.columns)


@pytest.mark.parametrize("piece", [page.glance, page.data, page.errors, page.coverage, page.members, page.training,
                                   page.said, page.version])  # fmt: skip
def test_no_raw_name_and_no_hole_reaches_the_reader(piece):
    text = piece(card()).replace("structural-2-abc", "")
    assert not [
        word for word in (*LEVERS, "random_forest", "non_negative", "n_estimators", "nan", "None") if word in text
    ]


def test_who_was_least_far_off_is_said_for_near_and_far():
    told = page.said(card())
    assert told == (
        "Least far off on average: one month ahead stack (2.0 %), 3 months ahead stack (4.0 %) "
        "and 6 months ahead same as last month (6.5 %)."
    )


def test_errors_stand_beside_the_rules_of_thumb_with_their_interval():
    table = page.errors(card())
    assert "5.0 % (4.0 to 7.0)" in table
    assert "Same as a year ago" in table
    assert "12 months" not in table  # not scored
    assert "Same as" not in page.coverage(card())


def test_the_figure_of_errors_has_a_line_of_each_method_in_its_own_colour():
    figure = page.errors_figure(card())
    assert [trace.name for trace in figure.data] == [
        "Structural model", "Stack", "Same as last month", "Same as a year ago"
    ]  # fmt: skip
    assert len({trace.line.color for trace in figure.data}) == 4
    assert np.allclose(figure.data[1].y, [0.02, 0.04, 0.08])


def test_the_weights_figure_shows_what_counts_in_forecast_and_what_if():
    shown = {trace.name: dict(zip(trace.y, trace.x, strict=True)) for trace in page.weights_figure(card()).data}
    assert shown["Forecast"]["Structural model"] == 0.7
    assert shown["Forecast"]["Same as last month"] == 0.3
    assert shown["What if"]["Structural model"] == 1.0
    assert shown["What if"]["XGBoost"] == 0


def test_settings_are_those_of_the_config():
    other = ModelConfig(xgboost={"max_depth": 4}, training={"embargo_months": 5})
    assert "300 trees of depth 4" in page.members(card(config=other))
    assert "75 %" in page.members(card())
    assert "5 months between" in page.training(card(config=other))


def test_a_logged_run_is_named_with_its_version():
    run = {"version": "7", "run_id": "r1", "model": "structural-2-abc", "at": "2026-11-20T10:00:00+00:00"}
    assert "version 7 in MLflow, run r1, trained 2026-11-20" in page.version(card(run=run))
    assert "no training run" in page.version(card())
