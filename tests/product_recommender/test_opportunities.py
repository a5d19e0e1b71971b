import csv
import io

import numpy as np
import pandas as pd
import pytest

from studiolab import schema
from studiolab.adapters.exports import safe_csv
from studiolab.product_recommender import opportunities, recommend
from studiolab.product_recommender.catalogue import catalogue

from .shop import AS_OF, MEMBERSHIPS, bought, chances, four_packs, line

FOUND = bought(
    *(line("ana", "starter", day, 9900) for day in (10, 20, 30)),
    line("bo", "premium", 8, 99900),
    *(line("cy", "pro", day, 49900) for day in (400, 410)),
    line("dee", "platinum", 3, 299900),
    line("eli", "starter", 6, 9900),
)
KNOWN = chances(ana=[0, 0.2, 0.05, 0.01], bo=0.1, cy=0.02, dee=0.5, eli=[0, 0.3, 0, 0])
OFFERS = recommend.offers(FOUND, four_packs(), AS_OF, KNOWN)


def who(**asked):
    return [one.customer_id for one in opportunities.opportunities(OFFERS, **asked).opportunities]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("value", ["bo", "eli", "ana", "cy"]),  # 29990, 14970, 9980, 5998
        ("ltv", ["bo", "cy", "ana", "eli"]),
        ("orders", ["ana", "cy", "bo", "eli"]),
        ("confidence", ["eli", "ana", "bo", "cy"]),
    ],
)
def test_customers_are_ranked_as_asked_and_who_has_everything_is_not_among_them(sort, expected):
    assert who(sort=sort) == expected
    assert who(sort=sort, limit=2) == expected[:2]


def test_a_segment_is_shown_alone_and_all_are_counted():
    assert who(segment="lapsed") == ["cy"]
    found = opportunities.opportunities(OFFERS)
    assert found.segments == {"new": 3, "repeat": 1, "high value": 0, "lapsed": 1}
    assert opportunities.opportunities(OFFERS, segment="high value").note.startswith("Nobody of the segment high value")


def test_an_opportunity_says_who_what_and_why():
    first = opportunities.opportunities(OFFERS, {"bo": "Bo Lind"}).opportunities[0]
    assert (first.customer_name, first.recommended_product, first.ltv, first.ltv_minor) == (
        "Bo Lind", "Platinum Pack", 999.0, 99900)  # fmt: skip
    assert (first.receipt, first.last_order, first.order_count) == ("r3", AS_OF - pd.Timedelta(days=8), 1)
    assert first.reason.startswith("Holds Premium Pack; Platinum Pack is the next step")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"segment": "vip"}, "segment 'vip'; expected one of new, repeat, high value, lapsed"),
        ({"sort": "name"}, "sort 'name'; expected one of value, ltv, orders, confidence"),
        ({"limit": 0}, "limit 0; expected 1 or more customers"),
    ],
)
def test_what_is_not_known_is_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        opportunities.opportunities(OFFERS, **asked)


def test_without_an_experiment_the_lift_is_an_assumption_that_may_be_nothing():
    impact = opportunities.stats(OFFERS).impact
    assert (impact.basis, impact.lift_low) == ("assumption", 0)
    assert impact.says.startswith("Assumption: ")
    assert impact.estimated_revenue_lift == pytest.approx(0.1 * 2999 + 0.2 * 499 + 0.02 * 2999 + 0.3 * 499)
    spent = 2 * 99 + 999 + 2999 + 99  # in 28 days
    assert impact.estimated_lift_percentage == pytest.approx(100 * impact.estimated_revenue_lift / spent, abs=0.01)
    total = 3 * 99 + 999 + 2 * 499 + 2999 + 99
    assert (impact.total_customers, impact.recommendations_made) == (5, 4)
    assert (impact.total_customer_ltv, impact.average_customer_ltv) == pytest.approx((total, total / 5))


def test_an_experiment_makes_the_lift_measured():
    told = {"lift": 500, "low": -100, "high": 1100, "says": "5 more a client, -1 to 11"}  # minor units a client
    impact = opportunities.stats(OFFERS, told).impact
    assert (impact.basis, impact.says) == ("measured", "5 more a client, -1 to 11")
    found = (impact.lift_low, impact.estimated_revenue_lift, impact.lift_high)
    assert found == (-4.0, 20.0, 44.0)  # of the four who have an offer
    spent = 2 * 99 + 999 + 2999 + 99
    assert impact.estimated_lift_percentage == pytest.approx(100 * 20 / spent, abs=0.01)


def test_a_studio_without_orders_has_statistics_of_nothing():
    nobody = recommend.offers(bought(currency="INR"), four_packs(), AS_OF, policy="ladder")
    impact = opportunities.stats(nobody).impact
    assert (impact.total_customers, impact.average_customer_ltv, impact.estimated_revenue_lift) == (0, 0, 0)
    assert opportunities.opportunities(nobody).opportunities == []


def member(name, **more):
    return {"studio_id": "oak", "member_id": name, "member_name": name.title(), "email": f"{name}@example.com",
            "email_consent": True} | more  # fmt: skip


def members(*rows):
    return schema.validate("members", pd.DataFrame(rows))


def test_a_campaign_is_for_those_who_agreed_and_the_surest_come_first():
    gone = AS_OF - pd.Timedelta(days=1)
    rows = opportunities.campaign(OFFERS, members(
        member("ana"), member("bo", email_consent=False), member("cy", email_consent=None), member("dee"),
        member("eli"), member("fay", left_at=gone), member("gus", email=None), member("hal")))  # fmt: skip
    assert rows["customer_id"].tolist()[:2] == ["eli", "ana"]
    assert set(rows["customer_id"]) == {"ana", "eli", "hal"}  # dee holds the highest step
    ana = rows.set_index("customer_id").loc["ana"]
    assert (ana["expected_value"], ana["ltv"], ana["currency"]) == (99.8, 297.0, "INR")
    assert (rows["confidence"].diff().dropna() <= 0).all()


def test_a_campaign_may_hold_several_products_each():
    rows = opportunities.campaign(OFFERS, members(member("ana")), limit=3)
    assert sorted(rows["rank"]) == [1, 2, 3]
    assert rows["confidence"].tolist() == [0.2, 0.05, 0.01]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_campaign_is_a_formula(start):
    rows = opportunities.campaign(OFFERS, members(member("ana", member_name=f"{start}cmd()", email=f"{start}x@y")))
    table = list(csv.reader(io.StringIO(safe_csv(rows).removeprefix("\ufeff"), newline="")))
    cells = dict(zip(*table, strict=True))
    assert (cells["customer_name"], cells["email"]) == (f"'{start}cmd()", f"'{start}x@y")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in table for cell in row)


def test_a_campaign_without_anybody_is_an_empty_table():
    rows = opportunities.campaign(OFFERS, members(member("ana", email_consent=False)))
    assert rows.empty
    assert list(rows) == list(opportunities.CAMPAIGN)


def test_what_is_kept_of_a_currency_without_minor_units_is_its_major_amount():
    found = bought(line("ana", "four", 3, 5000, currency="JPY"), currency="JPY")
    ready = recommend.offers(found, catalogue(MEMBERSHIPS.assign(currency="JPY"), found), AS_OF, policy="ladder")
    assert opportunities.opportunities(ready).opportunities[0].ltv == 5000


def test_sizes_add_up_to_the_customers():
    assert sum(opportunities.sizes(OFFERS.standing).values()) == len(np.unique(FOUND.customers))
