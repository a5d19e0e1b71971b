import numpy as np
import pandas as pd
import pytest

from studiolab.revenue_simulator.panel import complete_studios, make_panel, tidy
from studiolab.schema import LEVERS


def months(n):
    return pd.date_range("2024-01-01", periods=n, freq="MS")


def test_a_month_and_a_revenue_column_are_enough():
    frame = tidy(pd.DataFrame({"month": ["2024-02", "2024-01"], "revenue": [2, 1]}))
    assert frame["total_revenue"].tolist() == [1.0, 2.0]
    assert frame["studio_id"].unique().tolist() == ["studio"]


def test_money_beside_a_currency_is_minor_units():
    frame = pd.DataFrame({"month_year": months(2), "total_revenue": [12_345, 100], "currency": ["USD", "JPY"]})
    assert tidy(frame)["total_revenue"].tolist() == [123.45, 100.0]


def test_a_month_given_twice_is_refused_by_name():
    twice = pd.DataFrame({"studio_id": "ana", "month": ["2024-01", "2024-01-15"], "revenue": [1, 2]})
    with pytest.raises(ValueError, match="ana 2024-01 more than once"):
        tidy(twice)


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="no column 'total_revenue'"):
        tidy(pd.DataFrame({"month": months(2)}))


def test_only_studios_with_every_flow_can_be_simulated(chain):
    frame = tidy(chain.monthly_metrics)
    bare = frame["studio_id"] == "studio-002"
    frame.loc[bare, "total_members"] = np.nan
    assert "studio-002" not in complete_studios(frame)
    assert "studio-001" in complete_studios(frame)


def test_a_stated_plan_wins_and_holes_keep_the_level_before(chain):
    frame, ids = tidy(chain.monthly_metrics), ["studio-001"]
    plan = chain.lever_plan[chain.lever_plan["studio_id"] == "studio-001"].reset_index(drop=True)
    plan.loc[10, "total_classes_held"] = 0
    panel = make_panel(frame, plan, ids)
    assert panel.plan[9, 0, LEVERS.index("avg_ticket_price")] == plan["avg_ticket_price"][9] / 100
    assert panel.plan[10, 0, LEVERS.index("total_classes_held")] == plan["total_classes_held"][9]


def test_filtered_levers_follow_what_was_held(chain):
    """Without a plan the level is read from realised history: close to the plan, without its noise."""
    ids = sorted(chain.studios["studio_id"])
    filtered = make_panel(tidy(chain.monthly_metrics), None, ids).plan
    stated = make_panel(tidy(chain.monthly_metrics), chain.lever_plan, ids).plan
    joins = LEVERS.index("new_members_monthly")
    late = slice(12, None)
    together = np.corrcoef(np.log(filtered[late, :, joins]).ravel(), np.log(stated[late, :, joins]).ravel())[0, 1]
    assert together > 0.6


def test_the_filter_does_not_know_the_future(chain):
    ids = ["studio-001"]
    frame = tidy(chain.monthly_metrics)
    frame = frame[frame["studio_id"] == "studio-001"]
    changed = frame.copy()
    changed.loc[changed.index[-6:], "staff_utilization_rate"] = 0.99
    utilisation = LEVERS.index("staff_utilization_rate")
    one, two = (make_panel(f, None, ids).plan[:30, 0, utilisation] for f in (frame, changed))
    assert np.allclose(one, two, atol=0.02)
