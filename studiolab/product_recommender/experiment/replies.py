"""What may be asked of experiments and what they answer, the same for every face.

A lift is a difference to the control: of conversion a share (0.02 is two points), of margin minor units a client.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from studiolab.product_recommender.replies import Answer

Metric = Literal["conversion", "margin"]
Name = Field(min_length=1, max_length=100)


class SizeRequest(BaseModel):
    """What an experiment shall tell apart."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    arms: dict[str, float] = Field({"offer": 0.5, "holdout": 0.5}, description="share of clients of each; adds to 1")
    control: str | None = Field(None, description="`holdout` by default, else the first arm")
    product_id: str | None = Field(None, min_length=1, max_length=200, description="offered; empty: any, dues aside")
    metric: Metric = Field("conversion", description="what decides; margin is of all that a client buys")
    smallest_lift: float = Field(gt=0, description="of interest: a share of clients, or minor units of margin a client")
    window_days: int = Field(28, ge=1, le=180, description="in which a purchase counts, from the first exposure on")
    pre_days: int = Field(90, ge=0, le=730, description="before exposure, whose spending explains some of the chance")
    alpha: float = Field(0.05, gt=0, le=0.2, description="chance to find a difference where there is none")
    power: float = Field(0.8, ge=0.5, le=0.99, description="chance to find the smallest lift where it is there")
    conversion: float | None = Field(None, gt=0, lt=1, description="of the control; what it was of late by default")
    spread_minor: float | None = Field(None, gt=0, description="standard deviation of a client's margin; as above")
    per_week: float | None = Field(None, gt=0, description="clients exposed for the first time a week; as above")

    def the_control(self):
        """Name of the arm that others are compared with."""
        return self.control or ("holdout" if "holdout" in self.arms else next(iter(self.arms), None))


class ExperimentRequest(SizeRequest):
    """An experiment to begin."""

    name: str = Name
    clients: int | None = Field(None, ge=20, le=10**8, description="planned; as many as the power needs by default")


class Size(Answer):
    """How many clients it takes."""

    clients: int
    per_arm: dict[str, int]
    clients_at_once: int = Field(description="with one look at the end, and none before")
    per_week: float | None
    days: int | None = Field(description="until the last window is over, if no look decides before; empty: not known")
    conversion: float | None = Field(description="of the control, as assumed or as it was of late")
    spread_minor: float | None
    spared: float = Field(description="share of the variance that spending before explained")
    basis: Literal["history", "given"]
    says: str


class ExperimentTold(Answer):
    """An experiment as it was begun."""

    experiment_id: str
    studio_id: str
    name: str
    arms: dict[str, float]
    control: str
    product_id: str | None
    metric: Metric
    smallest_lift: float
    window_days: int
    pre_days: int
    alpha: float
    power: float
    clients: int
    started_at: datetime
    stopped_at: datetime | None
    stop_note: str | None
    user_name: str | None
    exposed: int = 0


class Exposed(Answer):
    """Which arm a client is in."""

    experiment_id: str
    client_id: str
    arm: str
    exposed_at: datetime
    is_new: bool = Field(description="False where they had been exposed before, which stands")


class Exposures(Answer):
    """Who was exposed, and who was not, with the reason."""

    exposed: list[Exposed]
    refused: dict[str, str]


class Shown(Answer):
    """Who is shown the offer: a file for an e-mail tool, and how many are held back."""

    experiment_id: str
    shown: int
    held_back: int
    csv: str


class ArmReport(Answer):
    """Of the clients whose window is over: buyers and margin, each low to high in 95 of 100 cases."""

    arm: str
    share: float
    exposed: int
    counted: int
    buyers: int
    conversion: float | None
    conversion_low: float | None
    conversion_high: float | None
    margin_minor: float | None = Field(description="a client")
    margin_low_minor: float | None
    margin_high_minor: float | None


class Look(Answer):
    """The difference as it was known on a day; empty with too few buyers."""

    at: datetime
    fraction: float
    lift: float | None
    low: float | None
    high: float | None


class Lift(Answer):
    """An arm beside the control; low to high holds the truth on all days at once, but in alpha of cases."""

    arm: str
    control: str
    metric: Metric
    decides: bool
    lift: float | None
    low: float | None
    high: float | None
    relative: float | None = Field(description="lift over the control's mean")
    fraction: float = Field(description="of the plan")
    spared: float | None = Field(description="share of the variance that spending before explained")
    decided_at: datetime | None
    says: str
    course: list[Look]


class Report(Answer):
    """What an experiment says so far."""

    success: bool = True
    experiment: ExperimentTold
    as_of: datetime
    currency: str | None
    state: Literal["running", "decided", "stopped", "do not trust"]
    exposed: int
    counted: int = Field(description="whose window is over")
    days_left: int | None = Field(description="at most, at the pace so far; empty: not known, or none")
    arms: list[ArmReport]
    lifts: list[Lift]
    problems: list[str] = Field(description="why the report is not to be trusted")
    says: str
    note: str = Field("", description="what is not known yet")
