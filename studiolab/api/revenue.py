"""The revenue simulator over HTTP: forecasts, what-ifs and plans (S4 3.2.1, B-52, B-53)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel

from studiolab.app import StudioSummary, Workbench
from studiolab.revenue_simulator.questions import LONGEST, ForecastRequest, ForwardRequest, InverseRequest
from studiolab.revenue_simulator.replies import ForecastResponse, ForwardResponse, InverseResponse


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
