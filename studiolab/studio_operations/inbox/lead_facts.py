"""Facts of a lead that a person can check in the thread, and the points that each can bring.

Sources: SPEC D-07, K3.12; fit and engagement apart, as HubSpot's lead scoring has it; that a prompt first answer
counts, Oldroyd, McElheran & Elkington 2011, HBR 89 (3).
"""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.schema import LEAD_STATUSES

FIT, ENGAGEMENT = "fit", "engagement"
UNKNOWN = 0.6  # share of the points while nobody knows
FLAGS = ("is_taught", "fits_times", "can_pay")
ASKED = (*FLAGS, "distance_km", "source")  # what a person has to be asked for
SOURCES = {"referral": 1.0, "walk-in": 0.8, "website": 0.6, "search": 0.6, "instagram": 0.5, "ad": 0.2, "other": 0.3}
FULL = {"messages": 5, "answered": 3, "clicks": 3}  # more of them is no more
QUICK = 4.0  # hours to their answer that are worth half
NEAR, FAR = 2.0, 15.0  # km, all and none of the points
PROMPT, LATE = 1.0, 24.0  # hours to the studio's first answer, all and none of the points
GRACE_DAYS = 2.0  # that they may wait for the studio before it counts as their silence: not every "thanks" is answered


@dataclass(frozen=True)
class Facts:
    """What is known of a lead at a moment; None and "" are not known yet.

    is_taught, fits_times, can_pay : bool; distance_km : float; source : of SOURCES
    asked : of "trial", "price", "timetable", others say nothing; messages, answered, clicks : int, theirs
    answer_hours : float, the median until they answered; first_answer_hours : float, until the studio first did, or
        up to now where `is_waiting` and nobody has
    days_silent : float, since the studio answered their last word, GRACE_DAYS after it at the latest; or since the
        trial class they booked, where that is later
    stage : of schema.LEAD_STATUSES; has_come : bool, to a trial class; is_waiting : bool, for the studio's answer
    """

    is_taught: bool | None = None
    fits_times: bool | None = None
    can_pay: bool | None = None
    distance_km: float | None = None
    source: str = ""
    asked: frozenset = frozenset()
    messages: int = 0
    answered: int = 0
    clicks: int | None = None
    answer_hours: float | None = None
    first_answer_hours: float | None = None
    days_silent: float = 0.0
    stage: str = "NEW"
    has_come: bool = False
    is_waiting: bool = False
    has_opted_out: bool = False

    def __post_init__(self):
        for name in ("distance_km", "messages", "answered", "clicks", "answer_hours", "first_answer_hours",
                     "days_silent"):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not 0 <= value < np.inf:
                raise ValueError(f"{name} of a lead is {value}; expected is a number that is not below zero")
        if self.source and self.source not in SOURCES:
            raise ValueError(f"a lead's source is {self.source!r}; there are {', '.join(SOURCES)}")
        if self.stage not in LEAD_STATUSES:
            raise ValueError(f"a lead's stage is {self.stage!r}; there are {', '.join(LEAD_STATUSES)}")


class Weight(NamedTuple):
    """The most points that a fact can bring; kind : FIT or ENGAGEMENT, which is forgotten"""

    kind: str
    points: int
    words: str


TABLE = {
    "is_taught": Weight(FIT, 10, "what they look for is taught here"),
    "fits_times": Weight(FIT, 8, "the times fit them"),
    "can_pay": Weight(FIT, 5, "a plan is within what they want to spend"),
    "distance_km": Weight(FIT, 5, "lives near"),
    "source": Weight(FIT, 8, "how they came"),
    "in_touch": Weight(ENGAGEMENT, 14, "has written"),
    "has_come": Weight(ENGAGEMENT, 12, "came to a trial class"),
    "trial_booked": Weight(ENGAGEMENT, 10, "booked a trial class"),
    "asked_trial": Weight(ENGAGEMENT, 6, "asked for a trial class"),
    "asked_price": Weight(ENGAGEMENT, 3, "asked what it costs"),
    "asked_timetable": Weight(ENGAGEMENT, 4, "asked when classes are"),
    "messages": Weight(ENGAGEMENT, 3, "messages of theirs"),
    "answered": Weight(ENGAGEMENT, 2, "answers of theirs"),
    "answer_hours": Weight(ENGAGEMENT, 4, "answers quickly"),
    "clicks": Weight(ENGAGEMENT, 2, "opened links"),
    "first_answer_hours": Weight(ENGAGEMENT, 4, "was answered promptly"),
}
IS_ENGAGEMENT = np.array([one.kind == ENGAGEMENT for one in TABLE.values()])
HALF_LIFE_DAYS = 7.0


