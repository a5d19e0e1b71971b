import os

import pandas as pd
import pytest
from pydantic import SecretStr

from studiolab.app import StudiolabError, Workbench, core
from studiolab.revenue_simulator.questions import InsightsRequest
from studiolab.settings import Settings
from studiolab.world import make_chain

from .llm_server import says


@pytest.fixture
def copy(copied, tmp_path):
    """A Workbench on a copy of `home`, for a test that writes."""
    copied(tmp_path)
    bench = Workbench(Settings(STUDIOLAB_HOME=tmp_path))
    yield bench
    bench.close()


@pytest.fixture
def empty(tmp_path):
    bench = Workbench(Settings(STUDIOLAB_HOME=tmp_path, DATABASE_URL=""))
    yield bench
    bench.close()


def never(*_, **__):
    raise AssertionError("this was not to happen")


def orders(path, *rows):
    """A CSV of sales at Basel time: (order, day, amount)."""
    lines = ["order_id,created_at,amount,revenue_kind", *(f"{o},{day},{amount},retail" for o, day, amount in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def import_basel(bench, path, **given):
    return bench.import_files([path], studio_id="basel", currency="CHF", timezone="Europe/Zurich", **given)


# sample and model ---------------------------------------------------------------------------------
def test_the_sample_is_the_chain_with_the_raw_rows_of_its_first_studio(workbench):
    chain = make_chain(3, 20)  # as `home` has it
    metrics = workbench.db.read("monthly_metrics", list(chain.studios["studio_id"]))
    assert (len(metrics), metrics["total_revenue"].sum()) == (60, chain.monthly_metrics["total_revenue"].sum())
    assert len(workbench.db.read("lever_plan")) == 60
    visits = workbench.db.read("visits", columns=["studio_id"])
    assert set(visits["studio_id"]) == {"studio-001"}


def test_a_second_start_changes_no_row_and_trains_nothing(copy, monkeypatch):
    monkeypatch.setattr(core, "fit", never)
    titles = []
    before = copy.db.read("monthly_metrics")

    class Step:
        def __init__(self, title):
            titles.append(title)

        __enter__ = __exit__ = lambda *_: None

    copy.prepare(Step, sample=never)
    assert titles == ["opening the database"]
    pd.testing.assert_frame_equal(copy.db.read("monthly_metrics"), before)


def test_a_model_from_disk_answers_as_the_one_that_was_trained(copy, workbench, monkeypatch):
    monkeypatch.setattr(core, "fit", never)
    question = {"studio_id": "studio-002", "levers": {"upsell_rate": 0.3}}
    assert copy.forward(question) == workbench.forward(question)


def test_other_data_train_another_model_at_the_next_question(copy, monkeypatch):
    trained = []
    monkeypatch.setattr(core, "fit", lambda metrics, plan, **_: trained.append(metrics) or "another model")
    first = copy.model
    metrics = copy.db.read("monthly_metrics", "till")
    copy.db.write("monthly_metrics", metrics.assign(total_revenue=metrics["total_revenue"] + 1))
    assert copy.model == "another model" != first
    assert copy.model == "another model"
    assert len(trained) == 1


def test_another_program_that_writes_is_noticed(copy, monkeypatch):
    monkeypatch.setattr(core, "fit", lambda metrics, plan, **_: "another model")
    _ = copy.model
    other = Workbench(copy.settings)
    other.db.write("lever_plan", other.db.read("lever_plan").assign(upsell_rate=0.3))
    assert copy.model == "another model"
    other.close()


def test_a_model_file_that_others_may_write_is_not_read(copy, monkeypatch):
    (file,) = (copy.settings.home / "data" / "models").glob("*.joblib")
    os.chmod(file, 0o666)
    monkeypatch.setattr(core, "fit", lambda metrics, plan, **_: "trained again")
    assert copy.model == "trained again"
    assert file.stat().st_mode & 0o777 == 0o600


def test_no_more_than_three_models_are_kept(copy, monkeypatch):
    for price in range(4):
        monkeypatch.setattr(core, "fit", lambda metrics, plan, price=price, **_: price)
        copy.db.write("lever_plan", copy.db.read("lever_plan").assign(avg_ticket_price=10_000 + price))
        assert copy.model == price
    assert len(list((copy.settings.home / "data" / "models").glob("*.joblib"))) == 3


def test_an_empty_database_says_how_to_fill_it(empty):
    assert empty.studios() == []
    with pytest.raises(StudiolabError, match=r"no monthly figures yet.*studiolab up.*studiolab import"):
        empty.forecast({"studio_id": "any"})


# studios ------------------------------------------------------------------------------------------
def test_studios_say_what_is_known_of_them_in_major_units(workbench):
    found = {studio.studio_id: studio for studio in workbench.studios()}
    assert list(found) == ["studio-001", "studio-002", "studio-003", "till"]
    till = found["till"]
    assert (till.first_month, till.last_month, till.months) == ("2024-05", "2026-10", 30)
    assert (till.last_revenue, till.currency, till.plannable) == (9290.0, "EUR", False)
    assert found["studio-001"].plannable


# imports ------------------------------------------------------------------------------------------
def test_an_import_renews_the_monthly_metrics_of_its_studio_alone(copy, tmp_path):
    before = copy.db.read("monthly_metrics")
    file = orders(tmp_path / "a.csv", (1, "2026-01-05", "10.00"), (2, "2026-01-31", "5.50"), (3, "2026-02-27", "7.00"))
    (export,) = import_basel(copy, file)
    assert export.new == 3
    basel = copy.db.read("monthly_metrics", "basel")
    assert basel["month_year"].dt.strftime("%Y-%m").tolist() == ["2026-01", "2026-02"]
    assert basel["total_revenue"].tolist() == [1550, 700]
    others = copy.db.read("monthly_metrics", list(before["studio_id"].unique()))
    pd.testing.assert_frame_equal(others, before)


def test_a_later_import_counts_together_with_the_earlier_one(copy, tmp_path):
    import_basel(copy, orders(tmp_path / "a.csv", (1, "2026-01-05", 10), (2, "2026-01-31", 5), (3, "2026-02-27", 7)))
    import_basel(copy, orders(tmp_path / "b.csv", (4, "2026-01-20", 100), (5, "2026-03-31", 9)))
    assert copy.db.read("monthly_metrics", "basel")["total_revenue"].tolist() == [11500, 700, 900]


def test_when_the_metrics_fail_the_rows_do_not_go_in_either(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(core.metrics, "monthly_metrics", never)
    with pytest.raises(AssertionError):
        import_basel(copy, orders(tmp_path / "a.csv", (1, "2026-01-05", 10)))
    assert copy.db.read("orders", "basel").empty
    assert "basel" not in set(copy.db.read("studios")["studio_id"])
    assert copy.db.read("imports").empty


def test_a_file_that_is_not_confirmed_leaves_nothing(copy, tmp_path):
    assert import_basel(copy, orders(tmp_path / "a.csv", (1, "2026-01-05", 10)), confirm=lambda export: False) == []
    assert copy.db.read("orders", "basel").empty


def test_a_table_that_the_mapping_does_not_make_is_refused(copy, tmp_path):
    file = orders(tmp_path / "a.csv", (1, "2026-01-05", 10))
    with pytest.raises(StudiolabError, match="the mapping makes orders, orders, not visits"):
        import_basel(copy, file, mapping="stripe", table="visits")
    with pytest.raises(StudiolabError, match="no table 'sales' can be imported: it is one of orders"):
        import_basel(copy, file, table="sales")


def test_insights_know_the_waiting_lists_of_the_last_four_weeks(workbench):
    lists = workbench._waiting(InsightsRequest(studio_id="studio-001"))
    held = workbench.db.read("class_sessions", "studio-001")
    late = held[held["starts_at"] > held["starts_at"].max() - pd.Timedelta(weeks=4)]
    assert sum(lists.values()) == pytest.approx(late["waitlisted"].sum() / 4)
    assert workbench._waiting(InsightsRequest(studio_id="studio-002")) == {}


def test_insights_in_words_name_no_other_studio(copy, llm_server):
    other = copy.studios()[1].studio_name
    empty = {"implementation_tips": [], "obstacles": [], "expected_impact": "More."}
    rows = [{"id": f"action-{n}", "priority": n, "action": text} | empty
            for n, text in ((1, "Ask at the desk."), (2, f"Do as {other} does."))]  # fmt: skip
    llm_server.script(says({"actions": rows}))
    given = {"llm_base_url": llm_server.url, "llm_provider": "openai", "openai_api_key": SecretStr("k")}
    copy.settings = copy.settings.model_copy(update=given)
    answer = copy.insights({"studio_id": "studio-001", "words": True})
    assert [row.action for row in answer.actions] == ["Ask at the desk."]
    assert answer.banner.startswith("1 of 2 suggestions left out")
    assert other not in llm_server.requests[0]["messages"][1]["content"]


def test_no_part_of_the_workbench_takes_another_parts_method_away():
    meant = {"__init__", "__module__", "__doc__", "__dict__", "__weakref__", "__firstlineno__", "__static_attributes__",
             "close", "import_files", "replay"}  # fmt: skip
    owners = {}
    for part in Workbench.__mro__[1:-1]:
        for name in vars(part).keys() - meant:
            owners.setdefault(name, []).append(part.__name__)
    assert {name: parts for name, parts in owners.items() if len(parts) > 1} == {}
