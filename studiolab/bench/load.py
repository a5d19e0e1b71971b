"""How it bears load: the API under many admins at once, and the client picker among many clients.

Each figure comes from a real server in a process of its own, with a database of its own that is gone afterwards.
"""

import asyncio
import dataclasses
import random
import socket
import tempfile
import time
from collections import defaultdict
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import numpy as np
import pandas as pd

from studiolab import serve
from studiolab.app import Workbench
from studiolab.app.plans import SAVED
from studiolab.class_recommender.answers import People
from studiolab.settings import PROJECT, Settings
from studiolab.world import make_chain

TOKEN = "a-token-of-a-measurement"
PASSWORD = "a long word nobody guesses"
CLERKS = 10  # accounts and sessions that the admins share
THINK = 1.0  # seconds at most between an answer and the next question, drawn evenly
PATIENCE = 60.0  # seconds after which a request counts as an error
# A round of an admin's work, one save in twenty requests.
ROUND = ("search", "search", "search", "client", "recommend", "why not", "search", "search", "client", "recommend",
         "watch", "search", "search", "client", "recommend", "why not", "client", "recommend", "save",
         "watch")  # fmt: skip
COLUMNS = ["route", "requests", "errors", "p50_ms", "p95_ms", "p99_ms", "per_second"]


# the API ------------------------------------------------------------------------------------------
def load(admins=200, seconds=30.0, sample=make_chain, seed=1, think=THINK):
    """What the API takes for its answers while `admins` work with it at once, each from a connection of their own.

    sample : callable without arguments, the Chain the database is filled with; the first studio's desk is asked
    seed : of who asks what when; think : seconds at most that an admin pauses before each request
    An admin types a client's name letter by letter, opens clients, asks for eight classes, why not another and whom
    to talk to, and saves a plan in every twentieth request (ROUND).
    Returns DataFrame of COLUMNS: a row a route, "all" of them, and "health", as many requests of each admin with the
    same pauses to a route that does no work. Errors are answers other than 200 and requests without one. The row
    "ledger" has the acknowledged saves as requests, and as errors what is wrong with the chain, and saves that it
    lacks, or holds and nobody was told of. Raises serve.CannotServe if the server does not start.
    """
    with tempfile.TemporaryDirectory(prefix="studiolab-load-") as home, _server(Path(home), sample) as (address, bench):
        work = asyncio.run(_crowd(address, bench, admins, seconds, seed, think))
        everything = [one for taken in work.taken.values() for one in taken]
        rows = [*_by_route(work.taken, work.seconds), _row("all", everything, work.seconds)]
        rows += [_row("health", work.idle, work.idle_seconds), _ledger(bench, work.saved)]
    return pd.DataFrame(rows, columns=COLUMNS)


@contextmanager
def _server(home, sample):
    """(address, Workbench of its database) of an API started as `studiolab up` does, stopped at the end."""
    settings = Settings(STUDIOLAB_HOME=home, STUDIOLAB_TOKEN=TOKEN, DATABASE_URL="", STUDIOLAB_API_PORT=free_port())
    with closing(Workbench(settings)) as bench:
        bench.prepare(sample=sample)
        for clerk in range(CLERKS):
            bench.accounts.add(f"clerk {clerk}", "front desk", PASSWORD)
        server = serve.servers(settings, PROJECT)["api"]
        own = {"STUDIOLAB_HOME": str(home), "DATABASE_URL": ""}
        child = serve.Child(dataclasses.replace(server, environment=server.environment | own), home / "logs")
        try:
            child.wait_until_ready()
            yield f"http://{serve.HOST}:{server.port}", bench
        finally:
            child.process.terminate()
            child.process.wait()


def free_port():
    """A port of this machine that nobody listens on just now."""
    with socket.create_server((serve.HOST, 0)) as probe:
        return probe.getsockname()[1]


@dataclasses.dataclass
class Work:
    """taken : dict of route to list of (milliseconds, whether it went well); saved : list of (entry_id, entry_hash)
    acknowledged; seconds : from the first request to the last answer; idle, idle_seconds : the same of /health."""

    taken: dict = dataclasses.field(default_factory=lambda: defaultdict(list))
    saved: list = dataclasses.field(default_factory=list)
    idle: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    idle_seconds: float = 0.0


async def _crowd(address, bench, admins, seconds, seed, think):
    studio = next(iter(bench.studios_with_visits()))
    clients = [found.model_dump() for found in bench.clients(studio, limit=100_000)]
    work, crowd = Work(), []
    for number in range(admins):
        line = httpx.AsyncClient(base_url=address, timeout=PATIENCE, verify=False)  # no certificate is read over HTTP
        crowd.append(Admin(number, line, studio, clients, random.Random(f"{seed}/{number}"), think, work))
    for first in range(CLERKS):  # one after another: many passwords at once are another measurement
        await crowd[first % admins].sign_in()
    for admin in crowd:
        admin.line.headers["Authorization"] = crowd[admin.number % min(CLERKS, admins)].line.headers["Authorization"]
    await crowd[0].ask("recommend", [])  # the desk is open when work begins
    began = time.perf_counter()
    await asyncio.gather(*(admin.work_until(began + seconds) for admin in crowd))
    work.seconds = time.perf_counter() - began
    began = time.perf_counter()
    await asyncio.gather(*(admin.idle() for admin in crowd))
    work.idle_seconds = time.perf_counter() - began
    for admin in crowd:
        await admin.line.aclose()
    return work


