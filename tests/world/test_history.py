import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab import schema
from studiolab.world import make_chain


def rows(chain, studio_id="studio-001"):
    return chain.monthly_metrics[chain.monthly_metrics["studio_id"] == studio_id].reset_index(drop=True)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.booleans())
def test_members_and_money_add_up_in_every_row_of_any_chain(seed, variant):
    metrics = make_chain(6, seed=seed, variant=variant).monthly_metrics
    for _, one in metrics.groupby("studio_id"):
        flow = one["new_members"] - one["churned_members"]
        assert (one["total_members"].diff()[1:] == flow[1:]).all()
    assert (metrics[list(schema.REVENUE_PARTS)].sum(axis=1) == metrics["total_revenue"]).all()
    assert (metrics["membership_revenue"] == metrics["total_members"] * metrics["avg_ticket_price"]).all()
    schema.validate("monthly_metrics", metrics)


def test_the_tables_are_those_of_the_schema(chain):
    for name in ("studios", "monthly_metrics", "lever_plan"):
        assert len(schema.validate(name, getattr(chain, name))) == len(getattr(chain, name))
    assert len(chain.monthly_metrics) == len(chain.lever_plan) == 4 * 60


def test_the_same_seed_gives_the_same_chain_and_another_seed_another():
    one, again, other = (make_chain(3, seed=seed).monthly_metrics for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(one, again)
    assert not one["total_revenue"].equals(other["total_revenue"])


def test_the_months_end_where_asked():
    chain = make_chain(1, months=30, end="2024-02")
    assert rows(chain)["month_year"].iloc[[0, -1]].tolist() == [pd.Timestamp("2021-09-01"), pd.Timestamp("2024-02-01")]


def test_a_chain_until_a_month_shows_that_month_and_nothing_later(chain):
    early = chain.until("2024-03")
    whole = chain.monthly_metrics
    then = whole[whole["month_year"] <= "2024-03-01"].reset_index(drop=True)
    pd.testing.assert_frame_equal(early.monthly_metrics, then)
    assert early.lever_plan["month"].max() == early.months[-1] == pd.Timestamp("2024-03-01")
    assert len(early.outcomes) == len(early.outlier) == len(early.months) == 29
    assert early.states[-1].members.tolist() == then.groupby("studio_id")["total_members"].last().tolist()


def test_one_studio_is_cut_out_whole(chain):
    one = chain.studio("studio-003")
    assert one.studios["studio_id"].tolist() == ["studio-003"]
    pd.testing.assert_frame_equal(one.monthly_metrics, rows(chain, "studio-003"))
    assert one.states[-1].members.tolist() == rows(chain, "studio-003")["total_members"].tail(1).tolist()


def test_an_unknown_studio_is_named_with_those_there_are(chain):
    with pytest.raises(KeyError, match=r"'studio-009'.*studio-001 to studio-004"):
        chain.studio("studio-009")


def test_each_studio_has_the_shared_shock_and_an_event_of_its_own():
    outlier = make_chain(50, seed=2).outlier
    shared = outlier.all(axis=1)
    assert shared.sum() == 2
    assert np.isin(outlier.sum(axis=0), (2, 3)).all()
    assert len({tuple(np.flatnonzero(column & ~shared)) for column in outlier.T}) > 20


def test_the_shock_empties_classes_in_its_month():
    chain = make_chain(50, seed=2)
    visits = chain.monthly_metrics.pivot(index="month_year", columns="studio_id", values="total_class_attendance")
    shock = np.flatnonzero(chain.outlier.all(axis=1))[0]
    assert (visits.iloc[shock] < 0.8 * visits.iloc[shock - 1]).mean() > 0.95


def test_the_second_world_is_another_from_the_same_seed():
    standard, variant = (make_chain(3, seed=4, variant=variant).monthly_metrics for variant in (False, True))
    assert not standard["new_members"].equals(variant["new_members"])
