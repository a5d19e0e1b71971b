"""Conversations: a person's messages as they stand, with what was edited, taken back, answered and read.

Rows of table messages are facts of the channel in any order and, where a channel repeats itself, more than once; what
comes out is the same for all of them. Sources: SPEC D-02, K3.7, K3.17; FORMATS § 8.
"""

import json
from typing import NamedTuple

import pandas as pd

from studiolab.studio_operations.inbox.courtesy import is_thanks

ABOUT_OTHERS = ("reaction", "edit", "deletion")
RANK = {"sent": 0, "failed": 1, "delivered": 2, "read": 3}  # a failure is told by who did not deliver


class Line(NamedTuple):
    """A message, as far as standing, counting and finding it need: `at` is whole nanoseconds UTC.

    text : folded, what a search looks through; is_no : whether it asks not to be written to, and nothing else
    is_thanks : whether it thanks, and asks for nothing
    """

    message_id: str
    at: int
    handle: str
    direction: str
    kind: str
    about: str | None
    text: str = ""
    name: str | None = None
    is_no: bool = False
    is_thanks: bool = False


class Standing(NamedTuple):
    """What is said in lines: `shown` in order of time, and what others say about them, by message_id.

    edited : to the Line that says it anew; gone : to the Line that took it back
    reactions : to a dict of direction to message_id of the last reaction
    """

    shown: list
    edited: dict
    gone: dict
    reactions: dict


class Overview(NamedTuple):
    """A conversation in a list. Moments are nanoseconds UTC or None.

    last : Line shown last, or None; unread : messages since the studio read or answered
    waiting_since : of the first message that somebody has to answer: no "STOP", nor what was asked there before it,
        and no thanks alone
    asked_at, answered_at : the first question ever and the first answer to it
    last_in, last_out : of the last message of each side
    """

    last: Line | None
    unread: int
    waiting_since: int | None
    asked_at: int | None
    answered_at: int | None
    last_in: int | None
    last_out: int | None


def standing(lines):
    """`Standing` of Lines in any order. Nobody but who wrote a message edits it or takes it back."""
    lines = sorted({one.message_id: one for one in lines}.values(), key=_in_time)
    known = {one.message_id: one for one in lines}
    edited, gone, reactions = {}, {}, {}
    for one in lines:
        if one.kind == "reaction" and one.about:
            reactions.setdefault(one.about, {})[one.direction] = one.message_id
        elif one.kind in ("edit", "deletion"):
            first = known.get(one.about)
            if first is not None and (first.handle, first.direction) == (one.handle, one.direction):
                (edited if one.kind == "edit" else gone)[one.about] = one
    return Standing([one for one in lines if one.kind not in ABOUT_OTHERS], edited, gone, reactions)


def overview(said, read_to=None, closed_at=None, unread_at=None):
    """`Overview` of a `Standing`; read_to, closed_at : nanoseconds, up to when somebody read it, when it was closed.

    unread_at : when somebody called it unread again; an answer before that has read nothing
    """
    heard = [one for one in said.shown if one.direction == "inbound" and one.message_id not in said.gone]
    answers = [one.at for one in said.shown if one.direction == "outbound"]
    last_out = answers[-1] if answers else None
    answered_to = last_out if unread_at is None or (last_out or 0) > unread_at else None
    seen = max((moment for moment in (read_to, answered_to) if moment is not None), default=None)
    done = max((moment for moment in (closed_at, last_out) if moment is not None), default=None)
    since = [one for one in heard if (done is None or one.at > done)
             and not said.edited.get(one.message_id, one).is_thanks]  # fmt: skip
    withdrawn = {one.handle: one.at for one in since if one.is_no}
    return Overview(
        said.shown[-1] if said.shown else None,
        sum(seen is None or one.at > seen for one in heard),
        next((one.at for one in since if one.handle not in withdrawn or one.at > withdrawn[one.handle]), None),
        heard[0].at if heard else None,
        next((at for at in answers if heard and at >= heard[0].at), None),
        heard[-1].at if heard else None,
        last_out,
    )


def lines(rows, noes=frozenset()):
    """List of `Line` of rows of table messages, a frame with at least the columns that a Line has.

    noes : message_ids of those that ask not to be written to
    """
    names = rows["sender_name"] if "sender_name" in rows else [None] * len(rows)
    moments = rows["sent_at"].dt.as_unit("ns").astype("int64")
    bodies = rows["body"] if "body" in rows else [None] * len(rows)
    columns = (rows["message_id"], moments, rows["handle"], rows["direction"], rows["kind"], rows["about"],
               rows["found_by"], names, bodies)  # fmt: skip
    return [Line(*plain[:6], plain[6] or "", plain[7], plain[0] in noes, is_thanks(plain[8]))
            for plain in zip(*map(list, columns), strict=True)]  # fmt: skip


def thread(rows, statuses, authors):
    """List of dicts, one a message, in order of time, as `replies.MessageTold` has them.

    rows, statuses : frames of tables messages and message_statuses; authors : message_id to user name
    """
    rows = rows.drop_duplicates("message_id")
    by_id = {row["message_id"]: row for row in rows.to_dict("records")}
    said, delivery = standing(lines(rows)), delivered(statuses)
    return [_told(by_id[line.message_id], by_id, said, delivery, authors) for line in said.shown]


def delivered(statuses):
    """dict of message_id to (status, reason): the highest of sent, delivered and read; failed where it is neither."""
    best = {}
    for row in statuses.itertuples():
        if RANK[row.status] >= RANK.get(best.get(row.message_id, ("",))[0], -1):
            best[row.message_id] = (row.status, row.reason if row.status == "failed" else None)
    return best


def _told(row, by_id, said, delivery, authors):
    own = row["message_id"]
    again, taken = said.edited.get(own), said.gone.get(own)
    status, reason = delivery.get(own, (None, None))
    newest = by_id[again.message_id] if again else row
    marks = [(side, by_id[which]["body"]) for side, which in sorted(said.reactions.get(own, {}).items())]
    return {
        **{name: _plain(row[name]) for name in ("message_id", "channel", "account_id", "handle", "direction", "kind",
                                                "sender_name", "subject", "about")},
        "sent_at": row["sent_at"], "received_at": row["received_at"], "author": authors.get(own),
        "body": None if taken else _plain(newest["body"]),
        "media": [] if taken else json.loads(_plain(row["media"]) or "[]"),
        "edited_at": by_id[again.message_id]["sent_at"] if again else None,
        "deleted_at": by_id[taken.message_id]["sent_at"] if taken else None,
        "status": status, "reason": _plain(reason),
        "reactions": [{"direction": side, "emoji": mark} for side, mark in marks if _plain(mark)],
    }  # fmt: skip


def _plain(value):
    return None if pd.isna(value) else value


def _in_time(line):
    return line.at, line.message_id
