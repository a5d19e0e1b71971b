"""What may be asked of the class recommender and what it answers, the same for every face."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator

from studiolab.class_recommender import briefing
from studiolab.class_recommender.behaviour import HORIZON_DAYS, WEIGHTS
from studiolab.class_recommender.concierge import Pick, arrange, choose
from studiolab.class_recommender.slate import EIGHT

RECENT_DAYS = 60
BLOCK = 2_000  # clients searched before a look whether there are enough
OUTCOMES = {"attended": "came", "no_show": "did not come", "late_cancelled": "cancelled late", "cancelled": "cancelled",
            "waitlisted": "was on the waiting list", "booked": "booked"}  # fmt: skip
Id = Annotated[str, Field(min_length=1, max_length=200)]


class Question(BaseModel):
    """Base of all requests: nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid")

    studio_id: Id
    client_id: Id
    as_of: datetime | None = Field(
        None, description="the moment that is asked about, 1970 to 2199; the end of the known visits by default"
    )
    horizon_days: int = Field(HORIZON_DAYS, strict=True, ge=1, le=60)
    weights: Literal["published", "fitted"] = Field(
        "published", description="fitted: learnt from what this studio's clients chose on past dates"
    )

    @field_validator("as_of")
    @classmethod
    def _of_our_time(cls, value):
        if value is not None and not 1970 <= value.year < 2200:
            raise ValueError("is not a moment between 1970 and 2199")
        return value

    @property
    def moment(self):
        """`as_of` as a Timestamp in UTC, or None; a time without a zone is UTC."""
        if self.as_of is None:
            return None
        return pd.Timestamp(self.as_of if self.as_of.tzinfo else self.as_of.replace(tzinfo=UTC)).tz_convert("UTC")


class ClientRequest(Question):
    """A client at a glance."""


class RecommendRequest(Question):
    """The next classes to offer a client."""

    size: int = Field(EIGHT, strict=True, ge=1, le=28)


class Words(BaseModel):
    """What the concierge's language model answered, as far as it held up to the data."""

    model_config = ConfigDict(extra="forbid")

    picks: list[Pick] = Field(max_length=28)
    banner: str = Field("", max_length=1000, description="why the behaviour model is shown instead; empty otherwise")
    model: str | None = Field(None, max_length=200)
    prompt_hash: str | None = Field(None, max_length=64, description="SHA-256 of what the model was asked")
    seal: str = Field("", max_length=64, description="says that this site's concierge gave them for this question")


class PlanRequest(RecommendRequest):
    """A set of classes to save."""

    words: Words | None = Field(None, description="of the concierge's answer, to save its set instead")
    note: str = Field("", max_length=1000, description="why, in the words of who saves it")


class ShareRequest(PlanRequest):
    """A set of classes to give to the client."""

    channel: Literal["e-mail", "draft", "calendar", "text", "app", "table"] = Field(
        description="e-mail is sent; the others come back as a file or words to hand on"
    )


class WhyNotRequest(RecommendRequest):
    """Why a class is not among them."""

    class_id: Id


class UnknownClient(ValueError):
    """No such client at the studio; the message names both."""


class Part(BaseModel):
    """One part of a fit score: what it is, what it adds, and why."""

    part: str
    adds: float
    because: str


class Offer(BaseModel):
    """A class to offer."""

    rank: int = Field(description="1 is the best fit; rows stand in order of date")
    class_id: str
    starts_at: datetime = Field(description="on the studio's clock, with its offset")
    ends_at: datetime | None = Field(description="as `starts_at`; empty where it is not known")
    date: date
    weekday: str
    time_of_day: str
    class_name: str
    instructor: str | None
    place: str = Field(description="open, often full, or waiting list where the class is full")
    plan_label: str
    fit_score: float = Field(description="the sum of `parts`, between 0 and 1")
    parts: list[Part]
    reason: str
    source: str = Field(description="behaviour, studio where the client never came, or concierge")
    rationale: str | None = Field(description="the concierge's words; every number and date in them is from the data")
    confidence: float | None = Field(description="the concierge's own word for it, from 0 to 1; no measured figure")


class RecommendResponse(BaseModel):
    """The best set of classes for a client, one a date."""

    studio_id: str
    client_id: str
    client_name: str | None
    as_of: datetime
    schedule: str = Field(description="published, or assumed where the studio's last weeks are repeated")
    usual_days_between_visits: float
    schedule_note: str = Field("", description="what of the schedule's file could not be read")
    weights: dict[str, float] = Field(description="what each part can add at most; they add to 1")
    source: str = Field(description="behaviour, studio where the client never came, or concierge")
    words: Words | None = Field(None, description="what the language model said, where the concierge was asked")
    recommendations: list[Offer]
    why_fewer: str = Field(description="empty where there are as many as were asked for")


