"""How long the inbox takes to answer each key as somebody types a search, among 100,000 messages of 5,000 people.

Beside it what the same search takes where the database reads every message for it (LIKE), and what a key takes right
after a message came in, when the conversations have to be stood up anew. Sentences are drawn from a studio's words.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from studiolab.adapters.channels import folded, message
from studiolab.app import Workbench
from studiolab.bench import score
from studiolab.bench.ingest import databases
from studiolab.settings import Settings

CONTACTS, MESSAGES, SEARCHES = 5_000, 100_000, 40
SEEDS = (401, 402, 403)
STUDIO, START = "bench", pd.Timestamp("2026-01-01", tz="UTC")
FIRST = (
    "Ana Ben Cléo Dörte Emil Fatma Gül Hélène Igor Jana Kemal Łucja Marta Nils Olga Pedro Ruth Søren Tomás Uma".split()
)
LAST = "Müller Santos Kowalski Yıldız Rossi Dubois Nguyen Okafor Larsen Silva Weber Costa Novák Ibrahim Patel".split()
WORDS = """class yoga salsa pilates beginner evening morning monday tuesday trial price membership card cancel booking
    teacher room shoes free place week month kids partner waiting list bring mat towel parking station late early
    question thanks please could would like come tomorrow today spot open door change move freeze pause holiday
    invoice receipt pay cash transfer student discount voucher gift birthday injury knee back shoulder doctor level
    advanced course start end hour minutes drop intro workshop event party show outfit video photo address
    street""".split()


def table(data=None, say=print, contacts=CONTACTS, messages=MESSAGES, searches=SEARCHES, seeds=SEEDS):
    """DataFrame of score.COLUMNS; data is not used, all is drawn. PostgreSQL, where there is one, sees one seed."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="studiolab-inbox-") as folder:
        Path(folder).chmod(0o755)  # the server's own user has to enter it
        with databases(Path(folder)) as kinds:
            for kind, url in kinds.items():
                found = []
                for seed in seeds if kind == "SQLite" else seeds[:1]:
                    say(f"inbox search, {kind}, seed {seed}: {messages:,} messages of {contacts:,} people")
                    home = Path(folder) / f"{kind}-{seed}"
                    home.mkdir()
                    found.append(_measure(home, url(f"inbox{seed}"), seed, contacts, messages, searches))
                rows += _rows(kind, found)
    return score.table(rows)


def _rows(kind, found):
    rows = []
    for name, goal in (("as one types", score.at_most(100.0)), ("a key after a message came in", score.at_most(100.0)),
                       ("the database reads all (LIKE)", None)):  # fmt: skip
        times = [one[name] for one in found]
        p95 = np.mean([np.percentile(own, 95) for own in times])
        low, high = _drawn(times)
        rows.append(score.plain(f"{name}: p95 milliseconds a key", p95, goal, kind, low=low, high=high,
                                cases=sum(map(len, times))))  # fmt: skip
    first = np.array([one["first"] for one in found])
    rows.append(score.plain("the first list after the start: seconds", first.mean(), None, kind, low=first.min(),
                            high=first.max(), cases=len(first)))  # fmt: skip
    wrong, compared = (sum(one[name] for one in found) for name in ("wrong", "compared"))
    return [*rows, score.plain("searches that find others than the database does", wrong, score.at_most(0), kind,
                               cases=compared)]  # fmt: skip


def inbox(bench, seed, contacts, messages):
    """Fill a Workbench with a studio's messages."""
    rng = np.random.default_rng(seed)
    bench.db.write("studios", pd.DataFrame([{"studio_id": STUDIO, "studio_name": "Bench", "currency": "EUR",
                                             "timezone": "Europe/Berlin"}]))  # fmt: skip
    names = [f"{FIRST[a]} {LAST[b]}" for a, b in zip(rng.integers(len(FIRST), size=contacts),
                                                     rng.integers(len(LAST), size=contacts), strict=True)]  # fmt: skip
    who = np.minimum(rng.exponential(contacts / 5, messages).astype(int), contacts - 1)
    who[:contacts] = np.arange(contacts)
    minutes = np.sort(rng.integers(0, 300 * 24 * 60, messages))
    with bench.db.transaction() as changes:
        changes.add("messages", [written(rng, n, int(one), names, START + pd.Timedelta(minutes=int(at)))
                                 for n, (one, at) in enumerate(zip(who, minutes, strict=True))])  # fmt: skip
    return names


