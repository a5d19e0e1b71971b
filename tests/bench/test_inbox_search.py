"""The bench of the inbox's search, small: what it finds is what the database finds, whatever time it takes."""

import numpy as np

from studiolab.bench import inbox_search, score


def test_a_small_inbox_is_searched_as_the_database_would():
    said = []
    found = inbox_search.table(say=said.append, contacts=30, messages=300, searches=5, seeds=(1,))
    assert list(found.columns) == score.COLUMNS
    assert said[0] == "inbox search, SQLite, seed 1: 300 messages of 30 people"
    wrong = found[found["figure"].str.startswith("searches that find others")]
    assert (wrong["value"] == 0).all()
    assert (wrong["cases"] > 0).all()
    assert (found["value"] >= 0).all()


def test_what_is_typed_grows_by_a_key():
    for seed in range(20):
        keys = inbox_search.typed(np.random.default_rng(seed), ["Ana Müller"])
        assert [len(key) for key in keys] == list(range(1, len(keys) + 1))
        assert all(keys[-1].startswith(key) for key in keys)