class Saved(BaseModel):
    """The entry of the ledger that holds a plan."""

    entry_id: int
    entry_hash: str
    recorded_at: datetime


class Shared(Saved):
    """What the client gets, and the entry that says so."""

    sent_to: str | None = Field(description="the address it was sent to; empty for a file or words to hand on")
    file_name: str
    media_type: str
    content: str


class Replay(BaseModel):
    """A saved plan made again from what was kept of it."""

    entry_id: int
    same: bool = Field(description="byte for byte the answer that was recorded")
    why: str
    answer: RecommendResponse | None


class Watched(BaseModel):
    """A client to talk to today."""

    list: str = Field(description="at risk, low balance or first visit")
    client_id: str
    client_name: str | None
    days: float = Field(description="away; left in the month; or since the first visit")
    reason: str
    next_step: str


class Visit(BaseModel):
    """A class that a client booked."""

    date: date
    time: str
    class_name: str | None
    instructor: str | None
    outcome: str = Field(description="came, did not come, cancelled late, cancelled, was on the waiting list, booked")


class Advice(BaseModel):
    """What plan a client should have."""

    decision: str = Field(description="upgrade, keep, downgrade or rescue")
    to_plan: str = Field(description="name of the plan the advice leads to; the present one for keep and rescue")
    effect: float | None = Field(description="money a month for the studio, major units")
    reason: str


class AdviceWords(BaseModel):
    """The plan advice in words."""

    words: str
    banner: str = Field(description="why they are the workbench's own and no language model's; empty otherwise")


class ClientResponse(BaseModel):
    """A client at a glance."""

    studio_id: str
    client_id: str
    client_name: str | None
    as_of: datetime
    plan: str | None
    advice: Advice | None = Field(description="empty for who left or has no known plan")
    visits_last_month: int = Field(description="signed-in, in the calendar month before the one of `as_of`")
    visits_this_month: int
    last_visit: date | None
    usual_days_between_visits: float
    recent: list[Visit] = Field(description="the last 60 days, latest first")


class Found(BaseModel):
    """A client in a list."""

    client_id: str
    client_name: str | None
    is_member: bool = Field(description="the membership runs, or nothing says that it ended")


class WhyNotResponse(BaseModel):
    """Why a class is not among the recommended ones, in a sentence."""

    class_id: str
    reason: str


@dataclass
class People:
    """clients : Series of names by id, everyone known at the studio; left : set of ids whose membership ended;
    plans : dict of client to the plan's name; coaches : dict of instructor to name; of_class : dict of class to
    instructor; advice : dict of client to the fields of Advice."""

    clients: pd.Series
    left: set
    plans: dict
    coaches: dict
    of_class: dict
    advice: dict

    def __post_init__(self):
        lower = (self.clients.fillna("") + " " + self.clients.index).str.lower()
        order = pd.DataFrame({"left": self.clients.index.isin(self.left), "name": self.clients.fillna("~").to_numpy()})
        order = order.sort_values(["left", "name"]).index
        ids = self.clients.index[order]
        # In the order of answers and made in that order, side by side in memory: a search is a walk along them.
        self.ids, self.members = ids.tolist(), int((~ids.isin(self.left)).sum())
        self.lower = "\n".join(name.replace("\n", " ") for name in lower.iloc[order]).split("\n")

    def search(self, text, limit=20):
        """List of Found whose name or id holds every word of `text`: members first, then names that begin with it."""
        found = self._matches(text.lower(), 0, self.members, limit)
        if len(found) < limit:
            found += self._matches(text.lower(), self.members, len(self.ids), limit - len(found))
        return [
            Found(client_id=self.ids[at], client_name=self.name(self.ids[at]), is_member=at < self.members)
            for at in found
        ]

    def _matches(self, text, start, end, limit):
        """Places in `lower` from start to end that hold every word of `text`, those first that begin with it."""
        first, later = [], []
        for block in range(start, end, BLOCK):
            hits = range(block, min(block + BLOCK, end))
            for word in text.split():
                hits = [at for at in hits if word in self.lower[at]]
            for at in hits:
                (first if self.lower[at].startswith(text) else later).append(at)
            if len(first) >= limit:
                break
        return [*first, *later][:limit]

    def name(self, client_id):
        """The client's name, None where it is not known."""
        return _known(self.clients.get(client_id))


