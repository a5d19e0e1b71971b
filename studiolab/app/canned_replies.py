"""Canned replies of a studio."""

import json

import pandas as pd

from studiolab.studio_operations.inbox import canned, replies

KIND = "canned reply"


class CannedReplies:
    """The part of the Workbench that keeps replies to use again."""

    def canned_replies(self, studio_id):
        """List of `replies.CannedReply`, by name."""
        rows = self.db.read("inbox_settings", self.the_studio(studio_id), kind=KIND)
        return [replies.CannedReply(name=row.name, changed_at=row.changed_at, user_name=row.user_name,
                                    **json.loads(row.value)) for row in rows.itertuples(index=False)]  # fmt: skip

    def save_canned_reply(self, studio_id, name, text, actor, language=None):
        """The `replies.CannedReply` kept under a name; an empty text takes it away and answers None.

        Raises ValueError for a place that nothing is put into.
        """
        name = " ".join((name or "").split())
        if not 1 <= len(name) <= 100:
            raise ValueError(f"name: 1 to 100 letters were expected, got {len(name)}")
        if (text or "").strip():
            problem = canned.problem(text)
            if problem:
                raise ValueError(f"text: {problem}")
            rows = [{"studio_id": self.the_studio(studio_id), "kind": KIND, "name": name, "user_name": actor,
                     "value": json.dumps({"text": text, "language": language}, ensure_ascii=False),
                     "changed_at": pd.Timestamp.now("UTC").floor("us")}]  # fmt: skip
        else:
            rows = []
        empty = self.db.read("inbox_settings", studio_id, kind=KIND, name=name).iloc[:0]
        frame = pd.DataFrame(rows) if rows else empty
        self.db.replace("inbox_settings", frame, studio_id=studio_id, kind=KIND, name=name)
        return next((one for one in self.canned_replies(studio_id) if one.name == name), None)

    def filled_reply(self, studio_id, name, contact_id, actor):
        """Text of a canned reply for one contact, to be looked over and sent. Raises ValueError, UnknownContact."""
        known = {one.name: one.text for one in self.canned_replies(studio_id)}
        if name not in known:
            raise ValueError(f"there is no canned reply {name!r}; there are {', '.join(known) or 'none yet'}")
        studio = self.db.read("studios", studio_id, ["studio_name"])["studio_name"].iloc[0]
        return canned.filled(known[name], self.contact(studio_id, contact_id).name, studio, actor)
