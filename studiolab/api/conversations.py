"""Conversations over HTTP, `/api/conversations` (D-28): whoever may look reads them, and who may share changes."""

from typing import Annotated, Literal

import pandas as pd
from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.schema import CHANNELS, LEAD_STATUSES
from studiolab.studio_operations.inbox import replies

router = APIRouter(
    tags=["inbox"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio or contact"), 503: problem("the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip
Id = Annotated[str, Path(min_length=1, max_length=200)]
Words = Annotated[str, Query(max_length=200, description="words that the card and one message must hold")]
Text = Annotated[str | None, Query(max_length=200)]
Page = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=10**9)]
Stage, Channel = Literal[LEAD_STATUSES], Literal[CHANNELS]
State = Literal["open", "waiting", "unread", "snoozed", "closed", "all"]


@router.get("/conversations")
def conversations(
    workbench: Bench,
    studio: Studio,
    search: Words = "",
    channel: Channel | None = None,
    stage: Stage | None = None,
    assigned: Text = None,
    label: Text = None,
    state: State = "open",
    limit: Page = 50,
    offset: Offset = 0,
) -> replies.Conversations:
    """A studio's conversations, the newest first."""
    return workbench.conversations(studio, search, channel, stage, assigned, label, state, limit, offset)


@router.get("/conversations/{conversation_id}")
def conversation(
    workbench: Bench,
    studio: Studio,
    conversation_id: Id,
    before: Annotated[AwareDatetime | None, Query(description="messages sent earlier; all by default")] = None,
    limit: Page = 200,
) -> replies.Conversation:
    """One person's messages over all channels, the oldest first, and who they are."""
    return workbench.conversation(studio, conversation_id, before and pd.Timestamp(before), limit)
