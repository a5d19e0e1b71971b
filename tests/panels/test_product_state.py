"""The product opportunities under a hurried hand: studios switched, clients clicked, before the answer is there."""

import threading

import pandas as pd
import pytest

from studiolab.app import StudiolabError
from studiolab.panels import product_opportunities, product_state
from studiolab.users import User
from tests.app.small_shop import order, small, some

DESK = User("dana", "front desk")


@pytest.fixture
def bench(tmp_path):
    bench = small(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def two(bench):
    """A State of "ivy" and of "oak", a studio of one order."""
    bench.db.write("studios", pd.DataFrame([{"studio_id": "oak", "studio_name": "Oak", "currency": "INR"}]))
    bench.db.write("orders", pd.DataFrame([order(3, "only") | {"studio_id": "oak"}]))
    return product_state.State(bench).load()


@pytest.fixture
def held(monkeypatch):
    """A function that makes a method wait, for `is_held` arguments, until the event it returns is set."""

    def held(bench, name, is_held):
        method, free, waits = getattr(bench, name), threading.Event(), threading.Event()

        def waiting(*given, **more):
            answer = method(*given, **more)
            if is_held(*given, **more):
                waits.set()
                assert free.wait(30)
            return answer

        monkeypatch.setattr(bench, name, waiting)
        return waits, free

    return held


def test_what_was_asked_of_a_studio_that_is_left_is_dropped(two, held):
    waits, free = held(two.workbench, "product_opportunities", lambda studio, *_, **__: studio == "ivy")
    slow = threading.Thread(target=two.open, args=("ivy",), kwargs={"wait": True})
    slow.start()
    assert waits.wait(30)
    two.open("oak", wait=None)
    free.set()
    slow.join()
    assert two.customer_id == two.answer["customer_id"] == "only"
    assert sum(two.found["segments"].values()) == 1
    assert (two.stats["impact"]["total_customers"], two.problem, two.working) == (1, "", False)


def test_a_slow_answer_does_not_take_the_place_of_a_later_one(two, held):
    two.open("ivy", wait=None)
    waits, free = held(two.workbench, "product_recommendations", lambda _, customer, **__: customer == "c1")
    slow = threading.Thread(target=setattr, args=(two, "customer_id", "c1"))
    slow.start()
    assert waits.wait(30)
    two.asked = "c2"
    free.set()
    slow.join()
    assert two.answer["customer_id"] == "c2"


def test_why_a_part_failed_stays_when_another_part_answers(two, monkeypatch):
    def broken(*_, **__):
        raise StudiolabError("the products cannot be read")

    monkeypatch.setattr(two.workbench, "product_performance", broken)
    two.open("ivy", wait=None)
    assert (two.problem, two.working) == ("The products cannot be read", False)
    assert two.answer


def test_a_fault_does_not_leave_the_page_learning_for_ever(two, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)  # it goes to the log
    monkeypatch.setattr(two.workbench, "product_stats", lambda *_, **__: 1 / 0)
    two.open("ivy", wait=None)
    assert not two.working


def test_an_unknown_studio_in_the_address_is_told(two):
    two.open("elm", wait=None)
    assert (two.studio_id, two.done) == ("ivy", "No studio 'elm' has orders here; this is Ivy.")


def test_the_segments_are_those_of_the_studio_that_is_open_and_the_choice_stays(two):
    two.open("ivy", wait=None)
    view = product_opportunities.View(two)
    view.segment.value = "repeat"
    assert {row["segment"] for row in two.found["opportunities"]} == {"repeat"}
    two.open("oak", wait=None)
    assert ("new (1)", "new") in view.segment.options
    assert (view.segment.value, two.segment, view.grid.rows) == ("repeat", "repeat", [])
    two.segment = ""


def test_the_front_desk_sees_clients_and_offers_but_no_figures_of_the_studio(two):
    two.who = lambda: DESK
    two.open("ivy", wait=None)
    view = product_opportunities.View(two)
    assert two.found
    assert two.answer
    assert (two.stats, two.performance) == ({}, {})
    assert "may not see revenue" in view.cards.value
    assert not {view.experiments, view.products} & set(_all(view))
    two.policy = "ladder"
    assert (two.stats, two.found["policy"], two.problem) == ({}, "ladder", "")


def _all(widget):
    for child in getattr(widget, "children", ()):
        yield child
        yield from _all(child)


def test_cards_and_list_are_by_the_policy_and_of_the_segment_that_are_set(two, monkeypatch):
    two.open("ivy", wait=None)
    asked = []
    stats = two.workbench.product_stats
    monkeypatch.setattr(two.workbench, "product_stats", lambda *given: asked.append(given) or stats(*given))
    two.policy = "ladder"
    assert asked == [("ivy", "ladder")]
    two.segment = "repeat"
    two.export()
    rows = two.workbench.product_campaign("ivy", segment="repeat", policy="ladder")
    assert two.done.startswith(f"The campaign list of {len(rows)} client of the segment “repeat” who agreed to mail")
    assert [line.split(",")[0] for line in two.file["content"].splitlines()[1:]] == list(rows["customer_id"])


def test_a_name_of_two_lines_is_one_client_of_the_list(tmp_path):
    bench = small(tmp_path, members=[one | {"member_name": "Ana\nLee"} for one in some()])
    state = product_state.State(bench).load()
    state.open(wait=None)
    state.export()
    assert f"list of {len(bench.product_campaign('ivy'))} clients" in state.done
    bench.close()


def test_what_cannot_be_asked_is_said_in_a_sentence_without_names_of_fields(two):
    two.open("ivy", wait=None)
    view = product_opportunities.View(two)
    view.tried.points = -1
    view.tried.ask_size()
    assert view.tried.problem == "The smallest lift: Input should be greater than 0, got -0.01"
    two.who = lambda: DESK
    view.tried.begin()
    assert "may not see revenue" in view.tried.problem
