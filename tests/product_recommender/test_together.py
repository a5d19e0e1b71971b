import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab.product_recommender import together
from studiolab.product_recommender.purchases import GUEST, purchases

AS_OF = pd.Timestamp("2026-01-01", tz="UTC")


def bought(*lines):
    """Purchases of (customer, product, days ago)."""
    frame = pd.DataFrame(lines, columns=["customer_id", "product_id", "ago"])
    frame["order_id"] = frame["customer_id"].fillna("?") + frame["ago"].astype(str)
    return purchases(pd.DataFrame({
        "line_id": [str(k) for k in range(len(frame))], "order_id": frame["order_id"],
        "customer_id": frame["customer_id"], "product_id": frame["product_id"], "product_name": None, "quantity": 1.0,
        "amount": 1000, "currency": "USD", "status": "paid",
        "created_at": AS_OF - pd.to_timedelta(frame["ago"], "D"),
    }).astype({"customer_id": object}), AS_OF + pd.Timedelta(days=400))  # fmt: skip


def studio():
    """Twenty who have a mat buy a towel, twenty who have a bottle buy socks; `ana` has a mat, `ben` a bottle."""
    lines = [("ana", "mat", 50.0), ("ben", "bottle", 50.0)]
    for k in range(20):
        lines += [(f"m{k}", "mat", 90.0), (f"m{k}", "towel", 40.0), (f"b{k}", "bottle", 90.0), (f"b{k}", "socks", 40.0)]
    return bought(*lines)


def test_what_goes_with_their_things_comes_first_and_says_why():
    model = together.fit(studio(), AS_OF)
    (first, *_), (other, *_) = model.best("ana"), model.best("ben")
    assert (first.product_id, other.product_id) == ("towel", "socks")
    assert first.because == (together.Reason("mat", 1.0),)
    assert model.best("ana")[-1].because == ()  # nothing of hers speaks for it
    assert [product for product, _ in model.bought_with("mat")] == ["towel"]


def test_only_new_things_unless_all_are_asked_for():
    model = together.fit(studio(), AS_OF)
    for customer in model.customers:
        own = set(model.products[model._own(customer)])
        assert not own & {one.product_id for one in model.best(customer)}
    assert {one.product_id for one in model.best("ana", new_only=False)} == {"bottle", "mat", "socks", "towel"}
    assert len(model.best("ana", n=1)) == 1


def test_who_is_not_known_gets_what_most_took_up():
    lines = [(f"a{k}", "mat", 90.0) for k in range(9)] + [(f"a{k}", "towel", 5.0) for k in range(5)]
    model = together.fit(bought(*lines, *[(f"b{k}", "socks", 5.0) for k in range(5)]), AS_OF)
    for nobody in (None, "zoe"):
        assert [one.because for one in model.best(nobody)] == [(), (), ()]
        assert model.best(nobody)[0].product_id == "towel"  # socks are bought as often, but by new customers
    assert model.best(None) == model.best("zoe")


def test_what_a_customer_starts_with_or_only_renews_is_taken_up_by_nobody():
    lines = [(f"c{k}", "dues", float(age)) for k in range(30) for age in range(1, 300, 30)]
    lines += [(f"c{k}", "mat", 20.0) for k in range(5)] + [(f"c{k}", "towel", 200.0) for k in range(5)]
    model = together.fit(bought(*lines), AS_OF)
    dues, mat, towel = model.uptake[model.products.get_indexer(["dues", "mat", "towel"])]
    assert mat > towel > dues


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("PQRS"), st.floats(1, 300)), min_size=1, max_size=30)
)
def test_one_customer_is_told_what_all_are_and_lines_may_come_in_any_order(lines):
    past = bought(*lines)
    model, turned = together.fit(past, AS_OF), together.fit(bought(*lines[::-1]), AS_OF)
    scores = model.scores(np.arange(len(model.customers)))
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert turned.scores(np.arange(len(model.customers))) == pytest.approx(scores, rel=1e-4, abs=1e-6)
    for customer, row in zip(model.customers, scores, strict=True):
        for one in model.best(customer, new_only=False):
            assert one.score == pytest.approx(row[model.products.get_loc(one.product_id)], rel=1e-4, abs=1e-6)
            assert sum(reason.share for reason in one.because) <= 1 + 1e-6


def test_a_product_is_the_ridge_regression_on_the_others():
    rng = np.random.default_rng(0)
    past = bought(*[(f"c{k}", f"p{j}", 9.0) for k in range(60) for j in range(5) if rng.random() < 0.4])
    model = together.fit(past, AS_OF, ridge=2.0)
    own = model.bought.toarray()
    weight = own.sum(axis=1, keepdims=True).clip(1) ** -together.DAMPING
    for j in range(5):
        others = np.delete(np.arange(5), j)
        x, y = (own * weight)[:, others], (own * weight)[:, j]
        expected = np.linalg.solve(x.T @ x + 2.0 * np.eye(4), x.T @ y)
        assert model.speaks[others, j] == pytest.approx(expected, abs=1e-4)
        assert model.speaks[j, j] == 0


def test_what_comes_later_is_not_seen():
    lines = [("a", "mat", 9.0), ("b", "mat", 8.0), ("b", "towel", 7.0)]
    now = together.fit(bought(*lines), AS_OF)
    later = together.fit(bought(*lines, ("a", "towel", -5.0), ("c", "socks", -6.0)), AS_OF)
    known = later.products.get_indexer(now.products)
    assert later.scores([0, 1])[:, known] == pytest.approx(now.scores([0, 1]))
    assert "socks" not in {one.product_id for one in later.best("c")}


def test_rare_products_are_left_to_what_many_buy(monkeypatch):
    monkeypatch.setattr(together, "MOST", 2)
    model = together.fit(bought(*[(f"c{k}", p, 9.0) for k in range(8) for p in ("mat", "towel")], ("c0", "socks", 5.0)),
                         AS_OF)  # fmt: skip
    assert model.speaks.shape == (2, 2)
    assert model.bought_with("socks") == []
    assert [(one.product_id, one.because) for one in model.best("c1")] == [("socks", ())]


def test_guests_and_nothing_at_all():
    model = together.fit(bought((None, "mat", 9.0), ("a", "towel", 8.0)), AS_OF)
    assert model.bought.sum() == 1
    assert model.scores([GUEST, 0]).shape == (2, 2)
    empty = together.fit(bought(("a", "mat", 9.0)), AS_OF - pd.Timedelta(days=99))
    assert empty.best("a") == []


def test_bad_questions_are_refused_with_a_sentence():
    model = together.fit(studio(), AS_OF)
    with pytest.raises(KeyError, match="'kayak' was never sold; expected one of 4"):
        model.bought_with("kayak")
    for wrong in ({"ridge": 0}, {"half_life_days": -1.0}):
        with pytest.raises(ValueError, match="expected more than 0"):
            together.fit(studio(), AS_OF, **wrong)
