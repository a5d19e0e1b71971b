import numpy as np
import pytest

from studiolab.bench import uplift as bench
from studiolab.product_recommender.uplift import model as uplift


@pytest.fixture(scope="module")
def each():
    return bench.drawn(5, studios=2, months=14, log_months=8)


@pytest.fixture(scope="module")
def model(each):
    return uplift.fit([one.evidence for one in each], bench.MESSAGES)


def test_no_policy_adds_more_than_the_oracle_and_whoever_sees_traits_beats_chance(each, model):
    rows = bench.judged(5, each, model)
    policies = [bench.OURS, bench.SEEN, "affinity, news", "affinity, discount", "response", "random"]
    assert (rows[policies].to_numpy() <= rows[["oracle"]].to_numpy() + 1e-6).all()
    assert rows[bench.SEEN].sum() > rows[bench.OURS].sum() > rows["random"].sum()
    by_budget = rows.groupby("budget")["oracle"].sum()
    assert by_budget.is_monotonic_increasing


def test_a_policy_sends_no_more_than_its_budget_and_only_what_fits(each, model):
    one = each[0]
    worth = model.worth(one.evidence, one.as_of, one.truth.clients, one.contacts)
    seen = bench.as_told(one.seen, worth)
    for product, message in bench.picks(worth, seen, 20, np.random.default_rng(0)).values():
        sent = np.flatnonzero(message >= 0)
        assert 0 < len(sent) <= 20
        assert np.isfinite(worth.value[sent, product[sent], message[sent]]).all()


def test_a_sample_holds_about_as_many_sends_and_off_policy_rows_none_of_it(each, model):
    kept = bench.sample(each, 800, 5)
    assert sum((log["message"] != "nothing").sum() for log in kept) == pytest.approx(800, rel=0.1)
    found = bench.off_policy(5, each, model, kept).set_index("policy")
    assert (found["wide"] > 0).all()
    assert (found["off"] < 4 * found["wide"]).all()
    rows, _ = bench.held_out(each[0], model, kept[0])
    assert not rows.index.isin(kept[0].index).any()


def test_an_interval_and_a_goal_stand_beside_every_policy(each, model):
    cases = bench.judged(5, each, model)
    table = bench.score.table(bench.value_rows(cases))
    assert (table["low"] <= table["value"]).all()
    assert table.loc[table["model"] == bench.OURS, "reached"].notna().sum() == len(bench.BUDGETS)
