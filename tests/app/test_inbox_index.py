"""The inbox in memory: however messages and events arrived, it stands as if it were read anew; on both databases."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studiolab.adapters.database import open_database
from studiolab.app.inbox_index import InboxIndex
from studiolab.bench import ingest
from studiolab.studio_operations.inbox.contacts import contact_id

from .small_inbox import at, wrote

WHO = [("whatsapp", "4915111111"), ("sms", "+4915111111"), ("email", "ana@example.com"), ("instagram", "77"),
       ("whatsapp", "DE.4711")]  # fmt: skip
IDS = [contact_id("oak", f"{channel}:{name}") for channel, name in WHO]
BODIES = ["Salsa on Monday?", "STOP", "START", "My number is 0151 33333", "Ça va?", "please stop texting me"]


def rows_of(rng, count=80):
    """(messages, events) of five people, in the order of their moments."""
    messages, events = [], []
    for n in range(count):
        channel, name = WHO[rng.integers(len(WHO))]
        kind = str(rng.choice(["text", "text", "text", "edit", "deletion", "reaction"]))
        about = f"m{rng.integers(count)}" if kind != "text" else None
        side = str(rng.choice(["inbound", "outbound"]))
        messages.append(wrote(f"m{n}", name, str(rng.choice(BODIES)), n, side, kind, channel, "Ana Roth", about))
    for n in range(count // 4):
        own, other = IDS[rng.integers(len(IDS))], IDS[rng.integers(len(IDS))]
        kind, value = [("merged", {"with": other}), ("unmerged", {"merge": f"e{rng.integers(20)}"}),
                       ("label", {"label": "hot", "is_set": bool(n % 2)}), ("stage", {"to": "QUALIFIED"}),
                       ("changed", {"phone": "0151 33333"}), ("created", {"name": "Cy", "handle": "sms:+4915155555"}),
                       ("closed", {"is_closed": True})][rng.integers(7)]  # fmt: skip
        events.append({"event_id": f"e{n}", "studio_id": "oak", "contact_id": own, "kind": kind, "user_name": "kim",
                       "value": json.dumps(value), "happened_at": at(n * 4)})  # fmt: skip
    return messages, events


def arrive(db, rng, messages, events):
    """Write all in random order, some twice, a few at a time, and give the index that looked after each time."""
    studio = {"studio_id": "oak", "studio_name": "Oak", "currency": "EUR", "timezone": "Europe/Berlin"}
    db.write("studios", pd.DataFrame([studio]))
    index = InboxIndex(db, "oak")
    due = [("messages", row) for row in messages] + [("contact_events", row) for row in events]
    due = [due[n] for n in rng.permutation(len(due))]
    due += [due[n] for n in rng.integers(len(due), size=10)] if due else []
    for start in range(0, len(due), 9):
        with db.transaction() as changes:
            for table, row in due[start : start + 9]:
                changes.add(table, [row])
        index.renew()
    return index


def told(index):
    return {group: (view.contact, view.said, view.sight, view.card, view.blob, view.hint) for group, view
            in index.views.items()}  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_what_arrived_in_any_order_stands_as_if_it_were_read_anew(tmp_path, seed):
    messages, events = rows_of(np.random.default_rng(seed))
    indexes = []
    for turn in range(2):
        db = open_database(f"sqlite:///{tmp_path / str(turn)}.sqlite")
        index = arrive(db, np.random.default_rng((seed, turn)), messages, events)
        assert told(index) == told(InboxIndex(db, "oak").renew())
        indexes.append(index)
        db.close()
    assert told(indexes[0]) == told(indexes[1])
    assert set(indexes[0].who()) == set(indexes[1].who())


def test_both_databases_tell_the_same_inbox():
    messages, events = rows_of(np.random.default_rng(9))
    found = {}
    with tempfile.TemporaryDirectory(prefix="studiolab-inbox-") as folder:
        Path(folder).chmod(0o755)  # the server's own user has to enter it
        with ingest.databases(Path(folder)) as kinds:
            for kind, url in kinds.items():
                db = open_database(url("inbox"))
                index = arrive(db, np.random.default_rng(1), messages, events)
                hits = [sorted(view.contact.contact_id for view in index.found(word)) for word in ("salsa", "ca va")]
                found[kind] = told(index), hits
                assert told(index) == told(InboxIndex(db, "oak").renew())
                db.close()
    assert all(found["SQLite"][1])
    assert all(one == found["SQLite"] for one in found.values())
    if "PostgreSQL" not in found:
        pytest.skip("no PostgreSQL on this machine, or no driver")


def test_another_program_is_seen_at_once_where_it_has_to_be(tmp_path):
    url = f"sqlite:///{tmp_path / 'one.sqlite'}"
    ours, theirs = open_database(url), open_database(url)
    ours.patience = 60.0
    index = arrive(ours, np.random.default_rng(0), [wrote("a", "4915111111", "Hi")], [])
    with theirs.transaction() as changes:
        changes.add("messages", [wrote("b", "4915111111", "Hi again", 1)])
    assert len(index.renew().view(IDS[0]).texts) == 1
    assert len(index.renew(exactly=True).view(IDS[0]).texts) == 2
    ours.close()
    theirs.close()


def test_what_is_gone_from_the_database_is_gone_from_the_list(tmp_path):
    db = open_database(f"sqlite:///{tmp_path / 'one.sqlite'}")
    rows = [wrote("a", "4915111111", "Hi"), wrote("b", "4915122222", "Ho", 1)]
    index = arrive(db, np.random.default_rng(0), rows, [])
    assert len(index.views) == 2
    db.replace("messages", db.read("messages", handle="whatsapp:4915111111"), studio_id="oak")
    assert [view.texts for view in index.renew().views.values()] == [["hi"]]
    db.close()


def test_a_studio_that_nobody_has_written_to_yet_is_empty(tmp_path):
    db = open_database(f"sqlite:///{tmp_path / 'none.sqlite'}")
    index = arrive(db, np.random.default_rng(0), [], [])
    assert (index.renew().views, index.who(), index.apart, index.found("a")) == ({}, [], set(), [])
    db.close()
