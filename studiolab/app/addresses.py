"""By which channel, account and thread a person is reached, and when they wrote last."""

from datetime import UTC, datetime

from studiolab.studio_operations.inbox import consent, sequences, windows


class Addresses:
    """The part of the Workbench that knows how to reach people."""

    def window(self, studio_id, contact_id, channel=None):
        """`windows.Window` of a contact, of the channel they wrote over last by default."""
        studio_id = self.the_studio(studio_id)
        _, handle, _ = self._address(studio_id, contact_id, channel)
        return windows.window(handle.partition(":")[0], self._last_word(studio_id, handle), datetime.now(UTC))

    # parts --------------------------------------------------------------------------------------
    def _address(self, studio_id, contact_id, channel):
        """(View of a contact, handle and account to write to them by): those of their last message, or of the last
        over `channel`."""
        view = self.inbox_view(studio_id, contact_id)
        handles = [one for one in view.contact.handles if channel in (None, one.partition(":")[0])]
        if not handles:
            known = ", ".join(sorted({one.partition(":")[0] for one in view.contact.handles})) or "no channel yet"
            raise ValueError(f"channel: {view.name} cannot be reached by {channel or 'any'}; there is {known}")
        rows = self.db.read("messages", studio_id, ["handle", "account_id", "direction", "sent_at"], handle=handles)
        rows = rows.sort_values("sent_at")
        own = rows[rows["direction"] == "inbound"] if (rows["direction"] == "inbound").any() else rows
        if len(own):
            return view, own["handle"].iloc[-1], own["account_id"].iloc[-1]
        kind = handles[0].partition(":")[0]
        accounts = [account for (name, account), studio in self._studios_of_accounts().items()
                    if name == kind and studio == studio_id]  # fmt: skip
        if not accounts:
            raise ValueError(f"channel: no {kind} account is connected; `studiolab inbox connect {kind}` does it")
        return view, handles[0], accounts[0]

    def _last_word(self, studio_id, handle):
        """Timestamp of the last message from a handle, or of a list of them; None where there is none."""
        at = self.db.read("messages", studio_id, ["sent_at"], handle=handle, direction="inbound")["sent_at"]
        return at.max() if len(at) else None

    def _said_to_us(self, view, channel):
        """`consent.Consent` of a View's contact for a channel."""
        filed = (view.record.email_consent, view.record.text_consent) if view.record else (None, None)
        return consent.effective(view.contact.consent, channel, *filed)

    def _zone_there(self, studio_id):
        """IANA name of a studio's timezone."""
        return zone_of(self.db, studio_id)

    def _next_hour(self, studio_id, now):
        """When people like to be written to next, None where they do now."""
        awake = sequences.awake(now, self._zone_there(studio_id))
        return None if awake == now else awake

    def _mail_answered(self, studio_id, handle):
        """message_id of the last mail from a handle, for an answer belongs in its thread; None of other channels."""
        if not handle.startswith("email:"):
            return None
        columns = ["message_id", "sent_at"]
        rows = self.db.read("messages", studio_id, columns, handle=handle, direction="inbound")
        return rows.sort_values("sent_at")["message_id"].iloc[-1] if len(rows) else None


def zone_of(source, studio_id):
    """IANA name of a studio's timezone, UTC where nobody said; source : a Database or a transaction."""
    zone = source.read("studios", studio_id, ["timezone"])["timezone"].iloc[0]
    return zone if isinstance(zone, str) else "UTC"
