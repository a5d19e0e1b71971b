import numpy as np
import pandas as pd
import pytest
from pytest import approx

from studiolab.revenue_simulator import levers
from studiolab.schema import LEVERS

HELD = [0.92, 150.0, 0.7, 25.0, 0.8, 0.2, 200.0]


def test_a_lever_left_out_stays_where_it_is():
    rows = levers.per_month({"avg_ticket_price": 160}, 2, HELD)
    assert rows.tolist() == [[0.92, 160, 0.7, 25, 0.8, 0.2, 200]] * 2


def test_one_row_a_month_may_be_a_table_or_a_list():
    given = [{"upsell_rate": 0.21}, {"upsell_rate": 0.25}]
    for rows in (given, pd.DataFrame(given)):
        assert levers.per_month(rows, 2, HELD)[:, 5].tolist() == [0.21, 0.25]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"price": 3}, "'price'; known are"),
        ({"retention_rate": 93}, "retention_rate is 93; its range is 0.5 to 1"),
        ({"avg_ticket_price": -1}, "avg_ticket_price is -1"),
        ({"upsell_rate": float("nan")}, "upsell_rate is nan"),
        ([{"upsell_rate": 0.2}], "1 rows for 2 months"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(given, says):
    with pytest.raises(ValueError, match=says):
        levers.per_month(given, 2, HELD)


def test_limits_speak_the_documents_names_and_keep_the_rest():
    steps = levers.limits(
        {"max_ticket_increase": 5, "max_retention_increase": None, "prioritize_low_cost_levers": True}
    )
    assert steps[LEVERS.index("avg_ticket_price")] == 5
    assert steps[LEVERS.index("retention_rate")] == 0.05
    assert steps[LEVERS.index("new_members_monthly")] == 10


@pytest.mark.parametrize("bad", [{"max_price": 1}, {"max_ticket_increase": -2}, {"max_ticket_increase": float("inf")}])
def test_a_limit_that_is_unknown_or_negative_is_refused(bad):
    with pytest.raises(ValueError, match="limits"):
        levers.limits(bad)


def test_costs_grow_with_the_studio_and_acquisition_with_its_ticket():
    small, large = levers.unit_costs(250, 150), levers.unit_costs(500, 300)
    assert large[0] == approx(2 * small[0])
    assert large[LEVERS.index("new_members_monthly")] == approx(160)
    assert large[LEVERS.index("total_classes_held")] == small[LEVERS.index("total_classes_held")]
    assert np.all(small > 0)
