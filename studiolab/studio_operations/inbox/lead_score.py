"""A lead's score, 0 to 100: what fits and how they take part, from facts that a person can check in the thread.

Every point is in `Score.parts` and they add up to the score; there is no other term. What fits stays; taking part
counts half as much for each half-life that has passed without a word from them. A fact that nobody knows yet gets a
share of its points, so a good one never costs points. Sources: SPEC D-07, D-11, K3.12; fit and engagement apart, with
decay, as HubSpot's lead scoring has it; the first answer's pace, Oldroyd, McElheran & Elkington 2011, HBR 89 (3).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.schema import LEAD_STATUSES

FIT, ENGAGEMENT = "fit", "engagement"
UNKNOWN = 0.3  # share of the points while nobody knows
SOURCES = {"referral": 1.0, "walk-in": 0.8, "website": 0.6, "search": 0.6, "instagram": 0.5, "ad": 0.2, "other": 0.3}
FULL = {"messages": 5, "answered": 3, "clicks": 3}  # more of them is no more
QUICK = 4.0  # hours to their answer that are worth half
NEAR, FAR = 2.0, 15.0  # km, all and none of the points
PROMPT, LATE = 1.0, 24.0  # hours to the studio's first answer, all and none of the points


@dataclass(frozen=True)
class Facts:
    """What is known of a lead at a moment; None and "" are not known yet.

    is_taught, fits_times, can_pay : bool; distance_km : float; source : of SOURCES
    asked : of "trial", "price", "timetable", others say nothing; messages, answered, clicks : int, theirs
    answer_hours : float, the median until they answered; first_answer_hours : float, until the studio first did
    days_silent : float, since their last word; stage : of schema.LEAD_STATUSES
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
    """The most points that a fact can bring."""

    kind: str
    points: int
    words: str


TABLE = {
    "is_taught": Weight(FIT, 12, "what they look for is taught here"),
    "fits_times": Weight(FIT, 10, "the times fit them"),
    "can_pay": Weight(FIT, 6, "a plan is within what they want to spend"),
    "distance_km": Weight(FIT, 6, "lives near"),
    "source": Weight(FIT, 6, "how they came"),
    "trial_booked": Weight(ENGAGEMENT, 12, "booked a trial class"),
    "asked_trial": Weight(ENGAGEMENT, 10, "asked for a trial class"),
    "asked_price": Weight(ENGAGEMENT, 8, "asked what it costs"),
    "asked_timetable": Weight(ENGAGEMENT, 6, "asked when classes are"),
    "messages": Weight(ENGAGEMENT, 6, "messages of theirs"),
    "answered": Weight(ENGAGEMENT, 6, "answers of theirs"),
    "answer_hours": Weight(ENGAGEMENT, 5, "answers quickly"),
    "clicks": Weight(ENGAGEMENT, 3, "opened links"),
    "first_answer_hours": Weight(ENGAGEMENT, 4, "was answered promptly"),
}
HALF_LIFE_DAYS = 10.0


class Weights(NamedTuple):
    """A table of points and how fast taking part is forgotten.

    table : name to Weight; the points add up to 100; leads : int, decided ones it was learned from, 0 of none
    """

    table: dict = TABLE
    half_life_days: float = HALF_LIFE_DAYS
    leads: int = 0


class Part(NamedTuple):
    """words : what was found; points : int; of : the most there are, 0 of what only takes away; kind : FIT, ENGAGEMENT
    or "decay" """

    words: str
    points: int
    of: int
    kind: str


class Score(NamedTuple):
    """points : int, 0 to 100, the sum of `parts`; unknown : words of facts worth asking for, best first"""

    points: int
    parts: list
    unknown: list
    half_life_days: float


def shares(facts):
    """dict of each name of TABLE to the share of its points that the facts bring, 0 to 1, before any decay."""
    known = {
        "is_taught": _flag(facts.is_taught),
        "fits_times": _flag(facts.fits_times),
        "can_pay": _flag(facts.can_pay),
        "distance_km": _between(facts.distance_km, NEAR, FAR),
        "source": SOURCES[facts.source] if facts.source else UNKNOWN,
        "trial_booked": float(facts.stage in ("TRIAL_SCHEDULED", "CONVERTED")),
        **{f"asked_{what}": float(what in facts.asked) for what in ("trial", "price", "timetable")},
        **{name: min((getattr(facts, name) or 0) / most, 1.0) for name, most in FULL.items()},
        "answer_hours": 0.0 if facts.answer_hours is None else 0.5 ** (facts.answer_hours / QUICK),
        "first_answer_hours": _between(facts.first_answer_hours, PROMPT, LATE, np.log),
    }
    return {name: known[name] for name in TABLE}


def decay(days_silent, half_life_days=HALF_LIFE_DAYS):
    """Share of their taking part that still counts."""
    return 0.5 ** (days_silent / half_life_days)


