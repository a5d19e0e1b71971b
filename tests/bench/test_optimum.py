import numpy as np
import pytest

from studiolab.bench import optimum, worlds


@pytest.fixture(scope="module")
def small():
    return worlds.Worlds((21,), 10, 40)


@pytest.fixture(scope="module")
def problem(small):
    return optimum.Problem(small.chain(21), small.model(21), 0)


def test_a_plan_beyond_its_limits_is_noticed(problem):
    whole = problem.plans(problem.room)[0]
    assert not problem.broken(whole)
    assert problem.broken(problem.plans(problem.steps * 1.2)[0])
    assert problem.broken(problem.plans(-problem.room / 2)[0])
    assert problem.broken(whole[[1, 1, 2]])


def test_the_cheapest_plan_reaches_its_target_and_no_random_one_is_cheaper(problem):
    base, best = problem.value(np.zeros(7))[0], problem.best()
    target = base + 0.5 * (best - base)
    cheapest = problem.cheapest(target)
    tried = np.random.default_rng(1).uniform(0, 1, (400, 7)) ** 2 * problem.room
    enough = problem.value(tried) >= target
    assert enough.any()
    assert 0 < cheapest <= (tried[enough] @ problem.price).min()
    assert np.isnan(problem.cheapest(best * 1.01))
    assert problem.cheapest(base * 0.99) == 0


def test_the_cheapest_of_one_lever_is_as_far_as_it_must_go(problem, small):
    alone = optimum.Problem(small.chain(21), small.model(21), 0)
    alone.room = alone.room * (np.arange(7) == 1)  # the price only
    target = alone.value(alone.room * 0.4)[0]
    assert alone.cheapest(target) == pytest.approx(0.4 * alone.room @ alone.price, rel=1e-3)
