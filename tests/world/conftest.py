"""Chains that several tests of the world look at."""

import pytest
from hypothesis import settings

from studiolab.world import make_chain

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def chain():
    return make_chain(4, seed=11)


@pytest.fixture(scope="session")
def raw(chain):
    """Raw tables of studio-002."""
    return chain.raw("studio-002")
