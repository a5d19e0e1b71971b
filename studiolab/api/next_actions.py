"""The arbiter over HTTP, `/api/next-best-action`: what to do next about a client, or in a studio (KX.4)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import ASKED, Bench, problem
from studiolab.app import Recorded, StudioActions
from studiolab.next_best_action import NextAction

router = APIRouter(
    prefix="/next-best-action",
    tags=["next best action"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               503: problem("there are no data yet")},
)  # fmt: skip
Studio = Annotated[str, Query(min_length=1, max_length=200)]
Client = Annotated[str, Path(min_length=1, max_length=200)]
AsOf = Annotated[datetime | None, Query(description="the moment asked about; the end of the known visits by default")]


@router.get("", responses=ASKED)
def of_studio(
    workbench: Bench, studio_id: Studio, top: Annotated[int, Query(ge=1, le=1000)] = 20, as_of: AsOf = None
) -> StudioActions:
    """The most valuable next actions of a studio's members."""
    return workbench.next_actions(studio_id, top, as_of)


@router.get("/{client_id}", responses=ASKED)
def of_client(workbench: Bench, client_id: Client, studio_id: Studio, as_of: AsOf = None) -> NextAction:
    """A class, a plan, a product, a message or nothing, with the losers and why they lost."""
    return workbench.next_action(studio_id, client_id, as_of)


@router.post("/{client_id}/record", responses=ASKED, dependencies=[needs("share")])
def record(
    workbench: Bench,
    user: Asker,
    client_id: Client,
    studio_id: Studio,
    as_of: AsOf = None,
    note: Annotated[str, Query(max_length=1000, description="why, in the words of who tells the client")] = "",
) -> Recorded:
    """Put the choice into the ledger; from then on it counts as a contact."""
    return workbench.record_next_action(studio_id, client_id, user.name, as_of, note=note)
