"""How fast webhooks are taken, and whether what was acknowledged stays, through crashes and redelivery.

A real API in a process of its own takes signed webhooks over HTTP, on 32 connections of another process. Beside it
stand the disk's own rate of fsync, and the same API that throws away what it has read. Source: SPEC K3.7.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import Future
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from studiolab import serve
from studiolab.adapters.database import open_database
from studiolab.api import app
from studiolab.bench import score
from studiolab.bench.load import TOKEN, free_port

SECRET = "the secret of a measurement"
CLIENTS, SECONDS, SIZES = 32, 6.0, (1, 100)  # SIZES : messages of a webhook
KILLS, REPLAYS, REPLAYED = 20, 10, 2_000
ROUTE = "/api/integrations/webhook/whatsapp"
TEXT = "Do you have a class for beginners on Tuesday evening, and what does a trial cost? 🙂"


def table(data=None, say=lambda text: None, seconds=SECONDS, kills=KILLS):
    """Rates, times, losses and doubles of webhooks, on SQLite and, where its programs are found, on PostgreSQL.

    data : not needed. Returns DataFrame of score.COLUMNS.
    """
    with tempfile.TemporaryDirectory(prefix="studiolab-ingest-") as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        disk = fsyncs(folder)
        say("webhooks without a database")
        with running(folder / "bare", factory="studiolab.bench.ingest:without_database") as (port, _):
            bare = {size: load(port, size, seconds) for size in SIZES}
        rows = [score.plain("fsync a second of this disk", disk), *_rates("no database", bare)]
        with databases(folder) as found:
            for name, url in found.items():
                say(f"webhooks, {name}")
                with running(folder / name, url("load")) as (port, _):
                    rows += _rates(name, {size: load(port, size, seconds) for size in SIZES}, bare, disk)
                say(f"{kills} crashes, {name}")
                lost = crashes(folder / f"{name} crashed", url("crashed"), kills)
                rows.append(score.plain(f"acknowledged webhooks lost in {kills} crashes", lost, score.at_most(0), name))
                say(f"redelivery, {name}")
                rows += replayed(folder / f"{name} replayed", url("replayed"), name)
        if "PostgreSQL" not in found:
            say("PostgreSQL: its programs are not here, or its driver is not")
    return score.table(rows)


def fsyncs(folder, seconds=1.0):
    """How often a second 4 KiB more can be put on the disk for good."""
    with (folder / "fsync").open("wb", buffering=0) as file:
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            file.write(bytes(4096))
            os.fsync(file.fileno())
            count += 1
    return count / seconds


def load(port, size, seconds):
    """(webhooks a second, milliseconds of each, refused) of CLIENTS connections with `size` messages a webhook."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_load, (port, size, seconds))


def crashes(home, url, kills, seed=7):
    """How many acknowledged webhooks are gone after `kills` times kill -9 in the midst of the work."""
    acknowledged, chance = set(), random.Random(seed)
    for number in range(kills):
        with running(home, url) as (port, process):
            asyncio.run(_until_killed(port, process, f"k{number}", chance.uniform(0.1, 0.8), acknowledged))
    return len(acknowledged - set(kept(url)))


def replayed(home, url, name):
    """Rows: of REPLAYED webhooks sent REPLAYS times in random order, what is doubled and what is lost."""
    sent = [f"r.{number}" for number in range(REPLAYED)] * REPLAYS
    random.Random(7).shuffle(sent)
    with running(home, url) as (port, _):
        asyncio.run(_deliver(port, sent))
    found = kept(url)
    figures = {"doubled": len(found) - len(set(found)), "lost": len(set(sent) - set(found))}
    how = f"each delivered {REPLAYS} times in random order"
    return [score.plain(f"messages {what}, {how}", value, score.at_most(0), name) for what, value in figures.items()]


def kept(url):
    """List of the names of the messages of a database, without the channel's."""
    with contextlib.closing(open_database(url)) as db:
        return [
            one.removeprefix("whatsapp:wamid.") for one in db.read("messages", columns=["message_id"])["message_id"]
        ]


@contextlib.contextmanager
def running(home, url="", factory="studiolab.api:app"):
    """(port, Popen) of an API on a database of its own; gone at the end."""
    port = free_port()
    environment = {"STUDIOLAB_HOME": str(home), "STUDIOLAB_TOKEN": TOKEN, "DATABASE_URL": url or f"sqlite:///{home}.db",
                   "WHATSAPP_APP_SECRET": SECRET, "STUDIOLAB_API_PORT": str(port)}  # fmt: skip
    command = [serve.script("uvicorn"), "--factory", factory, "--no-access-log", f"--host={serve.HOST}",
               f"--port={port}"]  # fmt: skip
    server = serve.Server("api", port, "STUDIOLAB_API_PORT", command, {"API": "/health"}, TOKEN, environment)
    child = serve.Child(server, home / "logs")
    try:
        child.wait_until_ready()
        yield port, child.process
    finally:
        child.process.kill()
        child.process.wait()


def without_database():
    """The API, which forgets what it has read at once."""
    api = app()
    api.state.workbench.ingest.put = _forgotten
    return api


def _forgotten(_rows):
    done = Future()
    done.set_result(None)
    return done


