"""The workbench's ground: the database, the revenue model of its data, the sample, and imports."""

import contextlib
import json
import threading
from functools import cached_property
from pathlib import Path

import pandas as pd

from studiolab import metrics, schema, world
from studiolab.adapters import models
from studiolab.adapters.database import open_database
from studiolab.adapters.errors import StudiolabError
from studiolab.app import demo_inbox, hyper_parameters
from studiolab.revenue_simulator import fit
from studiolab.settings import settings as environment

LEARNED_FROM = [Path(schema.__file__), *(Path(schema.__file__).parent / "revenue_simulator").glob("*.py")]
LEARNED_OF = ("monthly_metrics", "lever_plan", "model_performance")
FULL = {"strategy": "full", "months": 3}  # how a model is made where none was promoted
REFERENCE = 60  # simulated studios
RAW = {
    "orders": ["studio_id", "customer_id", "revenue_kind", "amount", "currency", "status", "created_at"],
    "members": None,
    "visits": ["studio_id", "attended_at", "status"],
    "class_sessions": None,
    "instructors": None,
}


class Core:
    """Database, model store, and what goes in; the systems' answers are in the other modules."""

    def __init__(self, settings=None, patience=0.0):
        """settings : studiolab.settings.Settings, the environment's by default; patience : of the `Database`, seconds

        Opens nothing yet.
        """
        self.settings, self.patience = settings or environment(), patience
        self._lock, self._training = threading.RLock(), threading.RLock()
        self._db = self._model = self._key = self._revision = None
        self.recipe = FULL  # how the model in memory was made, arguments of `retraining.train`

    @property
    def db(self):
        """The open, migrated database. Raises StudiolabError."""
        with self._lock:
            if self._db is None:
                self._db = open_database(self.settings.database)
                self._db.patience = self.patience
            return self._db

    @property
    def model(self):
        """The RevenueModel of the data as it is now: in memory, else from disk, else trained and kept.

        Raises StudiolabError when there are no monthly figures.
        """
        with self._training:  # who asks about classes does not wait for it
            revision = self.db.revision(*LEARNED_OF)
            if revision != self._revision:
                self._renew()
                self._revision = revision
            return self._model

    @cached_property
    def config(self):
        """The ModelConfig that models are trained with, read once. Raises StudiolabError naming file and key."""
        return hyper_parameters.read(self.settings.hyper_parameters)

    def is_ready(self):
        """Whether the next question finds the model of the data as they are now, and waits for none."""
        return self._model is not None and self.db.revision(*LEARNED_OF) == self._revision

    @property
    def model_version(self):
        """Of the model in memory, None where there is none yet."""
        return self._model and self._model.version

    def prepare(self, step=contextlib.nullcontext, sample=world.make_chain):
        """Bring database, sample and model in place; what is there already stays.

        step : called with a title, gives the context manager each part runs in
        sample : makes the Chain that an empty database gets, with the raw rows of its first studio
        Raises StudiolabError.
        """
        with step("opening the database"):
            empty = self.db.read("studios", columns=["studio_id"]).empty
        if empty:
            with step("writing a sample chain of studios"):
                self._write_sample(sample())
            with step("compiling the timetable's engine, once on a machine"):
                from studiolab.studio_operations.timetable.solve import get_ready, get_ready_to_prove

                get_ready()
                get_ready_to_prove()
        self.first_account()
        data = self._data()
        if not data[0].empty and not models.exists(self._models, self._data_key(*data)):  # a studio may just begin
            with step("training the revenue model"):
                _ = self.model

    def no_figures(self, studio_id, error):
        """`error`, or where it is of a studio that is there, what it lacks: a StudiolabError."""
        if studio_id not in self.db.distinct("studios", "studio_id"):
            return error
        return StudiolabError(f"{studio_id} has no monthly figures yet; `studiolab import FILE` brings them.")

    # data in ------------------------------------------------------------------------------------
    def import_files(self, paths, **given):
        """The stored `Export` of each file, with the monthly metrics of its studios renewed in the same transaction.

        given : mapping, studio_id, currency, timezone, table, progress, confirm, correct, as of
            `adapters.imports.import_files`
        Raises StudiolabError for a file that cannot be used.
        """
        from studiolab.adapters import imports

        return imports.import_files(self.db, paths, then=renew_metrics, **given)

    def close(self):
        """Let go of the database."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    # parts --------------------------------------------------------------------------------------
    @property
    def _models(self):
        return self.settings.home / "data" / "models"

    def _data(self):
        return self.db.read("monthly_metrics"), self.db.read("lever_plan")

    def _data_key(self, metrics_table, plan):
        return models.key([metrics_table, plan], LEARNED_FROM, self.config)

    def _renew(self):
        data = self._data()
        if data[0].empty:
            if self.db.distinct("studios", "studio_id"):
                raise StudiolabError("No studio has monthly figures yet; `studiolab import FILE` brings them.")
            raise StudiolabError(
                "The database holds no monthly figures yet. `studiolab up` fills it with a sample chain, "
                "`studiolab import FILE` brings your own."
            )
        data_key = self._data_key(*data)
        promoted = self._promoted(data_key)
        key, recipe = (promoted["file"], promoted["recipe"]) if promoted else (data_key, FULL)
        if key == self._key:
            return
        model = models.load(self._models, key)
        if model is None:
            key, recipe = data_key, FULL
            model = models.load(self._models, key)
        if model is None:
            model = fit(*data, reference=reference, config=self.config)
            models.save(self._models, key, model)
        self._model, self._key, self.recipe = model, key, recipe

    def _promoted(self, data_key):
        """What is known of the model that a retraining promoted last for these data, a dict, or None."""
        rows = self.db.read("model_performance").dropna(subset="deployed_at").sort_values("deployed_at")
        told = [json.loads(row) for row in rows["metadata"] if isinstance(row, str)]
        return next((about for about in reversed(told) if about.get("data_key") == data_key), None)

    def _write_sample(self, chain):
        raw = chain.raw(chain.studios["studio_id"].iloc[0])
        tables = {name: getattr(chain, name) for name in ("studios", "monthly_metrics", "lever_plan")}
        with self.db.transaction() as changes:
            for name, frame in (tables | raw).items():
                changes.write(name, frame)
            demo_inbox.fill(changes, chain.studios["studio_id"].iloc[0], pd.Timestamp.now("UTC").floor("s"))


def reference():
    """Months of simulated studios, for what studios have in common where too few real ones are known."""
    chain = world.make_chain(REFERENCE, seed=0)
    return chain.monthly_metrics, chain.lever_plan


def renew_metrics(changes, export):
    """Monthly metrics of an import's studios from all raw rows that are known of them by then."""
    ids = list(export.frame["studio_id"].unique())
    if export.table not in RAW or not ids:
        return
    raw = {table: _rows(changes, table, ids, columns, export) for table, columns in RAW.items()}
    if not raw["orders"].empty:
        changes.write("monthly_metrics", metrics.monthly_metrics(raw, changes.read("studios", ids)))


def _rows(changes, table, ids, columns, export):
    """All rows of `table` of these studios; those of the export itself where they are all there is."""
    if table == export.table and len(changes.read(table, ids, ["studio_id"])) == len(export.frame):
        return export.frame
    return changes.read(table, ids, columns)
