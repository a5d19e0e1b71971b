"""The composition root: the one place that picks a database and a model store, and joins them with the systems."""

import contextlib
import threading
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, Field

from studiolab import metrics, schema, world
from studiolab.adapters import models
from studiolab.adapters.database import open_database
from studiolab.adapters.errors import StudiolabError
from studiolab.class_recommender import Desk, upsell
from studiolab.class_recommender import answers as classes
from studiolab.class_recommender.behaviour import HORIZON_DAYS
from studiolab.revenue_simulator import answers, fit
from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.revenue_simulator.panel import complete_studios, tidy
from studiolab.revenue_simulator.questions import ForecastRequest, ForwardRequest, InverseRequest
from studiolab.settings import settings as environment

__all__ = ["StudioSummary", "StudiolabError", "Workbench"]

LEARNED_FROM = [Path(schema.__file__), *(Path(__file__).parent / "revenue_simulator").glob("*.py")]
RAW = {
    "orders": ["studio_id", "customer_id", "revenue_kind", "amount", "currency", "status", "created_at"],
    "members": None,
    "visits": ["studio_id", "attended_at", "status"],
    "class_sessions": None,
    "instructors": None,
}


class StudioSummary(BaseModel):
    """A studio and what is known of it."""

    studio_id: str
    studio_name: str
    studio_type: str | None
    location: str | None
    currency: str
    first_month: str | None = None
    last_month: str | None = None
    months: int = 0
    last_revenue: float | None = Field(None, description="major units")
    plannable: bool = Field(description="members, visits and classes are known, so levers have something to act on")


DESK = ("visits", "class_sessions", "members", "plans", "instructors")
MOST_DESKS = 8
_ABOUT = ("studio_id", "studio_name", "studio_type", "location", "currency")


