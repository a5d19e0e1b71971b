"""What tests of several parts share: a real Chromium, and a small workbench."""

import os
import shutil
import sqlite3

import pandas as pd
import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import sync_playwright

from studiolab import app, install
from studiolab.settings import settings
from studiolab.world import make_chain

from .graph_server import GraphServer
from .llm_server import LlmServer
from .redis_server import RedisServer

TOKEN = "a-token-of-some-length"
hypothesis_settings.register_profile("patient", deadline=None)  # a busy machine is no fault
hypothesis_settings.load_profile("patient")


@pytest.fixture(scope="module")
def chromium():
    """A headless Playwright browser on this machine's Chromium; `chromium.new_page()` opens a tab.

    Gone after each module: its event loop would stand in the way of others in this thread.
    """
    executable = install.browser()
    if executable is None:
        pytest.fail("no Chromium or Chrome on this machine: `make test` installs it or says how")
    rootless = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=rootless)
        yield browser
        browser.close()


def small_chain():
    """Three studios of 20 months: enough for every part to work, trained in seconds."""
    return make_chain(3, 20)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A folder with the database and model of `small_chain` and of "till", a studio of revenue alone.

    STUDIOLAB_HOME and STUDIOLAB_TOKEN point to it for the session. A test that writes makes its own.
    """
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIOLAB_HOME", str(folder))
        patch.setenv("STUDIOLAB_TOKEN", TOKEN)
        patch.delenv("DATABASE_URL", raising=False)
        settings.cache_clear()
        bench = app.Workbench()
        months = pd.date_range("2024-05-01", periods=30, freq="MS")
        till = {"studio_id": "till", "studio_name": "Till", "currency": "EUR"}
        takings = {"studio_id": "till", "month_year": months, "total_revenue": range(900_000, 930_000, 1000)}
        bench.db.write("monthly_metrics", pd.DataFrame(takings).assign(currency="EUR"))
        bench.prepare(sample=small_chain)
        bench.db.write("studios", pd.DataFrame([till]))
        bench.close()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="session")
def token(home):
    """The token of `home`."""
    return TOKEN


@pytest.fixture(scope="session")
def workbench(home):
    """The Workbench of `home`, its model loaded; for reading only."""
    bench = app.Workbench()
    yield bench
    bench.close()


@pytest.fixture(scope="session")
def copied(home):
    """Copies `home` into a folder, by SQLite's own hand.

    To open the file past SQLite would end this process's locks on it, and the next process would break it.
    """

    def copied(folder):
        shutil.copytree(home / "data" / "models", folder / "data" / "models")
        files = [sqlite3.connect(place / "data" / "studiolab.sqlite") for place in (home, folder)]
        files[0].backup(files[1])
        for file in files:
            file.close()

    return copied


@pytest.fixture
def own(copied, tmp_path, monkeypatch):
    """A Workbench on a copy of `home` with nothing predicted yet, for a test that writes; commands work on it too."""
    copied(tmp_path / "own")
    monkeypatch.setenv("STUDIOLAB_HOME", str(tmp_path / "own"))
    settings.cache_clear()
    bench = app.Workbench()
    for table in ("prediction_logs", "jobs"):
        bench.db.replace(table, bench.db.read(table).iloc[:0])
    yield bench
    bench.close()
    settings.cache_clear()


@pytest.fixture
def llm_server():
    """An `LlmServer`: `llm_server.script(says(...))`, then ask at `llm_server.url`."""
    server = LlmServer()
    yield server
    server.stop()


@pytest.fixture
def redis_server():
    """A `RedisServer`; `make test` installs Redis on Debian, elsewhere these tests are skipped where it is missing."""
    if install.redis_server() is None:
        pytest.skip("no Redis on this machine: apt-get install redis-tools, or brew install redis")
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture
def graph():
    """Meta's API on this machine."""
    server = GraphServer()
    yield server
    server.stop()
