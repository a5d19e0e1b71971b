import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from studiolab.studio_operations.inbox import lead_facts, lead_learning, lead_score
from studiolab.studio_operations.inbox.lead_facts import Facts, Weights


def leads(count, seed=1):
    """Facts drawn evenly, and whether each joined: by what is taught, what was asked, and silence; by no price."""
    rng = np.random.default_rng(seed)
    facts = [
        Facts(is_taught=bool(rng.random() < 0.6), can_pay=bool(rng.random() < 0.5), messages=int(rng.integers(1, 6)),
              asked=frozenset({"trial"} if rng.random() < 0.4 else ()), days_silent=float(rng.exponential(4)))
        for _ in range(count)
    ]  # fmt: skip
    will = [-2 + 2 * one.is_taught + (1 + 2 * ("trial" in one.asked)) * 0.5 ** (one.days_silent / 4) for one in facts]
    return facts, rng.random(count) < expit(will)


def test_points_go_to_what_joiners_have_and_add_up_to_a_hundred():
    weights, chances = lead_learning.learn_weights(*leads(4000))
    points = {name: one.points for name, one in weights.table.items()}
    assert sum(points.values()) == 100
    assert min(points.values()) >= 0
    assert points["is_taught"] > 3 * points["can_pay"]
    assert points["asked_trial"] > 3 * points["asked_price"]
    assert weights.half_life_days in (2.0, 4.0, 7.0)
    assert weights.leads == 4000
    facts, joined = leads(4000, seed=2)
    told = chances.of(lead_learning.scores(facts, weights))[0]
    for group in np.array_split(np.argsort(told), 5):
        assert told[group].mean() == pytest.approx(joined[group].mean(), abs=0.06)


def test_with_few_leads_the_table_stays_as_it_is_and_the_chance_is_wide():
    facts, joined = leads(40)
    weights, few = lead_learning.learn_weights(facts, joined)
    assert weights == Weights()
    _, many = lead_learning.learn_weights(*leads(2000))
    widths = [high - low for _, low, high in (chances.of(60) for chances in (few, many))]
    assert widths[0] > 2 * widths[1]


def test_leads_are_counted_and_not_the_rows_they_stand_in():
    facts, joined = leads(45, seed=5)
    joined[:20], joined[20:40] = True, False
    for count, learns in ((39, False), (40, True)):
        rows = [k for k in range(count) for _ in range(3)]
        weights, _ = lead_learning.learn_weights(
            [facts[k] for k in rows], joined[rows], np.full(len(rows), 1 / 3), rows
        )
        assert weights.leads == (40 if learns else 0)


def test_learned_scores_are_what_the_score_says_but_for_rounding():
    facts, joined = leads(600)
    weights, _ = lead_learning.learn_weights(facts, joined)
    said = np.array([lead_score.score(one, weights).points for one in facts])
    assert np.abs(lead_learning.scores(facts, weights) - said).max() <= 0.5 * (len(lead_facts.TABLE) + 1)


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), min_size=4, max_size=40))
def test_a_higher_score_has_never_a_lower_chance(drawn):
    told, joined = (np.array(part) for part in zip(*drawn, strict=True))
    if joined.all() or not joined.any():
        with pytest.raises(ValueError, match="some that did not"):
            lead_learning.calibrate(told, joined)
        return
    chance, low, high = lead_learning.calibrate(told, joined).of(np.arange(101.0))
    assert (np.diff(chance) >= -1e-9).all()
    assert (low <= chance).all()
    assert (chance <= high).all()


def test_the_interval_of_a_chance_holds_the_truth_as_often_as_it_says():
    rng, held = np.random.default_rng(3), []
    for _ in range(200):
        told = rng.uniform(0, 100, 300)
        joined = rng.random(300) < expit(-4 + 6 * told / 100)
        _, low, high = lead_learning.calibrate(told, joined).of(50.0)
        held.append(low <= expit(-1.0) <= high)
    assert 0.88 <= np.mean(held) <= 1


def test_a_chance_follows_the_recent_rate():
    rng = np.random.default_rng(4)
    rate = rng.choice([0.05, 0.4], 3000)
    told = rng.uniform(0, 100, 3000)
    joined = rng.random(3000) < expit(logit(rate) + 3 * (told / 100 - 0.5))
    chances = lead_learning.calibrate(told, joined, rate[:, None])
    assert chances.of(50.0, [0.05])[0] == pytest.approx(0.05, abs=0.03)
    assert chances.of(50.0, [0.4])[0] == pytest.approx(0.4, abs=0.08)


def test_a_recent_rate_knows_nothing_of_its_own_day():
    days, joined = [0, 0, 1, 1, 1, 3], [True, False, True, True, True, False]
    rates = lead_learning.recent_rates(days, joined, half_life_days=1, before=0.2, worth=2)
    assert rates == pytest.approx([0.2, 0.2, *[(0.5 + 0.4) / (1 + 2)] * 3, (0.125 + 0.75 + 0.4) / (0.25 + 0.75 + 2)])
    of = lead_learning.recent_rates(days, joined, 1, 0.2, 2, of=["a", "b", "a", "b", "a", "b"])
    assert of[[2, 3]] == pytest.approx([(0.5 + 0.4) / 2.5, (0 + 0.4) / 2.5])


def test_points_of_facts_that_exclude_each_other_count_once_for_the_best_lead():
    points = lead_learning.to_points(np.array([0.0, 3.0, 1.0, 0.0]), ["job", "job", "loan", "loan"])
    assert list(points) == [0, 75, 25, 0]
