"""Group commit: everybody is told, whoever else gave up, wrote nonsense, or came while it closed."""

import threading

import pandas as pd
import pytest

from studiolab.adapters.channels import message
from studiolab.adapters.database import open_database
from studiolab.adapters.ingest import Ingest

NOW = pd.Timestamp("2026-10-05T09:00Z")


@pytest.fixture
def db(tmp_path):
    made = open_database(f"sqlite:///{tmp_path / 'one.sqlite'}")
    yield made
    made.close()


def rows(*numbers, **other):
    own = [message("whatsapp", number, "1", "491", "text", "Hi", NOW) for number in numbers]
    return {"messages": [row | {"studio_id": "oak", "received_at": NOW} | other for row in own]}


def names(db):
    return sorted(db.read("messages")["message_id"].str.removeprefix("whatsapp:"))


def test_one_who_waits_no_longer_does_not_stop_the_others(db):
    ingest = Ingest(db)
    with db.transaction():  # SQLite has one writer, so what comes now waits
        gone, stays = ingest.put(rows("1")), ingest.put(rows("2"))
        gone.cancel()
    stays.result(30)
    ingest.put(rows("3")).result(30)
    ingest.close()
    assert names(db) == ["1", "2", "3"]


def test_what_cannot_be_written_takes_nothing_else_along(db):
    ingest = Ingest(db)
    with db.transaction():
        told = [ingest.put(rows("1")), ingest.put(rows("2", channel=None)), ingest.put(rows("3"))]
    assert told[1].exception(30) is not None
    assert [told[0].result(30), told[2].result(30)] == [None, None]
    ingest.close()
    assert names(db) == ["1", "3"]


def test_what_comes_while_it_closes_is_written(db):
    ingest, told = Ingest(db), []

    def brings(first):
        for number in range(first, first + 100):
            told.append(ingest.put(rows(str(number))))

    bringing = [threading.Thread(target=brings, args=(first,)) for first in (100, 200)]
    for thread in bringing:
        thread.start()
    while any(thread.is_alive() for thread in bringing):
        ingest.close()
    assert [one.result(30) for one in told] == [None] * 200
    ingest.close()
    assert len(names(db)) == 200
