"""Mailboxes and numbers that are asked again and again, so that what came is there without anybody's doing.

Each account is read by a thread of its own and by one program at a time. A server that hangs, or an account that
fails, keeps no other one; it is asked less and less often, and its status says why.
"""

import json
import logging
import threading
import time

import pandas as pd

from studiolab.adapters.errors import StudiolabError
from studiolab.app.channel_sync import ChannelSync, nothing_yet

SECONDS = 1.0  # between two looks at what is due
AT_ONCE = 8  # accounts that are read at the same time
SELDOM = 3600.0  # seconds, where the channel tells of what is new by itself: what it failed to tell, and Gmail's watch
ASKED = ("email", "sms")  # the others tell everything by themselves

log = logging.getLogger("uvicorn.error")


class KeepSyncing(ChannelSync):
    """The part of the Workbench that goes and looks by itself."""

    def keep_syncing(self, stopped):
        """Ask every account that is due, until `stopped` (a threading.Event) is set; none where STUDIOLAB_SYNC_SECONDS
        is 0."""
        running = {}
        while self.settings.sync_seconds and not stopped.wait(SECONDS):
            try:
                running = {one: thread for one, thread in running.items() if thread.is_alive()}
                due = [one for one in self.accounts_due(time.time()) if one not in running]
                for one in due[: AT_ONCE - len(running)]:
                    running[one] = threading.Thread(target=self._ask_account, args=(*one, stopped), name=one[1],
                                                    daemon=True)  # fmt: skip
                    running[one].start()
            except StudiolabError as error:  # a full disk, a server that is away: it may be better in a second
                log.warning("sync: %s", error)
            except Exception:  # what nobody thought of must not end it for all
                log.exception("sync")

    def accounts_due(self, now):
        """List of (studio_id, "channel:account") to be asked at `now`, seconds since 1970; who waited longest first."""
        revision = self.db.revision("inbox_settings")
        if getattr(self, "_asked_accounts", (None, None))[0] != revision:
            rows = self.db.read("inbox_settings", kind="channel").itertuples()
            known = {(row.studio_id, row.name): json.loads(row.value) for row in rows
                     if row.name.partition(":")[0] in ASKED}  # fmt: skip
            self._asked_accounts = revision, known
        due = {one: self._account_due_at(*one, value) for one, value in self._asked_accounts[1].items()
               if value.get("is_connected") and not value.get("is_sample")}  # fmt: skip
        return sorted((one for one, at in due.items() if at <= now), key=due.get)

    # parts --------------------------------------------------------------------------------------
    def _account_due_at(self, studio_id, name, value):
        """When an account is to be asked, seconds since 1970."""
        ended, error, cursor = self.turn_of(studio_id, name).ended, value.get("error"), value.get("cursor") or {}
        if error:
            return pd.Timestamp(error.get("again_at") or error["at"]).timestamp()
        connected = pd.Timestamp(value["since"]).timestamp() if value.get("since") else 0.0
        if ended is None or cursor.get("left") or not connected <= ended <= time.time():
            return 0.0
        own = value.get("settings") or {}
        if name.startswith("email:"):
            tells = own.get("way") == "gmail" and own.get("topic") and cursor.get("watched_until", 0) > time.time()
        else:
            tells = True
        seldom = SELDOM if tells and self.settings.public_host else 0.0
        return ended + max(seldom, self.settings.sync_seconds)

    def _ask_account(self, studio_id, name, stopped):
        """Read a portion of an account, where no other program does or just did."""
        try:
            with self.turn_of(studio_id, name).taken() as is_ours:
                if is_ours and (studio_id, name) in self.accounts_due(time.time()):
                    self.sync_portion(studio_id, name, nothing_yet(name), stopped)
        except (StudiolabError, ValueError) as error:  # disconnected meanwhile, or the database is away
            log.warning("sync: %s: %s", name, error)
            stopped.wait(self.settings.sync_seconds)
        except Exception:
            log.exception("sync: %s", name)
            stopped.wait(self.settings.sync_seconds)
