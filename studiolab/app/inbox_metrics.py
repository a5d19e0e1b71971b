"""How a studio's inbox does, in figures that all faces share."""

import numpy as np
import pandas as pd

from studiolab.studio_operations.inbox import hours, metrics
from studiolab.studio_operations.inbox.metric_replies import InboxMetrics

MOST_DAYS = 366


class InboxFigures:
    """The part of the Workbench that counts what the inbox does."""

    def inbox_metrics(self, studio_id, days=28, end=None):
        """`InboxMetrics` of the `days` local days up to `end` (Timestamp with a zone, now by default)."""
        studio_id = self.the_studio(studio_id)
        if not 1 <= days <= MOST_DAYS:
            raise ValueError(f"days: got {days}; expected 1 to {MOST_DAYS}")
        end = pd.Timestamp.now("UTC") if end is None else pd.Timestamp(end).tz_convert("UTC")
        if not 2000 <= end.year < 2200:
            raise ValueError(f"end: got {end}; expected a moment from 2000 on, before 2200")
        zone = self._zone_there(studio_id)
        today = end.tz_convert(zone).tz_localize(None).normalize()
        start = metrics.moment(today - pd.DateOffset(days=days - 1), zone).tz_convert("UTC")
        views, contacts, waiting, assigned = [], [], [], []
        for view in self.inbox_index(studio_id).found():
            contact, shown = view.contact, [line for line in view.said.shown if line.at < end.value]
            closed = contact.closed_at
            asked = [line for line in shown if line.direction == "outbound" or line.message_id not in view.said.gone]
            asked = metrics.questions(contact.contact_id, asked, closed.value if closed is not None else None)
            views.append((contact.contact_id, shown, asked))
            if shown and shown[0].at >= start.value and shown[0].direction == "inbound":
                contacts.append((contact, shown[0].handle.partition(":")[0]))
            if asked and asked[-1].ended_at is None:
                waiting.append(asked[-1].asked_at)
            if closed is None or (view.sight.last_in or 0) > closed.value:
                assigned.append(contact.assigned)
        lately = [one for _, _, asked in views for one in asked if one.asked_at >= start.value]
        daily = metrics.days(views, start, end, zone)
        sent = [line.message_id for _, shown, _ in views for line in shown
                if line.direction == "outbound" and line.at >= start.value]  # fmt: skip
        opening = hours.Opening(self._hours_windows(studio_id), zone)
        first, every = (
            metrics.responses(own, opening, lambda one: one.channel)
            for own in ([one for one in lately if one.is_first], lately)
        )
        channels = {contact.contact_id: channel for contact, channel in contacts}
        funnel = metrics.funnel([one for one, _ in contacts], lambda one: channels[one.contact_id])
        work = metrics.workload(lately, sent, assigned, self._authors(studio_id, sent))
        oldest = pd.Timestamp(min(waiting), tz="UTC") if waiting else None
        return InboxMetrics(
            studio_id=studio_id, start=start, end=end, received=int(daily["received"].sum()),
            sent=int(daily["sent"].sum()), waiting=len(waiting), oldest_waiting_since=oldest,
            days=_rows(daily.assign(day=daily["day"].dt.date)), channels=_rows(metrics.channels(views, start)),
            first_responses=_rows(first), responses=_rows(every), funnel=[_funnel(row) for row in _rows(funnel)],
            workload=_rows(work), hours=self.inbox_hours(studio_id), says=_says(len(waiting), oldest, end),
        )  # fmt: skip

    # parts --------------------------------------------------------------------------------------
    def _authors(self, studio_id, sent):
        """dict of message_id to user name, of what was written here."""
        rows = self.db.read("outbox", studio_id, ["message_id", "user_name"], state="sent")
        own = rows[rows["message_id"].isin(set(sent))]
        return dict(zip(own["message_id"], own["user_name"], strict=True))


def _rows(frame):
    """List of dicts, None for NaN."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _funnel(row):
    named = {"channel": row.pop("channel"), "people": row.pop("people"), "joined": row.pop("joined"),
             "joined_low": row.pop("low"), "joined_high": row.pop("high")}  # fmt: skip
    return named | {"stages": row}


def _says(waiting, oldest, end):
    if not waiting:
        return "Everybody has an answer."
    wait = (end - oldest).total_seconds() / 3600
    since = f"{wait / 24:.0f} days" if wait >= 48 else f"{np.ceil(wait):.0f} hour{'s' if wait > 1 else ''}"
    who = "One person waits" if waiting == 1 else f"{waiting:,} people wait"
    return f"{who} for an answer, {'' if waiting == 1 else 'the first '}for {since}. Answer the oldest first."
