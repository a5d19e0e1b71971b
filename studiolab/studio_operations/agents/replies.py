"""What agents may be asked and what they answer, the same for every face."""

from datetime import datetime
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from studiolab.studio_operations.timetable.replies import SuggestionTold


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


class LeadScoreRequest(Asked):
    """A lead is to be scored."""

    contact_id: str = Field(
        min_length=1, max_length=200, validation_alias=AliasChoices("contact_id", "conversation_id")
    )


class AnalyzeRequest(Asked):
    """A conversation is to be read."""

    conversation_id: str = Field(min_length=1, max_length=200)


class SchedulingAsked(Asked):
    """A question about the timetable in words."""

    words: str = Field(min_length=1, max_length=4000, validation_alias=AliasChoices("words", "message", "question"))


class AgentGiven(Asked):
    """What of an agent changes; null takes a setting back, what is left out stays."""

    provider: Literal["openai", "anthropic", "gemini", "ollama"] | None = None
    model: str | None = Field(None, min_length=1, max_length=200, description="fast, strong, local, or a model's id")
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=50, le=32_000)


class TestRequest(Asked):
    """A provider is to be tried."""

    provider: Literal["openai", "anthropic", "gemini", "ollama"] | None = None
    model: str | None = Field(None, min_length=1, max_length=200, description="fast, strong, local, or a model's id")


class DocumentGiven(Asked):
    """A document that agents may cite."""

    name: str = Field(min_length=1, max_length=200, description="ends in .csv for a table, else Markdown or plain text")
    text: str = Field(min_length=1)


class There(BaseModel):
    """What a provider answers to a test."""

    is_there: bool


class Written(Told):
    """Base of what agents answer."""

    written_by: Literal["language model", "templates", "rules"]
    model: str | None = Field(description="whose words they are, empty where they are the workbench's own")
    banner: str = Field(description="why no language model's words are shown; empty where they are, or none is set up")
    rejected: list[str] = Field(description="what was wrong with answers of the model, which are not shown")
    written_at: datetime


class Source(Told):
    """What a draft stands on."""

    piece_id: str
    source: str
    title: str
    text: str
    score: float = Field(description="nearness to the question, 0 to 1")


class Draft(Written):
    """A draft that a person reads, changes and sends, or does not."""

    conversation_id: str
    text: str
    language: str
    intent: str
    sources: list[Source] = Field(description="what the draft cites")
    is_answered: bool = Field(description="false where nothing that is known answers the question")
    ask_colleague: str = Field(description="what to ask or tell a colleague; empty where there is nothing")
    about: str | None = Field(description="message_id that it answers")


class PointsTold(Told):
    """A term of a score; all of them add up to it."""

    words: str
    points: int
    of: int
    kind: str


class FeatureTold(Told):
    """A fact, and the words that say it."""

    name: str
    value: str
    message_id: str
    quote: str


class ChanceTold(Told):
    """The share of such leads that join, as the studio's own decided ones tell."""

    chance: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1, description="low to high holds it in 95 of 100 cases")
    high: float = Field(ge=0, le=1)
    says: str


class LeadTold(Written):
    """How promising a lead is, 0 to 100."""

    contact_id: str
    score: int
    parts: list[PointsTold]
    unknown: list[str] = Field(description="what is worth asking for")
    features: list[FeatureTold]
    points_says: str = Field(description="whose points they are: learned from this studio's leads, or the usual ones")
    learned_from: int = Field(ge=0, description="decided leads of this studio; 0: the usual points")
    chance: ChanceTold | None = Field(description="that they join; empty where nothing was learned, or it is decided")


class PointTold(Told):
    """Something that a message tells."""

    text: str
    message_id: str
    quote: str


class AnalysisTold(Written):
    """What a conversation holds."""

    conversation_id: str
    interests: list[PointTold]
    insights: list[PointTold]
    action_items: list[PointTold] = Field(description="for a person; nothing is done by itself")
    sentiment: Literal["positive", "neutral", "negative"]
    sentiment_from: str = Field(description="message_id that shows it, empty where none does")


class SchedulingTold(Written):
    """The timetable's answer to words; nothing is saved."""

    understood: dict
    text: str
    suggestions: list[SuggestionTold]


class ProviderTold(Told):
    """A provider of language models."""

    name: str
    is_set_up: bool
    is_usual: bool = Field(description="agents ask it unless they are set otherwise")
    needs: str = Field(description="the variable that must be set first")
    host: str
    models: dict[str, str] = Field(description="what each alias means")


class AgentTold(Told):
    """An agent, and which model it would ask now."""

    name: str
    purpose: str
    provider: str | None
    model: str | None
    temperature: float | None = Field(description="empty: the model's own")
    max_tokens: int | None
    is_ready: bool
    says: str
    own: dict = Field(description="what this studio has set")


class Tested(Told):
    """Whether a provider answers."""

    provider: str | None
    model: str | None
    is_ok: bool
    says: str
    models: list[str] = Field(description="that the provider has now")
    seconds: float | None


class DocumentTold(Told):
    """A document that agents may cite."""

    name: str
    pieces: int
    characters: int
    changed_at: datetime
    by: str
    text: str


class KnowledgeTold(Told):
    """All that agents may cite."""

    documents: list[DocumentTold]
    live: dict[str, int] = Field(description="pieces of the studio's own data, by source")
