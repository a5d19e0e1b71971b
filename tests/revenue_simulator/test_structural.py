import numpy as np
import pytest
from pytest import approx

from studiolab import world
from studiolab.revenue_simulator.panel import complete_studios, make_panel, tidy
from studiolab.revenue_simulator.structural import Structural
from studiolab.schema import LEVERS, REVENUE_PARTS
from studiolab.world import truth

PRICE, JOINS, RETENTION = (LEVERS.index(x) for x in ("avg_ticket_price", "new_members_monthly", "retention_rate"))


def learn(chain, until=None):
    frame = tidy(chain.monthly_metrics)
    return Structural(make_panel(frame, chain.lever_plan, complete_studios(frame)), until)


@pytest.fixture(scope="module")
def large():
    return world.make_chain(studios=60, months=60, seed=8)


@pytest.fixture(scope="module")
def learned(large):
    return learn(large)


def held(model, months=3):
    plans = np.repeat(model.panel.plan[-1][:, None], months, axis=1)
    studios = len(plans)
    return np.arange(studios), np.full(studios, len(model.panel.months) - 1), plans


def test_revenue_is_the_sum_of_its_parts(learned):
    answer = learned.simulate(*held(learned))
    assert answer["revenue"] == approx(sum(answer[part] for part in REVENUE_PARTS))


def test_members_flow_from_month_to_month(learned):
    answer = learned.simulate(*held(learned))
    before = np.column_stack([learned.members[-1], answer["members"][:, :-1]])
    assert answer["members"] == approx(before * answer["retention"] + answer["joined"])


def test_visits_never_exceed_the_places_offered(learned):
    studio, origin, plans = held(learned)
    plans[:, :, LEVERS.index("class_attendance_rate")] = 1.0
    plans[:, :, LEVERS.index("total_classes_held")] = 20
    assert (learned.simulate(studio, origin, plans)["fill"] <= 1).all()


@pytest.mark.parametrize(("lever", "step", "figure", "sign"), [
    (PRICE, 20, "members", -1), (RETENTION, 0.02, "members", 1), (JOINS, 5, "members", 1), (JOINS, 5, "revenue", 1),
])  # fmt: skip
def test_levers_act_the_way_they_do_in_the_world(learned, lever, step, figure, sign):
    studio, origin, plans = held(learned)
    moved = plans.copy()
    moved[:, :, lever] += step
    change = learned.simulate(studio, origin, moved)[figure] - learned.simulate(studio, origin, plans)[figure]
    assert (sign * change[:, -1] > 0).all()


def test_held_levers_are_answered_closer_to_the_truth_than_by_repeating_the_last_month(large, learned):
    real = truth.rollout(large, large.lever_plan.groupby("studio_id").tail(1).loc[lambda d: d.index.repeat(3)], 3)
    real = real["revenue"].to_numpy().reshape(-1, 3)
    ours = learned.simulate(*held(learned))["revenue"]
    repeated = learned.panel.values["total_revenue"][-1][:, None]
    assert np.abs(ours / real - 1).mean(axis=0).max() < 0.02
    assert (np.abs(ours / real - 1).mean(axis=0) < 0.5 * np.abs(repeated / real - 1).mean(axis=0)).all()


def test_the_shared_shock_is_found_and_nothing_else(large, learned):
    shock = large.outlier.all(axis=1)
    assert (learned.shocked[shock]).sum() >= 1
    assert not learned.shocked[~shock].any()


@pytest.mark.parametrize("months", [36, 40, 51])
def test_a_shock_is_not_taken_for_its_calendar_month_in_other_years(months):
    """A broken month bends its calendar month's level, and the years beside it must not look broken for that."""
    chain = world.make_chain(studios=60, months=60, seed=42)
    early = chain.until(f"{chain.months[months]:%Y-%m}")
    shocked = learn(early).shocked
    assert set(np.flatnonzero(shocked)) <= set(np.flatnonzero(chain.outlier[: months + 1].all(axis=1)))
    assert shocked.any()


def test_months_after_until_teach_nothing(large):
    early = learn(large.until("2025-10"))
    late = learn(large, until=48)
    origin = np.full(60, 47)
    plans = np.repeat(early.panel.plan[-1][:, None], 3, axis=1)
    one, two = (m.simulate(np.arange(60), origin, plans)["revenue"] for m in (early, late))
    assert two == approx(one, rel=1e-6)


def test_more_members_at_the_start_bring_more_revenue(learned):
    studio, origin, plans = (part[:1] for part in held(learned))
    known = learned.members[-1, :1]
    same, more = (learned.simulate(studio, origin, plans, members_now=n)["revenue"] for n in (known[0], known[0] + 50))
    assert same == approx(learned.simulate(studio, origin, plans)["revenue"])
    assert (more > same).all()


def test_a_price_far_from_any_known_one_fills_no_studio_beyond_what_a_tenth_of_it_would(model):
    studio, plan = np.array([0]), np.repeat(model.panel.plan[-1, :1][:, None], 3, axis=1)
    members = {}
    for times in (1e-6, 0.1, 1.0):
        changed = plan.copy()
        changed[:, :, LEVERS.index("avg_ticket_price")] *= times
        members[times] = model.simulate(studio, changed)["members"][0, -1]
    assert members[1e-6] == approx(members[0.1], rel=0.05)
    assert members[1.0] < members[0.1] < 8 * members[1.0]
