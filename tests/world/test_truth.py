import numpy as np
import pandas as pd
import pytest

from studiolab import schema
from studiolab.world.mechanism import Chance, Event, step
from studiolab.world.truth import rollout

HELD = {"retention_rate": 0.92, "avg_ticket_price": 150, "class_attendance_rate": 0.7, "new_members_monthly": 22,
        "staff_utilization_rate": 0.8, "upsell_rate": 0.25, "total_classes_held": 190}  # fmt: skip


def last(chain, **change):
    """Expected third month of each studio when HELD, changed, is held."""
    return rollout(chain, HELD | change, draws=0).groupby("studio_id").last()


def test_the_mean_field_path_is_near_the_average_of_many_futures(chain):
    many, mean = rollout(chain, HELD, draws=2000, seed=3), rollout(chain, HELD, draws=0)
    for column in ("revenue", "members", "retention", "attendance"):
        assert many[column].to_numpy() == pytest.approx(mean[column].to_numpy(), rel=0.01), column
    assert (mean["revenue_std"] == 0).all()
    assert (many["revenue_std"] > 0).all()


def test_a_rollout_is_the_average_of_histories_continued_one_by_one(chain):
    one, plan = chain.studio("studio-002"), np.array
    levers = dict(zip(("retention", "price", "attendance", "joins", "utilization", "upsell", "classes"),
                      (plan([float(value)]) for value in HELD.values()), strict=True))  # fmt: skip
    levers["price"] = levers["price"] * 100
    draws, revenue = Chance(np.random.default_rng(8)), []
    for _ in range(1500):
        state = one.states[-1]
        for month in (11, 12, 1):
            state, outcome = step(state, levers, one.traits, month, Event.none(1), draws)
        revenue.append(sum(outcome[part][0] for part in schema.REVENUE_PARTS) / 100)
    third = rollout(one, HELD, draws=1500).iloc[-1]
    error = np.hypot(np.std(revenue), third["revenue_std"]) / 1500**0.5
    assert third["revenue"] == pytest.approx(np.mean(revenue), abs=4 * error)
    assert third["revenue_std"] == pytest.approx(np.std(revenue), rel=0.15)


def test_a_price_rise_loses_members_and_a_retention_plan_keeps_them(chain):
    usual = last(chain)["members"]
    assert (last(chain, avg_ticket_price=165)["members"] < usual).all()
    assert (last(chain, retention_rate=0.94)["members"] > usual).all()


def test_more_classes_do_not_sell_without_demand(chain):
    more = last(chain, total_classes_held=380)
    assert (more["attendance"] < 1.5 * last(chain)["attendance"]).all()


def test_months_follow_the_history_and_carry_their_horizon(chain):
    path = rollout(chain.until("2025-11"), HELD, months=2, draws=0)
    assert (
        path["studio_id"].tolist() == ["studio-001"] * 2 + ["studio-002"] * 2 + ["studio-003"] * 2 + ["studio-004"] * 2
    )
    assert path["month"].tolist()[:2] == [pd.Timestamp("2025-12-01"), pd.Timestamp("2026-01-01")]
    assert path["horizon"].tolist()[:2] == [1, 2]


def test_one_plan_said_in_three_ways_gives_one_answer(chain):
    one = chain.studio("studio-001")
    monthly = pd.DataFrame([HELD] * 3)
    minor = monthly.assign(
        avg_ticket_price=15000, currency="USD", month=pd.date_range("2026-11-01", periods=3, freq="MS")
    )
    paths = [rollout(one, plan, draws=0)["revenue"].tolist() for plan in (HELD, monthly, minor)]
    assert paths[0] == paths[1] == paths[2]


def test_a_future_is_drawn_alike_from_the_same_seed(chain):
    one, again, other = (rollout(chain, HELD, draws=20, seed=seed)["revenue"] for seed in (1, 1, 2))
    assert one.tolist() == again.tolist()
    assert one.tolist() != other.tolist()


@pytest.mark.parametrize("form", [dict, lambda levers: pd.DataFrame([levers] * 3)], ids=["held", "monthly"])
def test_a_missing_lever_is_named(chain, form):
    with pytest.raises(ValueError, match=r"lacks \['upsell_rate'\]"):
        rollout(chain, form({name: value for name, value in HELD.items() if name != "upsell_rate"}))


def test_a_missing_month_is_named(chain):
    short = pd.DataFrame([HELD] * 2)
    with pytest.raises(ValueError, match="no row for month 3 of studio-001; it needs 3"):
        rollout(chain.studio("studio-001"), short, months=3)
