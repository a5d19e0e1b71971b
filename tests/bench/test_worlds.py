import numpy as np
import pytest

from studiolab.bench import worlds
from studiolab.revenue_simulator import levers
from studiolab.schema import LEVERS, to_major
from studiolab.world import truth


@pytest.fixture(scope="module")
def bench():
    return worlds.Worlds((21,), 5, 40)


def test_random_plans_stay_within_their_steps_and_take_a_third_of_the_way_each_month(bench):
    chain = bench.chain(21)
    plans, held = worlds.plans_within_limits(chain, np.random.default_rng(1)), worlds.held(chain)
    assert plans.shape == (5, 3, 7)
    assert (np.abs(plans[:, 2] - held) <= levers.limits() + 1e-9).all()
    np.testing.assert_allclose((plans[:, 0] - held) * 3, plans[:, 2] - held, atol=1e-9)
    np.testing.assert_allclose((plans[:, 1] - held) * 3, (plans[:, 2] - held) * 2, atol=1e-9)


def test_plans_anywhere_end_in_the_documents_ranges(bench):
    last = worlds.plans_anywhere(bench.chain(21), np.random.default_rng(1))[:, -1]
    for i, lever in enumerate(LEVERS):
        assert (last[:, i] >= levers.CATALOGUE[lever].low).all()
        assert (last[:, i] <= levers.CATALOGUE[lever].high).all()


def test_levers_and_revenues_are_those_of_the_tables(bench):
    chain, back = bench.chain(21), 4
    plan = to_major("lever_plan", chain.lever_plan).groupby("studio_id")[list(LEVERS)]
    np.testing.assert_allclose(worlds.levers_set(chain, back)[:, 0], plan.nth(-back))
    np.testing.assert_allclose(worlds.levers_set(chain, back)[:, -1], worlds.held(chain))
    total = to_major("monthly_metrics", chain.monthly_metrics).groupby("studio_id")["total_revenue"].last()
    np.testing.assert_allclose(worlds.revenues(chain)[-1], total)


def test_nothing_of_the_last_months_is_in_what_was_known_before_them(bench):
    past = bench.chain(21, 6)
    assert len(past.months) == 34
    assert bench.model(21, 6).panel.months[-1] == past.months[-1]
    assert bench.model(21, 6) is bench.model(21, 6)


def test_copies_of_a_studio_have_its_future(bench):
    chain = bench.chain(21)
    plans = np.repeat(worlds.held(chain)[:, None], 3, axis=1)
    whole = truth.futures(chain, plans, 3, draws=0)
    again = truth.futures(worlds.copies(chain, [3, 3, 0]), plans[[3, 3, 0]], 3, draws=0)
    np.testing.assert_allclose(again, whole[[3, 3, 0]])
