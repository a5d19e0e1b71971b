"""The opening hours in which a studio's people are answered, as it has set them or as is usual."""

import json

import pandas as pd

from studiolab.studio_operations.inbox import hours
from studiolab.studio_operations.inbox.metric_replies import HoursTold, SpanTold

KIND = NAME = "hours"


class InboxHours:
    """The part of the Workbench that keeps opening hours of the inbox. Figures use them from the next question on."""

    def inbox_hours(self, studio_id):
        """`HoursTold`. Raises UnknownStudio."""
        rows = self.db.read("inbox_settings", self.the_studio(studio_id), kind=KIND)
        opening = hours.checked(json.loads(rows["value"].iloc[0])) if len(rows) else hours.USUAL
        row = None if rows.empty else rows.iloc[0]
        return HoursTold(
            studio_id=studio_id, is_usual=row is None, text=hours.in_words(opening),
            hours=[SpanTold(weekday=one.weekday, start=hours.clock(one.start), end=hours.clock(one.end))
                   for one in opening],
            changed_at=None if row is None else row["changed_at"], by="" if row is None else row["user_name"] or "",
        )  # fmt: skip

    def set_inbox_hours(self, studio_id, opening, actor):
        """`HoursTold` after they were set.

        opening : list of (weekday, start, end); or a text as `hours.read` has it; None for the usual hours
        Raises ValueError saying which day or time cannot be.
        """
        studio_id, rows = self.the_studio(studio_id), []
        if opening is not None:
            found = self._hours_checked(opening)
            value = [(one.weekday, hours.clock(one.start), hours.clock(one.end)) for one in found]
            rows = [{"studio_id": studio_id, "kind": KIND, "name": NAME, "value": json.dumps(value),
                     "changed_at": pd.Timestamp.now("UTC"), "user_name": actor}]  # fmt: skip
        with self.db.transaction() as changes:
            empty = changes.read("inbox_settings", studio_id, kind=KIND, name=NAME).iloc[:0]
            changes.replace("inbox_settings", pd.DataFrame(rows) if rows else empty, studio_id=studio_id, kind=KIND)
            told = {"hours": hours.in_words(found) if rows else None}
            self.ledger.enter(changes, actor, "opening hours set", told, studio_id)
        return self.inbox_hours(studio_id)

    # parts --------------------------------------------------------------------------------------
    def _hours_checked(self, opening):
        try:
            return hours.read(opening) if isinstance(opening, str) else hours.checked(opening)
        except ValueError as error:
            raise ValueError(f"hours: {error}") from None

    def _hours_windows(self, studio_id):
        """Tuple of Windows that count."""
        return hours.checked((one.weekday, one.start, one.end) for one in self.inbox_hours(studio_id).hours)
