import base64
import csv
import io
import re
import shutil

import pytest

from studiolab.app import Workbench
from studiolab.panels import experiment_page, experiment_state, product_opportunities, product_page, product_state
from studiolab.panels.data_grid import share_cell
from studiolab.settings import Settings
from studiolab.users import User


@pytest.fixture(scope="module")
def opened(workbench):
    """A State that has loaded and opened its studio; who changes it changes it back."""
    state = product_state.State(workbench).load()
    state.open(wait=None)
    return state


def test_the_first_studio_with_orders_is_open_with_its_best_opportunity(opened):
    assert (opened.status, opened.studio_id) == ("ready", "studio-001")
    assert opened.customer_id == opened.answer["customer_id"] == opened.found["opportunities"][0]["customer_id"]
    values = [row["expected_value_minor"] for row in opened.found["opportunities"]]
    assert values == sorted(values, reverse=True)
    assert len(values) == product_state.SHOWN


def test_a_client_is_found_by_receipt_by_id_and_by_name(opened):
    first, other = opened.found["opportunities"][:2]
    opened.asked = other["receipt"]
    assert opened.answer["customer_id"] == other["customer_id"]
    opened.asked = first["customer_id"]
    assert opened.answer["customer_id"] == first["customer_id"]
    opened.asked = other["customer_name"]
    assert (other["customer_name"], other["customer_id"]) in opened.named
    assert opened.problem == ""
    opened.asked = "nobody of this name"
    assert "nobody of this name" in opened.problem
    assert opened.answer["customer_id"] == first["customer_id"]
    opened.asked = ""


def test_policy_and_segment_change_whom_to_talk_to(opened):
    learned = opened.found
    opened.policy = "ladder"
    assert opened.found["policy"] == opened.answer["policy"] == "ladder"
    opened.policy, opened.segment = "learned", "lapsed"
    assert {row["segment"] for row in opened.found["opportunities"]} <= {"lapsed"}
    opened.segment = ""
    assert opened.found == learned


def test_the_campaign_list_takes_the_right_to_export(opened):
    opened.who = lambda: User("desk", "front desk")
    opened.export()
    assert opened.file == {}
    assert "take customers' addresses out" in opened.problem
    opened.who = lambda: User("olga", "owner")
    opened.export()
    assert opened.problem == ""
    lines = opened.file["content"].strip().splitlines()
    assert f"{len(lines) - 1:,} clients who agreed to mail" in opened.done


def test_the_view_shows_what_the_state_knows_and_offers_the_file(opened):
    view = product_opportunities.View(opened)
    assert opened.found["opportunities"][0]["recommended_product"] == view.grid.rows[0]["cells"][2]["text"]
    assert opened.answer["customer_name"] in view.offers.value
    view.grid.picked = opened.found["opportunities"][1]["customer_id"]
    assert opened.answer["customer_id"] == view.grid.picked
    view.export.click()
    data = re.search(r"base64,([^\"]+)", view.file.value)[1]
    assert base64.b64decode(data).decode() == opened.file["content"]


def test_nothing_sold_yet_says_what_to_do():
    class Empty:
        def studios_with_orders(self):
            return {}

    view = product_opportunities.View(product_state.State(Empty()).load())
    assert "studiolab import FILE" in view.children[1].value


def test_a_share_is_drawn_within_its_bar():
    cell = share_cell("5 %", 0.05, -0.1, 0.9, 0.5, "0 to 90 %")
    assert (cell["low"], cell["share"], cell["high"]) == (0.0, 0.1, 1.0)
    assert share_cell("0 %", 0, 0, 0, 0, "")["share"] == 0


def test_small_sums_keep_their_decimals():
    assert product_page.small(4.2, "USD") == "$4.20"
    assert product_page.small(1240.4, "USD") == "$1,240"


