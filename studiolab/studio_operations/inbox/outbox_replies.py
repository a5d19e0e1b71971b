"""What all faces say of a message on its way."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from studiolab.schema import CHANNELS, OUTBOX_STATES


class Template(BaseModel):
    """A message that the channel has approved before."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=512)
    language: str = Field("en", min_length=2, max_length=10)
    values: list[str] = Field(default_factory=list, max_length=20, description="what takes the place of its gaps")


class DraftUsed(BaseModel):
    """The draft of an agent that a message began as: where its words come from, for the ledger."""

    model_config = ConfigDict(extra="forbid")

    agent: Literal["smart_reply"] = "smart_reply"
    written_by: Literal["language model", "templates"]
    model: str | None = Field(None, max_length=200)
    sources: list[str] = Field(default_factory=list, max_length=20, description="piece_id of each piece it stood on")
    is_changed: bool = Field(False, description="whether a person sent other words than the draft's")


class ToSend(BaseModel):
    """A message to a contact."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=20_000, description="empty only where a template is sent")
    channel: Literal[CHANNELS] | None = Field(None, description="that of their last message by default")
    subject: str | None = Field(None, max_length=500, description="of an e-mail; an answer keeps its own by default")
    about: str | None = Field(None, max_length=500, description="message_id that it answers")
    template: Template | None = None
    send_after: AwareDatetime | None = Field(None, description="at once by default")
    unless_reply: bool = Field(False, description="not sent if they write before")
    draft: DraftUsed | None = Field(None, description="of an agent, where the message began as one")


class Queued(BaseModel):
    """A message on its way, or what became of it."""

    model_config = ConfigDict(extra="forbid")

    outbox_id: str
    studio_id: str
    contact_id: str
    channel: Literal[CHANNELS]
    handle: str
    text: str
    state: Literal[OUTBOX_STATES]
    says: str = Field(description="what became of it, in a sentence")
    created_at: datetime
    send_after: datetime
    user_name: str
    sequence: str | None
    message_id: str | None
