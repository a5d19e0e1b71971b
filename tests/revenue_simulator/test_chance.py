import numpy as np
import pytest
from pytest import approx

from studiolab import world
from studiolab.revenue_simulator import chance
from studiolab.revenue_simulator.panel import complete_studios, make_panel, tidy
from studiolab.revenue_simulator.structural import Structural
from studiolab.world import truth


@pytest.fixture(scope="module")
def chain():
    return world.make_chain(studios=40, months=48, seed=8)


@pytest.fixture(scope="module")
def structural(chain):
    frame = tidy(chain.monthly_metrics)
    return Structural(make_panel(frame, chain.lever_plan, complete_studios(frame)))


def held(structural, months=3):
    plans = np.repeat(structural.panel.plan[-1][:, None], months, axis=1)
    return np.arange(40), np.full(40, len(structural.panel.months) - 1), plans


def test_chance_moves_revenue_as_much_as_it_does_in_the_world(chain, structural):
    asked = held(structural)
    futures = np.log(truth.futures(chain, asked[2], 3, draws=1000, seed=1))
    both = np.stack([futures, np.log(np.exp(futures).cumsum(axis=1))]).var(axis=3)
    told = chance.noise(structural, *asked)
    assert told.shape == (2, 40, 3)
    assert told.mean(axis=1) == approx(both.mean(axis=1), rel=0.2)
    for which in (0, 1):
        for h in range(3):
            assert np.corrcoef(told[which, :, h], both[which, :, h])[0, 1] > 0.85


def test_a_studio_of_twice_the_members_is_moved_less(structural):
    studio, origin, plans = held(structural)
    bigger = structural.members[-1] * 2
    plain = chance.noise(structural, studio[:1], origin[:1], plans[:1])
    assert (chance.noise(structural, studio[:1], origin[:1], plans[:1], bigger[0]) < plain).all()


def test_one_row_and_many_are_the_same(structural):
    studio, origin, plans = held(structural)
    many = chance.noise(structural, studio, origin, plans)
    assert chance.noise(structural, studio[7:8], origin[7:8], plans[7:8])[:, 0] == approx(many[:, 7], rel=1e-9)
