from studiolab.bench import score, worlds
from studiolab.bench.serving import http, serving, session
from studiolab.schema import LEVERS
from studiolab.world import make_chain


def test_every_route_answers_fresh_questions_miss_and_repeated_ones_hit():
    table = serving(clients=3, seconds=0.5, think=0.05, sample=lambda: make_chain(3, 20))
    assert table["errors"].sum() == 0
    assert (table["requests"] > 0).all()
    rate = table.groupby("route")["hit_rate"].min()
    assert rate["forward, fresh"] == rate["inverse, fresh"] == 0
    assert rate["forward, repeated"] > 0.5
    assert rate["session"] > 0.6
    assert rate[["bare", "bare again"]].isna().all()


def test_the_scorecard_has_each_route_with_its_goals_and_the_bare_one_beside_them():
    table = score.table(http(worlds.Worlds((21,), 3, 20), clients=2, seconds=0.4)).set_index("figure")
    assert table.loc["bare: p95 milliseconds", "value"] > 0
    assert table.loc["bare: p95 milliseconds", "reached"] is None
    goals = table["goal"].dropna().to_dict()
    assert goals["forward, fresh: p95 milliseconds"] == goals["forward, repeated: p95 milliseconds"] == "at most 10"
    assert goals["inverse, fresh: p95 milliseconds, documents' goal"] == "at most 1000"
    assert table.loc["requests without an answer", "reached"]


def test_a_session_is_the_same_for_a_seed_and_asks_some_things_again():
    held = {"s": dict.fromkeys(LEVERS, 0.5)}
    one = session(held, {"s": 40_000.0})
    assert one == session(held, {"s": 40_000.0})
    different = {repr(asked) for asked in one}
    assert 10 < len(different) < len(one)
