import numpy as np
import pandas as pd
import pytest

from studiolab.bench import customer_value

N = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files laid out as CDNOW's, of customers who order at random and leave by chance; every tenth is in the tenth."""
    rng, rows, folder = np.random.default_rng(3), [], tmp_path_factory.mktemp("data") / "cdnow"
    folder.mkdir()
    first = pd.Timestamp("1997-01-01")
    for k in range(N):
        at, pace = float(rng.integers(0, 80)), rng.gamma(1.2, 1 / 60)
        while at < 546:
            day, spent = first + pd.Timedelta(int(at), "D"), rng.gamma(6, 5)
            rows.append((k, f" {k:05d} {day:%Y%m%d} {rng.integers(1, 4):2d} {spent:7.2f}"))
            if rng.random() < 0.2:
                break
            at += 1 + rng.exponential(1 / pace)
    head = " customer_id  date number_of_cds  dollar_value"
    (folder / "CDNOW_master.txt").write_text("\r\n".join([head, *(line for _, line in rows), ""]))
    tenth = [f" {k:05d} {k // 10:04d}{line[6:]}" for k, line in rows if k % 10 == 0]
    (folder / "CDNOW_sample.txt").write_text("\r\n".join([*tenth, ""]))
    return folder


def test_figures_stand_beside_the_naive_ones_on_customers_that_are_not_of_the_tenth(folder):
    table = customer_value.score.table(customer_value.cdnow(folder)).set_index(["figure", "model"])
    figure = "RMSE, orders of weeks 40 to 78, CDNOW's other nine tenths"
    ours, naive = (table.loc[(figure, model), "value"] for model in ("BG/NBD", customer_value.NAIVE[0]))
    assert table.loc[(figure, f"BG/NBD - {customer_value.NAIVE[0]}"), "value"] == pytest.approx(ours - naive)
    assert ours < naive
    assert table.loc[(figure, "BG/NBD"), "cases"] + table.loc[(figure.replace("other nine tenths", "tenth"), "BG/NBD"),
                                                              "cases"] == N  # fmt: skip
    assert table.loc[("CDNOW, published alpha", "BG/NBD, Gamma-Gamma"), "reached"] is False  # these are not CDNOW's
    assert table.loc["total told / came, orders of weeks 40 to 78, CDNOW's other nine tenths", "value"].iloc[0] == (
        pytest.approx(1, abs=0.35))  # fmt: skip


def orders(*lines):
    at = customer_value.AS_OF + pd.to_timedelta([days for _, days in lines], unit="D")
    ids = [f"o{k}" for k in range(len(lines))]
    return pd.DataFrame({"line_id": ids, "order_id": ids, "customer_id": [who for who, _ in lines], "product_id": "cd",
                         "product_name": "CD", "quantity": 1.0, "amount": 1000, "currency": "USD", "status": "paid",
                         "created_at": at.tz_convert("UTC")})  # fmt: skip


def test_later_orders_are_days_after_the_moment_of_customers_known_before_it():
    lines = orders(("ana", -20.5), ("ana", 3.5), ("ana", 3.6), ("ana", 8.5), ("new", 4.5), ("ben", -9.5))
    bought, _, later = customer_value.told(lines, customer_value.AS_OF, customer_value.END)
    assert bought.customers.tolist() == ["ana", "ben"]
    assert later[["position", "wait", "amount"]].to_numpy().tolist() == [[0, 3, 2000], [0, 8, 1000]]


def test_a_list_counts_who_did_not_come_and_is_empty_beyond_its_end():
    silent = [("ana", -day - 80.5) for day in range(0, 90, 9)] + [("ben", -day - 80.5) for day in range(0, 90, 9)]
    others = [(f"c{k}", -day - 2.5) for k in range(8) for day in range(0, 90, 30)]
    bought, rhythm, later = customer_value.told(orders(*silent, *others, ("ana", 5.5)), customer_value.AS_OF,
                                                customer_value.END)  # fmt: skip
    listed = customer_value.lists(bought, rhythm, later)
    for column in listed:
        assert sorted(listed[column].dropna()) == [0, 1], column  # ana came back, ben did not
    assert len(listed) == customer_value.LISTED


def test_dates_count_only_where_the_likely_one_is_seen():
    lines = orders(*[("ana", -day - 5.5) for day in range(0, 90, 9)], ("once", -100.5), ("ana", 2.5))
    bought, rhythm, later = customer_value.told(lines, customer_value.AS_OF, customer_value.END)
    found = customer_value.dates(bought, rhythm, later, 90)
    assert found.loc[bought.customers.get_loc("ana"), "rhythm came"] == 1
    once = found.loc[bought.customers.get_loc("once")]
    assert (once == 0).all()
    ana = found.loc[bought.customers.get_loc("ana")]
    assert (ana["came"], ana[f"{customer_value.GAP} days"]) == (1, 2)  # due on the day of asking, came on day 2


def test_whoever_ordered_later_than_the_last_day_seen_has_no_error():
    lines = orders(*[("ana", -day - 5.5) for day in range(0, 90, 9)], ("ana", 95.5))
    bought, rhythm, later = customer_value.told(lines, customer_value.AS_OF, customer_value.END)
    found = customer_value.dates(bought, rhythm, later, 90)
    assert found["came"].tolist() == [0]
    assert found["rhythm days"].tolist() == [0]


def test_without_the_data_a_row_says_so_and_the_worlds_are_measured(tmp_path):
    table = customer_value.table(tmp_path, seeds=(7,), studios=1, repeats=3)
    assert table["model"].iloc[0] == "skipped: no data"
    worlds = table[table["figure"].str.endswith("worlds")]
    assert len(worlds) == 16
    assert worlds["value"].between(-90, 90).all()
