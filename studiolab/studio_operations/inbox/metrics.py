"""How the inbox does: messages a day, how soon people are answered, who joins, what waits, who does the work.

A question begins with a message while nothing waits, and ends with the first answer, when somebody closes the
conversation, or when they ask there not to be written to. Its time is told by the clock and in opening hours.
Sources: SPEC D-26, K3.17.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.schema import LEAD_STATUSES
from studiolab.studio_operations.inbox import stages
from studiolab.studio_operations.inbox.hours import moment


class Question(NamedTuple):
    """asked_at, ended_at : nanoseconds UTC, ended_at None while it waits; answer : message_id, None where it was
    closed without one; is_first : whether it is the first of that person."""

    contact_id: str
    channel: str
    asked_at: int
    ended_at: int | None
    answer: str | None
    is_first: bool


def questions(contact_id, shown, closed_at=None):
    """List of `Question` of a conversation.

    shown : `conversations.Standing.shown`, Lines in order of time; closed_at : nanoseconds of when it was closed last
    """
    found, asked = [], {}  # by handle, the first Line there that waits
    for line in shown:
        first = next(iter(asked.values()), None)
        if line.direction == "outbound":
            if first is not None:
                found.append((first, line.at, line.message_id))
            asked = {}
            continue
        if first is not None and closed_at is not None and first.at <= closed_at < line.at:
            found.append((first, closed_at, None))
            asked = {}
        if line.is_thanks:
            continue
        if not line.is_no:
            asked.setdefault(line.handle, line)
        elif line.handle in asked:
            gone = asked.pop(line.handle)
            found += [] if asked else [(gone, line.at, None)]
    if asked:
        first = next(iter(asked.values()))
        found.append((first, closed_at if closed_at is not None and closed_at >= first.at else None, None))
    return [Question(contact_id, line.handle.partition(":")[0], line.at, end, answer, k == 0)
            for k, (line, end, answer) in enumerate(found)]  # fmt: skip


def days(views, start, end, timezone):
    """Frame of a row a local day from `start` to `end` (Timestamps): received, sent, waiting at the end of the day.

    views : (contact_id, shown, Questions) of every conversation
    """
    lines = [(line.at, line.direction) for _, shown, _ in views for line in shown]
    spans = [(one.asked_at, one.ended_at) for _, _, own in views for one in own]
    first, last = (at.tz_convert(timezone).tz_localize(None).normalize() for at in (start, end))
    dates = pd.date_range(first, last + pd.DateOffset(days=1), freq="D")
    index = pd.DatetimeIndex([moment(one, timezone) for one in dates], name="day")
    starts, ends = (np.array([one.value for one in own]) for own in (index[:-1], index[1:]))
    told = pd.DataFrame(index=index[:-1])
    for name, direction in (("received", "inbound"), ("sent", "outbound")):
        at = np.sort(np.array([one for one, way in lines if way == direction], dtype="int64"))
        told[name] = np.searchsorted(at, ends) - np.searchsorted(at, starts)
    asked = np.sort(np.array([one for one, _ in spans], dtype="int64"))
    ended = np.sort(np.array([one for _, one in spans if one is not None], dtype="int64"))
    told["waiting"] = np.searchsorted(asked, ends) - np.searchsorted(ended, ends)
    return told.reset_index()


def channels(views, start):
    """Frame of a row a channel with messages from `start` (Timestamp) on: received, sent; the busiest first.

    views : as of `days`
    """
    lines = [line for _, shown, _ in views for line in shown if line.at >= start.value]
    frame = pd.DataFrame({
        "channel": [line.handle.partition(":")[0] for line in lines],
        "received": [int(line.direction == "inbound") for line in lines],
        "sent": [int(line.direction == "outbound") for line in lines],
    }).groupby("channel", as_index=False).sum()  # fmt: skip
    busiest = (-frame["received"] - frame["sent"]).argsort(kind="stable")
    return frame.iloc[busiest].reset_index(drop=True)


def responses(asked, opening, by):
    """Frame of a row a group and "all": questions, answered, waiting, and of those answered the median and the 90th
    percentile in hours, by the clock and in opening hours, and the share answered within an opening hour.

    asked : Questions; opening : hours.Opening; by : function of a Question to its group
    """
    rows = [{"group": by(one), "clock": _hours(one), "open": _open_hours(one, opening), "is_answered": bool(one.answer),
             "waits": one.ended_at is None} for one in asked]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["group", "clock", "open", "is_answered", "waits"])
    groups = {"all": frame} | dict(iter(frame.groupby("group")))
    return pd.DataFrame([{"group": name} | _told(own) for name, own in groups.items()])


def funnel(contacts, channel_of):
    """Frame of a row a channel and "all": people, how many reached each stage, and the share who joined with its 95 %
    interval (Wilson 1927).

    contacts : Contacts who first wrote in the time; channel_of : function of a Contact to the channel of that
    """
    rows = []
    for contact in contacts:
        reached = {stages.NEW, contact.stage, *(to for _, to, _, _ in contact.history)}
        rows.append({"channel": channel_of(contact)} | {name: name in reached for name in LEAD_STATUSES})
    frame = pd.DataFrame(rows, columns=["channel", *LEAD_STATUSES])
    groups = {"all": frame} | dict(iter(frame.groupby("channel")))
    told = []
    for name, own in groups.items():
        counts = own[list(LEAD_STATUSES)].sum().astype(int).to_dict()
        low, high = _wilson(counts[stages.CONVERTED], len(own))
        told.append({"channel": name, "people": len(own), **counts, "joined": counts[stages.CONVERTED] / len(own)
                     if len(own) else np.nan, "low": low, "high": high})  # fmt: skip
    return pd.DataFrame(told)


def workload(asked, sent, assigned, authors):
    """Frame of a row a person: messages sent, questions answered, hours to answer (median), open conversations that
    are theirs; the most active first. "" are answers written elsewhere, as on the studio's own phone.

    sent : message_ids sent; assigned : user name of each open conversation, "" of nobody's; authors : dict of
    message_id to user name
    """
    frame = pd.DataFrame({"user": [authors.get(one, "") for one in sent], "sent": 1})
    answered = pd.DataFrame({"user": [authors.get(one.answer, "") for one in asked if one.answer],
                             "hours": [_hours(one) for one in asked if one.answer]})  # fmt: skip
    told = pd.DataFrame({
        "sent": frame.groupby("user")["sent"].sum(), "answered": answered.groupby("user")["hours"].size(),
        "hours": answered.groupby("user")["hours"].median(),
        "open": pd.Series([one for one in assigned if one], dtype=object).value_counts(),
    }).rename_axis("user").reset_index()  # fmt: skip
    told[["sent", "answered", "open"]] = told[["sent", "answered", "open"]].fillna(0).astype(int)
    return told.sort_values(["sent", "answered"], ascending=False, ignore_index=True)


# parts --------------------------------------------------------------------------------------------
def _hours(one):
    return np.nan if one.answer is None else (one.ended_at - one.asked_at) / 3.6e12


def _open_hours(one, opening):
    if one.answer is None:
        return np.nan
    start, end = (pd.Timestamp(moment, tz="UTC") for moment in (one.asked_at, one.ended_at))
    return opening.seconds(start, end) / 3600


def _told(own):
    answered = own[own["is_answered"].astype(bool)]
    told = {"questions": len(own), "answered": len(answered), "waiting": int(own["waits"].sum())}
    for name in ("clock", "open"):
        told[f"{name}_median"], told[f"{name}_p90"] = (answered[name].quantile(q) for q in (0.5, 0.9))
    told["within_hour"] = (answered["open"] <= 1).mean() if len(answered) else np.nan
    return told


def _wilson(hits, n, z=1.959964):
    if n == 0:
        return np.nan, np.nan
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * np.sqrt(share * (1 - share) / n + spread / (4 * n))
    return middle - half, middle + half
