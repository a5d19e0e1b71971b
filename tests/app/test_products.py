"""A studio's shop: what it may be asked, that it is opened and learned once, and that nothing later is seen."""

import csv
import io
import threading

import pandas as pd
import pytest
from pydantic import ValidationError

from studiolab.adapters.errors import StudiolabError
from studiolab.app import shop
from studiolab.product_recommender.recommend import SharedReceipt, UnknownCustomer
from studiolab.product_recommender.replies import SEGMENTS
from studiolab.revenue_simulator.answers import UnknownStudio

from .small_shop import FIRST, half_a_year, order, small, some


@pytest.fixture
def bench(tmp_path):
    bench = small(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def opened(tmp_path):
    """A function as `small`, whose workbenches are closed at the end."""
    benches = []

    def opened(*given, folder="own"):
        benches.append(small(tmp_path / folder, *given))
        return benches[-1]

    yield opened
    for bench in benches:
        bench.close()


@pytest.fixture
def fits(monkeypatch):
    """List that gets an entry at each learning of the chances, which goes on as ever."""
    made, fit = [], shop.likelihood.fit
    monkeypatch.setattr(shop.likelihood, "fit", lambda *given, **more: made.append(1) or fit(*given, **more))
    return made


def ids(answer):
    return [one.product_id for one in answer.recommendations]


@pytest.mark.parametrize("policy", ["learned", "ladder"])
def test_a_receipt_is_as_good_as_a_customers_id(bench, policy):
    by_id = bench.product_recommendations("ivy", "c0", policy=policy)
    for receipt in ("r0-c0", "r60-c0", "r170-c0"):
        assert bench.product_recommendations("ivy", receipt, policy=policy) == by_id
    assert (by_id.customer_id, by_id.receipt, by_id.current_level) == ("c0", "r170-c0", "Platinum Pack")
    assert by_id.customer_name == "C0"
    assert ids(by_id) == ["towel"]


def test_a_member_who_never_ordered_is_a_newcomer(bench):
    answer = bench.product_recommendations("ivy", "newcomer", limit=4, policy="ladder")
    assert (answer.receipt, answer.current_level, answer.segment) == (None, None, "new")
    assert len(answer.recommendations) == 4


def test_the_moment_is_the_end_of_the_day_of_the_last_order_at_the_studio(bench):
    last = (FIRST + pd.Timedelta(days=170)).tz_convert("Asia/Kolkata")
    assert pd.Timestamp(bench.product_stats("ivy").as_of) == last.normalize() + pd.Timedelta(days=1)


def test_a_mistyped_year_is_not_the_present(opened):
    rows = [*half_a_year(), order(365 * 90, "c1", "premium")]
    mistyped, right = opened(rows), opened(folder="right")
    assert mistyped.product_recommendations("ivy", "c1") == right.product_recommendations("ivy", "c1")
    (sentence,) = mistyped.product_performance("ivy").problems
    assert "a clock or a time zone of the export is wrong" in sentence


def test_nothing_at_or_after_the_moment_is_seen(opened):
    later = [order(120, "c1", "platinum", created_at=FIRST + pd.Timedelta(days=120)), order(121, "c9", "premium")]
    then = [row for row in half_a_year() if row["created_at"] < FIRST + pd.Timedelta(days=120)]
    moment = FIRST + pd.Timedelta(days=120)
    ahead, cut = opened(then + later), opened(then, folder="cut")
    for ask in ("product_opportunities", "product_stats", "product_performance", "product_export", "customer_values",
                "churn_list"):  # fmt: skip
        answers = [getattr(bench, ask)("ivy", as_of=moment) for bench in (ahead, cut)]
        if ask == "product_performance":
            answers = [answer.model_copy(update={"left_out": {}, "problems": []}) for answer in answers]
            answers = [[one for one in answer.products.values() if one.total_orders] for answer in answers]
        assert answers[0] == answers[1], ask


def test_it_is_learned_once_whoever_asks_meanwhile(bench, fits):
    asking = [threading.Thread(target=bench.product_opportunities, args=("ivy",)) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    bench.product_recommendations("ivy", "c1")
    assert len(fits) == 1


def test_a_warm_answer_reads_no_table_and_a_new_order_changes_it(bench, fits, monkeypatch):
    first = bench.product_recommendations("ivy", "c1", policy="ladder")
    with monkeypatch.context() as patch:
        patch.setattr(bench.db, "read", lambda *_, **__: pytest.fail("a warm answer read a table"))
        assert bench.product_recommendations("ivy", "c1", policy="ladder") == first
    bench.db.write("orders", pd.DataFrame([order(171, "c1", "platinum")]))
    assert ids(bench.product_recommendations("ivy", "c1", policy="ladder")) == ["towel"]
    assert fits == []  # the ladder learns nothing


def test_what_took_long_to_learn_is_kept_on_disk_for_the_same_orders_only(bench, fits, monkeypatch, tmp_path):
    monkeypatch.setattr(shop, "WORTH_KEEPING", 0.0)
    answer = bench.product_opportunities("ivy")
    again = small(tmp_path)
    assert again.product_opportunities("ivy") == answer
    assert len(fits) == 1
    again.db.write("orders", pd.DataFrame([order(169, "c3", "pro")]))
    again.product_opportunities("ivy")
    assert len(fits) == 2
    again.close()


def test_where_too_little_is_known_to_learn_from_the_ladder_answers_and_says_so(opened):
    bench = opened([order(0, "c0"), order(3, "c1", "pro")])
    answer = bench.product_recommendations("ivy", "c0")
    assert answer.policy == "ladder"
    assert answer.note.startswith("The documents' ladder answers, for there is too little to learn from: fewer than")
    assert bench.product_opportunities("ivy").note.startswith("The documents' ladder answers")
    assert "too little" not in bench.product_recommendations("ivy", "c0", policy="ladder").note


def test_of_many_products_those_most_sold_of_late_and_the_ladder_are_offered(bench, monkeypatch):
    monkeypatch.setattr(shop.windows, "MOST_PRODUCTS", 1)
    mat = {"studio_id": "ivy", "product_id": "mat", "product_name": "Mat", "revenue_kind": "retail", "currency": "INR"}
    bench.db.write("products", pd.DataFrame([mat | {"price": 900_00}]))
    ladder = {one.product_id for one in bench.product_recommendations("ivy", "newcomer", 9, "ladder").recommendations}
    assert ladder == {"starter", "pro", "premium", "platinum", "towel"}
    assert "Of 6 products, the 5 most sold of late." in bench.product_opportunities("ivy", policy="ladder").note
    assert "Of 6 products, the 1 most sold of late." in bench.product_opportunities("ivy").note
    assert len(bench.product_performance("ivy").products) == 6


@pytest.mark.parametrize(
    ("ask", "error", "sentence"),
    [
        ({"customer": "nobody"}, UnknownCustomer, "'nobody' is neither a customer nor a receipt"),
        ({"customer": "both"}, SharedReceipt, "receipt 'both' names 2 customers, c1 and c2; ask for one of them by id"),
        ({"customer": "till"}, UnknownCustomer, "receipt 'till' names no customer"),
        ({"studio_id": "elm"}, UnknownStudio, "no studio 'elm'"),
        ({"as_of": FIRST}, shop.NothingSold, "ivy sold nothing that counts before 2026-01-05 17:30; its first order"),
        ({"limit": 0}, ValidationError, "limit"),
        ({"policy": "guess"}, ValidationError, "policy"),
        ({"as_of": pd.Timestamp("1969-01-01")}, ValidationError, "is not a moment between 1970 and 2199"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(opened, ask, error, sentence):
    rows = [order(20, "c1", receipt="both"), order(20, "c2", receipt="both"), order(21, None, receipt="till")]
    bench = opened(half_a_year() + rows)
    with pytest.raises(error, match=sentence):
        bench.product_recommendations(**{"studio_id": "ivy", "customer": "c1"} | ask)


def test_a_studio_without_orders_says_what_to_import(opened):
    bench = opened([], [])
    with pytest.raises(StudiolabError, match="ivy has no orders yet; `studiolab import FILE` brings them"):
        bench.product_stats("ivy")
    assert bench.studios_with_orders() == {}


def test_refunds_and_failed_orders_do_not_count(opened):
    gone = [order(169, "c1", "platinum", "back"), order(169, "c3", "platinum", status="failed")]
    gone.append(gone[0] | {"line_id": "refund", "amount": -gone[0]["amount"], "status": "refunded"})
    bench, before = opened(half_a_year() + gone), opened(folder="before")
    for customer in ("c1", "c3"):
        answers = [one.product_recommendations("ivy", customer, policy="ladder") for one in (bench, before)]
        assert ids(answers[0]) == ids(answers[1])
        assert answers[0].current_level == "Starter Pack"


# the campaign -------------------------------------------------------------------------------------
def listed(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_only_who_agreed_is_in_the_campaign_the_surest_first_and_no_cell_is_run(bench):
    rows = listed(bench.product_export("ivy", policy="ladder"))
    assert {row["customer_id"] for row in rows} == {"c0", "c1", "c4", "newcomer"}
    assert [row["confidence"] for row in rows] == sorted((row["confidence"] for row in rows), key=float, reverse=True)
    assert next(row["customer_name"] for row in rows if row["customer_id"] == "c4") == "'=HYPERLINK(0)"
    assert {row["currency"] for row in rows} == {"INR"}


def test_a_campaign_may_be_of_one_segment_and_of_several_products(bench):
    all_rows = listed(bench.product_export("ivy", limit=3, policy="ladder"))
    assert {row["rank"] for row in all_rows} == {"1", "2", "3"}
    parts = [listed(bench.product_export("ivy", limit=3, segment=one, policy="ladder")) for one in SEGMENTS]
    assert sum(map(len, parts)) == len(all_rows)
    assert all({row["segment"] for row in part} <= {one} for part, one in zip(parts, SEGMENTS, strict=True))


@pytest.mark.parametrize("segment", [None, "new"])
def test_everybody_is_reached_or_there_is_one_reason_why_not(bench, segment):
    told = bench.product_reach("ivy", segment, "ladder")
    strangers = {f"c{who}" for who in range(12)} - {row["member_id"] for row in some()}
    assert sum(told.values()) == 13
    assert told["never a member, so nobody asked them"] == len(strangers)
    assert (told["left"], told["did not agree to e-mail"]) == (1, 2)
    assert told["in the list"] == len(bench.product_campaign("ivy", segment=segment, policy="ladder"))


# worth --------------------------------------------------------------------------------------------
def test_values_come_most_first_with_their_next_order_and_sum_up(bench):
    answer = bench.customer_values("ivy", limit=200)
    worth = [one.expected_value_minor for one in answer.customers]
    assert worth == sorted(worth, reverse=True)
    assert (answer.total_customers, answer.total_expected_value_minor) == (12, sum(worth))
    assert all(one.next_order_soonest <= one.next_order <= one.next_order_latest for one in answer.customers
               if one.next_order and one.next_order_latest)  # fmt: skip
    assert bench.customer_values("ivy", limit=3).customers == answer.customers[:3]


def test_who_came_steadily_and_fell_silent_is_on_the_churn_list_and_who_still_comes_is_not(opened):
    rows = [order(day, f"steady{who}", "pro") for who in range(8) for day in range(who, 200, 10)]
    rows += [order(day, "silent", "premium") for day in range(0, 140, 10)]
    rows += [order(day, "rare") for day in (0, 90)]
    answer = opened(rows, []).churn_list("ivy")
    assert [one.customer_id for one in answer.customers] == ["silent"]
    assert answer.customers[0].reason.startswith("ordered every 10 days, silent for 6")
    assert answer.total == 1


def gone(day):
    """Members who all agreed to e-mail and left so many days after FIRST, those of `half_a_year` and a newcomer."""
    return [one | {"member_id": who, "email_consent": True, "left_at": FIRST + pd.Timedelta(days=day)}
            for one, who in zip(some()[:1] * 13, ["newcomer", *(f"c{k}" for k in range(12))], strict=True)]  # fmt: skip


@pytest.mark.parametrize("policy", ["learned", "ladder"])
@pytest.mark.parametrize("day", [100, 250])  # before and after the last order
def test_who_left_is_in_no_list_and_is_answered_when_looked_up(opened, policy, day):
    bench = opened(None, gone(day))
    found = bench.product_opportunities("ivy", policy=policy)
    assert (found.opportunities, bool(found.note)) == ([], True)
    assert bench.product_campaign("ivy", policy=policy).empty
    assert bench.product_reach("ivy", policy=policy) == {"left": 13}
    assert bench.product_stats("ivy", policy).impact.recommendations_made == 0
    assert bench.product_recommendations("ivy", "c1", policy=policy).recommendations


def test_who_left_later_was_here_at_the_moment_that_is_asked_about(opened):
    bench, moment = opened(None, gone(250)), FIRST + pd.Timedelta(days=200)
    assert len(bench.product_opportunities("ivy", as_of=moment).opportunities) == 12
    assert bench.product_reach("ivy", as_of=moment) == {"in the list": 13}


def test_who_leaves_as_the_list_is_made_is_not_in_it(opened):
    bench = opened(None, gone(200))
    assert bench.product_campaign("ivy", as_of=FIRST + pd.Timedelta(days=200)).empty


def test_where_no_order_counts_the_reasons_are_told(opened):
    failed = [order(day, "c1", status="failed") for day in range(3)]
    bench = opened([*failed, order(4, "c2", status="pending")])
    with pytest.raises(shop.NothingSold, match="of its order lines 3 payment failed; 1 payment pending"):
        bench.product_stats("ivy")


def test_without_a_catalogue_products_have_the_names_and_kinds_that_orders_give_them(tmp_path):
    rows = [order(day, f"c{day % 9}", "pro", product_name="Pro Pack", revenue_kind="membership") for day in range(60)]
    bench = small(tmp_path, [*rows, order(61, "c1", "towel", product_name="Red towel"), order(62, "c1", "towel")])
    bench.db.write("studios", pd.DataFrame([{"studio_id": "oak", "studio_name": "Oak", "currency": "INR"}]))
    bench.db.write("orders", bench.db.read("orders", "ivy").assign(studio_id="oak"))
    told = bench.product_performance("oak").products
    assert {one.product: one.kind for one in told.values()} == {"Pro Pack": "membership", "Red towel": "retail"}
    assert bench.product_recommendations("oak", "c5").current_level == "Pro Pack"
    asked = {"name": "towels", "product_id": "towel", "smallest_lift": 0.1, "clients": 20}
    assert bench.begin_experiment("oak", asked, "olga").product_id == "towel"
    bench.close()