class Admin:
    """Someone at a desk; `chance` decides who is asked about and how long they think."""

    def __init__(self, number, line, studio, clients, chance, think, work):
        self.number, self.line, self.studio, self.clients = number, line, studio, clients
        self.chance, self.think, self.work = chance, think, work
        self.asked, self.typed, self.name, self.class_id = 0, 0, "", None

    async def sign_in(self):
        """Raises httpx.HTTPStatusError where it is refused."""
        who = {"user": f"clerk {self.number % CLERKS}", "password": PASSWORD}
        answer = await self.line.post("/api/v1/sign-in", json=who)
        self.line.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"

    async def work_until(self, end):
        """Ask round after round until `end`, of time.perf_counter."""
        at = self.chance.randrange(len(ROUND))
        while True:
            await self.pause()
            if time.perf_counter() >= end:
                return
            await self.ask(ROUND[at % len(ROUND)], self.work.taken[ROUND[at % len(ROUND)]])
            self.asked, at = self.asked + 1, at + 1

    async def idle(self):
        """Ask for no more than /health, as often as they asked before."""
        for _ in range(self.asked):
            await self.pause()
            await self.timed(self.work.idle, "GET", "/health")

    async def pause(self):
        """Think for a while."""
        await asyncio.sleep(self.chance.uniform(0, self.think))

    async def ask(self, what, taken):
        """Put one question of ROUND; taken : the list that gets how long it took."""
        room = "/api/v1/recommend"
        question = {"studio_id": self.studio, "client_id": self.chance.choice(self.clients)["client_id"]}
        if what == "search":
            await self.timed(taken, "GET", f"{room}/{self.studio}/clients", params={"search": self.letters()})
        elif what == "watch":
            await self.timed(taken, "GET", f"{room}/{self.studio}/watch")
        elif what == "client":
            await self.timed(taken, "POST", f"{room}/client", json=question)
        elif what == "why not" and self.class_id:
            await self.timed(taken, "POST", f"{room}/why-not", json=question | {"class_id": self.class_id})
        elif what == "save":
            if saved := await self.timed(taken, "POST", f"{room}/save", json=question):
                self.work.saved.append((saved["entry_id"], saved["entry_hash"]))
        else:
            found = await self.timed(taken, "POST", f"{room}/classes", json=question)
            if found and found["recommendations"]:
                self.class_id = self.chance.choice(found["recommendations"])["class_id"]

    def letters(self):
        """What stands in the search box: the next letter of a name, up to four, then another name."""
        if self.typed in (0, 4):
            client = self.chance.choice(self.clients)
            self.name, self.typed = client["client_name"] or client["client_id"], 0
        self.typed += 1
        return self.name[: self.typed]

    async def timed(self, taken, method, path, **content):
        """The answer's JSON, None where there is none; how long it took and whether it went well goes to `taken`."""
        began, found = time.perf_counter(), None
        try:
            answer = await self.line.request(method, path, **content)
            found = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            pass  # counted below
        taken.append(((time.perf_counter() - began) * 1000, found is not None))
        return found


def _by_route(taken, seconds):
    return [_row(route, taken[route], seconds) for route in sorted(taken)]


def _row(route, taken, seconds):
    spans = [span for span, _ in taken]
    found = np.percentile(spans, (50, 95, 99)) if spans else [np.nan] * 3
    wrong = sum(not well for _, well in taken)
    return dict(zip(COLUMNS, (route, len(taken), wrong, *found, len(taken) / seconds), strict=True))


def _ledger(bench, saved):
    _, problems = bench.ledger.verify()
    held = {(entry["entry_id"], entry["entry_hash"]) for entry in bench.ledger.entries(actions=[SAVED])}
    return {"route": "ledger", "requests": len(saved), "errors": len(problems) + len(held ^ set(saved))}


# the client picker --------------------------------------------------------------------------------
SYLLABLES = "an be chi dor el fa gu hen io ja ka lu mar no os pe qui ro sa ti ul vi wen xa yo zed".split()


def search(clients=50_000, seed=1, repeats=20):
    """Milliseconds that the client picker takes among many made-up names, by what is typed.

    Returns DataFrame typed (how much of a name), text, found (how many, 20 at most), median_ms, worst_ms over
    `repeats`; the row "index" is what the first search pays once.
    """
    chance = np.random.default_rng(seed)
    words = ["".join(chance.choice(SYLLABLES, size)).capitalize() for size in chance.integers(2, 5, 2 * clients)]
    names = [" ".join(pair) for pair in zip(words[::2], words[1::2], strict=True)]
    ids = pd.Index([f"studio-001:m{number:06}" for number in range(clients)])
    left = set(ids[chance.random(clients) < 0.3])
    began = time.perf_counter()
    people = People(pd.Series(names, ids, dtype=object), left, {}, {}, {}, {})
    made = (time.perf_counter() - began) * 1000
    one = names[clients // 2]
    typed = {"1 letter": one[:1], "3 letters": one[:3], "8 letters": one[:8], "a rare order": f"{one[-3:]} {one[:2]}",
             "whole name": one, "an id": ids[-1], "nobody": "no such name", "nothing": ""}  # fmt: skip
    rows = [_searched(people, what, text, repeats) for what, text in typed.items()]
    return pd.DataFrame([*rows, {"typed": "index", "text": "", "found": clients, "median_ms": made, "worst_ms": made}])


def _searched(people, what, text, repeats):
    spans = []
    for _ in range(repeats):
        began = time.perf_counter()
        found = people.search(text)
        spans.append((time.perf_counter() - began) * 1000)
    return {"typed": what, "text": text, "found": len(found), "median_ms": np.median(spans), "worst_ms": max(spans)}
