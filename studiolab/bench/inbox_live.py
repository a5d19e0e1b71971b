"""How long a message takes from its webhook's answer to the State of the page: API and State in two processes.

What the browser adds is measured in the tests of the dashboards.
"""

import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from studiolab import serve
from studiolab.app import Workbench
from studiolab.bench import score
from studiolab.bench.ingest import running, sent, webhook
from studiolab.panels.inbox_state import State
from studiolab.schema import UNPLACED
from studiolab.settings import Settings

MESSAGES, PATIENCE = 30, 30.0  # PATIENCE : seconds after which a message counts as not shown
STUDIO = {"studio_id": "till", "studio_name": "Till", "currency": "EUR", "timezone": "Europe/Berlin"}


def table(data=None, say=lambda text: None, messages=MESSAGES):
    """Milliseconds from a webhook's 200 until the open page's State shows the message. data : not needed.

    Returns DataFrame of score.COLUMNS.
    """
    with tempfile.TemporaryDirectory(prefix="studiolab-live-") as folder:
        say("messages from webhook to the page's State")
        home = Path(folder)
        url = f"sqlite:///{home / 'live.sqlite'}"
        workbench = Workbench(Settings(STUDIOLAB_HOME=home, DATABASE_URL=url))
        workbench.db.write("studios", pd.DataFrame([STUDIO, STUDIO | {"studio_id": UNPLACED}]))
        state = State(workbench)
        state.studios = {UNPLACED: "Till"}  # the account of the webhooks is connected to no studio
        try:
            with running(home, url) as (port, _):
                state.open(UNPLACED)
                state.watch()
                times = asyncio.run(_shown(port, state, messages))
        finally:
            state.close()
            workbench.close()
    figure = "milliseconds from a webhook's answer to the page's State"
    low, high = np.quantile(np.random.default_rng(0).choice(times, (1000, len(times))).mean(axis=1), (0.025, 0.975))
    return score.table([
        score.plain(f"{figure}, mean", times.mean(), low=low, high=high, cases=len(times)),
        score.plain(f"{figure}, worst of {messages}", times.max(), score.at_most(2000)),
    ])  # fmt: skip


async def _shown(port, state, messages):
    reader, writer = await asyncio.open_connection(serve.HOST, port)
    times = []
    for number in range(messages):
        name = f"v.{number}"
        if not await sent(reader, writer, webhook(name)):
            raise RuntimeError("a webhook was refused; the log of the server says why")
        answered = time.perf_counter()
        while not _has(state, name) and time.perf_counter() < answered + PATIENCE:
            await asyncio.sleep(0.005)
        times.append((time.perf_counter() - answered) * 1000)
        await asyncio.sleep(0.05 * (number % 17))
    return np.array(times)


def _has(state, name):
    rows = state.found.get("conversations") or [{"last": None}]
    return rows[0]["last"] is not None and rows[0]["last"]["message_id"] == f"whatsapp:wamid.{name}"
