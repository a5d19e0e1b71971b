import pandas as pd
import pytest

from studiolab.adapters import tracking
from studiolab.app import model_card
from studiolab.revenue_simulator.config import ModelConfig
from studiolab.revenue_simulator.stack import SAME

SCORES = pd.DataFrame({"method": ["structural", SAME], "horizon": [1, 1], "error": [0.02, 0.03]})
FEW = ModelConfig(xgboost={"n_estimators": 10}, lightgbm={"n_estimators": 10}, random_forest={"n_estimators": 10})


@pytest.fixture
def small(own):
    """A Workbench to write to, with learners of few trees."""
    own.config = FEW
    return own


def test_a_logged_models_scores_are_taken_from_its_run_and_another_models_are_not(small, monkeypatch):
    monkeypatch.setattr(model_card, "rolling_origin", lambda *_, **__: "told anew")
    monkeypatch.setattr(model_card, "scores", lambda told: told)
    assert small.model_card().scores == "told anew"
    run = tracking.log_training(small.settings, small.model, SCORES, FEW)
    card = small.model_card()
    assert card.run["run_id"] == run["run_id"]
    assert card.scores["error"].tolist() == [0.02, 0.03]
    small.model.version = "another"
    assert small.model_card().run is None


def test_the_card_counts_what_was_learned_from(small, monkeypatch):
    monkeypatch.setattr(model_card, "rolling_origin", lambda *_, **given: given["config"])
    monkeypatch.setattr(model_card, "scores", lambda told: told)
    card = small.model_card()
    assert card.scores == FEW  # as the model was trained
    assert (card.full, card.revenue_only, card.studio_months) == (3, 1, 90)
    assert (str(card.first_month)[:7], str(card.last_month)[:7]) == ("2024-05", "2026-10")
    assert card.currencies == ["EUR", "USD"]
    assert set(card.weights["ensemble"]) == set(FEW.ensemble.members)
    assert card.weights["stack"]["forecast"] == {"structural": 1.0}
