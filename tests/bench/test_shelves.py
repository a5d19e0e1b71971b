import numpy as np
import pandas as pd
import pytest

from studiolab.bench import shelves


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A shop of two product types of two products each, where a price cut of a fifth doubles what is sold."""
    path, rng = tmp_path_factory.mktemp("journey"), np.random.default_rng(0)
    products = pd.DataFrame({"product_id": [1, 2, 3, 4], "product_type": ["milk", "milk", "bread", "bread"]})
    lines, promoted = [], []
    for week in range(1, 54):
        for product in products["product_id"]:
            cut = rng.random() < 0.3
            price = 2.0 * (0.8 if cut else 1.0)
            lines += [[product, week, 1, price, 0.0]] * rng.poisson(60 if cut else 30)
            promoted += [[product, store, week, "9" if cut else "0", "0"] for store in range(56)]
    products.to_parquet(path / "products.parquet")
    columns = ["product_id", "week", "quantity", "sales_value", "coupon_match_disc"]
    pd.DataFrame(lines, columns=columns).to_parquet(path / "transactions.parquet")
    columns = ["product_id", "store_id", "week", "display_location", "mailer_location"]
    pd.DataFrame(promoted, columns=columns).to_parquet(path / "promotions.parquet")
    return path


def test_a_panel_holds_whole_weeks_with_price_against_the_usual_and_share_of_stores(folder):
    revenue, levers = shelves.panel(folder)
    assert set(revenue["studio_id"]) == {"milk", "bread"}
    assert revenue.groupby("studio_id").size().tolist() == [51, 51]
    assert len(levers) == 102
    assert levers["price"].between(0.75, 1.15).all()
    assert (levers["display"].round(2).isin([0, 0.5]) | levers["display"].between(0.2, 0.3)).all()
    assert (levers["mailer"] == 0).all()
    assert np.corrcoef(levers["price"], levers["display"])[0, 1] < -0.99


def test_units_are_those_most_sold(folder):
    assert shelves.panel(folder, 1)[0]["studio_id"].drop_duplicates().size == 1


def test_known_prices_help_where_they_move_sales(folder):
    table = shelves.shelves(folder, {3: (40, 43), 8: (40,)}).set_index(["model", "weeks"])
    for weeks in (3, 8):
        assert table.loc[("ours", weeks), "mean"] < table.loc[("ours without levers", weeks), "mean"]
    assert ("ours - AutoETS", 3) in table.index


def test_without_the_data_a_row_says_so(tmp_path):
    assert shelves.shelves(tmp_path)["model"].tolist() == ["skipped: no data"]
