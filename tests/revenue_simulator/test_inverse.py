import itertools

import numpy as np
import pytest
from pytest import approx

from studiolab.revenue_simulator import levers
from studiolab.schema import LEVERS

STUDIO = "studio-003"


@pytest.fixture(scope="module")
def now(model):
    return model.forecast([STUDIO])["revenue"].to_numpy()


def test_a_plan_reaches_its_target_and_not_more(model, now):
    plan = model.plan(STUDIO, now[-1] * 1.05)
    assert plan.reached
    assert plan.prediction["revenue"].iloc[-1] == approx(now[-1] * 1.05, rel=1e-4)


@pytest.mark.parametrize(("basis", "total"), [("last", lambda r: r[-1]), ("mean", np.mean), ("sum", np.sum)])
def test_each_basis_means_what_it_says(model, now, basis, total):
    plan = model.plan(STUDIO, total(now) * 1.03, target_basis=basis)
    assert total(plan.prediction["revenue"].to_numpy()) == approx(total(now) * 1.03, rel=1e-4)


def test_asking_for_what_will_come_anyway_costs_nothing(model, now):
    plan = model.plan(STUDIO, now[-1] * 0.95)
    assert plan.reached
    assert plan.cost == 0
    assert plan.impacts == {}


def test_levers_ramp_evenly_and_stop_at_their_limits(model, now):
    plan = model.plan(STUDIO, now[-1] * 1.5, limits={"max_ticket_increase": 6})
    held = model.held_levers(STUDIO)
    assert (plan.levers["avg_ticket_price"] - held["avg_ticket_price"]).tolist() == approx([2, 4, 6])
    assert "avg_ticket_price" in plan.binds
    assert plan.levers["new_members_monthly"].iloc[-1] <= held["new_members_monthly"] + 10 + 1e-9


def test_levers_stay_inside_what_the_data_covers(model, now):
    plan = model.plan(STUDIO, now[-1] * 1.5)
    for lever, (low, high) in model.support(STUDIO).items():
        assert plan.levers[lever].between(low - 1e-9, high + 1e-9).all(), lever


def test_out_of_reach_is_said_with_the_best_there_is(model, now):
    plan = model.plan(STUDIO, now[-1] * 2)
    assert not plan.reached
    assert now[-1] < plan.achievable_revenue < now[-1] * 2
    assert plan.achievement_rate == approx(plan.achievable_revenue / (now[-1] * 2))
    assert plan.binds


def test_no_combination_of_two_levers_on_a_grid_is_cheaper(model, now):
    """The judge is brute force over ticket and joins, the two levers left free."""
    allowed = {"max_ticket_increase": 12, "max_new_members_increase": 10} | {
        name: 0 for name in levers.LIMIT_NAMES if name not in ("max_ticket_increase", "max_new_members_increase")
    }
    target = now[-1] * 1.07
    plan = model.plan(STUDIO, target, limits=allowed)
    held = model.held_levers(STUDIO)
    members = model.history(STUDIO)["total_members"].iloc[-1]
    price = dict(zip(LEVERS, levers.unit_costs(float(members), held["avg_ticket_price"]) * 2, strict=True))
    room = model.support(STUDIO)["avg_ticket_price"][1] - held["avg_ticket_price"]
    cheapest = np.inf
    for ticket, joins in itertools.product(np.linspace(0, min(12, room), 25), np.linspace(0, 10, 25)):
        cost = ticket * price["avg_ticket_price"] + joins * price["new_members_monthly"]
        if cost >= cheapest:
            continue
        steps = [(held["avg_ticket_price"] + ticket * part, held["new_members_monthly"] + joins * part)
                 for part in (1 / 3, 2 / 3, 1)]  # fmt: skip
        rows = [{"avg_ticket_price": price_then, "new_members_monthly": joins_then} for price_then, joins_then in steps]
        if model.scenario(STUDIO, rows)["revenue"].iloc[-1] >= target:
            cheapest = cost
    assert plan.reached == np.isfinite(cheapest)
    assert plan.cost <= cheapest * 1.01


@pytest.mark.parametrize(("target", "says"), [(-5, "positive"), (float("nan"), "positive"), (9e9, "not cents")])
def test_a_target_that_makes_no_sense_is_refused(model, target, says):
    with pytest.raises(ValueError, match=says):
        model.plan(STUDIO, target)


def test_an_unknown_basis_is_refused(model, now):
    with pytest.raises(ValueError, match="target_basis is 'total'"):
        model.plan(STUDIO, now[-1], target_basis="total")
