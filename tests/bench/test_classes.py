import numpy as np
import pandas as pd
import pytest

from studiolab.bench import classes, peers
from studiolab.class_recommender import next_choice


def rows(*given):
    return pd.DataFrame(given, columns=["user", "item", "day"])


@pytest.fixture(scope="module")
def shop():
    """80 users, who take their own item every other day and two of thirty at random."""
    rng = np.random.default_rng(4)
    return rows(*((u, i, d) for u in range(80) for d in range(u % 2, 16, 2)
                  for i in {u % 30, *rng.integers(30, size=2).tolist()}))  # fmt: skip


def test_tifu_weighs_baskets_within_and_between_groups_as_worked_by_hand():
    table = rows(("ana", "a", 1), ("ana", "b", 2), ("ana", "c", 3), ("ben", "c", 1))
    seen = next_choice.read(table, pd.Series({"ana": 9}))
    vectors = peers.temporal(seen, 2, 0.5, 0.1, (2, 3)).toarray()
    # two groups, of one basket (a) and of two (b, c): mean of 0.1 * a and of (0.5 * b + c) / 2
    np.testing.assert_allclose(vectors, [[0.05, 0.125, 0.25], [0, 0, 1]])


def test_tifu_fills_up_from_the_nearest_user():
    table = rows(("ana", "a", 1), ("ben", "a", 1), ("ben", "b", 1), ("cid", "c", 1), ("cid", "d", 1), ("cid", "e", 1))
    split = classes.Split(table, pd.Series({"ana": 9}), rows()[["user", "item"]])
    top = peers.Known(split, 2).tifu(7, 0.9, 0.7, 1, 0.5)
    assert top["item"].tolist() == ["a", "b"]


def test_own_items_come_first_and_popular_ones_fill_up():
    table = rows(("ana", "a", 1), ("ben", "b", 1), ("cid", "b", 1), ("cid", "c", 1))
    split = classes.Split(table, pd.Series({"ana": 9}), rows()[["user", "item"]])
    known = peers.Known(split, 2)
    assert known.frequency(peers.ALL_TIME, peers.ALL_TIME)["item"].tolist() == ["a", "b"]
    assert known.frequency(None, peers.ALL_TIME)["item"].tolist()[0] == "b"


def test_each_split_is_the_basket_before_and_knows_nothing_of_it(shop):
    earlier, final = classes.by_basket(shop, (2,), 3)
    assert final.as_of.tolist() == [14, 15] * 40
    assert earlier[0].as_of.tolist() == [12, 13] * 40
    for split in (*earlier, final):
        assert (split.table["day"] < split.table["user"].map(split.as_of)).all()


def test_recall_is_the_share_of_the_basket_that_was_found():
    chosen = pd.DataFrame({"user": [1, 1, 2], "item": ["a", "b", "c"]})
    split = classes.Split(rows(), pd.Series({1: 5, 2: 5}), chosen)
    assert classes.recall(pd.DataFrame({"user": [1, 2], "item": ["b", "a"]}), split).tolist() == [0.5, 0]


def test_the_lead_is_the_paired_difference_to_the_best_peer(shop):
    earlier, final = classes.by_basket(shop, (2,), 3)
    table = classes.compared(earlier, final, num_iterations=20).set_index("model")
    assert list(table.index[:2]) == ["popularity", "recent popularity"]
    peers = table["recall_at_10"].iloc[:-2]
    assert table.index[-1] == f"lead over {peers.idxmax()}"
    assert table["recall_at_10"].iloc[-1] == pytest.approx(table.loc["ours", "recall_at_10"] - peers.max())
    assert (table["low"] <= table["high"]).all()
    assert table.loc["personal, then popularity", "recall_at_10"] > table.loc["popularity", "recall_at_10"]


def test_what_was_chosen_later_changes_no_recommendation(shop):
    earlier, final = classes.by_basket(shop, (2,), 3)
    garbled = shop.assign(item=shop["item"].where(shop["day"] < 14, 0)).drop_duplicates()
    other = classes.by_basket(garbled, (2,), 3)[1]
    top = peers.tuned(earlier[0], final, 5)
    for name, found in peers.tuned(earlier[0], other, 5).items():
        pd.testing.assert_frame_equal(found, top[name])


def test_without_the_data_it_says_so_and_an_unknown_dataset_is_refused(tmp_path):
    table = classes.repeat("ta-feng", tmp_path / "nowhere.zip")
    assert table["model"].tolist() == ["skipped: no data"]
    with pytest.raises(ValueError, match="ta-feng or complete-journey"):
        classes.repeat("instacart")


def test_files_of_both_datasets_are_read(tmp_path):
    days = [f"11/{day}/2000" for day in (1, 2, 3)]
    feng = pd.DataFrame(
        {"TRANSACTION_DT": [*days, "11/1/2000"], "CUSTOMER_ID": [7, 7, 7, 8], "PRODUCT_ID": [1, 2, 3, 1]}
    )
    feng.to_csv(tmp_path / "feng.csv", index=False)
    earlier, final = classes.of_ta_feng(tmp_path / "feng.csv")
    assert final.chosen.to_numpy().tolist() == [[7, 3]]
    assert len(final.table) == 3
    at = pd.to_datetime(["2017-05-15", "2017-08-01", "2017-11-07"])
    bought = {"household_id": 1, "product_id": [1, 2, 2], "week": [20, 31, 45], "transaction_timestamp": at}
    bought = pd.DataFrame(bought)
    bought.to_parquet(tmp_path / "transactions.parquet")
    pd.DataFrame({"product_id": [1, 2], "product_type": ["TEA", "JAM"]}).to_parquet(tmp_path / "products.parquet")
    earlier, final = classes.of_complete_journey(tmp_path / "transactions.parquet")
    assert [len(split.chosen) for split in (*earlier, final)] == [1, 0, 0, 1]
    assert final.chosen["item"].tolist() == ["JAM"]


def test_speed_is_measured_in_four_ways():
    table = classes.speed(clients=30, classes=20, asked=3)
    assert table["unit"].tolist() == ["ms", "s", "MB more", "s"]
    assert (table["value"] >= 0).all()


def test_a_higher_fit_is_come_to_more_often_in_the_world():
    table = classes.booked_by_fit(studios=1, seed=5, months=8, weeks=3)
    assert (table["low"] <= table["came_to"]).all()
    assert (table["came_to"] <= table["high"]).all()
    share = table.set_index("fit")["came_to"]
    assert share[0.5] > 3 * share[0.1]
