"""What of the outbox is sent next, and when again what was not taken.

A channel's limits (FORMATS § 8) are kept before it has to refuse: WhatsApp takes 80 messages a second of a number and
one every six seconds for the same person.
"""

from datetime import timedelta

import pandas as pd

GAPS = {"whatsapp": timedelta(seconds=6)}  # between two messages to one person
A_SECOND = {"whatsapp": 80, "instagram": 100, "sms": 10, "email": 5}
LONGEST = {"whatsapp": 4096, "instagram": 1000, "sms": 1600}  # characters; of Instagram, bytes
MOST_TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=2)
STALE = timedelta(minutes=5)  # no channel takes as long; who is still sending then was ended in the midst of it


def due(waiting, lately, now):
    """Rows that may be sent now, the longest due first: at most one for a person with a gap, and as many an account
    as its channel takes in a second.

    waiting, lately : frames of table outbox, those in state waiting, and those claimed in the last minute
    """
    ready = waiting[waiting["send_after"] <= now].sort_values(["send_after", "outbox_id"])
    kept, people, accounts = [], _last(lately, "handle"), {}
    second = lately[lately["claimed_at"] > now - timedelta(seconds=1)]
    for key, group in second.groupby(["channel", "account_id"]):
        accounts[key] = len(group)
    for row in ready.itertuples():
        account, gap = (row.channel, row.account_id), GAPS.get(row.channel)
        if gap is not None and row.handle in people and now < people[row.handle] + gap:
            continue
        if accounts.get(account, 0) >= A_SECOND[row.channel]:
            continue
        accounts[account] = accounts.get(account, 0) + 1
        people[row.handle] = now
        kept.append(row.Index)
    return ready.loc[kept]


def too_long(channel, text):
    """Why a text is too long for its channel, in a sentence; "" where it is not."""
    size = len(text.encode()) if channel == "instagram" else len(text)
    if size <= LONGEST.get(channel, size):
        return ""
    return f"text: has {size:,} characters and {channel} takes {LONGEST[channel]:,}; shorten it or send it in parts"


def pause(tries, asked=None):
    """timedelta until the next try, None after MOST_TRIES; asked : seconds that the channel asked for."""
    if tries >= MOST_TRIES:
        return None
    own = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    return max(own, timedelta(seconds=asked or 0))


def stale(rows, now):
    """Rows in state sending that nobody is sending any more."""
    return rows[(rows["state"] == "sending") & (rows["claimed_at"] < now - STALE)]


def _last(rows, column):
    times = rows.dropna(subset="claimed_at").groupby(column)["claimed_at"].max()
    return {name: pd.Timestamp(at) for name, at in times.items()}
