import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from studiolab.bench import cross_sell
from studiolab.bench.cross_sell import FACTORS, NEIGHBOURS, OURS, POPULAR

DAY = pd.Timestamp(cross_sell.JUDGED)


def invoices():
    """Lines as the wholesaler exports them: four shelves of fifteen items; each of 160 customers keeps to one shelf,
    buys some of its items before the day and others after it."""
    rng, lines = np.random.default_rng(0), []
    for customer in range(160):
        shelf = 15 * (customer % 4) + rng.permutation(15)
        for visit, items in enumerate((shelf[:4], shelf[4:7], shelf[7:10])):
            at = DAY + pd.Timedelta(days=int(rng.integers(1, 80)) - (0 if visit == 2 else 100))
            lines += [(f"5{customer:04}{visit}", f"{20000 + item}", "THING", 2, f"{at:%Y-%m-%d %H:%M:%S}", 1.25,
                       13000.0 + customer, "United Kingdom") for item in items]  # fmt: skip
    return pd.DataFrame(lines, columns=["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price",
                                        "Customer ID", "Country"])  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / cross_sell.FILE).parent.mkdir()
    invoices().to_parquet(folder / cross_sell.FILE)
    return folder


def test_what_goes_together_is_told_from_the_files_and_popularity_is_not_enough(data):
    table = cross_sell.table(data).set_index(["figure", "model"])["value"]
    hit = table["cross-sell, hit@10"]
    assert hit[OURS] > 0.95  # eight new items on the shelf, three of them bought
    assert hit[NEIGHBOURS] > 0.95
    assert hit[POPULAR] < 0.8
    assert hit[f"{OURS} - {POPULAR}"] == pytest.approx(hit[OURS] - hit[POPULAR])
    assert {OURS, NEIGHBOURS, FACTORS, POPULAR} <= set(hit.index)
    assert table["cross-sell, recall@10", OURS] > 0.9


def test_the_goals_are_the_reference_and_both_rivals(data):
    table = cross_sell.table(data)
    goals = table[table["goal"].notna()].set_index("model")["goal"].to_dict()
    assert goals == {OURS: "at least 0.453", **{f"{OURS} - {name}": "at least 0" for name in (NEIGHBOURS, FACTORS)}}


def test_only_what_is_new_to_a_customer_of_before_is_asked():
    lines = [("a", "mat", -5), ("a", "mat", 5), ("b", "mat", -5), ("b", "towel", 5), ("b", "kayak", 6),
             ("c", "towel", -9), ("c", "mat", 100), ("d", "mat", 5)]  # fmt: skip
    split = cross_sell.split_at(orders(lines), cross_sell.JUDGED)
    assert split.known.customers[split.asked].tolist() == ["b"]
    assert split.known.products[split.new[0]].tolist() == ["towel"]
    assert split.sought.tolist() == [2]  # nobody had bought a kayak before


def test_hit_recall_and_gain_by_hand():
    split = cross_sell.split_at(orders([("a", "mat", -5), ("b", "towel", -5), ("b", "socks", -5), ("c", "bag", -5),
                                        ("a", "socks", 3), ("a", "kayak", 3)]), cross_sell.JUDGED)  # fmt: skip
    assert split.known.products.tolist() == ["bag", "mat", "socks", "towel"]
    cases, coverage = cross_sell.judged(
        split, np.array([[0.0, 9.0, 1.0, 2.0]]), top=2
    )  # mat is hers, then towel, socks
    second, both = 1 / np.log2(3), 1 + 1 / np.log2(3)
    assert cases[["hit", "recall", "ndcg"]].to_numpy().tolist() == [[1.0, 0.5, pytest.approx(second / both)]]
    assert coverage == 0.5


def test_the_nearest_of_an_item_are_kept_and_shrunk():
    bought = sparse.csr_matrix(np.array([[1.0, 1, 0], [1, 1, 0], [1, 0, 1]]))
    split = cross_sell.Split(None, None, bought, np.array([0, 2]), None, None)
    cosines = np.array([[0, 2 / (6**0.5 + 1), 1 / (3**0.5 + 1)], [2 / (6**0.5 + 1), 0, 0], [1 / (3**0.5 + 1), 0, 0]])
    found = cross_sell.item_knn(split, shrink=1.0, nearest=2)
    assert found == pytest.approx(bought[[0, 2]] @ cosines, abs=1e-6)
    assert cross_sell.item_knn(split, 1.0, 1)[0, 0] == pytest.approx(cosines[0, 1])
    assert cross_sell.item_knn(split, 1.0, 1)[1, 0] == pytest.approx(0)  # item 0 keeps its nearest, 1


def test_without_the_data_a_row_says_so(tmp_path):
    for folder in (None, tmp_path):
        assert cross_sell.table(folder)["model"].tolist() == ["skipped: no data"]


def orders(lines):
    """Table orders of (customer, product, days after the day)."""
    return pd.DataFrame({
        "line_id": [str(k) for k in range(len(lines))], "order_id": [f"{one[0]}{one[2]}" for one in lines],
        "customer_id": [one[0] for one in lines], "product_id": [one[1] for one in lines], "product_name": None,
        "quantity": 1.0, "amount": 500, "currency": "GBP", "status": "paid",
        "created_at": [DAY.tz_localize("UTC") + pd.Timedelta(days=one[2]) for one in lines],
    })  # fmt: skip