def test_sums_have_the_decimals_of_their_currency():
    assert [product_page.small(12, code) for code in ("JPY", "INR", "KWD")] == ["¥12", "₹12.00", "KWD 12.000"]
    assert product_page.small(-4.2, "USD") == "−$4.20"


def test_orders_are_known_until_the_day_before_the_moment_of_asking():
    assert product_page.when({"as_of": "2026-06-25T00:00:00+05:30"}) == "Orders known until 24 June 2026."


def test_one_order_is_not_one_orders():
    sold = {"product": "Mat", "total_orders": 1, "unique_customers": 1, "total_revenue": 30.0, "avg_order_value": 30.0,
            "history": []}  # fmt: skip
    shown = product_page.products({"products": {"Mat": sold}, "currency": "JPY", "problems": []})
    assert "1 order of 1 client, ¥30 each" in shown


@pytest.fixture
def own(home, tmp_path):
    """A State on a copy of `home`, which may be written to."""
    shutil.copytree(home, tmp_path / "home")
    bench = Workbench(Settings(STUDIOLAB_HOME=str(tmp_path / "home")))
    state = product_state.State(bench).load()
    state.open(wait=None)
    yield state
    bench.close()


def test_an_experiment_is_sized_begun_shown_to_its_half_and_stopped(own):
    tried = experiment_state.Experiments(own)
    page = experiment_page.Experiments(tried)
    tried.load()
    assert "held back" in page.said.value.lower() or "holding it back" in page.said.value.lower()
    page.know(own.performance)
    assert len(page.product.options) > 5
    page.product.value, page.points.value, page.name.value = "technique-workshop", 4.0, "spring"
    page.ask.click()
    assert "clients" in tried.size
    page.begin.click()
    assert tried.problem == ""
    assert tried.running[0][1] == tried.experiment_id == "spring-1"
    page.take.click()
    assert tried.problem == ""
    shown, held_back = re.findall(r"\d[\d,]*", tried.done)
    assert int(shown) == len(tried.file["content"].strip().splitlines()) - 1 > 10
    assert tried.report["experiment"]["exposed"] == int(shown) + int(held_back)
    page.end.click()
    assert tried.report["state"] == "stopped"
    assert page.take.disabled


def test_a_price_test_says_what_it_takes_is_begun_and_gives_each_client_a_price(own):
    tried = experiment_state.Experiments(own)
    page = experiment_page.Experiments(tried)
    tried.load()
    page.know(own.performance)
    page.ask_prices.click()
    assert tried.problem.startswith("Choose the product whose price is to be tried")
    page.product.value, page.name.value = "towel", "towel price"
    page.ask_prices.click()
    assert "instead of" in page.size.value
    page.begin_prices.click()
    assert tried.problem == ""
    assert tried.experiment_id == "towel-price-1"
    page.take.click()
    rows = list(csv.DictReader(io.StringIO(tried.file["content"])))
    assert {row["arm"] for row in rows} == set(tried.report["experiment"]["arms"])
    assert "held back" not in tried.done
    assert tried.priced["experiment"]["exposed"] == len(rows) > 100
    assert "Take the list and ask each client" in page.said.value
    assert page.chart.children == ()
    assert page.arms.value.count("<tr>") >= 5  # the headings, and four prices


def test_the_running_interval_is_drawn_in_points():
    looks = [{"at": f"2026-01-{day:02d}T00:00:00Z", "fraction": day / 20, "lift": 0.02, "low": 0.02 - 0.2 / day,
              "high": 0.02 + 0.2 / day} for day in range(1, 11)]  # fmt: skip
    lift = {"arm": "offer", "control": "holdout", "metric": "conversion", "decides": True, "course": looks}
    figure = experiment_page.running_figure({"lifts": [lift], "currency": "USD"})
    assert figure.data[1].y[-1] == pytest.approx(2.0)
    assert max(figure.data[0].y) == pytest.approx(22.0)
    assert experiment_page.running_figure({"lifts": [], "currency": "USD"}) is None
