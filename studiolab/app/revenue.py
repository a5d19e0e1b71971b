"""What the revenue simulator answers, on the workbench's data."""

from datetime import UTC, datetime
from functools import partial

import pandas as pd
from pydantic import BaseModel, Field

from studiolab.app.cached import answer_key
from studiolab.revenue_simulator import answers, insight_words
from studiolab.revenue_simulator.baseline import baseline
from studiolab.revenue_simulator.impact import impact
from studiolab.revenue_simulator.insight_replies import InsightsResponse
from studiolab.revenue_simulator.insights import insights
from studiolab.revenue_simulator.panel import complete_studios, tidy
from studiolab.revenue_simulator.questions import (
    ForecastRequest,
    ForwardRequest,
    ImpactRequest,
    InsightsRequest,
    InverseRequest,
)
from studiolab.revenue_simulator.replies import ForecastResponse, ForwardResponse, ImpactResponse, InverseResponse

ASKED = {"forecast": ForecastRequest, "forward": ForwardRequest, "inverse": InverseRequest, "impact": ImpactRequest,
         "insights": InsightsRequest}  # fmt: skip
SHAPES = {"forecast": ForecastResponse, "forward": ForwardResponse, "inverse": InverseResponse,
          "impact": ImpactResponse, "insights": InsightsResponse}  # fmt: skip
ANSWERED = {"forecast": answers.forecast, "forward": answers.forward, "inverse": answers.inverse, "impact": impact}

_ABOUT = ("studio_id", "studio_name", "studio_type", "location", "currency")

MOST_BESIDE = 1000  # questions
LATELY = pd.Timedelta(weeks=4)


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


class Revenue:
    """The part of the Workbench that knows studios' months."""

    _read = (None, None, {})

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

    def forecast(self, request, logged=False):
        """`answers.forecast` to a ForecastRequest, or a dict of its fields; logged : as `Predictions.remember`."""
        return self._answer("forecast", request, logged)

    def forward(self, request, logged=False):
        """`answers.forward` to a ForwardRequest, or a dict of its fields; logged : as `Predictions.remember`."""
        return self._answer("forward", request, logged)

    def inverse(self, request):
        """`answers.inverse` to an InverseRequest, or a dict of its fields."""
        return self._answer("inverse", request)

    def impact(self, request):
        """`impact.impact` to an ImpactRequest, or a dict of its fields."""
        return self._answer("impact", request)

    def insights(self, request):
        """`insights.insights` to an InsightsRequest or a dict of its fields; in a language model's words if it asks."""
        return self._answer("insights", request)

    def told(self, kind, request, logged=False):
        """The JSON, in bytes, of the answer that the method named `kind` gives."""
        return self._told(kind, ASKED[kind].model_validate(request), logged)[0]

    def told_at_once(self, kind, request, logged=False):
        """As `told`, or None where that takes more than a few milliseconds or waits for anything.

        A plan alone takes two, one that is out of reach about six, others beside it or a wanted chance more. Threads
        that plan side by side get in each other's way and in that of who is to be answered meanwhile.
        """
        if not self.is_ready():
            return None
        request = ASKED[kind].model_validate(request)
        if kind == "forward" or (kind == "forecast" and request.studio_id in self._model.complete):
            return self._told(kind, request, logged)[0]
        if kind in ("forecast", "insights") or self._shared is not self._near:
            return None
        if kind == "inverse" and not request.other_plans and request.sure is None:
            return self._told(kind, request, logged)[0]
        made_from = self._current()[1]
        return self._find(kind, request.studio_id, answer_key(kind, request, *made_from), misses=False)

    # parts --------------------------------------------------------------------------------------
    def _answer(self, kind, request, logged=False):
        told, answer = self._told(kind, ASKED[kind].model_validate(request), logged)
        return SHAPES[kind].model_validate_json(told) if answer is None else answer

    def _told(self, kind, request, logged=False):
        """(bytes of the JSON answer, the answer itself where it was made anew)."""
        (model, made_from), answer = self._current(), None
        make = partial(ANSWERED[kind], model, request) if kind in ANSWERED else None
        if kind == "insights":
            make, made_from = self._insights(model, request, made_from)
        key = answer_key(kind, request, *made_from)
        worded = kind == "insights" and request.words  # which is asked for anew each time
        told = None if worded else self._find(kind, request.studio_id, key)
        if told is None:
            try:
                answer = make()
            except answers.UnknownStudio as error:
                raise self.no_figures(request.studio_id, error) from None
            told = answer.model_dump_json().encode()
            if not worded:
                self._keep_answer(kind, request.studio_id, key, told)
        if logged:
            self.remember(model, request, SHAPES[kind], told if answer is None else answer, key)
        return told, answer

    def _current(self):
        """The model, and what names it and its data for good."""
        with self._training:  # no other model comes between
            model = self.model
            return model, (model.version, self._key)

    def _insights(self, model, request, made_from):
        """(callable that gives the InsightsResponse, what it is made from)."""
        known, waiting = self._beside(request)
        here, kinds = known.reindex([request.studio_id]).iloc[0], known["studio_type"].dropna().to_dict()
        at = datetime.now(UTC).isoformat(timespec="seconds")

        def make():
            answer = insights(model, request, at, here["currency"], kinds, waiting)
            return self._worded(answer, known, here) if request.words else answer

        return make, (*made_from, str(here["currency"]), kinds, waiting)

    def _beside(self, request):
        """(table of studios, `_waiting`), read once for each state of their tables."""
        revision, asked = self.db.revision("studios", "class_sessions"), (request.studio_id, request.base_month)
        if self._read[0] != revision:
            self._read = revision, self.db.read("studios").set_index("studio_id"), {}
        _, known, waiting = self._read
        found = waiting.get(asked)
        if found is None:
            if len(waiting) >= MOST_BESIDE:
                waiting.clear()
            found = waiting[asked] = self._waiting(request)
        return known, found

    def _worded(self, answer, known, here):
        from studiolab.adapters import llm

        others = known.drop(index=answer.studio_id)
        ask = partial(llm.ask, llm.provider("insights_writer", self.settings))
        names = [*others.index, *others["studio_name"]]
        return insight_words.worded(ask, answer, here["studio_name"], here["currency"], names)

    def _waiting(self, request):
        """dict of class name to people on its waiting list a week, over the LATELY known classes of the studio."""
        held = self.db.read("class_sessions", request.studio_id, ["class_name", "starts_at", "waitlisted"])
        if request.base_month:
            held = held[held["starts_at"] < pd.Timestamp(request.base_month, tz="UTC") + pd.DateOffset(months=1)]
        held = held[held["starts_at"] > held["starts_at"].max() - LATELY]
        return (held.groupby("class_name")["waitlisted"].sum() / (LATELY.days / 7)).astype(float).to_dict()

    def baseline(self, studio_id):
        """`baseline.Baseline` of a studio. Raises UnknownStudio, or ValueError for one without monthly figures."""
        return self.benchmarks([studio_id])[0]

    def benchmarks(self, studio_ids):
        """List of `baseline.Baseline`, of studios side by side."""
        known, studios = tidy(self.db.read("monthly_metrics")), self.db.read("studios")
        return [baseline(known, studios, studio_id) for studio_id in studio_ids]


def _span(months, last_revenue):
    return {
        "first_month": f"{months['min']:%Y-%m}",
        "last_month": f"{months['max']:%Y-%m}",
        "months": int(months["size"]),
        "last_revenue": round(float(last_revenue), 2),
    }