def features(facts, half_life_days=HALF_LIFE_DAYS):
    """(len(TABLE),) the shares with their decay: what points multiply."""
    left, found = decay(facts.days_silent, half_life_days), shares(facts)
    return np.array([found[name] * (left if one.kind == ENGAGEMENT else 1.0) for name, one in TABLE.items()])


def score(facts, weights=None):
    """The `Score` of a lead.

    facts : Facts; weights : Weights, those of TABLE by default
    Who asked not to be written to scores 0, in one part that says so.
    """
    weights = weights or Weights()
    if facts.has_opted_out:
        return Score(0, [Part("asked not to be written to", 0, 0, "decay")], [], weights.half_life_days)
    found = shares(facts)
    parts = [Part(_words(name, facts, one), round(found[name] * one.points), one.points, one.kind)
             for name, one in weights.table.items()]  # fmt: skip
    engaged = sum(part.points for part in parts if part.kind == ENGAGEMENT)
    left = decay(facts.days_silent, weights.half_life_days)
    lost = round(engaged * left) - engaged
    if lost:
        parts.append(Part(f"no word for {_span(facts.days_silent * 24)}: taking part counts {left:.0%}", lost, 0,
                          "decay"))  # fmt: skip
    unknown = sorted((name for name in _missing(facts) if weights.table[name].points),
                     key=lambda name: -weights.table[name].points)  # fmt: skip
    return Score(sum(part.points for part in parts), parts, [UNASKED[name] for name in unknown], weights.half_life_days)


def of_thread(messages, now, facts=None):
    """`facts` with what the thread itself tells: messages, answers, pace, silence.

    messages : DataFrame of `direction`, `sent_at` (with a zone), of one person over all channels; those after `now`
        are not looked at. An answer is a first message of theirs after one of the studio's.
    """
    facts = facts or Facts()
    seen = messages[messages["sent_at"] <= now].sort_values("sent_at")
    inbound = (seen["direction"] == "inbound").to_numpy()
    if not inbound.any():
        return facts
    at = seen["sent_at"].to_numpy()
    hours = np.diff(at) / np.timedelta64(1, "h")
    turned = np.diff(inbound.astype(int))
    answers = hours[turned == 1]
    first = int(np.argmax(inbound))
    ours = np.flatnonzero(~inbound[first:])
    return replace(
        facts, messages=int(inbound.sum()), answered=len(answers),
        answer_hours=float(np.median(answers)) if len(answers) else None,
        first_answer_hours=float((at[first + ours[0]] - at[first]) / np.timedelta64(1, "h")) if len(ours) else None,
        days_silent=max((now - pd.Timestamp(seen["sent_at"].iloc[np.flatnonzero(inbound)[-1]])).total_seconds(), 0.0)
        / 86400,
    )  # fmt: skip


# parts --------------------------------------------------------------------------------------------
UNASKED = {"is_taught": "what they look for", "fits_times": "which times suit them",
           "can_pay": "what they want to spend", "distance_km": "how far away they live",
           "source": "how they heard of you"}  # fmt: skip


def _missing(facts):
    return [name for name in UNASKED if getattr(facts, name) in (None, "")]


def _flag(known):
    return UNKNOWN if known is None else float(known)


def _between(value, best, worst, scale=float):
    """1 up to `best`, 0 from `worst` on."""
    if value is None:
        return UNKNOWN
    value = min(max(value, best), worst)
    return float((scale(worst) - scale(value)) / (scale(worst) - scale(best)))


NOT = {"is_taught": "what they look for is not taught here", "fits_times": "the times do not fit them",
       "can_pay": "no plan is within what they want to spend", "trial_booked": "booked no trial class",
       "asked_trial": "did not ask for a trial class", "asked_price": "did not ask what it costs",
       "asked_timetable": "did not ask when classes are", "messages": "has written nothing",
       "answered": "has not answered yet", "clicks": "opened no link"}  # fmt: skip


def _words(name, facts, weight):
    value = getattr(facts, name, None)
    if name in _missing(facts):
        return f"not known: {UNASKED[name]}"
    if name == "source":
        return f"came by: {value}"
    if name == "distance_km":
        return f"lives {value:.0f} km away"
    if name == "answer_hours":
        return "pace of their answers is not known" if value is None else f"answers within {_span(value)}"
    if name == "first_answer_hours":
        return "nobody has answered them yet" if value is None else f"was first answered after {_span(value)}"
    if name == "trial_booked" and facts.stage == "NO_SHOW":
        return "booked a trial class and did not come"
    if name in FULL:
        return f"{weight.words}: {value}" if value else NOT[name]
    return weight.words if shares(facts)[name] else NOT[name]


def _span(hours):
    if hours < 1:
        return f"{max(round(hours * 60), 1)} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