class Workbench:
    """The workbench of one database; safe to share between threads."""

    def __init__(self, settings=None):
        """settings : studiolab.settings.Settings, the environment's by default. Opens nothing yet."""
        self.settings = settings or environment()
        self._lock = threading.RLock()
        self._db = self._model = self._key = self._stamp = None
        self._desks = {}

    @property
    def db(self):
        """The open, migrated database. Raises StudiolabError."""
        with self._lock:
            if self._db is None:
                self._db = open_database(self.settings.database)
            return self._db

    @property
    def model(self):
        """The RevenueModel of the data as it is now: in memory, else from disk, else trained and kept.

        Raises StudiolabError when there are no monthly figures.
        """
        with self._lock:
            stamp = self.db.stamp()
            if stamp != self._stamp:
                self._renew()
                self._stamp = stamp
            return self._model

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
        if not models.exists(self._models, self._data_key(*self._data())):
            with step("training the revenue model"):
                _ = self.model

    # answers ------------------------------------------------------------------------------------
    def studios(self):
        """List of StudioSummary, ordered by id. Raises StudiolabError."""
        known = tidy(self.db.read("monthly_metrics"))
        plannable = set(complete_studios(known))
        known = known.groupby("studio_id")
        months = known["month"].agg(["min", "max", "size"])
        revenue = known["total_revenue"].last()
        spans = {studio_id: _span(months.loc[studio_id], revenue[studio_id]) for studio_id in months.index}
        return [
            StudioSummary(
                **{name: getattr(studio, name) for name in _ABOUT},
                **spans.get(studio.studio_id, {}),
                plannable=studio.studio_id in plannable,
            )
            for studio in self.db.read("studios").itertuples()
        ]

    def forecast(self, request):
        """`answers.forecast` to a ForecastRequest, or a dict of its fields."""
        return answers.forecast(self.model, ForecastRequest.model_validate(request))

    def forward(self, request):
        """`answers.forward` to a ForwardRequest, or a dict of its fields."""
        return answers.forward(self.model, ForwardRequest.model_validate(request))

    def inverse(self, request):
        """`answers.inverse` to an InverseRequest, or a dict of its fields."""
        return answers.inverse(self.model, InverseRequest.model_validate(request))

    # classes ------------------------------------------------------------------------------------
    def recommend(self, request):
        """`class_recommender.answers.recommend` to a RecommendRequest, or a dict of its fields."""
        request = classes.RecommendRequest.model_validate(request)
        return classes.recommend(*self._desk(request))

    def why_not(self, request):
        """`class_recommender.answers.why_not` to a WhyNotRequest, or a dict of its fields."""
        request = classes.WhyNotRequest.model_validate(request)
        return classes.why_not(*self._desk(request)[:2])

    def client(self, request):
        """`class_recommender.answers.client` to a ClientRequest, or a dict of its fields."""
        request = classes.ClientRequest.model_validate(request)
        return classes.client(*self._desk(request))

    def slate(self, request):
        """List of (words, class_id): what can be offered to a client or asked about, in order of start."""
        desk, _, _ = self._desk(classes.ClientRequest.model_validate(request))
        starts = desk.slate["starts_at"].dt.tz_convert(desk.timezone).dt.strftime("%a %d %b, %H:%M, ")
        return list(zip(starts + desk.slate["class_name"].fillna("class"), desk.slate["class_id"], strict=True))

    def studios_with_visits(self):
        """dict of studio_id to name, of studios whose visits are known."""
        seen = set(self.db.distinct("visits", "studio_id"))
        studios = self.db.read("studios", columns=["studio_id", "studio_name"])
        return {row.studio_id: row.studio_name for row in studios.itertuples() if row.studio_id in seen}

    def clients(self, studio_id, search="", limit=20):
        """List of `class_recommender.answers.Found`, the clients of a studio whose name or id holds `search`."""
        return self._room(studio_id, None, HORIZON_DAYS)[1].search(search, limit)

    def _desk(self, request):
        """The Desk that answers a request about a client, the request, and the people of its studio."""
        desk, people = self._room(request.studio_id, request.moment, request.horizon_days)
        if request.client_id not in people.clients.index:
            known = f"there are {len(people.clients)}"
            raise classes.UnknownClient(f"no client {request.client_id!r} at {request.studio_id}; {known}")
        return desk, request, people

    def _room(self, studio_id, moment, horizon):
        with self._lock:
            key = (self.db.stamp(), studio_id, moment, horizon)
            if key not in self._desks:
                while len(self._desks) >= MOST_DESKS:
                    self._desks.pop(next(iter(self._desks)))
                self._desks[key] = self._open_desk(studio_id, moment, horizon)
            return self._desks[key]

    def _open_desk(self, studio_id, moment, horizon):
        studio = self.db.read("studios", studio_id)
        if studio.empty:
            raise UnknownStudio(f"no studio {studio_id!r}")
        tables = {name: self.db.read(name, studio_id) for name in DESK}
        visits, members, sessions = tables["visits"], tables["members"].set_index("member_id"), tables["class_sessions"]
        if visits.empty:
            raise StudiolabError(f"{studio_id} has no visits yet; `studiolab import FILE` brings them.")
        zone = studio["timezone"].iloc[0] or "UTC"
        plans = tables["plans"].set_index("plan_id")
        held = members["plan_id"][members["plan_id"].isin(plans.index)]
        credits = held.map(plans["classes_per_month"].astype("float64"))
        desk = Desk(visits, sessions, moment or _day_after(visits, zone), zone, credits, horizon=horizon)
        everyone = members.index.union(pd.Index(visits["member_id"].unique()))
        left = set(members.index[members["left_at"] < desk.as_of])
        people = classes.People(
            members["member_name"].reindex(everyone), left, held.map(plans["plan_name"]).to_dict(),
            tables["instructors"].set_index("instructor_id")["instructor_name"].to_dict(),
            sessions.set_index("class_id")["instructor_id"].to_dict(),
            _advice(visits, tables["members"], tables["plans"], desk.as_of, zone),
        )  # fmt: skip
        return desk, people

    # data in ------------------------------------------------------------------------------------
    def import_files(self, paths, **given):
        """The stored `Export` of each file, with the monthly metrics of its studios renewed in the same transaction.

        given : mapping, studio_id, currency, timezone, table, progress, confirm, correct, as of
            `adapters.imports.import_files`
        Raises StudiolabError for a file that cannot be used.
        """
        from studiolab.adapters import imports

        return imports.import_files(self.db, paths, then=_renew_metrics, **given)

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

    @staticmethod
    def _data_key(metrics_table, plan):
        return models.key([metrics_table, plan], LEARNED_FROM)

    def _renew(self):
        data = self._data()
        if data[0].empty:
            raise StudiolabError(
                "The database holds no monthly figures yet. `studiolab up` fills it with a sample chain, "
                "`studiolab import FILE` brings your own."
            )
        key = self._data_key(*data)
        if key == self._key:
            return
        model = models.load(self._models, key)
        if model is None:
            model = fit(*data)
            models.save(self._models, key, model)
        self._model, self._key = model, key

    def _write_sample(self, chain):
        raw = chain.raw(chain.studios["studio_id"].iloc[0])
        tables = {name: getattr(chain, name) for name in ("studios", "monthly_metrics", "lever_plan")}
        with self.db.transaction() as changes:
            for name, frame in (tables | raw).items():
                changes.write(name, frame)


def _span(months, last_revenue):
    return {
        "first_month": f"{months['min']:%Y-%m}",
        "last_month": f"{months['max']:%Y-%m}",
        "months": int(months["size"]),
        "last_revenue": round(float(last_revenue), 2),
    }


def _advice(visits, members, plans, as_of, zone):
    """dict of client to the fields of `class_recommender.answers.Advice`, money in major units."""
    if plans.empty:
        return {}
    told = upsell.advise(visits, members, plans, as_of, zone)
    told["to_plan"] = told["to_plan_id"].map(plans.set_index("plan_id")["plan_name"])
    told["effect"] = told["effect"] / schema.minor_per_major(plans["currency"].iloc[0])
    told["effect"] = told["effect"].astype(object).where(told["effect"].notna(), None)
    return told[["decision", "to_plan", "effect", "reason"]].to_dict("index")


def _day_after(visits, zone):
    """The start, in UTC, of the day after the last signed-in visit."""
    last = visits.loc[visits["status"] == "attended", "attended_at"].max().tz_convert(zone)
    return (last.tz_localize(None).normalize() + pd.Timedelta(days=1)).tz_localize(zone).tz_convert("UTC")


def _renew_metrics(changes, export):
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
