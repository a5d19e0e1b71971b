import numpy as np
import pytest
from pytest import approx

from studiolab import world
from studiolab.revenue_simulator import explain, kernel, structural
from studiolab.revenue_simulator.panel import complete_studios, make_panel, tidy
from studiolab.revenue_simulator.structural import Structural
from studiolab.world import truth

PENALTIES = np.array([0.9, 0.6, 0.3])


@pytest.fixture(scope="module")
def chain():
    return world.make_chain(studios=40, months=48, seed=8)


@pytest.fixture(scope="module")
def panel(chain):
    frame = tidy(chain.monthly_metrics)
    return make_panel(frame, chain.lever_plan, complete_studios(frame))


def test_recent_joiners_are_counted_as_they_were_in_the_world(chain, panel):
    members, joined = (panel.values[name] for name in ("total_members", "new_members"))
    fresh, logit = kernel.cohorts(members, joined, PENALTIES)
    truly = np.stack([state.fresh for state in chain.states[1:]])
    assert fresh[:, :, 0] == approx(truly[:, :, 0])
    assert np.corrcoef(fresh[4:, :, 2].ravel(), truly[4:, :, 2].ravel())[0, 1] > 0.9
    old = members[:-1] - fresh[:-1].sum(axis=2)
    stay = 1 / (1 + np.exp(-logit[1:]))
    lower = 1 / (1 + np.exp(PENALTIES - logit[1:, :, None]))
    kept = old * stay + (fresh[:-1] * lower).sum(axis=2)
    assert kept == approx(members[1:] - joined[1:], abs=1e-4)


def test_a_month_that_is_not_known_breaks_the_count_and_it_begins_anew():
    members, joined = np.full((8, 1), 100.0), np.full((8, 1), 10.0)
    members[3] = np.nan
    fresh, logit = kernel.cohorts(members, joined, PENALTIES)
    assert np.isnan(logit[[0, 3, 4], 0]).all()
    assert np.isfinite(logit[[1, 2, 5, 6, 7], 0]).all()
    assert np.isnan(fresh[3]).all()
    assert (fresh[4:].sum(axis=2) < members[4:]).all()


def test_one_row_at_a_time_and_all_together_are_the_same_months(panel):
    model = Structural(panel)
    studio, origin = np.arange(40), np.full(40, 47)
    plans = np.repeat(panel.plan[-1][:, None], 5, axis=1)
    together = model.simulate(studio, origin, plans)
    for s in (0, 7, 39):
        alone = model.simulate(studio[s : s + 1], origin[s : s + 1], plans[s : s + 1])
        assert all(alone[name][0] == approx(together[name][s], rel=1e-12) for name in kernel.FIGURES)


def test_the_worth_of_each_coalition_is_that_of_its_plan(panel):
    model, studio, months = Structural(panel), 2, 3
    held = np.tile(panel.plan[-1, studio], (months, 1))
    asked = held * [1.01, 1.05, 1.0, 1.2, 0.97, 1.1, 1.1] * np.linspace(0.99, 1.02, months)[:, None]
    asked[:, 2] = held[:, 2]
    counts = np.array([0.2, 0.3, 0.5])
    begin = *(part[studio] for part in model.fitted), model.start(np.array([studio]), np.array([47])).numbers[0]
    rows = np.full(128, studio), np.full(128, 47)
    really = model.simulate(*rows, explain.coalitions(held, asked))["revenue"] @ counts
    share = np.random.default_rng(1).normal(size=(7, 128))
    worth, values = kernel.coalitions(*begin, held, asked, counts, share)
    assert worth == approx(really, rel=1e-12)
    assert values == approx(share @ really, rel=1e-9)


def test_many_studios_learn_their_slopes_from_some_and_answer_nearly_the_same(panel, monkeypatch):
    studio, origin = np.arange(40), np.full(40, 47)
    plans = np.repeat(panel.plan[-1][:, None], 3, axis=1)
    all_of_them = Structural(panel)
    monkeypatch.setattr(structural, "TEACHERS", 30)
    some = Structural(panel)
    thirty = Structural(panel.cut(np.linspace(0, 39, 30).round().astype(int)))
    assert some.flow["stay"].coefficients == approx(thirty.flow["stay"].coefficients)
    assert some.flow["stay"].coefficients != approx(all_of_them.flow["stay"].coefficients)
    ours, theirs = (m.simulate(studio, origin, plans)["revenue"] for m in (some, all_of_them))
    assert np.abs(ours / theirs - 1).mean() < 0.01


def test_a_lone_studio_learns_from_a_teacher_and_answers_closer_to_the_truth(chain, panel):
    def off(model, s):
        plans = np.repeat(panel.plan[-1, s : s + 1][:, None], 3, axis=1)
        answer = model.simulate(np.array([0]), np.array([47]), plans)["revenue"][0]
        return np.abs(answer / true[s] - 1).mean()

    held = chain.lever_plan.groupby("studio_id").tail(1)
    true = truth.rollout(chain, held.loc[held.index.repeat(3)], 3, 0)["revenue"].to_numpy().reshape(-1, 3)
    teacher = Structural(panel.cut(np.arange(20)))
    alone = [off(Structural(panel.cut(np.array([s]))), s) for s in range(20, 40)]
    taught = [off(Structural(panel.cut(np.array([s])), teacher=teacher), s) for s in range(20, 40)]
    assert np.mean(taught) < 0.8 * np.mean(alone)