class Weights(NamedTuple):
    """A table of points and how fast taking part is forgotten.

    table : name to Weight; the points add up to 100; leads : int, decided ones it was learned from, 0 of none
    unknown : name of ASKED to the share of its points while nobody knows, UNKNOWN by default
    """

    table: dict = TABLE
    half_life_days: float = HALF_LIFE_DAYS
    leads: int = 0
    unknown: dict = MappingProxyType({})


def shares(facts, unknown=None):
    """dict of each name of TABLE to the share of its points that the facts bring, 0 to 1, before any decay.

    unknown : as of `Weights`
    """
    known = {
        **{name: None if getattr(facts, name) is None else float(getattr(facts, name)) for name in FLAGS},
        "distance_km": _between(facts.distance_km, NEAR, FAR),
        "source": SOURCES.get(facts.source),
        "in_touch": float(facts.messages > 0),
        "has_come": float(facts.has_come),
        "trial_booked": float(facts.stage in ("TRIAL_SCHEDULED", "CONVERTED")),
        **{f"asked_{what}": float(what in facts.asked) for what in ("trial", "price", "timetable")},
        **{name: min((getattr(facts, name) or 0) / most, 1.0) for name, most in FULL.items()},
        "answer_hours": 0.0 if facts.answer_hours is None else 0.5 ** (facts.answer_hours / QUICK),
        "first_answer_hours": _between(facts.first_answer_hours, PROMPT, LATE, np.log),
    }
    unknown = unknown or {}
    return {name: unknown.get(name, UNKNOWN) if known[name] is None else known[name] for name in TABLE}


def decay(days_silent, half_life_days=HALF_LIFE_DAYS):
    """Share of their taking part that still counts."""
    return 0.5 ** (np.asarray(days_silent, float) / half_life_days)


def of_thread(messages, now, facts=None, trial_at=None):
    """`facts` with what the thread itself tells, as `of_turns`.

    messages : DataFrame of `direction`, `sent_at` (with a zone), of one person over all channels
    now, trial_at : Timestamp with a zone, the last that they booked
    """
    at = pd.DatetimeIndex(messages["sent_at"]).as_unit("us").asi8 / 1e6
    due = None if trial_at is None else trial_at.timestamp()
    return of_turns(at, (messages["direction"] == "inbound").to_numpy(), now.timestamp(), facts, due)


def of_turns(at, inbound, now, facts=None, trial_at=None):
    """`facts` with messages, answers, pace and silence.

    at : (n,) seconds; inbound : (n,) bool; now, trial_at : seconds; what is after `now` is not looked at. An answer
    is a first message of theirs after one of the studio's.
    """
    facts, at = facts or Facts(), np.asarray(at, float)
    order = np.argsort(at, kind="stable")
    order = order[at[order] <= now]
    at, inbound = at[order], np.asarray(inbound, bool)[order]
    if not inbound.any():
        return facts
    answers = np.diff(at)[np.diff(inbound.astype(int)) == 1] / 3600
    first = int(np.argmax(inbound))
    ours = np.flatnonzero(~inbound[first:])
    last = int(np.flatnonzero(inbound)[-1])
    their_turn = min([*at[last + 1 :], at[last] + GRACE_DAYS * 86400])
    silent = max(their_turn, -np.inf if trial_at is None else trial_at)
    return replace(
        facts, messages=int(inbound.sum()), answered=len(answers),
        answer_hours=float(np.median(answers)) if len(answers) else None,
        first_answer_hours=float((at[first + ours[0]] if len(ours) else now) - at[first]) / 3600,
        days_silent=max(float(now - silent), 0.0) / 86400, is_waiting=last + 1 == len(at),
    )  # fmt: skip


def _between(value, best, worst, scale=float):
    """1 up to `best`, 0 from `worst` on, None of None."""
    if value is None:
        return None
    value = min(max(value, best), worst)
    return float((scale(worst) - scale(value)) / (scale(worst) - scale(best)))
