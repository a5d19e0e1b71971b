"""What the revenue simulator answers, on the workbench's data."""

from datetime import UTC, datetime
from functools import partial

import pandas as pd
from pydantic import BaseModel, Field

from studiolab.revenue_simulator import answers, insight_words
from studiolab.revenue_simulator.baseline import baseline
from studiolab.revenue_simulator.impact import impact
from studiolab.revenue_simulator.insights import insights
from studiolab.revenue_simulator.panel import complete_studios, tidy
from studiolab.revenue_simulator.questions import (
    ForecastRequest,
    ForwardRequest,
    ImpactRequest,
    InsightsRequest,
    InverseRequest,
)

_ABOUT = ("studio_id", "studio_name", "studio_type", "location", "currency")

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
        return self._predicted(answers.forecast, ForecastRequest.model_validate(request), logged)

    def forward(self, request, logged=False):
        """`answers.forward` to a ForwardRequest, or a dict of its fields; logged : as `Predictions.remember`."""
        return self._predicted(answers.forward, ForwardRequest.model_validate(request), logged)

    def inverse(self, request):
        """`answers.inverse` to an InverseRequest, or a dict of its fields."""
        return answers.inverse(self.model, InverseRequest.model_validate(request))

    def impact(self, request):
        """`impact.impact` to an ImpactRequest, or a dict of its fields."""
        return impact(self.model, ImpactRequest.model_validate(request))

    def insights(self, request):
        """`insights.insights` to an InsightsRequest or a dict of its fields; in a language model's words if it asks."""
        from studiolab.adapters import llm

        request = InsightsRequest.model_validate(request)
        known = self.db.read("studios").set_index("studio_id")
        here = known.reindex([request.studio_id]).iloc[0]
        answer = insights(
            self.model, request, datetime.now(UTC).isoformat(timespec="seconds"), here["currency"],
            known["studio_type"].dropna().to_dict(), self._waiting(request),
        )  # fmt: skip
        if not request.words:
            return answer
        others = known.drop(index=request.studio_id)
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

    def _predicted(self, answered, request, logged):
        model = self.model
        answer = answered(model, request)
        if logged:
            self.remember(model, request, answer)
        return answer


def _span(months, last_revenue):
    return {
        "first_month": f"{months['min']:%Y-%m}",
        "last_month": f"{months['max']:%Y-%m}",
        "months": int(months["size"]),
        "last_revenue": round(float(last_revenue), 2),
    }
