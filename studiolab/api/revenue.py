"""The revenue simulator over HTTP: forecasts, what-ifs, plans and what each lever does (S4 3.2.1, B-52 to B-55)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel

from studiolab.app import StudioSummary, Workbench
from studiolab.revenue_simulator.insight_replies import InsightsResponse
from studiolab.revenue_simulator.questions import (
    LONGEST,
    ForecastRequest,
    ForwardRequest,
    ImpactQuery,
    ImpactRequest,
    InsightsRequest,
    InverseRequest,
    impact_asked,
)
from studiolab.revenue_simulator.replies import ForecastResponse, ForwardResponse, ImpactResponse, InverseResponse


class Problem(BaseModel):
    """Why there is no answer, in one sentence."""

    detail: str


def problem(what):
    """OpenAPI's entry for an answer that is a `Problem`."""
    return {"model": Problem, "description": what}


router = APIRouter(
    tags=["revenue simulator"],
    responses={
        401: problem("no token, or a wrong one"),
        403: problem("a page of another address asks"),
        503: problem("there are no data yet"),
    },
)
ASKED = {404: problem("no such studio"), 422: problem("what came, what was expected, and where")}


async def _workbench(request: Request):
    return request.app.state.workbench


Bench = Annotated[Workbench, Depends(_workbench)]


@router.get("/studios")
def studios(workbench: Bench) -> list[StudioSummary]:
    """The studios there are, and whether levers can be asked about."""
    return workbench.studios()


async def told(workbench, kind, question, logged=False):
    """The workbench's own bytes. A quick answer is given here; one that takes long, or waits, in a thread."""
    found = workbench.told_at_once(kind, question, logged)
    if found is None:
        found = await run_in_threadpool(workbench.told, kind, question, logged)
    return Response(found, media_type="application/json")


@router.get("/studio/{studio_id:path}/forecast", responses=ASKED, response_model=ForecastResponse)
async def forecast(
    workbench: Bench,
    studio_id: Annotated[str, Path(min_length=1, max_length=200)],
    months: Annotated[int, Query(ge=1, le=LONGEST)] = 3,
):
    """The coming months if the studio holds the levers it holds now."""
    return await told(workbench, "forecast", ForecastRequest(studio_id=studio_id, projection_months=months), True)


@router.post("/predict/forward", responses=ASKED, response_model=ForwardResponse)
async def forward(workbench: Bench, question: ForwardRequest):
    """The coming months if the studio sets these levers."""
    return await told(workbench, "forward", question, True)


@router.post("/predict/inverse", responses=ASKED, response_model=InverseResponse)
async def inverse(workbench: Bench, question: InverseRequest):
    """The cheapest levers that bring a revenue, or the best there is and what holds it back."""
    return await told(workbench, "inverse", question)


@router.get("/levers/impact-analysis", responses=ASKED, response_model=ImpactResponse)
async def impact(workbench: Bench, question: Annotated[ImpactQuery, Query()]):
    """What each lever does to revenue: a little more of it, or its part of a plan, which the levers named make."""
    return await told(workbench, "impact", ImpactRequest.model_validate(impact_asked(question)))


@router.post("/insights/generate", responses=ASKED, response_model=InsightsResponse)
async def insights(workbench: Bench, question: InsightsRequest):
    """What to do next, what to watch and what to use, most money times probability first."""
    return await told(workbench, "insights", question)
