import pandas as pd
import pytest

from studiolab import schema
from studiolab.product_recommender.catalogue import BadCatalogue, catalogue
from studiolab.product_recommender.ladder import packs

from .shop import MEMBERSHIPS, bought, goods, line

NOTHING = schema.validate("products", pd.DataFrame(columns=list(schema.TABLES["products"].columns)))


def test_the_documents_packs_are_their_ladder():
    sold = catalogue(packs())
    assert sold.ladder == ("starter", "pro", "premium", "platinum")
    assert [one.price for one in sold.products.values()] == [9900, 49900, 99900, 299900]
    assert [one.step for one in sold.products.values()] == [0, 1, 2, 3]
    assert sold.currency == "INR"


def test_memberships_by_price_are_the_ladder_of_a_studio():
    sold = catalogue(MEMBERSHIPS.sample(frac=1, random_state=1))
    assert sold.ladder == ("four", "eight", "all")
    assert sold.products["socks"].step is None


def test_a_margin_is_the_price_without_a_known_cost():
    sold = catalogue(MEMBERSHIPS).products
    assert (sold["socks"].margin, sold["socks"].is_margin_known) == (800, True)
    assert (sold["four"].margin, sold["four"].is_margin_known) == (5000, False)


def test_a_missing_price_is_the_median_paid_for_one_and_without_any_the_product_is_left_out():
    paid = bought(line("ana", "gift", 3, 4000, quantity=2), line("bo", "gift", 2, 3000), line("cy", "gift", 1, 9000),
                  line("dee", "gift", 1, 0), line("eli", "gift", 1, 0))  # fmt: skip
    assert catalogue(MEMBERSHIPS, paid).products["gift"].price == 3000
    assert "gift" not in catalogue(MEMBERSHIPS).products


def test_without_a_table_what_was_sold_is_the_catalogue():
    sold = catalogue(NOTHING, bought(line("ana", "mat", 3, 4000), line("ana", None, 3)))
    assert {key: one.price for key, one in sold.products.items()} == {"mat": 4000}
    assert (sold.ladder, sold.currency) == ((), "INR")


@pytest.mark.parametrize(
    ("table", "more", "message"),
    [
        (NOTHING, {}, "the catalogue is empty; import orders that name what"),
        (goods(("gift", "retail", None, None)), {}, "the catalogue is empty"),
        (goods(("mat", "retail", -100, None)), {}, "product 'mat': price -100; expected 0 or more"),
        (goods(("mat", "retail", 100, -5)), {}, "product 'mat': cost -5; expected 0 or more"),
        (MEMBERSHIPS, {"ladder": ["four", "gold"]}, "ladder: no product 'gold'; the catalogue has"),
        (MEMBERSHIPS, {"ladder": ["four", "four"]}, "ladder: product 'four' twice; expected each step once"),
        (MEMBERSHIPS, {"purchases": bought(line("ana", "four", 1, currency="EUR"))},
         "the catalogue is in INR, the orders are in EUR; expected one currency"),
        (pd.concat([goods(("mat", "retail", 100, None)), goods(("sock", "retail", 100, None), currency="EUR")]), {},
         "the catalogue is in EUR, INR; expected one currency"),
        (pd.concat([MEMBERSHIPS, MEMBERSHIPS]), {}, "product 'four' is in the catalogue twice"),
    ],
)  # fmt: skip
def test_a_catalogue_that_is_wrong_is_refused_in_a_sentence(table, more, message):
    with pytest.raises(BadCatalogue, match=message):
        catalogue(table, **more)


def test_a_ladder_may_be_said():
    sold = catalogue(MEMBERSHIPS, ladder=["socks", "all"])
    assert (sold.ladder, sold.products["all"].step) == (("socks", "all"), 1)
