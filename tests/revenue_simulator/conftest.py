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
