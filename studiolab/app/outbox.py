"""Messages to people: decided, looked up, withdrawn and sent again; `outbox_sender` sends them."""

import uuid
from datetime import UTC, datetime

import pandas as pd

from studiolab.adapters.channels import clean, folded
from studiolab.app.outbox_sender import Sender, plain
from studiolab.studio_operations.inbox import sending, windows
from studiolab.studio_operations.inbox.outbox_replies import Queued, ToSend

FARTHEST = pd.Timedelta(days=366)  # ahead
SAID = {
    "waiting": "is sent at {send_after:%d %b %H:%M} UTC", "sending": "is being sent", "sent": "sent",
    "withdrawn": "withdrawn: {reason}", "failed": "not sent: {reason}",
    "unsure": "may have been sent: the program or the line ended in the midst of it. Look whether it arrived, then "
    "send it again or withdraw it",
}  # fmt: skip


class UnknownMessage(ValueError):
    """There is no such message in the outbox."""


class Outbox(Sender):
    """The part of the Workbench that writes to people."""

    def send_message(self, studio_id, contact_id, text, actor, **more):
        """`Queued` of a message to a contact: sent, or kept until it may be sent.

        more : the other fields of ToSend; actor : user name
        Raises ValueError, in a sentence, where the channel or the person does not take it.
        """
        asked = ToSend.model_validate({"text": text} | more)
        studio_id, now = self.the_studio(studio_id), datetime.now(UTC)
        body = (clean(asked.text) or "").strip() or (f"[{asked.template.name}]" if asked.template else "")
        if not folded(body).strip():
            raise ValueError("text: is empty; write something, or name a template")
        view, handle, account = self._address(studio_id, contact_id, asked.channel)
        channel, when = handle.partition(":")[0], max(asked.send_after or now, now)
        if problem := sending.too_long(channel, body):
            raise ValueError(problem)
        if when > now + FARTHEST:
            raise ValueError(f"send_after: {when:%d %b %Y} is more than a year ahead; expected a moment before that")
        if when <= now:
            refused = windows.refusal(channel, self._last_word(studio_id, handle), now, asked.template is not None,
                                      False, self._said_to_us(studio_id, view, channel))  # fmt: skip
            if refused:
                raise ValueError(refused)
        person = self._held_address(studio_id, view, handle, actor).contact
        row = {
            "outbox_id": f"o-{uuid.uuid4().hex}", "studio_id": studio_id, "contact_id": person.contact_id,
            "handle": handle, "channel": channel, "account_id": account, "subject": clean(asked.subject), "body": body,
            "kind": "template" if asked.template else "text", "user_name": actor,
            "about": clean(asked.about) or self._mail_answered(studio_id, handle),
            "template": asked.template and asked.template.model_dump_json(), "created_at": now, "send_after": when,
            "unless_reply_since": now if asked.unless_reply else None, "sequence": None, "state": "waiting",
            "attempts": 0, "claimed_at": None, "message_id": None, "reason": None,
            "draft": asked.draft and asked.draft.model_dump_json(),
        }  # fmt: skip
        with self.db.transaction() as changes:
            changes.add("outbox", [row])
        if when <= now:
            self.send_due(only=row["outbox_id"])
        return self.queued(row["outbox_id"])

    def queued(self, outbox_id):
        """`Queued` of one message. Raises UnknownMessage."""
        rows = self.db.read("outbox", outbox_id=outbox_id)
        if rows.empty:
            raise UnknownMessage(f"there is no message {outbox_id!r} on its way")
        return _told(rows.iloc[0])

    def outbox(self, studio_id, contact_id=None, states=("waiting", "sending", "failed", "unsure")):
        """List of `Queued`, the newest first; contact_id narrows it to one person."""
        where, studio_id = {"state": list(states)}, self.the_studio(studio_id)
        if contact_id is not None:
            where["contact_id"] = list(self.inbox_view(studio_id, contact_id).contact.ids)
        rows = self.db.read("outbox", studio_id, **where)
        return [_told(row) for _, row in rows.sort_values("created_at", ascending=False).iterrows()]

    def withdraw_message(self, outbox_id, actor):
        """`Queued` of a message that is not sent after all. Raises ValueError for one that is sent already."""
        return self._turned(outbox_id, ("waiting", "failed", "unsure"), "withdrawn", f"by {actor}")

    def send_again(self, outbox_id, actor):
        """`Queued` of a message that failed, or of which it is not known whether it arrived, sent anew."""
        self._turned(outbox_id, ("failed", "unsure"), "waiting", f"sent again by {actor}", datetime.now(UTC))
        self.send_due(only=outbox_id)
        return self.queued(outbox_id)

    # parts --------------------------------------------------------------------------------------
    def _turned(self, outbox_id, states, state, reason, send_after=None):
        with self.db.transaction() as changes:
            changes.alone("outbox")
            rows = changes.read("outbox", outbox_id=outbox_id)
            if rows.empty:
                raise UnknownMessage(f"there is no message {outbox_id!r} on its way")
            if rows["state"].iloc[0] not in states:
                raise ValueError(f"this message is {rows['state'].iloc[0]}; that can be done only while it is "
                                 f"{' or '.join(states)}")  # fmt: skip
            more = {} if send_after is None else {"send_after": send_after, "attempts": 0}
            changes.write("outbox", rows.assign(state=state, reason=reason, **more))
            self._end_sequence(changes, plain(rows.iloc[0].to_dict()))
        return self.queued(outbox_id)


def _told(row):
    row = row.where(row.notna(), None)
    says = SAID[row["state"]].format(**row)
    if row["state"] == "waiting" and row["reason"]:
        says += f" ({row['reason']})"
    return Queued(text=row["body"], says=says, **{name: row[name] for name in (
        "outbox_id", "studio_id", "contact_id", "channel", "handle", "state", "created_at", "send_after", "user_name",
        "sequence", "message_id")})  # fmt: skip