def client(desk, request, people):
    """ClientResponse to a ClientRequest."""
    own = desk.own(request.client_id)
    status, date, at = (desk.visits[column].iloc[own] for column in ("status", "date", "attended_at"))
    past = (at < desk.as_of).to_numpy()
    came = date[past & (status == "attended").to_numpy()]
    month, this = came.to_numpy().astype("datetime64[M]"), np.datetime64(desk.today, "M")
    recent = past & (date >= desk.today - pd.Timedelta(days=RECENT_DAYS)).to_numpy()
    latest = at[recent].reset_index(drop=True).sort_values(ascending=False).index
    row, _ = desk._row(request.client_id)
    return ClientResponse(
        studio_id=request.studio_id, client_id=request.client_id, client_name=people.name(request.client_id),
        as_of=desk.as_of, plan=people.plans.get(request.client_id), advice=people.advice.get(request.client_id),
        visits_last_month=int((month == this - 1).sum()),
        visits_this_month=int((month == this).sum()), last_visit=came.max().date() if len(came) else None,
        usual_days_between_visits=round(float(desk.rhythm[row]), 1),
        recent=_visits(own[recent][latest], desk, people),
    )  # fmt: skip


def _visits(places, desk, people):
    """List of Visit at these positions of the desk's visits, in their order."""
    at, status, name, class_id = (
        desk.visits[column].iloc[places].tolist() for column in ("attended_at", "status", "class_name", "class_id")
    )
    starts = [start.tz_convert(desk.timezone) for start in at]
    return [
        Visit(date=start.date(), time=f"{start.hour:02}:{start.minute:02}", class_name=_known(called),
              instructor=people.coaches.get(people.of_class.get(which)), outcome=OUTCOMES[outcome])
        for start, outcome, called, which in zip(starts, status, name, class_id, strict=True)
    ]  # fmt: skip


def _known(value):
    return None if pd.isna(value) else value


def concierge(desk, request, people, ask):
    """RecommendResponse of the concierge; ask : as of `concierge.choose`."""
    found = desk.recommend(request.client_id, request.size)
    context = briefing.context(desk, request.client_id, request.size, people.coaches)
    chosen = choose(ask, context, partial(desk.described, request.client_id), found.rows, request.size)
    said = chosen.reply
    return recommend(desk, request, people, Words(
        picks=list(chosen.picks.values()), banner=chosen.banner, model=getattr(said, "model", None),
        prompt_hash=getattr(said, "prompt_hash", None),
    ))  # fmt: skip


def recommend(desk, request, people, words=None):
    """RecommendResponse to a RecommendRequest; words : Words of the concierge, valid ones, to show its set."""
    found = desk.recommend(request.client_id, request.size)
    if words is not None:
        picks = {pick.class_id: pick for pick in words.picks}
        found.rows = arrange(picks, partial(desk.described, request.client_id), found.rows, request.size)
        found.source = "concierge" if picks else found.source
    return RecommendResponse(
        schedule_note=desk.schedule_note,
        weights={part: desk.weights[part] for part in WEIGHTS}, words=words,
        studio_id=request.studio_id, client_id=request.client_id, client_name=people.name(request.client_id),
        as_of=found.as_of, schedule=desk.schedule, usual_days_between_visits=round(found.rhythm, 1),
        source=found.source, recommendations=[_offer(row, desk, people) for row in found.rows], why_fewer=found.fewer,
    )  # fmt: skip


def why_not(desk, request):
    """WhyNotResponse to a WhyNotRequest."""
    return WhyNotResponse(
        class_id=request.class_id, reason=desk.why_not(request.client_id, request.class_id, request.size)
    )


def _offer(row, desk, people):
    parts = [Part(part=part, adds=row[part], because=desk.because(part, row)) for part in WEIGHTS]
    return Offer(
        rank=row["rank"], class_id=row["class_id"], starts_at=row["starts_at"].tz_convert(desk.timezone),
        ends_at=row["ends_at"] and row["ends_at"].tz_convert(desk.timezone),
        date=row["date"].date(), weekday=row["weekday"], time_of_day=row["time_of_day"],
        class_name=row["class_name"] or "class",
        instructor=people.coaches.get(row["instructor_id"]), place=row["place"], plan_label=row["plan_label"],
        fit_score=row["fit"], parts=parts, reason=row["reason"], source=row["source"],
        rationale=row.get("rationale"), confidence=row.get("confidence"),
    )  # fmt: skip
