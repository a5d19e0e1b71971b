import subprocess
import sys

import pandas as pd
import pytest

from studiolab.adapters import tracking
from studiolab.adapters.errors import StudiolabError
from studiolab.revenue_simulator import fit
from studiolab.revenue_simulator.config import ModelConfig
from studiolab.settings import Settings
from studiolab.world import make_chain

SCORES = pd.DataFrame(
    {"method": ["stack", "same as last month"], "horizon": [3, 3], "error": [0.04, 0.05], "coverage": [0.9, None]}
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Settings of a store of its own that no environment variable reaches."""
    return Settings(STUDIOLAB_HOME=tmp_path_factory.mktemp("tracked"), MLFLOW_TRACKING_URI="")


@pytest.fixture(scope="module")
def model():
    chain = make_chain(3, 20)
    return fit(chain.monthly_metrics, chain.lever_plan)


@pytest.fixture(scope="module")
def two(store, model):
    """The dicts of two training runs of `model`, the first promoted."""
    config = ModelConfig(ridge={"alpha": 7.5})
    first = tracking.log_training(store, model, SCORES, config, {"studios": 3})
    tracking.promote(store, first["version"])
    return first, tracking.log_training(store, model, SCORES, ModelConfig())


def test_before_any_training_there_is_no_champion(tmp_path):
    empty = Settings(STUDIOLAB_HOME=tmp_path, MLFLOW_TRACKING_URI="")
    assert tracking.champion(empty) is None
    assert tracking.logged(empty) is None


def test_the_newest_run_is_challenger_and_the_promoted_one_champion(store, two):
    assert [run["version"] for run in two] == ["1", "2"]
    assert tracking.logged(store)["version"] == "1"
    assert tracking.logged(store, tracking.CHALLENGER)["version"] == "2"


def test_the_champion_answers_as_the_model_that_was_saved(store, two, model):
    loaded = tracking.champion(store)
    assert loaded.version == model.version
    pd.testing.assert_frame_equal(loaded.forecast(months=12), model.forecast(months=12))


def test_mlflow_itself_can_serve_the_model(store, two, model):
    import mlflow

    mlflow.set_tracking_uri(store.tracking)
    served = mlflow.pyfunc.load_model(f"models:/{tracking.NAME}@{tracking.CHAMPION}")
    answer = served.predict(pd.DataFrame({"studio_id": ["studio-002"], "months": [2]}))
    pd.testing.assert_frame_equal(answer, model.forecast(["studio-002"], 2))


def test_settings_scores_and_what_else_was_said_of_a_run_are_kept(store, two, model):
    import mlflow

    known = tracking.logged(store)
    assert (known["model"], known["about"], known["run_id"]) == (model.version, {"studios": "3"}, two[0]["run_id"])
    assert known["scores"]["error"].tolist() == [0.04, 0.05]
    assert known["scores"]["coverage"].isna().tolist() == [False, True]
    mlflow.set_tracking_uri(store.tracking)
    run = mlflow.get_run(two[0]["run_id"])
    assert run.data.params["ridge.alpha"] == "7.5"
    assert run.data.params["stack.weights"] == "non_negative"
    steps = mlflow.MlflowClient().get_metric_history(two[0]["run_id"], "error.same_as_last_month")
    assert [(metric.step, metric.value) for metric in steps] == [(3, 0.05)]


def test_a_promoted_challenger_is_challenger_no_more_and_the_old_champion_stays_registered(store, model):
    version = tracking.log_training(store, model, SCORES, ModelConfig())["version"]
    tracking.promote(store, version)
    assert tracking.logged(store)["version"] == version
    assert tracking.logged(store, tracking.CHALLENGER) is None
    tracking.promote(store, "1")
    assert tracking.logged(store)["version"] == "1"


def test_an_unknown_version_and_a_store_that_is_not_there_are_said_without_a_password(store, two):
    with pytest.raises(StudiolabError, match="99"):
        tracking.promote(store, 99)
    closed = Settings(MLFLOW_TRACKING_URI="mssql://me:secret@127.0.0.1:1/none")
    with pytest.raises(StudiolabError) as error:
        tracking.champion(closed)
    assert "secret" not in str(error.value)


def test_all_lies_below_home_and_nothing_is_told_to_mlflows_makers(store, two):
    import mlflow.telemetry

    assert (store.home / "data" / "mlflow.sqlite").exists()
    assert list((store.home / "data" / "mlruns").rglob("MLmodel"))
    assert mlflow.telemetry.get_telemetry_client() is None


def test_the_workbench_and_a_fit_do_not_import_mlflow():
    code = (
        "import sys; from studiolab.app import Workbench; from studiolab.world import make_chain;"
        "from studiolab.revenue_simulator import fit; chain = make_chain(2, 12);"
        "fit(chain.monthly_metrics, chain.lever_plan).forecast(); print('mlflow' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
