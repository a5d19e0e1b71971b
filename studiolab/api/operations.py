"""How the workbench runs, over HTTP: is it well, what does the cache save, and its model anew (B-59, B-65, K1.31)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import ASKED, Bench, problem
from studiolab.app import CacheHealth
from studiolab.revenue_simulator.retraining import JobAccepted, RetrainJob, RetrainRequest

router = APIRouter(
    tags=["service"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               503: problem("there are no data yet")},
)  # fmt: skip
BUSY = {409: problem("another training is at work; which one, and where it is")}
REVENUE = [needs("revenue"), needs("share")]


class Health(BaseModel):
    """Whether questions are answered at once, and how often an answer was there already."""

    model_config = ConfigDict(protected_namespaces=())

    status: Literal["ok"] = "ok"
    model: Literal["ready", "loading"] = Field(description="loading: the next question waits for it")
    model_version: str | None
    cache: CacheHealth


@router.get("/health")
def health(workbench: Bench) -> Health:
    """How the service is; `/health` without /api/v1 says only that it answers, and asks for no token."""
    return Health(model="ready" if workbench.is_ready() else "loading", model_version=workbench.model_version,
                  cache=workbench.cache_health())  # fmt: skip


@router.post("/models/retrain", status_code=202, responses=ASKED | BUSY, dependencies=REVENUE)
def retrain(workbench: Bench, user: Asker, request: RetrainRequest) -> JobAccepted:
    """Train a candidate in the background and let it answer from then on if it errs less; one at a time."""
    return workbench.retrain(request, user.name)


@router.get("/models/retrain", dependencies=[needs("revenue")])
def retrain_jobs(workbench: Bench, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> list[RetrainJob]:
    """The trainings asked for, the latest first."""
    return workbench.retrain_jobs(limit)


@router.get("/models/retrain/{job_id}", responses={404: problem("no such job")}, dependencies=[needs("revenue")])
def retrain_job(workbench: Bench, job_id: Annotated[str, Path(min_length=1, max_length=100)]) -> RetrainJob:
    """How far a training is, or how it ended."""
    return workbench.retrain_job(job_id)
