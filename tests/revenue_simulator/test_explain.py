from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from studiolab import world
from studiolab.revenue_simulator import explain, fit, levers
from studiolab.schema import LEVERS
from studiolab.world import truth

STUDIO = "studio-001"
RETENTION, PRICE, FILL, JOINS, UTILIZATION, UPSELL, CLASSES = LEVERS
moves = st.dictionaries(st.sampled_from(LEVERS), st.floats(-1, 1), max_size=7)


def plan_of(model, moves, studio=STUDIO):
    """Levers moved by these shares of their step, within their hard range."""
    held, steps = model.held_levers(studio), dict(zip(LEVERS, levers.limits(), strict=True))
    return {
        lever: float(np.clip(held[lever] + share * steps[lever], *levers.hard_range(lever)))
        for lever, share in moves.items()
    }


def expected(model, plan, months=3, **given):
    return model.scenario(STUDIO, plan, months, **given)["revenue"]


# Shapley values of a plan ----------------------------------------------------------------------------
@settings(max_examples=40)
@given(
    moves=moves, months=st.integers(1, 5), basis=st.sampled_from(["last", "mean", "sum"]),
    members=st.none() | st.integers(50, 600),
)  # fmt: skip
def test_the_values_add_up_to_what_the_plan_changes(model, moves, months, basis, members):
    plan = plan_of(model, moves)
    found = explain.shapley(model, STUDIO, plan, months, basis, members=members)
    before, after = (expected(model, p, months, members=members) for p in ({}, plan))
    total = {"last": lambda r: r.iloc[-1], "mean": np.mean, "sum": np.sum}[basis]
    assert found.values.sum() == approx(total(after) - total(before), abs=1e-6)
    assert (found.before, found.after) == approx((total(before), total(after)))


@given(moves=moves)
def test_a_lever_that_is_not_moved_has_no_part_in_it(model, moves):
    found = explain.shapley(model, STUDIO, plan_of(model, moves))
    still = [lever for lever in LEVERS if lever not in moves]
    assert found.values[still].to_numpy() == approx(0, abs=1e-6)
    assert found.interactions.loc[still].to_numpy() == approx(0, abs=1e-6)


