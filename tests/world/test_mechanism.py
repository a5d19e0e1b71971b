from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.world.mechanism import Chance, Event, Expectation, soft_minimum, step
from studiolab.world.studios import draw_studios

N = 20


def studios(seed=5):
    """Traits, opening state and usual plan of N studios."""
    _, traits, state, usual = draw_studios(N, np.random.default_rng(seed), pd.Timestamp("2021-11-01"))
    return traits, state, usual


def advance(state, plan, traits, month=4, draws=None):
    return step(state, plan, traits, month, Event.none(N), draws or Expectation())


def months(plan, traits, state, count):
    """Outcomes of `count` plain Aprils in the mean."""
    seen = []
    for _ in range(count):
        state, outcome = advance(state, plan, traits)
        seen.append(outcome)
    return seen


@given(st.floats(0.1, 1e4), st.floats(0.1, 1e4))
def test_demand_never_passes_the_limit_nor_itself(demand, limit):
    met = soft_minimum(demand, limit)
    assert 0 < met <= min(demand, limit) * (1 + 1e-12)


def test_demand_far_below_the_limit_is_met():
    assert soft_minimum(50.0, 100.0) == pytest.approx(50, rel=1e-3)


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_members_after_a_month_are_those_who_stayed_and_those_who_came(seed, month):
    traits, state, plan = studios()
    after, outcome = advance(state, plan, traits, month, Chance(np.random.default_rng(seed)))
    stayed = outcome["kept_settled"] + outcome["kept_fresh"].sum(axis=1)
    assert (after.members == stayed + outcome["joined"]).all()
    assert (outcome["visits"] <= outcome["spots"]).all()
    assert (outcome["upsold"] <= outcome["members"]).all()


@given(st.integers(0, 10**6))
def test_staff_never_teach_more_hours_than_they_have(seed):
    traits, state, plan = studios()
    busy = plan | {"utilization": np.full(N, 0.95), "classes": np.full(N, 70.0)}
    _, outcome = advance(state, busy, traits, 4, Chance(np.random.default_rng(seed)))
    assert (outcome["held"] <= outcome["staff"] * traits.hours_per_instructor).all()


def test_the_expectation_is_the_average_of_chance():
    traits, state, plan = studios()
    _, mean = advance(state, plan, traits)
    draws = Chance(np.random.default_rng(0))
    many = [advance(state, plan, traits, 4, draws)[1] for _ in range(2000)]
    for name in ("joined", "members", "visits", "upsold", "membership_revenue", "retail_revenue"):
        seen = np.array([outcome[name] for outcome in many])
        # The mean-field path bends chance through logits and limits, so a percent is allowed beside the error.
        assert np.abs(seen.mean(axis=0) / mean[name] - 1).max() < 0.01 + 4 * (seen.std() / seen.mean()) / 2000**0.5, (
            name
        )


@pytest.mark.parametrize(("lever", "factor", "sign"), [("price", 1.1, -1), ("retention", 1.02, 1), ("joins", 1.2, 1)])
def test_a_lever_moves_members_the_way_it_should(lever, factor, sign):
    traits, state, plan = studios()
    usual, moved = (months(p, traits, state, 3)[-1]["members"] for p in (plan, plan | {lever: plan[lever] * factor}))
    assert (np.sign(moved - usual) == sign).all()


def test_new_members_leave_sooner_than_settled_ones():
    traits, state, plan = studios()
    _, outcome = advance(state, plan, traits)
    settled = outcome["kept_settled"] / state.settled
    fresh = outcome["kept_fresh"] / state.fresh
    assert (fresh[:, 0] < fresh[:, 1]).all()
    assert (fresh[:, 1] < fresh[:, 2]).all()
    assert (fresh[:, 2] < settled).all()


def test_crowded_classes_drive_members_out():
    traits, state, plan = studios()
    packed = replace(state, crowding=np.full(N, 0.98))
    roomy = replace(state, crowding=np.full(N, 0.60))
    members = [advance(s, plan, traits)[1]["members"] for s in (packed, roomy)]
    assert (members[0] < members[1]).all()


def test_a_price_held_long_enough_is_what_members_are_used_to():
    traits, state, plan = studios()
    dear = plan | {"price": plan["price"] * 1.1}
    for _ in range(40):
        state, _ = advance(state, dear, traits)
    assert state.reference_price == pytest.approx(dear["price"], rel=0.001)


def test_referrals_bring_members_when_members_are_kept():
    traits, state, plan = studios()
    keep = plan | {"retention": np.full(N, 0.95)}
    talk = replace(traits, referral=np.full(N, 0.12))
    quiet, told = (months(keep, t, state, 1)[0]["joined"] for t in (traits, talk))
    assert told - quiet == pytest.approx(0.12 * state.members * 0.05, rel=0.2)


def test_a_delayed_price_reaction_comes_a_month_later():
    traits, state, plan = studios()
    dear = plan | {"price": plan["price"] * 1.1}
    slow = replace(traits, delayed_price=np.full(N, 0.7))
    at_once, later = months(dear, traits, state, 2), months(dear, slow, state, 2)
    left = [[m["before"] + m["joined"] - m["members"] for m in story] for story in (at_once, later)]
    assert (left[1][0] < left[0][0]).all()
    assert (left[1][1] > left[0][1]).all()


def test_overworked_staff_lose_members_from_the_second_month():
    traits, state, plan = studios()
    hard = plan | {"utilization": np.full(N, 0.92)}
    tired = replace(traits, workload=np.full(N, 1.5))
    usual, worn = months(hard, traits, state, 2), months(hard, tired, state, 2)
    assert worn[0]["members"] == pytest.approx(usual[0]["members"])
    assert (worn[1]["members"] < usual[1]["members"]).all()
    assert (worn[1]["visits"] < usual[1]["visits"]).all()


def test_a_growing_membership_cannibalises_drop_ins():
    traits, state, plan = studios()
    growth = plan | {"joins": plan["joins"] * 3}
    eaten = replace(traits, cannibalised=np.full(N, 0.8))
    usual, fewer = (months(growth, t, state, 1)[0] for t in (traits, eaten))
    assert (fewer["drop_ins"] < usual["drop_ins"]).all()
    assert fewer["visits"] == pytest.approx(usual["visits"])


def test_upsell_saturates_where_much_was_sold():
    traits, state, plan = studios()
    sold = replace(state, upsold=state.upsold * 1.5)
    full = replace(traits, saturation=np.full(N, 1.2))
    usual, less = (months(plan, t, sold, 1)[0]["upsold"] for t in (traits, full))
    assert (less < usual).all()


def test_the_second_world_switches_all_five_on_and_the_first_none():
    hidden = ("referral", "delayed_price", "workload", "cannibalised", "saturation")
    for variant in (False, True):
        _, traits, _, _ = draw_studios(3, np.random.default_rng(1), pd.Timestamp("2021-11-01"), variant)
        assert [bool((getattr(traits, name) > 0).all()) for name in hidden] == [variant] * 5
