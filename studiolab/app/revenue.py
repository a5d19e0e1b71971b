"""What the revenue simulator answers, on the workbench's data."""

from pydantic import BaseModel, Field

from studiolab.revenue_simulator import answers
from studiolab.revenue_simulator.baseline import baseline
from studiolab.revenue_simulator.panel import complete_studios, tidy
from studiolab.revenue_simulator.questions import ForecastRequest, ForwardRequest, InverseRequest

_ABOUT = ("studio_id", "studio_name", "studio_type", "location", "currency")


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
