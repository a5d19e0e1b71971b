"""Follow-up sequences of a studio: kept, begun for a person, ended (D-45)."""

import json
import uuid
from datetime import UTC, datetime

import pandas as pd

from studiolab.app.outbox import Outbox
from studiolab.app.outbox_sender import sequence_event
from studiolab.studio_operations.inbox.sequences import Sequence, filled, filled_template, kept, times, too_late


class UnknownSequence(ValueError):
    """There is no such sequence."""


class FollowUps(Outbox):
    """The part of the Workbench that writes again to who does not answer."""

    def sequences(self, studio_id):
        """List of `Sequence`, by name."""
        rows = self.db.read("inbox_settings", self.the_studio(studio_id), kind="sequence")
        return [kept(value) for value in rows["value"]]

    def save_sequence(self, studio_id, sequence, actor):
        """`Sequence` as it is kept; one of the same name is replaced. What runs already stays as it began."""
        sequence, studio_id = Sequence.model_validate(sequence), self.the_studio(studio_id)
        row = {"studio_id": studio_id, "kind": "sequence", "name": sequence.name, "value": sequence.model_dump_json(),
               "changed_at": datetime.now(UTC), "user_name": actor}  # fmt: skip
        self.db.write("inbox_settings", pd.DataFrame([row]))
        return sequence

    def forget_sequence(self, studio_id, name, actor):
        """List of the `Sequence` that are left without one; what runs already goes on. Raises UnknownSequence."""
        where = {"studio_id": self.the_studio(studio_id), "kind": "sequence", "name": name}
        with self.db.transaction() as changes:
            rows = changes.read("inbox_settings", studio_id, kind="sequence", name=name)
            if rows.empty:
                raise UnknownSequence(f"no sequence {name!r}; it may be gone already")
            changes.replace("inbox_settings", rows.iloc[:0], **where)
            self.ledger.enter(changes, actor, "sequence forgotten", {"name": name}, studio_id)
        return self.sequences(studio_id)

    def start_sequence(self, studio_id, contact_id, name, actor):
        """List of `Queued`, a message each step; none is sent once the person has written.

        Raises UnknownSequence, and ValueError where it runs already, the person asked not to be written to, the account
        is not connected, or a step could not be sent when it is due.
        """
        studio_id, now = self.the_studio(studio_id), datetime.now(UTC)
        sequence = next((one for one in self.sequences(studio_id) if one.name == name), None)
        if sequence is None:
            known = ", ".join(one.name for one in self.sequences(studio_id)) or "none yet"
            raise UnknownSequence(f"no sequence {name!r}; there are: {known}")
        view, handle, account = self._address(studio_id, contact_id, None)
        channel = handle.partition(":")[0]
        self.account_value(self.db, studio_id, f"{channel}:{account}")
        said = self._said_to_us(studio_id, view, channel)
        if said.allowed is False:
            raise ValueError("They have asked not to be written to. Answer only if they write again.")
        due = times(sequence, now, self._zone_there(studio_id))
        if late := too_late(sequence, due, channel, self._last_word(studio_id, handle), said):
            raise ValueError(late)
        person = self._held_address(studio_id, view, handle, actor).contact
        studio, rows = self.db.read("studios", studio_id).iloc[0], []
        for step, at in zip(sequence.steps, due, strict=True):
            known = view.name, studio["studio_name"], actor
            text = filled(step.text, *known)
            template = filled_template(step.template, *known) if step.template and channel == "whatsapp" else None
            rows.append({
                "outbox_id": f"o-{uuid.uuid4().hex}", "studio_id": studio_id, "contact_id": person.contact_id,
                "handle": handle, "channel": channel, "account_id": account, "subject": None,
                "kind": "template" if template else "text", "body": text, "about": None, "user_name": actor,
                "template": json.dumps(template) if template else None, "created_at": now, "send_after": at,
                "unless_reply_since": now, "sequence": name, "state": "waiting", "attempts": 0, "claimed_at": None,
                "message_id": None, "reason": None, "draft": None,
            })  # fmt: skip
        with self.db.transaction() as changes:
            changes.alone("outbox")
            own = changes.read("outbox", studio_id, contact_id=list(person.ids), sequence=name, state="waiting")
            if len(own):
                raise ValueError(f"{name!r} runs for them already; end it first to begin anew")
            changes.add("outbox", rows)
            changes.add("contact_events", [sequence_event(rows[0], name, True, actor)])
        return [self.queued(row["outbox_id"]) for row in rows]

    def stop_sequence(self, studio_id, contact_id, name, actor):
        """List of `Queued` that are withdrawn."""
        studio_id = self.the_studio(studio_id)
        person = self.inbox_view(studio_id, contact_id).contact
        with self.db.transaction() as changes:
            changes.alone("outbox")
            own = changes.read("outbox", studio_id, contact_id=list(person.ids), sequence=name, state="waiting")
            if len(own):
                changes.write("outbox", own.assign(state="withdrawn", reason=f"sequence ended by {actor}"))
            where = {"studio_id": studio_id, "contact_id": person.contact_id}
            changes.add("contact_events", [sequence_event(where, name, False, actor)])
        return [self.queued(one) for one in own["outbox_id"]]
