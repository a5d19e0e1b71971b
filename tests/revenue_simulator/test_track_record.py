import numpy as np
import pandas as pd
import pytest

from studiolab import world
from studiolab.revenue_simulator import answers, fit
from studiolab.revenue_simulator import track_record as track
from studiolab.revenue_simulator.drift import FALSE_ALARMS
from studiolab.revenue_simulator.questions import ForecastRequest, ForwardRequest

MONEY = ["predicted_revenue", "revenue_low", "revenue_high"]


def prediction(predicted, studio="oak", target="2026-03", base="2026-02", horizon=1, half=50, **given):
    """A row of prediction_logs; money in major units."""
    row = {
        "studio_id": studio, "prediction_type": "forecast", "model_version": "m-1", "base_month": pd.Timestamp(base),
        "target_month": pd.Timestamp(target), "horizon": horizon, "levers_hash": None, "currency": "USD",
        "predicted_revenue": 100 * predicted, "revenue_low": 100 * (predicted - half),
        "revenue_high": 100 * (predicted + half), "confidence_score": 0.8,
        "predicted_at": pd.Timestamp("2026-03-01T10:00Z"),
    } | given  # fmt: skip
    return {"log_id": repr(sorted(map(str, row.items())))} | row


def came(*months, studio="oak", start="2026-02", currency="USD"):
    """monthly_metrics of a studio; money in major units."""
    when = pd.date_range(start, periods=len(months), freq="MS")
    revenue = [100 * month for month in months]
    return pd.DataFrame({"studio_id": studio, "month_year": when, "total_revenue": revenue, "currency": currency})


def judged(predictions, *metrics):
    return track.performance(track.scored(pd.DataFrame(predictions), pd.concat(metrics)))


# figures worked by hand --------------------------------------------------------------------------
def test_the_measures_are_those_of_a_hand_worked_example():
    found = judged(
        [prediction(1040), prediction(2140, studio="elm"), prediction(900, studio="fir")],
        came(900, 1000), came(2200, 2000, studio="elm"), came(1010, 1000, studio="fir"),
    )  # fmt: skip
    of = found.performance_metrics
    assert (of.predictions, of.mape, of.mape_no_change) == (3, pytest.approx((4 + 7 + 10) / 3), pytest.approx(7))
    assert of.rmse == pytest.approx(((40**2 + 140**2 + 100**2) / 3) ** 0.5, abs=0.01)
    assert of.mae == pytest.approx((40 + 140 + 100) / 3)
    assert of.r2_score == pytest.approx(1 - (40**2 + 140**2 + 100**2) / (2 * (1000 / 3) ** 2 + (2000 / 3) ** 2))
    assert of.directional_accuracy == 1  # fir moved by one percent, which is no direction
    assert of.coverage == pytest.approx(1 / 3, abs=1e-6)
    told = found.prediction_distribution
    assert (told.total_predictions, told.avg_confidence) == (3, pytest.approx(0.8))
    shares = [told.error_distribution.within_5_pct, told.error_distribution.within_10_pct]
    assert shares == pytest.approx([1 / 3, 1], abs=1e-6)
    assert told.error_distribution.over_10_pct == 0


def test_a_wrong_side_of_the_base_month_is_a_wrong_direction():
    assert judged([prediction(880)], came(900, 1000)).performance_metrics.directional_accuracy == 0


def test_what_has_not_come_waits_and_is_measured_by_nothing():
    found = judged([prediction(1000)], came(900))
    assert (found.waiting, found.performance_metrics.predictions, found.performance_metrics.mape) == (1, 0, None)
    assert found.drift.verdict == "too early to say"


def test_with_nothing_logged_there_is_an_answer_too():
    columns = list(prediction(1))
    found = track.performance(track.scored(pd.DataFrame(columns=columns), came(900)))
    assert (found.model_version, found.waiting, found.by_horizon) == (None, 0, {})


def test_horizons_and_versions_are_told_apart_and_the_newest_counts_for_all():
    old = prediction(500, model_version="m-0", predicted_at=pd.Timestamp("2026-02-01T10:00Z"))
    found = judged(
        [old, prediction(1000), prediction(1100, base="2026-01", horizon=2)], came(900, 900, 1000, start="2026-01")
    )
    assert {version: of.mape for version, of in found.by_version.items()} == {"m-1": 5.0, "m-0": 50.0}
    assert list(found.by_version) == ["m-1", "m-0"]
    assert {horizon: of.mape for horizon, of in found.by_horizon.items()} == {1: 0.0, 2: 10.0}
    assert found.performance_metrics.predictions == 2


def test_what_ifs_are_not_mixed_with_forecasts():
    told = track.scored(pd.DataFrame([prediction(1000), prediction(500, prediction_type="forward")]), came(900, 1000))
    assert track.performance(told).performance_metrics.mape == 0
    assert track.performance(told, "forward").performance_metrics.mape == 50
    with pytest.raises(ValueError, match="no type 'plan' of prediction: it is one of forecast, forward"):
        track.performance(told, "plan")


