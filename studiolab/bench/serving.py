"""How fast the API answers about revenue while many ask at once, and how often an answer was there already.

A real server in a process of its own, as `studiolab up` starts it; the clients share another process and know just as
much of HTTP as they need, so that they take little of the machine from the server. Sources: B-43, K1.36.
"""

import asyncio
import itertools
import json
import random
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from studiolab.bench import score
from studiolab.bench.load import TOKEN, _server
from studiolab.schema import LEVERS
from studiolab.world import make_chain

COLUMNS = ["route", "think_s", "requests", "errors", "p50_ms", "p95_ms", "p99_ms", "per_second", "hit_rate"]
API = "/api/v1"
WARM = 20  # requests of each route before the clock starts


# Milliseconds at the 95th percentile; the documents ask for 200 and 1000 (B-43).
GOALS = {"forward": {"": 10.0, ", documents' goal": 200.0}, "inverse": {"": 15.0, ", documents' goal": 1000.0}}


def http(bench, clients=50, seconds=8.0):
    """list of score.row: 95th percentiles with goals, beside that of a route that does no work; the mean over worlds,
    each on a server of its own, with the interval that drawing those worlds anew gives."""
    rounds = []
    for seed in bench.seeds:
        bench.say(f"world {seed}: answers over HTTP, {clients} clients")
        table = serving(clients, seconds, sample=partial(bench.chain, seed), seed=seed, rushed=False)
        rounds.append(table.set_index("route"))
    rows = []
    for route in ("bare", *(f"{kind}, {how}" for kind in GOALS for how in ("fresh", "repeated"))):
        times = np.array([table.loc[route, "p95_ms"] for table in rounds])
        asked = int(sum(table.loc[route, "requests"] for table in rounds))
        drawn = np.random.default_rng(0).choice(times, (score.RESAMPLES, len(times))).mean(axis=1)
        low, high = np.quantile(drawn, (0.025, 0.975)) if len(times) > 1 else (np.nan, np.nan)
        for whose, goal in GOALS.get(route.split(",")[0], {"": None}).items():
            limit = None if goal is None else score.at_most(goal)
            name = f"{route}: p95 milliseconds{whose}"
            rows.append(score.plain(name, times.mean(), limit, low=low, high=high, cases=asked))
    wrong = sum(table["errors"].sum() for table in rounds)
    return [*rows, score.plain("requests without an answer", wrong, score.at_most(0))]


def serving(clients=50, seconds=8.0, think=1.0, sample=make_chain, seed=1, rushed=True):
    """What answers take while `clients` ask over connections of their own.

    think : seconds at most that each pauses before a request, drawn evenly; rushed : whether every route is asked
        without a pause too
    Returns DataFrame of COLUMNS: "bare" is a route of the same app that does no work, "fresh" questions were never
    asked before, "repeated" ones are ten that come again and again, "session" is `session` replayed once, by one
    client after all the others: what it asks again, and nothing else, can be there already.
    hit_rate : share of the answers that were kept. Errors are answers other than 200 and requests without one.
    """
    with (
        tempfile.TemporaryDirectory(prefix="studiolab-serving-") as home,
        _server(Path(home), sample) as (address, bench),
    ):
        studios = [one.studio_id for one in bench.studios() if one.plannable]
        revenue = {one.studio_id: one.last_revenue for one in bench.studios()}
        held = {studio: bench.model.held_levers(studio) for studio in studios}
        return asyncio.run(_measure(address, held, revenue, clients, seconds, think, seed, rushed))


async def _measure(address, held, revenue, clients, seconds, think, seed, rushed):
    at = address.removeprefix("http://").split(":")
    asked = {
        "bare": lambda chance: ("GET", "/health", None),
        "forward, fresh": lambda chance: what_if(chance, held),
        "forward, repeated": _again(lambda chance: what_if(chance, held), seed),
        "inverse, fresh": lambda chance: wish(chance, revenue, list(held)),
        "inverse, repeated": _again(lambda chance: wish(chance, revenue, list(held)), seed),
        "bare again": lambda chance: ("GET", "/health", None),
    }
    rows = []
    for pause in (0.0, think) if rushed else (think,):
        for route, question in asked.items():
            rows.append(await _row(at, route, question, clients, seconds, pause, seed))
    rows.append(await _row(at, "session", None, 1, None, think / 100, seed, session(held, revenue, seed)))
    return pd.DataFrame(rows, columns=COLUMNS)


