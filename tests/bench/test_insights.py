import pytest

from studiolab.bench.insights import insights


@pytest.fixture(scope="module")
def table():
    return insights(studios=14, seed=4, origins=(9, 3)).set_index("what")


def test_at_least_a_hundred_insights_are_judged_and_every_row_counts_them(table):
    money = table[table["part"] == "money"]
    assert money.loc["all actions", "count"] > 100
    assert (table["count"] > 0).all()
    assert (money["low"] <= money["median"]).all()
    assert (money["median"] <= money["high"]).all()


def test_the_money_of_an_action_is_about_what_would_truly_come(table):
    assert 0.8 < table.loc["all actions", "median"] < 1.25
    assert 0.5 < table.loc["all opportunities", "median"] < 1.6


def test_what_is_stated_to_be_likely_comes_about_as_often(table):
    chance = table[table["part"] == "chance"]
    for part, tolerance in (("risk", 0.2), ("action or opportunity", 0.12)):
        own = chance[chance.index.str.startswith(f"{part},")]
        stated, came = ((own[name] * own["count"]).sum() / own["count"].sum() for name in ("stated", "true"))
        assert stated == pytest.approx(came, abs=tolerance)
        assert own["count"].sum() > 30
