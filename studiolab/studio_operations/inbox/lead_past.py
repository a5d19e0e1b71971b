"""A lead as it stood at a moment, and how leads were decided, so that points are learned from what was known then.

Whoever is scored now is read by the same functions, with "now" as the moment: nothing after it is looked at.
Sources: SPEC D-07, D-09, K3.12.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.studio_operations.inbox import conversations, lead_facts, lead_learning, stages
from studiolab.studio_operations.inbox.lead_facts import Facts, Weights
from studiolab.studio_operations.inbox.lead_learning import ENOUGH, Chances

DECIDED = (stages.CONVERTED, stages.LOST)
ON_THE_WAY = (stages.NEW, stages.CONTACTED, stages.QUALIFIED, stages.NO_SHOW)
MOMENTS = 3  # of each lead that is learned from
SHORT, LONG = 0.5, 504.0  # hours after their first message, between which the moments lie
# Who joins is decided sooner than who does not: of those who wrote lately more seem to join than will.
SETTLED = pd.Timedelta(days=28)  # from their first message to the last decision of any lead
MOST_MESSAGES = 200  # of a conversation, the last


@dataclass(frozen=True)
class Past:
    """What is known of a lead and when it came to be so.

    history : as of `contacts.Contact`; lines : `conversations.Line`s, reactions, edits and deletions too
    texts : message_id to (subject, body), "" where there is none; refused_at : Timestamp since when they may not be
    written to, None where they may; bookings : (start, status) of classes that were not called off in time
    """

    contact_id: str
    history: tuple = ()
    lines: tuple = ()
    texts: object = None
    refused_at: object = None
    bookings: tuple = ()


class Told(NamedTuple):
    """A message as it stood; version : message_id of the row that it was worded by last"""

    message_id: str
    version: str
    is_ours: bool
    text: str
    at: int


class Points(NamedTuple):
    """What a studio's decided leads teach: weights and, where they are enough, `Chances`; how many joined and did not.

    Without `chances` the weights are the usual ones.
    """

    weights: Weights = Weights()
    chances: Chances | None = None
    joined: int = 0
    lost: int = 0

    @property
    def says(self):
        """Whose points they are, in words."""
        if self.chances is not None:
            return f"learned from {self.joined + self.lost:,} leads of this studio"
        return (f"usual points, until {ENOUGH} leads have joined and {ENOUGH} have not "
                f"({self.joined} and {self.lost} so far)")  # fmt: skip


def decision(history):
    """(Timestamp, whether they joined) of a lead that is decided, None of one that is open.

    history : as of `contacts.Contact`. The moment is that of the first decision, also where it was taken back and made
    again: after it a thread may show what came of it. Who joined and left has joined.
    """
    stage, first, has_joined = stages.NEW, None, False
    for at, to, reason, _ in history:
        if to in DECIDED:
            first = first or at
        if _counts(stage, to, reason):
            stage = to
            has_joined = to == stages.CONVERTED or (has_joined and to == stages.LOST)
    return (first, has_joined) if stage in DECIDED else None


def moments(contact_id, began, decided_at):
    """List of Timestamps after `began` at which a lead is looked at, the same each time, all before it was decided."""
    luck = int.from_bytes(blake2b(contact_id.encode(), digest_size=8).digest()) / 2**64
    hours = SHORT * (LONG / SHORT) ** ((np.arange(MOMENTS) + luck) / MOMENTS)
    found = [began + pd.Timedelta(seconds=round(3600 * one)) for one in hours]
    return [at for at in found if at < decided_at]


def said(past, at):
    """List of `Told` of the messages that have words at Timestamp `at`, as they stood then, the last MOST_MESSAGES."""
    known = conversations.standing(line for line in past.lines if line.at <= at.value)
    found = []
    for line in known.shown:
        version = known.edited.get(line.message_id, line).message_id
        subject, body = past.texts[line.message_id][0], past.texts[version][1]
        if body and line.message_id not in known.gone:
            text = "\n".join(filter(None, (subject, body)))
            found.append(Told(line.message_id, version, line.direction == "outbound", text, line.at))
    return found[-MOST_MESSAGES:]


def facts(past, at, told=None, ahead=False):
    """`Facts` of a lead at Timestamp `at`, but for what its words say.

    told : as of `said`; ahead : whether what is booked for later counts, which is only known of now
    """
    told = said(past, at) if told is None else told
    stage, moved = _stage(past.history, at)
    known = [(start, status) for start, status in past.bookings
             if start <= at or (ahead and status == "booked")]  # fmt: skip
    has_come = any(status == "attended" for _, status in known)
    kept = [start for start, status in known if status in ("attended", "booked")]
    if stage in ON_THE_WAY and any(stage != stages.NO_SHOW or start > moved for start in kept):
        stage = stages.TRIAL_SCHEDULED
    trials = [start for start, _ in known]
    trials += [when for when, to, _, _ in past.history
               if when <= at and to in (stages.TRIAL_SCHEDULED, stages.NO_SHOW)]  # fmt: skip
    has_opted_out = past.refused_at is not None and past.refused_at <= at
    found = Facts(stage=stage, has_come=has_come, has_opted_out=has_opted_out)
    trial_at = max(trials).timestamp() if trials else None
    return lead_facts.of_turns([one.at / 1e9 for one in told], [not one.is_ours for one in told], at.timestamp(),
                               found, trial_at)  # fmt: skip


def learned(leads, read):
    """`Points` that decided leads teach, the usual ones where they are not enough.

    leads : list of (Past, Timestamp of the decision, whether they joined)
    read : function of a list of (list of Told, Facts) to a list of the Facts with what the words say
    """
    rows = [(number, has_joined, *one) for number, (past, decided_at, has_joined) in enumerate(leads)
            for one in _as_they_stood(past, decided_at)]  # fmt: skip
    rows = [row for row in rows if not row[-1].has_opted_out]
    group, joined = [row[0] for row in rows], [row[1] for row in rows]
    count = {side: len({n for n, one in zip(group, joined, strict=True) if one == side}) for side in (True, False)}
    if min(count.values()) < ENOUGH:
        return Points(joined=count[True], lost=count[False])
    found, weight = read([row[2:] for row in rows]), np.full(len(rows), 1 / MOMENTS)
    weights, chances = lead_learning.learn_weights(found, joined, weight, group)
    return Points(weights, chances, count[True], count[False])


# parts --------------------------------------------------------------------------------------------
def _as_they_stood(past, decided_at):
    heard = [line.at for line in past.lines if line.direction == "inbound"]
    if not heard:
        return []
    rows = []
    for at in moments(past.contact_id, pd.Timestamp(min(heard), tz="UTC"), decided_at):
        told = said(past, at)
        rows.append((told, facts(past, at, told)))
    return rows


def _stage(history, at):
    """(stage, Timestamp or None since when) at `at`."""
    stage, since = stages.NEW, None
    for when, to, reason, _ in history:
        if when <= at and _counts(stage, to, reason):
            stage, since = to, when
    return stage, since


def _counts(now, to, reason):
    """Whether a move of a history moved the person: one that was made for a part of them may not (see `contacts`)."""
    return not stages.problem(now, to, reason) or stages.is_further(to, now)
