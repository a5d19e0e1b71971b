import numpy as np
import pandas as pd
import pytest

from studiolab.revenue_simulator import fit, retraining
from studiolab.revenue_simulator.ensemble import MORE
from studiolab.world import make_chain


@pytest.fixture(scope="module")
def chain():
    return make_chain(4, 30, seed=3)


@pytest.fixture(scope="module")
def earlier(chain):
    last = chain.monthly_metrics["month_year"].max() - pd.DateOffset(months=3)
    old = [table[table[column] <= last] for table, column in ((chain.monthly_metrics, "month_year"),
                                                             (chain.lever_plan, "month"))]  # fmt: skip
    return fit(*old)


@pytest.fixture(scope="module")
def later(chain, earlier):
    return fit(chain.monthly_metrics, chain.lever_plan, near=earlier)


def structural(model):
    return model._learn("structural")[0]


def test_what_goes_on_keeps_what_studios_share_and_learns_what_tells_them_apart(earlier, later):
    old, new = structural(earlier), structural(later)
    for name in new.flow:
        np.testing.assert_array_equal(new.flow[name].coefficients, old.flow[name].coefficients)
    assert any(not np.array_equal(new.flow[name].effects, old.flow[name].effects) for name in new.flow)
    assert len(later.panel.months) == len(earlier.panel.months) + 3


def test_what_goes_on_is_told_apart_by_its_version_and_has_the_errors_measured_before(chain, earlier, later):
    anew = fit(chain.monthly_metrics, chain.lever_plan)
    assert len({anew.version, earlier.version, later.version}) == 3
    assert later._learn("structural")[1] is earlier._learn("structural")[1]


def test_boosters_go_on_with_more_trees_and_the_ones_they_had_stay(chain, earlier):
    before = earlier._learn("ensemble")[0]
    trees = [before.members["xgboost"].get_booster().num_boosted_rounds(),
             before.members["lightgbm"].estimators_[0].booster_.num_trees()]  # fmt: skip
    after = fit(chain.monthly_metrics, chain.lever_plan, near=earlier)._learn("ensemble")[0]
    assert [after.members["xgboost"].get_booster().num_boosted_rounds(),
            after.members["lightgbm"].estimators_[0].booster_.num_trees()] == [
                round(known * (1 + MORE)) for known in trees]  # fmt: skip
    assert before.members["xgboost"].get_booster().num_boosted_rounds() == trees[0]
    assert after.weights == before.weights
    asked = np.array([0, 1]), np.array([25, 25]), np.repeat(earlier.panel.plan[25, :2][:, None], 2, axis=1)
    assert (after.simulate(*asked)["revenue"] != before.simulate(*asked)["revenue"]).all()


def test_a_model_of_an_earlier_month_has_seen_nothing_later(chain):
    month = chain.monthly_metrics["month_year"].max() - pd.DateOffset(months=2)
    late = chain.monthly_metrics["month_year"] > month
    spoilt = chain.monthly_metrics.assign(
        total_revenue=chain.monthly_metrics["total_revenue"].where(~late, 1),
        total_members=chain.monthly_metrics["total_members"].where(~late, 1),
    )
    for strategy in ("full", "incremental"):
        models = [retraining.train(table, chain.lever_plan, strategy, 2, last=month)
                  for table in (chain.monthly_metrics, spoilt)]  # fmt: skip
        assert models[0].version == models[1].version
        pd.testing.assert_frame_equal(models[0].forecast(), models[1].forecast())


def test_the_months_to_judge_by_are_the_latest_but_the_last_and_leave_a_year_before(chain):
    found = retraining.origins(chain.monthly_metrics, 3)
    last = chain.monthly_metrics["month_year"].max()
    assert found == [last - pd.DateOffset(months=back) for back in (3, 2, 1)]
    short = chain.monthly_metrics[chain.monthly_metrics["month_year"] <= chain.monthly_metrics["month_year"].min()]
    assert retraining.origins(short, 3) == []


def rows(**errors):
    """Rows of `told`: errors of candidate and present, a list with a figure a studio."""
    return pd.DataFrame([
        {"studio_id": f"s{n}", "origin": pd.Timestamp("2026-09-01"), "horizon": 1, "method": method,
         "revenue": 1 + error, "actual": 1.0}
        for method, own in errors.items() for n, error in enumerate(own)
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "present", "promoted", "why"),
    [
        ([0.02, 0.03, 0.01], [0.05, 0.06, 0.05], True, "Promoted: the candidate errs less, 2.00% beside 5.33%"),
        ([0.05, 0.06, 0.05], [0.02, 0.03, 0.01], False, "Kept the present model: the candidate errs no less"),
        ([0.02, 0.02, 0.02], [0.02, 0.02, 0.02], False, "Kept the present model: the candidate errs no less"),
        ([0.01, 0.05, 0.01], [0.06, 0.01, 0.02], False, "but no more than chance would allow."),
    ],
)
def test_a_candidate_is_promoted_when_it_errs_less_by_more_than_chance(candidate, present, promoted, why):
    found = retraining.judged(rows(candidate=candidate, present=present), "s1")
    decided, said = retraining.decision(found)
    assert (decided, why in said) == (promoted, True)
    assert (found.studio_candidate_error, found.studio_present_error) == pytest.approx((candidate[1], present[1]))
    assert found.predictions == 3


def test_without_a_month_to_judge_by_the_present_model_stays():
    assert retraining.judged(rows(candidate=[], present=[0.1]).assign(studio_id="s")) is None
    assert retraining.decision(None) == (False, "Kept the present model: too few months to judge a candidate by.")
