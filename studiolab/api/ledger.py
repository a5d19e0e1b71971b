"""The ledger over HTTP: is it whole, a plan made again, the audit file."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from studiolab.api.revenue import ASKED, Bench, problem
from studiolab.app.next_actions import Replayed
from studiolab.class_recommender.answers import Replay

router = APIRouter(
    prefix="/ledger", tags=["ledger"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks")},
)  # fmt: skip


class Verdict(BaseModel):
    """Whether the chain is whole."""

    entries: int
    entry_hash: str = Field(description="of the last entry; note it elsewhere, and a cut end is found as well")
    problems: list[str]


@router.get("/verify")
def verify(workbench: Bench) -> Verdict:
    """Read the whole chain again."""
    head, problems = workbench.ledger.verify()
    return Verdict(entries=head.entries, entry_hash=head.entry_hash, problems=problems)


CSV = {200: {"content": {"text/csv": {}}, "description": "a row for each class of each plan"}}


@router.get("/recommendation_audit.csv", response_class=Response, responses=CSV)
def audit(workbench: Bench, studio_id: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """Every saved or shared plan, a row a class."""
    named = {"Content-Disposition": 'attachment; filename="recommendation_audit.csv"'}
    return Response(workbench.audit_csv(studio_id).encode(), media_type="text/csv", headers=named)


@router.get("/{entry_id}/replay", responses=ASKED)
def replay(workbench: Bench, entry_id: Annotated[int, Path(ge=1, le=2**53)]) -> Replay | Replayed:
    """A saved plan or a recorded choice made again from what was kept of it."""
    return workbench.replay(entry_id)
