"""Read a mailbox into a database by processes that are killed in between, until one of them gets to its end.

Arguments: the database's URL, settings and secrets of the Channel as JSON, and a seed.
"""

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from studiolab.adapters.channels import email_imap
from studiolab.adapters.database import open_database

email_imap.PORTION, email_imap.AT_ONCE = 20, 5


def work(url, settings, secrets):
    db, left = open_database(url), 1
    channel = email_imap.Channel(settings, secrets)
    while left:
        rows = db.read("inbox_settings", kind="channel")
        batch, cursor = channel.sync(json.loads(rows["value"].iloc[0]) if len(rows) else {})
        now, left = datetime.now(UTC), cursor["left"]
        kept = {"studio_id": "s", "kind": "channel", "name": "email", "value": json.dumps(cursor),
                "changed_at": now, "user_name": None}  # fmt: skip
        with db.transaction() as changes:
            changes.add("messages", [row | {"studio_id": "s", "received_at": now} for row in batch.messages])
            changes.write("inbox_settings", pd.DataFrame([kept]))


def main(url, settings, secrets, seed):
    open_database(url).close()
    rng, killed = np.random.default_rng(int(seed)), 0
    while True:
        child = os.fork()
        if child == 0:
            work(url, json.loads(settings), json.loads(secrets))
            os._exit(0)
        if killed < 12:
            time.sleep(rng.uniform(0.02, 0.4))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        if not os.WIFSIGNALED(status):
            print(killed)
            sys.exit(os.waitstatus_to_exitcode(status))


main(*sys.argv[1:])
