import numpy as np
import pytest

from studiolab.revenue_simulator import choices
from studiolab.revenue_simulator.levers import LIMIT_NAMES
from studiolab.schema import LEVERS

STUDIO = "studio-003"
NAMES = {lever: name for name, lever in LIMIT_NAMES.items()}


@pytest.fixture(scope="module")
def now(model):
    return model.forecast([STUDIO])["revenue"].iloc[-1]


@pytest.fixture(scope="module")
def far(model, now):
    plan = model.plan(STUDIO, now * 1.25)
    assert not plan.reached
    return plan


def test_each_other_plan_reaches_the_target_and_is_another(model, now):
    plan = model.plan(STUDIO, now * 1.06)
    found = choices.others(plan)
    assert len(found) >= 2
    for name, other in found:
        assert other.reached, name
        assert other.achievable_revenue >= now * 1.06 * (1 - 1e-5)
        assert other.cost >= plan.cost * (1 - 1e-6), "the first plan is the cheapest"
        assert np.abs(other.share - plan.share).max() > choices.ALIKE


def test_the_names_of_other_plans_say_what_they_are(model, now):
    found = dict(choices.others(model.plan(STUDIO, now * 1.06)))
    little = found["a little of everything"]
    assert np.ptp(little.share) == 0
    without = next(name for name in found if name.startswith("without"))
    assert found[without].change[LEVERS.index(without.removeprefix("without "))] == 0
    assert found["surer"].chance == pytest.approx(0.8, abs=0.01)


def test_there_is_nothing_to_choose_where_nothing_need_change(model, now):
    assert choices.others(model.plan(STUDIO, now * 0.9)) == []
    assert choices.relaxations(model.plan(STUDIO, now * 0.9)) == []


def test_a_relaxation_is_enough_and_a_little_less_is_not(model, now, far):
    limits = [step for step in choices.relaxations(far) if step.kind == "limit"]
    assert limits
    for step in limits:
        allowed = {"extrapolate": step.beyond_data}
        enough, short = (model.plan(STUDIO, now * 1.25, limits={NAMES[step.lever]: step.to * part}, **allowed)
                         for part in (1 + 1e-6, 0.98))  # fmt: skip
        assert enough.reached, step.lever
        assert allowed["extrapolate"] or not short.reached, step.lever


def test_relaxations_inside_the_data_come_first_and_the_cheapest_of_them_leads(far):
    steps = [step for step in choices.relaxations(far) if step.kind == "limit"]
    order = [(step.beyond_data, step.plan.cost) for step in steps]
    assert order == sorted(order)


def test_more_time_is_offered_where_it_brings_the_target(model, now):
    plan = model.plan(STUDIO, now * 1.19)
    later = [step for step in choices.relaxations(plan) if step.kind == "months"]
    if not plan.reached:
        assert later
        assert model.plan(STUDIO, now * 1.19, int(later[0].to)).reached
        assert not model.plan(STUDIO, now * 1.19, int(later[0].to) - 1).reached
