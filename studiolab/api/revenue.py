"""The revenue simulator over HTTP: forecasts, what-ifs, plans and what each lever does (S4 3.2.1, B-52 to B-55)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel

from studiolab.app import StudioSummary, Workbench
from studiolab.revenue_simulator.insight_replies import InsightsResponse
from studiolab.revenue_simulator.questions import (
    LONGEST,
    ForecastRequest,
    ForwardRequest,
    ImpactQuery,
    InsightsRequest,
    InverseRequest,
    impact_asked,
)
from studiolab.revenue_simulator.replies import ForecastResponse, ForwardResponse, ImpactResponse, InverseResponse


class Problem(BaseModel):
    """Why there is no answer, in one sentence."""

    detail: str


def problem(what):
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


@router.get("/studio/{studio_id}/forecast", responses=ASKED)
def forecast(
    workbench: Bench,
    studio_id: Annotated[str, Path(min_length=1, max_length=200)],
    months: Annotated[int, Query(ge=1, le=LONGEST)] = 3,
) -> ForecastResponse:
    """The coming months if the studio holds the levers it holds now."""
    return workbench.forecast(ForecastRequest(studio_id=studio_id, projection_months=months), logged=True)


@router.post("/predict/forward", responses=ASKED)
def forward(workbench: Bench, question: ForwardRequest) -> ForwardResponse:
    """The coming months if the studio sets these levers."""
    return workbench.forward(question, logged=True)


@router.post("/predict/inverse", responses=ASKED)
def inverse(workbench: Bench, question: InverseRequest) -> InverseResponse:
    """The cheapest levers that bring a revenue, or the best there is and what holds it back."""
    return workbench.inverse(question)


@router.get("/levers/impact-analysis", responses=ASKED)
def impact(workbench: Bench, question: Annotated[ImpactQuery, Query()]) -> ImpactResponse:
    """What each lever does to revenue: a little more of it, or its part of a plan, which the levers named make."""
    return workbench.impact(impact_asked(question))


@router.post("/insights/generate", responses=ASKED)
def insights(workbench: Bench, question: InsightsRequest) -> InsightsResponse:
    """What to do next, what to watch and what to use, most money times probability first."""
    return workbench.insights(question)
