"""The class recommender over HTTP: the next classes of a client, and why not another."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from studiolab.api.revenue import ASKED, Bench, problem
from studiolab.class_recommender.answers import (
    ClientRequest,
    ClientResponse,
    Found,
    RecommendRequest,
    RecommendResponse,
    WhyNotRequest,
    WhyNotResponse,
)

router = APIRouter(
    prefix="/recommend",
    tags=["class recommender"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address asks"),
               503: problem("there are no data yet")},
)  # fmt: skip


@router.get("/{studio_id}/clients", responses=ASKED)
def clients(
    workbench: Bench,
    studio_id: Annotated[str, Path(min_length=1, max_length=200)],
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> list[Found]:
    """Clients of a studio whose name or id holds every word of `search`."""
    return workbench.clients(studio_id, search, limit)


@router.post("/client", responses=ASKED)
def client(workbench: Bench, question: ClientRequest) -> ClientResponse:
    """A client at a glance: plan, visits, recent classes."""
    return workbench.client(question)


@router.post("/classes", responses=ASKED)
def classes(workbench: Bench, question: RecommendRequest) -> RecommendResponse:
    """The best set of classes for a client, one a date, each with its reason."""
    return workbench.recommend(question)


@router.post("/why-not", responses=ASKED)
def why_not(workbench: Bench, question: WhyNotRequest) -> WhyNotResponse:
    """Why a class is not among them."""
    return workbench.why_not(question)
