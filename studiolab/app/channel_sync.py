"""Channels that are asked for what is new, and files that are played again."""

import json
from datetime import UTC, datetime
from pathlib import Path

from studiolab.adapters.channel_rows import known_messages
from studiolab.adapters.channels import Batch, recorded
from studiolab.adapters.errors import StudiolabError
from studiolab.app.channel_accounts import channel_module
from studiolab.studio_operations.inbox.channel_replies import Replayed, Synced

SAID = 50  # sentences on what could not be read
PORTIONS = 40  # of one account and call; the next call goes on from there
AT_ONCE = 2_000  # messages of one transaction


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

    # parts --------------------------------------------------------------------------------------
    def _sync_account(self, studio_id, name):
        channel, _, account = name.partition(":")
        told = Synced(channel=channel, account=account, messages=0, statuses=0, skipped=[], error="")
        for _ in range(PORTIONS):
            if not self._sync_portion(studio_id, name, told):
                break
        return told

    def _sync_portion(self, studio_id, name, told):
        """Whether there is more; what came is added to `told`."""
        channel, _, account = name.partition(":")
        before = self.account_value(self.db, studio_id, name)
        try:
            batch, cursor = self.channel_of(studio_id, channel, account).sync(before["cursor"])
        except (StudiolabError, ValueError) as error:
            batch, cursor, told.error = Batch(), before["cursor"], str(error)
        with self.db.transaction() as changes:
            changes.alone("inbox_settings")
            value = self.account_value(changes, studio_id, name)
            ids = {row["message_id"] for row in batch.messages}
            told.messages += len(ids - known_messages(changes, ids))
            told.statuses += len(batch.statuses)
            for table, rows in self.placed_rows(batch, studio_id).items():
                changes.add(table, rows)
            if value["cursor"] == before["cursor"]:  # else another program has asked meanwhile, and got further
                value["cursor"] = cursor
            value["error"] = {"at": f"{datetime.now(UTC)}", "says": told.error} if told.error else None
            self.write_account(changes, studio_id, name, value)
        told.skipped += batch.skipped[: SAID - len(told.skipped)]
        return bool(cursor.get("left")) and not told.error

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
