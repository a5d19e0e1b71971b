"""Questions that are kept with their answers: what may be saved, and how they are listed.

Shapes: S4 3.2.2 (B-13, B-56, B-57). Money is in major units.
"""

import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from studiolab.revenue_simulator.questions import (
    ForecastRequest,
    ForwardRequest,
    InverseRequest,
    Question,
    StudioId,
    in_words,
)
from studiolab.revenue_simulator.replies import Answer

QUESTIONS = {"forecast": ForecastRequest, "forward": ForwardRequest, "inverse": InverseRequest}
Kind = Literal["forecast", "forward", "inverse"]


class UnknownScenario(ValueError):
    """No such scenario, or a deleted one; the message says which."""


def _readable(text):
    """`text` without a control character, which no list could show and PostgreSQL would not keep."""
    if any(unicodedata.category(c) == "Cc" and c not in "\n\r\t" for c in text):
        raise ValueError("holds a control character; letters, signs and line breaks were expected")
    return text


def _one_line(text):
    if any(c in "\n\r\t" for c in _readable(text)):
        raise ValueError("holds a line break or a tab; one line was expected")
    return text


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), AfterValidator(_one_line)]
ScenarioId = Annotated[str, Field(min_length=1, max_length=100)]


class SaveRequest(Question):
    """A scenario to keep. It is answered anew: what is kept is what the workbench says, not what is sent."""

    studio_id: StudioId
    scenario_name: Name
    description: Annotated[str, AfterValidator(_readable)] = Field("", max_length=5000)
    scenario_type: Kind
    inputs: dict[str, Any] = Field(description="the question, as POST /predict/forward or /predict/inverse takes it")
    outputs: dict[str, Any] | None = Field(None, description="taken and not looked at")
    tags: list[Tag] = Field([], max_length=20)

    @model_validator(mode="after")
    def _of_one_studio(self):
        if self.inputs.get("studio_id", self.studio_id) != self.studio_id:
            raise ValueError(f"inputs.studio_id is another studio than {self.studio_id!r}")
        return self

    def question(self):
        """The ForecastRequest, ForwardRequest or InverseRequest. Raises ValueError naming what it does not take."""
        asked = self.inputs | {"studio_id": self.studio_id}
        if self.scenario_type == "forward":
            asked |= {"include_confidence_intervals": True}
        try:
            return QUESTIONS[self.scenario_type].model_validate(asked)
        except ValidationError as error:
            raise ValueError(f"inputs: {in_words(error.errors())}") from None


class ListRequest(Question):
    """Which scenarios of a studio, the latest first."""

    studio_id: StudioId
    tag: str | None = Field(None, max_length=50)
    scenario_type: Kind | None = None
    text: str | None = Field(None, max_length=200, description="in name, description or a tag, any case")
    deleted: bool = Field(False, description="the deleted ones instead")
    page: int = Field(1, ge=1, le=1_000_000)
    per_page: int = Field(20, ge=1, le=200)


class CompareRequest(Question):
    """Scenarios to set side by side, each once."""

    scenario_ids: list[ScenarioId] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def _each_once(self):
        if len(set(self.scenario_ids)) < len(self.scenario_ids):
            raise ValueError("scenario_ids names a scenario twice")
        return self


class Kept(Answer):
    """What became of a scenario."""

    scenario_id: str
    saved_at: datetime
    shareable_url: str = Field(description="path at this site's API; who opens it needs the right to see revenue")
    entry_id: int = Field(description="of the ledger")


class Listed(Answer):
    """A scenario in a list."""

    scenario_id: str
    scenario_name: str
    created_at: datetime
    scenario_type: Kind
    target_revenue: float | None = Field(description="of an inverse scenario")
    predicted_revenue: float = Field(description="of the last month; of an inverse scenario in its target's basis")
    tags: list[str]


class Page(Answer):
    """A page of a studio's scenarios, the latest first."""

    scenarios: list[Listed]
    total: int
    page: int


class Scenario(Listed):
    """A scenario with all that was kept of it."""

    studio_id: str
    currency: str
    description: str
    base_month: str
    inputs: dict[str, Any]
    levers: dict[str, float] = Field(description="all levers of the last month, held ones too; empty without members")
    outputs: dict[str, Any] = Field(description="the answer as it was given")
    user_name: str
    model_version: str
    data_hash: str


def last_revenue(kind, outputs):
    """What a scenario predicts, as `Listed` says."""
    if kind == "inverse":
        return outputs["achievable_revenue"]
    return list(outputs["predictions"].values())[-1]["revenue"]
