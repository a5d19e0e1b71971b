"""Agents and language models over HTTP, `/api/llm` (D-16, D-30). Nothing here sends a message."""

from fastapi import APIRouter

from studiolab.api.auth import needs
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.studio_operations.agents import replies

router = APIRouter(
    prefix="/llm", tags=["agents"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio, conversation or agent"), 503: problem("the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip
ANSWERS = [needs("share")]


@router.post("/smart-reply", dependencies=ANSWERS)
def smart_reply(workbench: Bench, studio: Studio, asked: replies.SmartReplyRequest) -> replies.Draft:
    """A draft of an answer, with what it stands on; a person reads it, changes it, and sends it or not."""
    return workbench.smart_reply(studio, asked.conversation_id, asked.additional_context)
