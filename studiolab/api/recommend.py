"""The class recommender over HTTP: the next classes of a client, and why not another."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import ASKED, Bench, problem
from studiolab.class_recommender.answers import (
    AdviceWords,
    ClientRequest,
    ClientResponse,
    Found,
    PlanRequest,
    RecommendRequest,
    RecommendResponse,
    Saved,
    Shared,
    ShareRequest,
    Watched,
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


@router.get("/{studio_id}/watch", responses=ASKED)
def watch(workbench: Bench, studio_id: Annotated[str, Path(min_length=1, max_length=200)]) -> list[Watched]:
    """Clients to talk to today: at risk, out of credits, after a first visit."""
    return workbench.watched(studio_id)


@router.post("/save", responses=ASKED, dependencies=[needs("share")])
def save(workbench: Bench, user: Asker, question: PlanRequest) -> Saved:
    """Put the recommended set into the ledger."""
    return workbench.save(question, user.name)


@router.post("/share", responses=ASKED, dependencies=[needs("share")])
def share(workbench: Bench, user: Asker, question: ShareRequest) -> Shared:
    """Send the recommended set, or get it as a file or words to hand on; it is in the ledger then."""
    return workbench.share(question, user.name)


@router.post("/concierge", responses=ASKED)
def concierge(workbench: Bench, question: RecommendRequest) -> RecommendResponse:
    """A set picked by a language model and checked against the data; without one, the behaviour model's, and why."""
    return workbench.concierge(question)


@router.post("/advice", responses=ASKED)
def advice(workbench: Bench, question: ClientRequest) -> AdviceWords:
    """What plan the client should have, in words."""
    return workbench.advice(question)


@router.post("/why-not", responses=ASKED)
def why_not(workbench: Bench, question: WhyNotRequest) -> WhyNotResponse:
    """Why a class is not among them."""
    return workbench.why_not(question)