def test_money_of_several_currencies_is_not_added_up():
    yen = prediction(1, studio="ume", currency="JPY") | dict(zip(MONEY, (90_000, 80_000, 100_000), strict=True))
    metrics = came(900, 1000, studio="ume", currency="JPY")
    of = judged([prediction(1000), yen], came(900, 1000), metrics).performance_metrics
    assert (of.mape, of.mae, of.rmse, of.r2_score) == (5.0, None, None, None)


def test_a_month_without_revenue_has_no_percentage_and_breaks_nothing():
    of = judged([prediction(100), prediction(1000, studio="elm")], came(900, 0), came(900, 1000, studio="elm"))
    assert of.performance_metrics.mape == 0
    assert of.prediction_distribution.error_distribution.over_10_pct == 0.5


# what is logged ------------------------------------------------------------------------------------
def test_a_month_that_is_known_already_is_no_prediction(few_model):
    asked = ForecastRequest(studio_id="studio-001", base_month="2026-08", projection_months=4)
    rows = track.rows(asked, answers.forecast(few_model, asked), "2026-10")
    assert [(f"{row['target_month']:%Y-%m}", row["horizon"]) for row in rows] == [("2026-11", 3), ("2026-12", 4)]


def test_the_same_months_of_a_longer_question_are_the_same_predictions(few_model):
    def ids(levers, months):
        asked = ForwardRequest(studio_id="studio-001", levers=levers, projection_months=months)
        return [row["log_id"] for row in track.rows(asked, answers.forward(few_model, asked), "2026-10")]

    held = {"upsell_rate": 0.3}
    assert ids(held, 2) == ids(held, 3)[:2] == ids([held, held], 2)
    assert set(ids(held, 2)).isdisjoint(ids({"upsell_rate": 0.31}, 2))
    assert set(ids(held, 2)).isdisjoint(ids(held | {"current_member_count": 300}, 2))
    assert ids([held, {"upsell_rate": 0.2}], 2)[0] == ids(held, 1)[0]


# drift -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("outside", "verdict"),
    [(0, "as expected"), (3, "as expected"), (4, "worse than expected"), (12, "worse than expected")],
)
def test_a_dozen_studios_are_judged_by_the_exact_binomial(outside, verdict):
    names = [f"s{i}" for i in range(12)]
    found = judged([prediction(1000, studio=name) for name in names],
                   *(came(900, 700 if i < outside else 1010, studio=name) for i, name in enumerate(names)))  # fmt: skip
    assert (found.drift.outside, found.drift.predictions, found.drift.verdict) == (outside, 12, verdict)
    assert (found.drift.p_value <= FALSE_ALARMS) == (verdict == "worse than expected")
    if outside == 12:
        assert found.drift.message.endswith("; the middle one is 30.0% below its prediction.")


def test_a_month_predicted_twice_and_months_of_one_base_month_count_once():
    twice, later = prediction(5000, base="2026-01", horizon=2), prediction(5000, target="2026-04", horizon=2)
    found = judged([prediction(1000), twice, later], came(900, 900, 1000, 1000, start="2026-01"))
    assert (found.drift.predictions, found.drift.outside) == (1, 0)


def three_months_on(seed, studios=8, months=40):
    """(prediction_logs of a chain as it stood three months before its end, its whole monthly_metrics).

    The chain's own shocks end before month 34, so its last months are quiet.
    """
    chain = world.make_chain(studios, months, seed)
    before = chain.until(f"{chain.months[-4]:%Y-%m}")
    model = fit(before.monthly_metrics, before.lever_plan)
    rows = []
    for studio_id in model.studio_ids:
        asked = ForecastRequest(studio_id=studio_id)
        rows += track.rows(asked, answers.forecast(model, asked), before.months[-1])
    frame = pd.DataFrame(rows).assign(currency="USD", predicted_at=pd.Timestamp("2026-08-01T10:00Z"))
    return frame.assign(**{name: (100 * frame[name]).round() for name in MONEY}), chain.monthly_metrics


@pytest.fixture(scope="module")
def worlds():
    return [three_months_on(seed) for seed in range(400, 420)]


def verdicts(worlds, shift):
    """Share of worlds called worse when the revenue of their last three months is `shift` times what it was."""
    called = []
    for predictions, metrics in worlds:
        last = metrics["month_year"] >= predictions["target_month"].min()
        moved = metrics.assign(total_revenue=metrics["total_revenue"].where(~last, shift * metrics["total_revenue"]))
        called.append(judged(predictions, moved).drift.verdict == "worse than expected")
    return np.mean(called)


def test_in_quiet_worlds_drift_is_not_called_more_often_than_stated(worlds):
    assert verdicts(worlds, 1.0) <= FALSE_ALARMS


def test_a_planted_loss_of_a_seventh_of_revenue_is_found(worlds):
    assert verdicts(worlds, 6 / 7) >= 0.95
