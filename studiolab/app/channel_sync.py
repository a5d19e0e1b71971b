"""Channels that are asked for what is new, and files that are played again."""

import hashlib
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from studiolab.adapters.channel_rows import known_messages, known_statuses
from studiolab.adapters.channels import Batch, Later, recorded
from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.turns import Turn
from studiolab.app.channel_accounts import channel_module
from studiolab.studio_operations.inbox.channel_replies import Replayed, Synced

SAID = 50  # sentences on what could not be read
PORTIONS = 40  # of one account and call; the next call goes on from there
AT_ONCE = 2_000  # messages of one transaction
TURN_SECONDS = 180  # to wait for another program that reads the same account; a portion takes less
LONGEST_PAUSE = 900.0  # seconds until an account that fails is asked again, but for a channel that asks for more
IN_TURN = "another program is reading it just now; what it finds appears by itself"

log = logging.getLogger("uvicorn.error")


class ChannelSync:
    """The part of the Workbench that goes and looks what has come."""

    def sync_channels(self, studio_id, channel=None):
        """List of `Synced`, one of each connected account of the studio, or of one channel.

        What stands in the way of one account does not keep the others, and stays in its status until it is gone.
        Raises ValueError for a channel that there is not.
        """
        self.the_studio(studio_id)
        if channel is not None:
            channel_module(channel)
        self.place_waiting(studio_id)
        names = [row.name for row in self.db.read("inbox_settings", studio_id, kind="channel").itertuples()
                 if json.loads(row.value).get("is_connected")]  # fmt: skip
        return [self._sync_account(studio_id, name) for name in names if channel in (None, name.partition(":")[0])]

    def keep_batch(self, studio_id, batch):
        """How many messages of a `Batch` were not known before; those of accounts that nobody connected are the
        studio's."""
        known = known_messages(self.db, {row["message_id"] for row in batch.messages})
        new = {row["message_id"] for row in batch.messages} - known
        self.take_in(batch, studio_id).result()
        return len(new)

    def replay_files(self, studio_id, paths, account=None):
        """`Replayed`: what recorded webhooks (.json, .jsonl) and mail (.eml, .mbox) held; the same twice adds nothing.

        account : address of the mailbox that mail files are of; the one that most of their mails name by default
        Raises StudiolabError for a file that is not there, is empty or cannot be read; what was read before it is kept.
        """
        self.the_studio(studio_id)
        told, waiting = Replayed(read=0, new=0, statuses=0, skipped=[]), Batch()
        try:
            for path in map(Path, paths):
                for batch in self._batches_of(path, account):
                    told.skipped += batch.skipped[: SAID - len(told.skipped)]
                    waiting.messages += batch.messages
                    waiting.statuses += batch.statuses
                    if len(waiting.messages) + len(waiting.statuses) >= AT_ONCE:
                        waiting = self._keep_replayed(studio_id, waiting, told)
        finally:
            self._keep_replayed(studio_id, waiting, told)
        return told

    def turn_of(self, studio_id, name):
        """The `Turn` at an account "channel:account", so that no two programs read it at once."""
        named = hashlib.sha256(f"{studio_id}\n{name}".encode()).hexdigest()[:32]
        return Turn(self.settings.home / "data" / "turns" / named)

    def sync_portion(self, studio_id, name, told, stopped=None):
        """Whether there is more of an account "channel:account"; what came is kept and added to `told`, a `Synced`.

        stopped : Event; once it is set, what was read is left for the next time
        Raises ValueError for an account that is not connected.
        """
        before = self.account_value(self.db, studio_id, name)
        batch, cursor, fault = self._portion_of(studio_id, name, before["cursor"])
        if fault is None and batch.skipped and cursor.get("left") and _place(cursor) == _place(before["cursor"]):
            fault = StudiolabError(batch.skipped[-1])  # it stands still, and would ask for the same at once again
        if stopped is not None and stopped.is_set():
            return False
        with self.db.transaction() as changes:
            changes.alone("inbox_settings")
            value = self.account_value(changes, studio_id, name)
            new = self._new_rows(changes, batch, studio_id)
            for table, rows in sorted(new.items()):  # the one order in which all lock them
                changes.add(table, rows)
            after = value | {"error": fault and _told(fault, before.get("error"), self.settings.sync_seconds)}
            if value["cursor"] == before["cursor"]:  # else another program has asked meanwhile, and got further
                after["cursor"] = cursor
            if after != {"error": None} | value:  # who looks at the inbox is not woken by nothing
                self.write_account(changes, studio_id, name, after)
        told.messages += len({row["message_id"] for row in new["messages"]})
        told.statuses += len(batch.statuses)
        told.skipped += batch.skipped[: SAID - len(told.skipped)]
        told.error = str(fault or "")
        return bool(cursor.get("left")) and not fault

    # parts --------------------------------------------------------------------------------------
    def _new_rows(self, changes, batch, studio_id):
        """Rows by table that are not known yet."""
        rows = self.placed_rows(batch, studio_id)
        known = known_messages(changes, {row["message_id"] for row in rows["messages"]})
        told = known_statuses(changes, {row["message_id"] for row in rows["message_statuses"]})
        return {
            "messages": [row for row in rows["messages"] if row["message_id"] not in known],
            "message_statuses": [row for row in rows["message_statuses"]
                                 if (row["message_id"], row["status"]) not in told],
        }  # fmt: skip

    def _sync_account(self, studio_id, name):
        told = nothing_yet(name)
        for _ in range(PORTIONS):
            with self.turn_of(studio_id, name).taken(TURN_SECONDS) as is_ours:
                told.error = "" if is_ours else IN_TURN
                if not is_ours or not self.sync_portion(studio_id, name, told):
                    break
        return told

    def _portion_of(self, studio_id, name, cursor):
        """(Batch, next cursor, the fault or None) of asking a channel."""
        channel, _, account = name.partition(":")
        try:
            return *self.channel_of(studio_id, channel, account).sync(cursor), None
        except (StudiolabError, ValueError) as error:
            return Batch(), cursor, error
        except Exception as error:  # one account's fault must not keep the others
            log.exception("sync: %s", name)
            return Batch(), cursor, RuntimeError(f"the program failed while it read ({type(error).__name__})")

    def _batches_of(self, path, account):
        from studiolab.adapters.channels import files

        within = [one for one in path.rglob("*") if one.suffix.lower() in files.SUFFIXES] if path.is_dir() else [path]
        kinds = files.SUFFIXES if path.is_dir() else (*recorded.SUFFIXES, *files.SUFFIXES)
        if not path.exists():
            raise StudiolabError(f"{path} cannot be read: there is no such file.")
        if not any(one.suffix.lower() in kinds for one in within):
            raise StudiolabError(f"{path} cannot be read: expected what ends in {', '.join(kinds)}.")
        if not any(one.stat().st_size for one in within):
            raise StudiolabError(f"{path} is empty: expected recorded webhooks, or mail.")
        return recorded.batches(path) if path.suffix in recorded.SUFFIXES else files.batches(path, account)

    def _keep_replayed(self, studio_id, batch, told):
        told.read, told.statuses = told.read + len(batch.messages), told.statuses + len(batch.statuses)
        if batch.messages or batch.statuses:
            told.new += self.keep_batch(studio_id, batch)
        return Batch()


def nothing_yet(name):
    """`Synced` of an account "channel:account" that is to be asked."""
    channel, _, account = name.partition(":")
    return Synced(channel=channel, account=account, messages=0, statuses=0, skipped=[], error="")


def _place(cursor):
    return cursor | {"left": 0}


def _told(fault, before, interval):
    """What is kept of a fault, a dict: in words, how often it came without a break, and when it is tried again."""
    now, times = datetime.now(UTC), (before or {}).get("times", 0) + 1
    pause = max(interval, min(interval * 2 ** min(times - 1, 20), LONGEST_PAUSE))
    again = now + timedelta(seconds=max(pause, getattr(fault, "seconds", 0.0) if isinstance(fault, Later) else 0.0))
    return {"at": f"{now}", "says": str(fault), "times": times, "again_at": f"{again}"}