@contextlib.contextmanager
def databases(folder):
    """dict of name to a function that makes the URL of a new, empty database of that kind."""
    found = {"SQLite": lambda name: f"sqlite:///{folder / name}.sqlite"}
    programs = _postgres_programs()
    if programs is None:
        yield found
        return
    user = {"user": "postgres"} if os.geteuid() == 0 else {}  # its programs refuse root
    home, port = folder / "postgres", free_port()
    home.mkdir()
    if user:
        shutil.chown(home, "postgres")
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": home} | user
    control = [programs / "pg_ctl", "-D", home / "data", "-w"]
    subprocess.run([programs / "initdb", "-D", home / "data", "-U", "studio", "-A", "trust"], **quiet)
    subprocess.run([*control, "-l", home / "log", "-o", f"-p {port} -k {home}", "start"], **quiet)

    def url(name):
        subprocess.run([programs / "createdb", "-h", serve.HOST, "-p", str(port), "-U", "studio", name], **quiet)
        return f"postgresql+psycopg://studio@{serve.HOST}:{port}/{name}"

    try:
        yield found | {"PostgreSQL": url}
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], **quiet)


def _postgres_programs():
    """Folder of initdb, pg_ctl and createdb; None without them or without the driver."""
    named = shutil.which("initdb") if find_spec("psycopg") else None
    return Path(named).resolve().parent if named else None


# clients ------------------------------------------------------------------------------------------
def webhook(name, size=1):
    """Bytes of the whole request with a webhook of `size` messages, the first of which is called `name`."""
    names = [name, *(f"{name}.{k}" for k in range(1, size))]
    messages = [{"from": "4915112345678", "id": f"wamid.{one}", "timestamp": str(int(time.time())), "type": "text",
                 "text": {"body": TEXT}} for one in names]  # fmt: skip
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"}, "messages": messages,
             "contacts": [{"profile": {"name": "Ana Ríos"}, "wa_id": "4915112345678"}]}  # fmt: skip
    told = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages",
                                                                                       "value": value}]}]}  # fmt: skip
    body = json.dumps(told).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (f"POST {ROUTE} HTTP/1.1\r\nHost: {serve.HOST}\r\nContent-Type: application/json\r\n"
            f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n")  # fmt: skip
    return head.encode() + body


def _load(port, size, seconds):
    ready = [webhook(f"l{size}.{number}", size) for number in range(int(seconds * 6_000 / size**0.5))]
    return asyncio.run(_measure(port, ready, seconds))


async def _measure(port, ready, seconds):
    taken, refused, waiting = [], [], iter(ready)
    lines = [await asyncio.open_connection(serve.HOST, port) for _ in range(CLIENTS)]
    began = time.perf_counter()

    async def work(reader, writer):
        for request in waiting:
            start = time.perf_counter()
            is_taken = await sent(reader, writer, request)
            taken.append(time.perf_counter() - start)
            refused.append(not is_taken)
            if start > began + seconds:
                return

    await asyncio.gather(*(work(*line) for line in lines))
    lasted = time.perf_counter() - began
    for _, writer in lines:
        writer.close()
    return len(taken) / lasted, np.array(taken) * 1000, sum(refused)


async def sent(reader, writer, request):
    """Whether a request was answered with 200; the answer has no body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    if length:
        await reader.readexactly(length)
    return head.startswith(b"HTTP/1.1 200")


async def _until_killed(port, process, name, seconds, acknowledged):
    async def work(client):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(serve.HOST, port)
            for number in range(1_000_000):
                one = f"{name}.{client}.{number}"
                if not await sent(reader, writer, webhook(one)):
                    raise RuntimeError("a webhook was refused; the log of the server says why")
                acknowledged.add(one)

    async def kill():
        await asyncio.sleep(seconds)
        process.kill()

    await asyncio.gather(kill(), *map(work, range(CLIENTS)))


async def _deliver(port, names):
    waiting = iter(names)

    async def work():
        reader, writer = await asyncio.open_connection(serve.HOST, port)
        for name in waiting:
            if not await sent(reader, writer, webhook(name)):
                raise RuntimeError("a webhook was refused; the log of the server says why")
        writer.close()

    await asyncio.gather(*(work() for _ in range(CLIENTS)))


# rows ---------------------------------------------------------------------------------------------
def _rates(name, found, bare=None, disk=None):
    rows = []
    for size, (rate, times, refused) in found.items():
        of = f"{size} message{'s' if size > 1 else ''} a webhook"
        rows += [score.plain(f"messages a second, {of}", rate * size, None, name),
                 score.plain(f"p95 milliseconds, {CLIENTS} clients, {of}", np.quantile(times, 0.95),
                             score.at_most(50) if size == 1 and bare else None, name)]  # fmt: skip
        if bare:
            rows += [score.plain(f"rate / without a database, {of}", rate / bare[size][0], score.at_least(0.75), name),
                     score.plain(f"messages a second / fsync a second, {of}", rate * size / disk,
                                 score.at_least(10) if size > 1 else None, name),
                     score.plain(f"webhooks refused, {of}", refused, score.at_most(0), name)]  # fmt: skip
    return rows
