import itertools

import numpy as np
import pytest
from pytest import approx
from scipy.optimize import minimize

from studiolab.revenue_simulator import levers, reach
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
    assert plan.binds["avg_ticket_price"] == "limit"
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


def test_no_generic_solver_finds_a_cheaper_plan(model):
    """The judge is SLSQP from many starts, on the same revenue."""
    rng = np.random.default_rng(3)
    for studio in model.studio_ids[:6]:
        now = model.forecast([studio])["revenue"].iloc[-1]
        plan = model.plan(studio, now * rng.uniform(1.03, 1.12))
        assert plan.reached
        case, size = plan.search.case, plan.search.money @ np.abs(plan.search.room)
        cost = plan.search.money * np.abs(plan.search.room) / size
        for start in rng.uniform(0, 1, (6, 7)):
            found = minimize(
                lambda x, cost=cost: x @ cost, start, jac=lambda x, cost=cost: cost, bounds=[(0, 1)] * 7,
                method="SLSQP", constraints={"type": "ineq", "fun": lambda x, case=case, plan=plan: reach.revenue(
                    case, np.clip(x, 0, 1)) / plan.target_revenue - 1},
            )  # fmt: skip
            if reach.revenue(case, np.clip(found.x, 0, 1)) >= plan.target_revenue * (1 - 1e-6):
                assert plan.cost <= found.fun * size * 1.002


def test_nothing_within_the_limits_brings_more_than_what_is_called_the_best(model, now):
    plan = model.plan(STUDIO, now[-1] * 2)
    inside = np.random.default_rng(0).uniform(0, 1, (2000, 7)).round(1)
    assert max(reach.revenue(plan.search.case, x) for x in inside) <= plan.achievable_revenue


def test_a_surer_plan_leaves_the_room_that_errors_have_needed(model, now):
    even, sure = (model.plan(STUDIO, now[-1] * 1.03, sure=chance) for chance in (None, 0.8))
    assert even.chance == approx(0.5, abs=0.02)
    assert sure.chance == approx(0.8, abs=0.01)
    assert sure.cost > even.cost
    low = sure.prediction["low"].iloc[-1], model.plan(STUDIO, now[-1] * 1.03, sure=0.95).prediction["low"].iloc[-1]
    assert low[0] < now[-1] * 1.03
    assert low[1] == approx(now[-1] * 1.03, rel=2e-3)  # 90 in 100 lie inside, so 95 above the lower end


def test_a_plan_without_a_target_earns_more_than_any_other_of_a_thousand(model):
    best = model.plan(STUDIO, None)
    case = best.search.case._replace(counts=np.ones(3))
    unchanged = reach.revenue(case, np.zeros(7))

    def net(x):
        return reach.revenue(case, x) - unchanged - best.search.money @ np.abs(x * best.search.room)

    assert best.net_gain == approx(net(best.share))
    assert best.net_gain > 0
    around = np.clip(best.share + np.random.default_rng(0).normal(0, 0.3, (1000, 7)), 0, 1)
    assert max(map(net, around)) <= best.net_gain * 1.001


def test_the_documents_weights_spare_the_levers_they_call_dear(model, now):
    money, documents = (model.plan(STUDIO, now[-1] * 1.06, cost_basis=basis) for basis in ("money", "documents"))
    relative = np.abs(documents.change / documents.search.held) @ levers.WEIGHTS
    assert relative < np.abs(money.change / money.search.held) @ levers.WEIGHTS
    assert documents.cost > money.cost


def test_a_studios_own_cost_takes_the_place_of_the_assumed_one(model, now):
    dear = model.plan(STUDIO, now[-1] * 1.05, unit_costs={"avg_ticket_price": 1e6})
    assert dear.change[LEVERS.index("avg_ticket_price")] == 0
    with pytest.raises(ValueError, match="unit_costs avg_ticket_price is -1"):
        model.plan(STUDIO, now[-1], unit_costs={"avg_ticket_price": -1})


def test_a_change_at_once_is_whole_from_the_first_month(model, now):
    plan = model.plan(STUDIO, now.sum() * 1.03, target_basis="sum", ramp="at_once")
    assert plan.levers[list(LEVERS)].nunique().eq(1).all()
    assert plan.cost == approx(3 * plan.search.money @ np.abs(plan.change) / 3)


def test_only_who_allows_it_leaves_what_the_data_covers(model, now):
    limits = {"max_ticket_increase": 500}
    inside, outside = (model.plan(STUDIO, now[-1] * 3, limits=limits, extrapolate=e) for e in (False, True))
    assert inside.binds["avg_ticket_price"] == "data"
    high = model.support(STUDIO)["avg_ticket_price"][1]
    assert inside.levers["avg_ticket_price"].max() <= high < outside.levers["avg_ticket_price"].max()


@pytest.mark.parametrize("given", [{"sure": 0.99}, {"sure": 0.2}, {"cost_basis": "points"}, {"ramp": "later"}])
def test_a_question_that_is_not_known_is_refused(model, now, given):
    with pytest.raises(ValueError, match=f"{next(iter(given))} is .* (known are|must be)"):
        model.plan(STUDIO, now[-1], **given)
