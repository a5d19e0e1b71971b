"""What every face is told of channels: which are connected, whose they are, and what stands in their way."""

from datetime import datetime

from pydantic import BaseModel, Field


class AccountTold(BaseModel):
    """A number, page or mailbox of a studio."""

    account: str
    is_connected: bool
    says: str = Field(description="whose it is, as the channel itself said when it was connected")
    since: datetime = Field(description="connected, or disconnected, at")
    by: str
    last_message_at: datetime | None
    last_error: str = Field(description="in words; empty where nothing stands in the way")
    last_error_at: datetime | None
    to_do: str = Field(description="what to do next; empty where there is nothing to do")
    push_at: str = Field("", description="of a mailbox at Google: where its Pub/Sub is to tell of new mail; whoever "
                         "has this address can, so it is told to who may connect channels")  # fmt: skip


class ChannelTold(BaseModel):
    """One way of writing to people."""

    channel: str
    is_connected: bool
    accounts: list[AccountTold]
    needs: dict[str, str] = Field(description="what it takes to connect an account, each in words")
    to_do: str
    agree_at: str = Field("", description="address where the owner agrees in a browser, where the channel asks them")


class Synced(BaseModel):
    """What came of asking one account for what is new."""

    channel: str
    account: str
    messages: int = Field(description="that were not known before")
    statuses: int
    skipped: list[str] = Field(description="what could not be read")
    error: str


class Replayed(BaseModel):
    """What recorded webhooks and mail files held."""

    read: int = Field(description="messages")
    new: int = Field(description="of them, not known before")
    statuses: int
    skipped: list[str]