def written(rng, number, who, names, at):
    """A row of table messages of person `who`."""
    words = rng.choice(WORDS, size=int(rng.integers(3, 22)))
    side = "inbound" if rng.random() < 0.6 else "outbound"
    row = message("whatsapp", f"m{number}", "1", f"49151{who:07d}", "text", " ".join(words).capitalize() + ".", at,
                  name=names[who] if side == "inbound" else None, direction=side)  # fmt: skip
    return row | {"studio_id": STUDIO, "received_at": at}


def _measure(home, url, seed, contacts, messages, searches):
    bench = Workbench(Settings(STUDIOLAB_HOME=home, STUDIOLAB_TOKEN="a-token-of-some-length", DATABASE_URL=url))
    try:
        names = inbox(bench, seed, contacts, messages)
        rng, found = np.random.default_rng(seed + 1_000), {"wrong": 0, "compared": 0}
        began = time.perf_counter()
        bench.conversations(STUDIO)
        found["first"] = time.perf_counter() - began
        keys = [key for _ in range(searches) for key in typed(rng, names)]
        found["as one types"] = [_taken(bench.conversations, STUDIO, key) for key in keys]
        fresh, late = [], messages
        for key in keys[: len(keys) // 4]:
            at = START + pd.Timedelta(days=301, seconds=late)
            with bench.db.transaction() as changes:
                changes.add("messages", [written(rng, late, int(rng.integers(contacts)), names, at)])
            late += 1
            fresh.append(_taken(bench.conversations, STUDIO, key))
        found["a key after a message came in"] = fresh
        asked = keys[:: max(1, len(keys) // 40)]
        found["the database reads all (LIKE)"] = [_taken(_like, bench, key) for key in asked]
        for key in (key for key in asked if _is_said(key, names)):
            ours = {handle for view in bench.inbox_index(STUDIO).found(key) for handle in view.contact.handles}
            found["wrong"] += ours != _like(bench, key)
            found["compared"] += 1
        return found
    finally:
        bench.close()


def typed(rng, names):
    """What the box holds after each key of one search: a word, two words, or somebody's name."""
    kind = rng.random()
    whole = str(rng.choice(names)) if kind < 0.3 else " ".join(rng.choice(WORDS, size=1 if kind < 0.65 else 2))
    return [whole[:n] for n in range(1, len(whole) + 1)]


def _is_said(key, names):
    """Whether no name or number holds a word of it, so that messages alone are looked through."""
    cards = {folded(name) for name in names}
    return not any(word in card for word in folded(key).split() for card in cards) and not any(map(str.isdigit, key))


def _like(bench, key):
    """Handles of those with a message that holds all words, by one SELECT; outbound ones hold no name."""
    asked = {f"word{n}": f"%{word}%" for n, word in enumerate(folded(key).split())}
    query = "SELECT DISTINCT handle FROM messages WHERE studio_id = :studio"
    query += "".join(f" AND found_by LIKE :{name}" for name in asked)
    with bench.db.engine.connect() as connection:
        return set(connection.execute(sa.text(query), asked | {"studio": STUDIO}).scalars())


def _taken(call, *given):
    began = time.perf_counter()
    call(*given)
    return (time.perf_counter() - began) * 1000


def _drawn(times, count=300):
    """95 % interval of the mean p95: seeds drawn anew, and keys within them."""
    rng, made = np.random.default_rng(0), []
    for _ in range(count):
        own = [times[n] for n in rng.integers(len(times), size=len(times))]
        made.append(np.mean([np.percentile(rng.choice(one, len(one)), 95) for one in own]))
    return np.quantile(made, (0.025, 0.975))
