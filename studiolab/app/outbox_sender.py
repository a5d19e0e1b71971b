"""Messages of the outbox on their way: claimed, sent once, tried again, and said what became of them.

A message is a row before anything is sent. Who sends it claims it first, so two programs do not both; what was
claimed by a program that ended meanwhile is "unsure" and is never sent again by itself.
"""

import json
import logging
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime

import pandas as pd

from studiolab.adapters.channels import Later, Refused, Unsure, message
from studiolab.adapters.errors import StudiolabError
from studiolab.app.addresses import Addresses
from studiolab.studio_operations.inbox import contacts, sending, windows

LATELY = pd.Timedelta(minutes=1)
SECONDS = 1.0  # between two looks into the outbox
HELD = 60.0  # seconds; what was claimed and is not sent by then waits again, before anybody takes it for lost

log = logging.getLogger("uvicorn.error")


class Sender(Addresses):
    """The part of the Workbench that sends what is due."""

    def send_due(self, now=None, only=None):
        """Send what is due; how many went out. only : outbox_id of the one that is looked at."""
        now, sent, until = pd.Timestamp(now or datetime.now(UTC)), 0, time.monotonic() + HELD
        claimed = [plain(row) for row in self._claimed(now, only)]
        while claimed:
            row = claimed.pop(0)
            try:
                if time.monotonic() < until:
                    sent += self._sent(row, now)
                else:
                    self._unclaim(row)
            except Exception:
                for other in claimed:  # not tried yet, so nobody needs to ask whether they arrived
                    with suppress(StudiolabError):
                        self._unclaim(other)
                raise
        return sent

    def keep_sending(self, stopped):
        """Send what is due, again and again, until `stopped` (a threading.Event) is set."""
        while not stopped.wait(SECONDS):
            try:
                self.send_due()
            except StudiolabError as error:  # a full disk, a server that is away: it may be better in a second
                log.warning("outbox: %s", error)
            except Exception:  # what nobody thought of must not keep everybody else's messages back
                log.exception("outbox")

    # parts --------------------------------------------------------------------------------------
    def _claimed(self, now, only):
        """Rows, dicts, that are ours to send; whatever else the outbox needs is done on the way."""
        with self.db.transaction() as changes:
            waiting = changes.read("outbox", state=["waiting", "sending", "unsure"])
            if waiting.empty:
                return []
            changes.alone("outbox")
            rows = changes.read("outbox", state=["waiting", "sending", "unsure"])
            lost = sending.stale(rows, now)
            if len(lost):
                changes.write("outbox", lost.assign(state="unsure"))
                rows.loc[lost.index, "state"] = "unsure"
            self._settle(changes, rows[rows["state"] == "unsure"])
            lately = pd.concat([rows, changes.read("outbox", since=("claimed_at", now - LATELY), state="sent")])
            lately = lately[lately["claimed_at"] > now - LATELY]
            own = rows[rows["state"] == "waiting"]
            due = sending.due(own if only is None else own[own["outbox_id"] == only], lately, now)
            if due.empty:
                return []
            claimed = due.assign(state="sending", claimed_at=now, attempts=due["attempts"] + 1)
            changes.write("outbox", claimed)
        return claimed.to_dict("records")

    def _unclaim(self, row):
        self._became(row, "waiting", None, attempts=row["attempts"] - 1)

    def _settle(self, changes, unsure):
        """What the channel has told of under our own name is sent."""
        if unsure.empty:
            return
        told = changes.read("message_statuses", outbox_id=list(unsure["outbox_id"])).drop_duplicates("outbox_id")
        known = told.set_index("outbox_id")["message_id"]
        for row in map(plain, unsure[unsure["outbox_id"].isin(known.index)].to_dict("records")):
            self._keep_sent(changes, row, known[row["outbox_id"]], row["claimed_at"])

    def _sent(self, row, now):
        """Whether a claimed row went out."""
        try:
            rest = None if row["sequence"] is None else self._next_hour(row["studio_id"], now)
            if rest is not None:
                self._became(row, "waiting", None, send_after=rest, attempts=row["attempts"] - 1)
                return False
            reason = self._why_not(row)
            if reason:
                self._became(row, "withdrawn", reason)
                return False
            channel = self.channel_of(row["studio_id"], row["channel"], row["account_id"])
            template = row["template"] and json.loads(row["template"])
            done = channel.send(row["handle"], row["body"], row["outbox_id"], template, row["subject"], row["about"])
        except Later as error:
            again = sending.pause(row["attempts"], error.seconds)
            if again is None:
                self._became(row, "failed", str(error))
            else:
                self._became(row, "waiting", str(error), send_after=datetime.now(UTC) + again)
        except Unsure as error:
            self._became(row, "unsure", str(error))
        except (Refused, StudiolabError, ValueError) as error:
            self._became(row, "failed", str(error))
        except Exception as error:
            log.exception("outbox: %s", row["outbox_id"])
            self._became(row, "unsure", f"the program failed while it sent ({type(error).__name__})")
        else:
            with self.db.transaction() as changes:
                self._keep_sent(changes, row, done.message_id, done.at)
            return True
        return False

    def _why_not(self, row):
        """Why a message that was waiting is not sent now, "" where it is."""
        studio_id, handle = row["studio_id"], row["handle"]
        person = self.inbox_view(studio_id, contacts.contact_id(studio_id, handle)).contact  # contacts may have parted
        since, written = row["unless_reply_since"], self._last_word(studio_id, list(person.handles))
        if since is not None and written is not None and written > since:
            return "they have written meanwhile"
        said = self._said_to_us(studio_id, self.inbox_view(studio_id, person.contact_id), row["channel"])
        last = self._last_word(studio_id, handle)
        refused = windows.refusal(row["channel"], last, datetime.now(UTC), row["kind"] == "template",
                                  row["sequence"] is not None, said)  # fmt: skip
        if refused:
            raise Refused(refused)
        return ""

    def _keep_sent(self, changes, row, message_id, at):
        """The message, its status and the ledger's entry are kept together; in this order, that of all who write."""
        channel, _, name = message_id.partition(":")
        said = message(channel, name, row["account_id"], row["handle"].partition(":")[2], row["kind"], row["body"],
                       at, direction="outbound", subject=row["subject"])  # fmt: skip
        said |= {"about": row["about"], "studio_id": row["studio_id"], "received_at": datetime.now(UTC)}
        status = {"message_id": message_id, "status": "sent", "studio_id": row["studio_id"], "told_at": at,
                  "reason": None, "outbox_id": row["outbox_id"]}  # fmt: skip
        told = {"outbox_id": row["outbox_id"], "contact_id": row["contact_id"], "channel": row["channel"],
                "message_id": message_id, "sequence": row["sequence"]}  # fmt: skip
        if row["draft"]:
            told["draft"] = json.loads(row["draft"])
        changes.write("outbox", _frame(row | {"state": "sent", "message_id": message_id, "reason": None}))
        changes.add("message_statuses", [status])
        changes.add("messages", [said])
        self._end_sequence(changes, row)
        self.ledger.enter(changes, row["user_name"], "message sent", told, row["studio_id"])

    def _became(self, row, state, reason, **more):
        with self.db.transaction() as changes:
            changes.write("outbox", _frame(row | {"state": state, "reason": reason} | more))
            self._end_sequence(changes, row)

    def _end_sequence(self, changes, row):
        """A sequence of which nothing waits any more runs no more."""
        if row["sequence"] is None:
            return
        where = {"contact_id": row["contact_id"], "sequence": row["sequence"], "state": ["waiting", "sending"]}
        if changes.read("outbox", row["studio_id"], ["outbox_id"], **where).empty:
            changes.add("contact_events", [sequence_event(row, row["sequence"], False, row["user_name"])])


def sequence_event(where, name, runs, actor):
    """A row of contact_events: a sequence begins or ends; where : dict with studio_id and contact_id."""
    return {"event_id": f"e-{uuid.uuid4().hex}", "studio_id": where["studio_id"], "contact_id": where["contact_id"],
            "kind": "sequence", "value": json.dumps({"name": name, "runs": runs}), "happened_at": datetime.now(UTC),
            "user_name": actor}  # fmt: skip


def plain(row):
    """A row, dict, with None for what is empty."""
    return {name: None if value is not None and pd.isna(value) else value for name, value in row.items()}


def _frame(row):
    return pd.DataFrame([row])
