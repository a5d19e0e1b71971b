"""What the inbox answers about people and conversations, the same for every face."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["NEW", "CONTACTED", "QUALIFIED", "TRIAL_SCHEDULED", "CONVERTED", "LOST", "NO_SHOW"]
State = Literal["open", "snoozed", "closed"]


class Answer(BaseModel):
    """Base of all answers: nothing unknown, no infinite number, no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class HandleTold(Answer):
    """A way to write to a person."""

    handle: str = Field(description="channel:name, where name is what the channel calls the person")
    channel: str
    name: str = Field(description="a number, an address, or an id that only the channel understands")
    contact_id: str = Field(description="the contact that it is by itself")
    phone: str | None = Field(None, description="E.164, where the channel's name of the person is their number")


class StageMove(Answer):
    """A lead was moved; by is empty where the workbench did it, and reason says from what."""

    at: datetime
    to: Stage
    reason: str
    by: str


class ConsentTold(Answer):
    """Whether a person may be sent marketing; answers to what they ask are allowed anyway."""

    channel: str
    allowed: bool | None = Field(description="empty: they said neither yes nor no")
    at: datetime | None
    why: str
    says: str = Field(description="whether marketing may be sent, in a sentence")


class NoteTold(Answer):
    """A private note, which the person never sees."""

    note_id: str
    at: datetime
    by: str
    text: str


class MergeTold(Answer):
    """Why two contacts are one; `merge_id` takes it back."""

    merge_id: str
    contact_id: str
    with_contact_id: str
    at: datetime | None = Field(description="empty where the workbench joined them by what the channels say")
    by: str
    evidence: list[str]


class ContactTold(Answer):
    """A person: who they are, over which channels they write, and what became of them."""

    contact_id: str
    ids: list[str] = Field(description="of all contacts that were merged into this one; each still leads here")
    name: str
    email: str | None
    phone: str | None
    language: str | None
    handles: list[HandleTold]
    member_id: str | None
    member_name: str | None
    member_says: str = Field(description="why this member, in a sentence; empty where there is none")
    stage: Stage
    history: list[StageMove]
    suggested: list[StageMove] = Field(description="moves that the studio's records speak for and nobody has made")
    consent: list[ConsentTold]
    consent_hint: str = Field(description="words of theirs that may ask to be left alone, for a person to read")
    assigned: str
    assigned_is_closed: bool = Field(False, description="whether the account of who it is assigned to is closed")
    labels: list[str]
    notes: list[NoteTold]
    merges: list[MergeTold]
    state: State
    snoozed_until: datetime | None
    sequences: dict[str, datetime] = Field(description="follow-ups that run, since when")
    first_seen_at: datetime | None


class LastMessage(Answer):
    """The newest message, or of a search the newest that was found."""

    message_id: str
    channel: str
    direction: Literal["inbound", "outbound"]
    kind: str
    text: str = Field(description="the beginning of it")
    sent_at: datetime
    status: str | None = None


class ConversationRow(Answer):
    """A conversation in the list."""

    conversation_id: str
    contact_id: str
    name: str
    channels: list[str]
    channel: str | None = Field(description="of the last message, which an answer goes to by default")
    last: LastMessage | None
    unread: int
    waiting_since: datetime | None = Field(description="since when somebody waits for an answer")
    state: State
    snoozed_until: datetime | None
    stage: Stage
    assigned: str
    assigned_is_closed: bool = Field(False, description="whether the account of who it is assigned to is closed")
    labels: list[str]
    member_id: str | None


class Conversations(Answer):
    """A page of conversations: those who wait for an answer and all others alike, the newest first."""

    success: bool = True
    conversations: list[ConversationRow]
    total: int
    unread: int = Field(description="conversations among them with something unread")
    waiting: int = Field(description="conversations among them that wait for an answer")
    limit: int
    offset: int


class Reaction(Answer):
    """What somebody thinks of a message, in a sign."""

    direction: Literal["inbound", "outbound"]
    emoji: str


class MessageTold(Answer):
    """A message as it stands now. Its text is data: show it as text."""

    message_id: str
    channel: str
    account_id: str
    handle: str
    direction: Literal["inbound", "outbound"]
    kind: str
    author: str | None = Field(description="user who wrote it here; empty where it was written elsewhere")
    sender_name: str | None
    subject: str | None
    body: str | None
    media: list[dict]
    about: str | None = Field(description="message_id that it answers")
    sent_at: datetime
    received_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    status: str | None = Field(description="sent, delivered, read or failed; empty where the channel does not say")
    reason: str | None
    reactions: list[Reaction]


class Pending(Answer):
    """What is to be sent, or was not sent."""

    outbox_id: str
    channel: str
    handle: str
    body: str
    user_name: str
    created_at: datetime
    send_after: datetime
    state: str
    reason: str | None


class WindowTold(Answer):
    """What the channel they wrote over last takes now."""

    takes: Literal["free", "template", "human", "closed"] = Field(
        description="any words; an approved template only; an answer of a person only; nothing"
    )
    until: datetime | None = Field(description="when that ends; empty where nothing ends it but a word of theirs")
    says: str = Field(description="the same in a sentence; empty where nothing is to be said")


class Conversation(Answer):
    """One person's thread over all channels."""

    success: bool = True
    conversation_id: str
    contact: ContactTold
    state: State
    unread: int
    waiting_since: datetime | None
    first_response_seconds: float | None = Field(description="from their first message to the first answer, by clock")
    messages: list[MessageTold]
    has_earlier: bool
    pending: list[Pending]
    window: WindowTold


class Contacts(Answer):
    """A page of contacts, by name."""

    success: bool = True
    contacts: list[ContactTold]
    total: int
    limit: int
    offset: int


class Evidence(Answer):
    """One thing that speaks for two contacts being one person; points : 0 to 1."""

    says: str
    points: float


class SuggestedMerge(Answer):
    """Two contacts that may be one person; a person decides."""

    contact_id: str
    with_contact_id: str
    name: str
    with_name: str
    score: float = Field(ge=0, le=1, description="1 - the product of 1 - points, over the evidence")
    evidence: list[Evidence]


class CannedReply(Answer):
    """A reply to use again; {first_name}, {name}, {studio} and {user} are filled in."""

    name: str
    text: str
    language: str | None = None
    changed_at: datetime | None = None
    user_name: str | None = None
