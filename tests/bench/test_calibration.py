"""The benchmark of chances: its error is what the chances themselves give, and a world runs through it."""

import numpy as np
import pandas as pd
import pytest

from studiolab.bench import calibration
from studiolab.product_recommender import likelihood


@pytest.fixture(scope="module")
def found():
    return calibration.world_cases(904, months=14)


@pytest.fixture(scope="module")
def told(found):
    return calibration.rows(found, "worlds")


def test_the_chances_of_a_world_tell_more_than_the_rates(told):
    value = {(row["figure"], row["model"]): row["value"] for row in told}
    for whom in ("", ", everybody known"):
        error, loss, auc = (f"worlds, {name}{whom}" for name in ("calibration error", "log loss", "AUC"))
        assert value[error, calibration.OURS] < 0.02
        for other in calibration.MODELS[1:]:
            assert value[loss, calibration.OURS] < value[loss, other]
            assert value[loss, f"{calibration.OURS} - {other}"] == pytest.approx(
                value[loss, calibration.OURS] - value[loss, other]
            )
            assert value[auc, calibration.OURS] > value[auc, other]


def test_its_error_is_that_of_the_chances(found, told):
    for row in told:
        if "calibration error, everybody known" in row["figure"] and row["model"] == calibration.OURS:
            width = "equal" if "equal" in row["figure"] else "quantile"
            expected = likelihood.calibration_error(found[calibration.OURS], found["happened"], width=width)
            assert row["value"] == pytest.approx(expected, rel=1e-6)
            assert row["low"] < row["high"]


def test_what_happened_is_what_the_orders_say_of_products_not_held(found):
    assert 0 < found["happened"].sum() < len(found) / 50
    dues = found[found["product"].str.startswith("dues")]
    assert not dues["happened"].any()
    assert not found.duplicated(["studio", "product"]).any()
    assert ((found["low"] <= found[calibration.OURS]) & (found[calibration.OURS] <= found["high"])).all()


def test_without_data_it_says_so(monkeypatch, found):
    few = found[found["studio"].str.endswith("1")]
    monkeypatch.setattr(calibration, "world_cases", lambda seed, studios: few)
    table = calibration.table(None, seeds=(1,))
    assert table["model"].iloc[-1] == "skipped: no data"
    assert np.isnan(table["value"].iloc[-1])
    assert isinstance(table, pd.DataFrame)


def test_what_luck_alone_makes_of_true_chances_is_told(found, told):
    rng, chance = np.random.default_rng(0), found[calibration.OURS].to_numpy()
    drawn = [likelihood.calibration_error(chance, rng.random(len(chance)) < chance) for _ in range(40)]
    stated = next(row["value"] for row in told if row["model"] == calibration.LUCK and "everybody" in row["figure"])
    assert stated == pytest.approx(np.mean(drawn), rel=0.3)