def what_if(chance, held):
    """A ForwardRequest nobody asked before."""
    studio = chance.choice(list(held))
    levers = {lever: round(held[studio][lever] * chance.uniform(0.98, 1.02), 6) for lever in ("avg_ticket_price",)}
    levers["upsell_rate"] = round(chance.uniform(0.1, 0.4), 6)
    return "POST", f"{API}/predict/forward", {"studio_id": studio, "levers": levers}


def wish(chance, revenue, studios):
    """An InverseRequest nobody asked before."""
    studio = chance.choice(studios)
    target = round(revenue[studio] * chance.uniform(1.0, 1.25), 2)
    return "POST", f"{API}/predict/inverse", {"studio_id": studio, "target_revenue": target}


def session(held, revenue, seed=1, visits=3):
    """Requests of an owner at the planner, in order: the page drawn, a slider of each lever moved there and back, two
    plans compared and looked at again, and so at each of `visits` within the hour, from a studio of the chain."""
    chance = random.Random(seed)
    studio = chance.choice(list(held))
    page = [
        ("GET", f"{API}/studio/{studio}/forecast", None),
        ("POST", f"{API}/insights/generate", {"studio_id": studio}),
        ("GET", f"{API}/levers/impact-analysis?studio_id={studio}", None),
    ]
    moves = [("POST", f"{API}/predict/forward", {"studio_id": studio, "levers": levers})
             for lever in LEVERS[:4] for share in (0.99, 1.01)
             for levers in ({lever: round(min(held[studio][lever] * share, 500.0), 4)}, {})]  # fmt: skip
    goals = [round(revenue[studio] * goal, 0) for goal in (1.05, 1.1, 1.05)]
    plans = [("POST", f"{API}/predict/inverse", {"studio_id": studio, "target_revenue": goal}) for goal in goals]
    return [*page, *moves, *plans] * visits


def _again(question, seed):
    ten = [question(random.Random(f"{seed}/{n}")) for n in range(10)]
    return lambda chance: chance.choice(ten)


async def _row(at, route, question, clients, seconds, think, seed, script=None):
    lines = [await Line.open(*at) for _ in range(clients)]
    chances = [random.Random(f"{seed}/{route}/{think}/{number}") for number in range(clients)]
    if question is not None:
        for _ in range(WARM):
            await lines[0].ask(*question(chances[0]))
    before, taken, began = await _counted(lines[0]), [], time.perf_counter()

    async def work(line, chance):
        source = iter(script) if script else (question(chance) for _ in itertools.count())
        while seconds is None or time.perf_counter() < began + seconds:
            if think:
                await asyncio.sleep(chance.uniform(0, think))
            asked = next(source, None)
            if asked is None:
                return
            start = time.perf_counter()
            well = await line.ask(*asked) is not None
            taken.append(((time.perf_counter() - start) * 1000, well))

    await asyncio.gather(*map(work, lines, chances))
    lasted, after = time.perf_counter() - began, await _counted(lines[0])
    for line in lines:
        line.close()
    hits, asked = (after[n] - before[n] for n in (0, 1))
    found = np.percentile([span for span, _ in taken], (50, 95, 99))
    wrong = sum(not well for _, well in taken)
    values = (route, think, len(taken), wrong, *found, len(taken) / lasted, hits / asked if asked else np.nan)
    return dict(zip(COLUMNS, values, strict=True))


async def _counted(line):
    """(hits, questions) since the server's start."""
    cache = (await line.ask("GET", f"{API}/health", None))["cache"]
    return cache["hits"], cache["hits"] + cache["misses"]


class Line:
    """A connection that is kept, and one request on it at a time."""

    @classmethod
    async def open(cls, host, port):
        """A Line to a server."""
        line = cls()
        line.reader, line.writer = await asyncio.open_connection(host, int(port))
        line.head = f"HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
        return line

    async def ask(self, method, path, question):
        """The JSON of a 200, else None."""
        body = b"" if question is None else json.dumps(question).encode()
        kind = "Content-Type: application/json\r\n" if body else ""
        self.writer.write(f"{method} {path} {self.head}{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        told = await self.reader.readexactly(length)
        return json.loads(told) if head.startswith(b"http/1.1 200") else None

    def close(self):
        """Hang up."""
        self.writer.close()
