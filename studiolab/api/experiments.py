"""Experiments on offers over HTTP, `/api/experiments` (C-21, K2.14).

Who may look sees arms and reports; who shares plans logs exposures; owners and managers begin and stop.
"""

from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.product_recommender.experiment.prices import PricePlan, PriceReport, PriceRequest, PriceTestRequest
from studiolab.product_recommender.experiment.replies import (
    ExperimentRequest,
    ExperimentTold,
    Exposures,
    Report,
    Size,
    SizeRequest,
)

router = APIRouter(
    prefix="/experiments", tags=["experiments"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio or experiment"), 503: problem("the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip
Id = Annotated[str, Path(min_length=1, max_length=200)]
Client = Annotated[str, Field(min_length=1, max_length=200)]
SEES, RUNS = [needs("revenue")], [needs("revenue"), needs("share")]


class Asked(BaseModel):
    """Base of the bodies below: nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class ToExpose(Asked):
    """Clients who are shown their arm's offer, or would be, in the holdout."""

    client_ids: list[Client] = Field(min_length=1, max_length=10_000)
    at: AwareDatetime | None = Field(None, description="now by default; for a log that is brought in later")


class ToStop(Asked):
    """Why."""

    note: str | None = Field(None, max_length=1000)


class Assigned(BaseModel):
    """The arm that a client is in; nothing is logged."""

    experiment_id: str
    client_id: str
    arm: str


@router.get("")
def experiments(workbench: Bench, studio: Studio) -> list[ExperimentTold]:
    """A studio's experiments, the latest first."""
    return workbench.experiments(studio)


@router.post("", dependencies=RUNS)
def begin(workbench: Bench, studio: Studio, user: Asker, experiment: ExperimentRequest) -> ExperimentTold:
    """Begin one now."""
    return workbench.begin_experiment(studio, experiment, user.name)


@router.post("/size", dependencies=SEES)
def size(workbench: Bench, studio: Studio, request: SizeRequest) -> Size:
    """How many clients it takes, and how long."""
    return workbench.experiment_size(studio, request)


@router.post("/prices/plan", dependencies=SEES)
def price_plan(workbench: Bench, studio: Studio, request: PriceRequest) -> PricePlan:
    """Which prices of a product to try, and how many clients it takes."""
    return workbench.price_plan(studio, request)


@router.post("/prices", dependencies=RUNS)
def begin_price_test(workbench: Bench, studio: Studio, user: Asker, test: PriceTestRequest) -> ExperimentTold:
    """Begin a price test now: an experiment whose arms are prices."""
    return workbench.begin_price_test(studio, test, user.name)


@router.get("/{experiment_id}/arm")
def arm(
    workbench: Bench, experiment_id: Id, client_id: Annotated[str, Query(min_length=1, max_length=200)]
) -> Assigned:
    """Which arm a client is in."""
    found = workbench.experiment_arm(experiment_id, client_id)
    return Assigned(experiment_id=experiment_id, client_id=client_id, arm=found)


@router.post("/{experiment_id}/exposures", dependencies=[needs("share")])
def expose(workbench: Bench, experiment_id: Id, who: ToExpose) -> Exposures:
    """Log that clients are shown their arm's offer; the first time stands."""
    return workbench.expose(experiment_id, who.client_ids, who.at and pd.Timestamp(who.at))


@router.get("/{experiment_id}/report", dependencies=SEES)
def report(workbench: Bench, experiment_id: Id, as_of: AwareDatetime | None = None) -> Report:
    """What it says so far, with the running interval."""
    return workbench.experiment_report(experiment_id, as_of and pd.Timestamp(as_of))


@router.get("/{experiment_id}/prices", dependencies=SEES)
def prices(workbench: Bench, experiment_id: Id, as_of: AwareDatetime | None = None) -> PriceReport:
    """What a price test says: the price to ask everybody, and each segment, with what that earns."""
    return workbench.price_report(experiment_id, as_of and pd.Timestamp(as_of))


@router.post("/{experiment_id}/stop", dependencies=RUNS)
def stop(workbench: Bench, experiment_id: Id, user: Asker, why: ToStop) -> ExperimentTold:
    """Expose nobody any more; those who were still count once their window is over."""
    return workbench.stop_experiment(experiment_id, user.name, why.note)
