from studiolab.bench import load
from studiolab.world import make_chain


def test_a_few_admins_get_their_answers_and_their_saves_are_in_the_ledger():
    found = load.load(admins=4, seconds=2, sample=lambda: make_chain(2, 20), think=0.02).set_index("route")
    assert list(found.reset_index().columns) == load.COLUMNS
    assert {"search", "client", "recommend", "watch", "save", "all", "health", "ledger"} <= set(found.index)
    assert found["errors"].sum() == 0
    assert found.loc["all", "requests"] == found.loc["health", "requests"] > 20
    assert found.loc["save", "requests"] == found.loc["ledger", "requests"] > 0
    assert (found["p50_ms"].dropna() <= found["p99_ms"].dropna()).all()


def test_a_round_of_work_saves_once_in_twenty_requests():
    assert (len(load.ROUND), load.ROUND.count("save")) == (20, 1)


def test_the_picker_finds_who_is_typed_among_many():
    found = load.search(clients=300, repeats=2).set_index("typed")
    assert found.loc["nothing", "found"] == 20
    assert found.loc["nobody", "found"] == 0
    assert found.loc[["1 letter", "3 letters", "8 letters", "whole name", "an id"], "found"].min() >= 1
