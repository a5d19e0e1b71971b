"""MLflow: each training run with settings, scores and model; which model is champion, which challenger (B-36, B-37).

MLflow is imported when something is logged or asked for, and tells its makers nothing. To load a model runs what its
file says: name only a store that nobody else may write.
"""

import logging
import os
import warnings
from contextlib import contextmanager
from importlib.metadata import version as installed

from studiolab.adapters.errors import StudiolabError

NAME = "studiolab-revenue"  # of the experiment and of the registered model
CHAMPION, CHALLENGER = "champion", "challenger"
LIBRARIES = ("studiolab", "numpy", "pandas", "scikit-learn", "scipy", "lightgbm")


def log_training(settings, model, scores, config, about=None):
    """Keep a trained model and how it did; it becomes the challenger.

    settings : studiolab.settings.Settings; model : RevenueModel; scores : DataFrame of `rolling.scores`, logged as
    metrics such as error.stack with the horizon as step; config : ModelConfig; about : dict of plain values, more to
    say of the run (data, seconds, why)
    Returns dict version, run_id, both str. Raises StudiolabError when the store cannot be used.
    """
    with _store(settings) as (mlflow, client):
        with mlflow.start_run(experiment_id=_experiment(settings, client)) as run:
            run_id = run.info.run_id
            mlflow.log_params(_flat(config.model_dump(mode="json")))
            mlflow.set_tags({key: str(value) for key, value in {"model": model.version, **(about or {})}.items()})
            client.log_batch(run_id, metrics=_metrics(mlflow, scores))
            mlflow.log_dict(scores.astype(object).where(scores.notna(), None).to_dict("records"), "scores.json")
            kept = mlflow.pyfunc.log_model(
                name="model", python_model=_answering(mlflow, model),
                pip_requirements=[f"{name}=={installed(name)}" for name in LIBRARIES],
            )  # fmt: skip
        if not client.search_registered_models(f"name = '{NAME}'"):
            client.create_registered_model(NAME)
        version = client.create_model_version(NAME, kept.model_uri, run_id, model_id=kept.model_id).version
        client.set_registered_model_alias(NAME, CHALLENGER, version)
    return {"version": str(version), "run_id": run_id}


def promote(settings, version):
    """Make `version` the champion; a version before it stays registered. Raises StudiolabError for an unknown one."""
    with _store(settings) as (_, client):
        client.set_registered_model_alias(NAME, CHAMPION, str(version))
        if _at(client, CHALLENGER) == str(version):
            client.delete_registered_model_alias(NAME, CHALLENGER)


def champion(settings):
    """The champion's RevenueModel, or None while there is none. Raises StudiolabError."""
    return load(settings, CHAMPION)


def load(settings, alias):
    """The RevenueModel that CHAMPION or CHALLENGER names, or None."""
    with _store(settings) as (mlflow, client):
        if _at(client, alias) is None:
            return None
        return mlflow.pyfunc.load_model(f"models:/{NAME}@{alias}").unwrap_python_model().model


def logged(settings, alias=CHAMPION):
    """What is known of the model that `alias` names, without loading it: dict version, run_id, model (its own
    version), at (ISO time), scores (DataFrame as logged), about (dict of str); or None. Raises StudiolabError."""
    import pandas as pd

    with _store(settings) as (mlflow, client):
        version = _at(client, alias)
        if version is None:
            return None
        run_id = client.get_model_version(NAME, version).run_id
        run = client.get_run(run_id)
        tags = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
        scores = pd.DataFrame(mlflow.artifacts.load_dict(f"runs:/{run_id}/scores.json"))
        at = pd.Timestamp(run.info.start_time, unit="ms", tz="UTC").isoformat()
    return {"version": version, "run_id": run_id, "model": tags.pop("model"), "at": at, "scores": scores, "about": tags}


# parts ----------------------------------------------------------------------------------------
@contextmanager
def _store(settings):
    """(mlflow, client) of the settings' store. Its errors come out as StudiolabError, without any password."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow
    from sqlalchemy.exc import SQLAlchemyError

    logging.getLogger("mlflow").setLevel(logging.ERROR)  # it warns of pickles, which this module's first lines do
    if not settings.tracking_uri:
        (settings.home / "data").mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(settings.tracking)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield mlflow, mlflow.MlflowClient()
    except (mlflow.exceptions.MlflowException, SQLAlchemyError, ImportError, OSError) as error:
        where = settings.tracking.split("@")[-1]
        raise StudiolabError(f"MLflow's store {where} cannot be used: {str(error).splitlines()[0]}") from None


def _experiment(settings, client):
    """Id of the experiment; in a store of our own its files lie beside it."""
    known = client.get_experiment_by_name(NAME)
    if known:
        return known.experiment_id
    own = None if settings.tracking_uri else (settings.home.resolve() / "data" / "mlruns").as_uri()
    return client.create_experiment(NAME, artifact_location=own)


def _at(client, alias):
    """Version that an alias names, str, or None."""
    known = client.search_registered_models(f"name = '{NAME}'")
    return str(known[0].aliases[alias]) if known and alias in known[0].aliases else None


def _answering(mlflow, model):
    class Answering(mlflow.pyfunc.PythonModel):
        """`predict` of rows of studio_id and months: the forecast of each, `RevenueModel.forecast`."""

        def __init__(self, model):
            self.model = model

        def predict(self, context, model_input, params=None):
            months = int(model_input["months"].max()) if "months" in model_input else 3
            return self.model.forecast(list(model_input["studio_id"]), months)

    return Answering(model)


def _metrics(mlflow, scores):
    numbers = scores.drop(columns=["method", "horizon"])
    return [
        mlflow.entities.Metric(f"{name}.{row.method.replace(' ', '_')}", float(value), 0, int(row.horizon))
        for row, values in zip(scores.itertuples(), numbers.to_dict("records"), strict=True)
        for name, value in values.items()
        if value == value
    ]


def _flat(config):
    """{"xgboost.max_depth": 5, …} of the parts of a config."""
    return {f"{part}.{key}": value for part, keys in config.items() for key, value in keys.items()}
