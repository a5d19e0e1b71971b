"""One small chain and one model of it for all tests of this folder."""

import pytest

from studiolab import world
from studiolab.revenue_simulator import fit


@pytest.fixture(scope="session")
def chain():
    return world.make_chain(studios=16, months=48, seed=5)


@pytest.fixture(scope="session")
def model(chain):
    return fit(chain.monthly_metrics, chain.lever_plan)


@pytest.fixture(scope="session")
def few():
    """Four studios of 28 months: what a test of the ensemble, slow to learn, can do with."""
    return world.make_chain(studios=4, months=28, seed=5)


@pytest.fixture(scope="session")
def few_model(few):
    return fit(few.monthly_metrics, few.lever_plan)