@given(moves=moves)
def test_what_two_levers_do_together_is_half_each_ones(model, moves):
    found = explain.shapley(model, STUDIO, plan_of(model, moves))
    pairs = found.interactions.to_numpy()
    assert pairs == approx(pairs.T, abs=1e-6)
    assert pairs.sum(axis=1) == approx(found.values.to_numpy(), abs=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_values_are_the_mean_over_all_orders_in_which_levers_could_move(model, seed):
    plan = plan_of(model, dict(zip(LEVERS, np.random.default_rng(seed).uniform(-1, 1, 7), strict=True)))
    known = {}

    def worth(levers_moved):
        if levers_moved not in known:
            known[levers_moved] = expected(model, {lever: plan[lever] for lever in levers_moved}).iloc[-1]
        return known[levers_moved]

    added = dict.fromkeys(LEVERS, 0.0)
    orders = list(permutations(LEVERS))
    for order in orders:
        for place, lever in enumerate(order):
            added[lever] += worth(frozenset(order[: place + 1])) - worth(frozenset(order[:place]))
    brute = {lever: total / len(orders) for lever, total in added.items()}
    assert explain.shapley(model, STUDIO, plan).values.to_dict() == approx(brute, abs=1e-6)


def test_levers_that_enter_alike_count_alike_and_a_product_is_halved():
    first, second, third = explain.MOVED[:, :3].T.astype(float)
    game = 10 * first * second + 4 * third
    assert explain.shares(game) == approx([5, 5, 4, 0, 0, 0, 0])
    together = explain.interactions(game)
    assert together[:3, :3] == approx(np.array([[0, 5, 0], [5, 0, 0], [0, 0, 4]]))


def test_a_plan_may_differ_from_month_to_month(model):
    rising = [{PRICE: 150}, {PRICE: 155}, {PRICE: 160}]
    found = explain.shapley(model, STUDIO, rising, 3, "sum")
    change = expected(model, rising).sum() - expected(model, {}).sum()
    assert found.values[PRICE] == approx(change)


# local effects ---------------------------------------------------------------------------------------
def test_sensitivity_is_the_revenue_of_one_percent_more_and_elasticity_the_percent(model):
    table = explain.sensitivity(model, STUDIO)
    held = model.held_levers(STUDIO)
    for lever in LEVERS:
        more, less = (expected(model, {lever: held[lever] * share}).iloc[-1] for share in (1.005, 0.995))
        assert table.loc[lever, "per_percent"] == approx(more - less, rel=0.01, abs=0.05)
    percent = 100 * table["per_percent"] / expected(model, {}).iloc[-1]
    assert explain.elasticity(model, STUDIO).to_numpy() == approx(percent.to_numpy())
    assert (table["per_unit"] * table["at"] / 100).to_numpy() == approx(table["per_percent"].to_numpy())


def test_sensitivity_holds_at_the_plan_it_is_asked_about(model):
    there, here = explain.sensitivity(model, STUDIO, {PRICE: 400.0}), explain.sensitivity(model, STUDIO)
    assert there.loc[PRICE, "at"] == 400
    assert there.loc[PRICE, "per_unit"] != approx(here.loc[PRICE, "per_unit"], rel=0.05)


@pytest.mark.parametrize(("lever", "end"), [(RETENTION, 1.0), (UPSELL, 0.0), (JOINS, 0.0), (CLASSES, 500.0)])
def test_at_the_end_of_its_range_a_lever_still_has_a_slope(model, lever, end):
    table = explain.sensitivity(model, STUDIO, {lever: end})
    assert np.isfinite(table.to_numpy()).all()
    assert table.loc[lever, "per_unit"] != 0


# the past --------------------------------------------------------------------------------------------
def test_correlation_is_that_of_the_months_as_they_were(model):
    known = model.history(STUDIO)
    found = explain.correlation(model, STUDIO)
    assert found.loc[CLASSES, "revenue"] == approx(
        np.corrcoef(known["total_classes_held"][1:].astype(float), known["total_revenue"][1:])[0, 1]
    )
    stayed = 1 - known["churned_members"] / known["total_members"].shift()
    assert explain.realised(model, STUDIO)[RETENTION].to_numpy() == approx(stayed[1:].astype(float).to_numpy())
    assert np.diag(found) == approx(1)


def test_correlation_sees_nothing_after_its_month(chain, model):
    early = fit(chain.until("2025-10").monthly_metrics)
    then = explain.correlation(model, STUDIO, "2025-10")
    pd.testing.assert_frame_equal(then, explain.correlation(early, STUDIO))
    assert not then.equals(explain.correlation(model, STUDIO))


def test_a_lever_that_never_moved_has_no_correlation(few):
    model = fit(few.monthly_metrics.assign(total_classes_held=120))
    found = explain.correlation(model, STUDIO)
    assert found[CLASSES].isna().all()
    assert found.drop(index=CLASSES, columns=CLASSES).notna().all().all()


# the truth -------------------------------------------------------------------------------------------
def rank_correlation(ours, theirs):
    """Spearman's of two tables, row by row."""
    return ours.rank(axis=1).corrwith(theirs.rank(axis=1), axis=1)


def test_the_values_are_those_of_the_true_world():
    """Measured: rank correlation over a plan's levers 0.992, signs 0.971, RMS error 6.3 % of the RMS effect."""
    chain = world.make_chain(studios=40, months=48, seed=11)
    model = fit(chain.monthly_metrics, chain.lever_plan)
    rng = np.random.default_rng(3)
    plans = {s: plan_of(model, dict(zip(LEVERS, rng.uniform(-1, 1, 7), strict=True)), s) for s in model.studio_ids}
    found = {s: explain.shapley(model, s, plan) for s, plan in plans.items()}
    tables = np.array([explain.coalitions(f.held, f.asked) for f in found.values()])  # (40, 128, 3, 7)
    ids, worth = np.repeat(model.studio_ids, 3), []
    for each in range(tables.shape[1]):
        plan = pd.DataFrame(tables[:, each].reshape(-1, 7), columns=list(LEVERS)).assign(studio_id=ids)
        worth.append(truth.rollout(chain, plan, 3, draws=0).query("horizon == 3")["revenue"].to_numpy())
    true = pd.DataFrame(explain.shares(np.array(worth)).T, model.studio_ids, list(LEVERS))
    ours = pd.DataFrame({s: f.values for s, f in found.items()}).T
    assert rank_correlation(ours, true).mean() > 0.97
    assert (np.sign(ours) == np.sign(true)).mean().mean() > 0.95
    assert np.sqrt(((ours - true) ** 2).mean().mean()) < 0.1 * np.sqrt((true**2).mean().mean())


# errors ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ask", [explain.shapley, explain.sensitivity])
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"levers": {RETENTION: float("nan")}}, "retention_rate is nan; its range is 0.5 to 1"),
        ({"levers": {RETENTION: 1.2}}, "retention_rate is 1.2; its range is 0.5 to 1"),
        ({"levers": {"price": 3}}, "levers has 'price'; known are"),
        ({"months": 13}, "months is 13; it must be a whole number from 1 to 12"),
        ({"basis": "best"}, "target_basis is 'best'; known are"),
        ({"base_month": "2010-01"}, "base_month is 2010-01; there is history from"),
    ],
)
def test_a_wrong_question_is_refused_with_what_came_and_what_was_expected(model, ask, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        ask(model, STUDIO, **({"levers": {}} | given))


@pytest.mark.parametrize("ask", [lambda m, s: explain.shapley(m, s, {}), explain.sensitivity, explain.correlation])
def test_a_studio_without_levers_or_unknown_is_refused(few, ask):
    takings = few.monthly_metrics[["studio_id", "month_year", "total_revenue", "currency"]].query(
        "studio_id == @STUDIO"
    )
    model = fit(pd.concat([few.monthly_metrics, takings.assign(studio_id="till")]))
    with pytest.raises(ValueError, match="'till' has no 9 months of member, visit and class figures"):
        ask(model, "till")
    with pytest.raises(ValueError, match="no studio 'nobody'; there are 5: studio-001"):
        ask(model, "nobody")
