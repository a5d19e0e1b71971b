"""What agents may be asked and what they answer, the same for every face."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Told(BaseModel):
    """Base of all answers: no infinite number, no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Asked(BaseModel):
    """Base of all requests: nothing unknown."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


class SmartReplyRequest(Asked):
    """A draft is asked for."""

    conversation_id: str = Field(min_length=1, max_length=200)
    additional_context: str = Field("", max_length=4000, description="what whoever asks knows besides; it counts")


class Source(Told):
    """What a draft stands on."""

    piece_id: str
    source: str
    title: str
    text: str
    score: float = Field(description="nearness to the question, 0 to 1")


class Draft(Told):
    """A draft that a person reads, changes and sends, or does not."""

    conversation_id: str
    text: str
    language: str
    intent: str
    sources: list[Source] = Field(description="what the draft cites")
    is_answered: bool = Field(description="false where nothing that is known answers the question")
    ask_colleague: str = Field(description="what to ask a colleague; empty where the draft answers")
    written_by: Literal["language model", "templates"]
    banner: str = Field(description="why no language model's words are shown; empty where they are, or none is set up")
    rejected: list[str] = Field(description="what was wrong with drafts that were sent back")
    about: str | None = Field(description="message_id that it answers")
    written_at: datetime
