"""Saving, listing, comparing, deleting scenarios; on a workbench of its own, for it writes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from studiolab.app import Workbench
from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.revenue_simulator.scenarios import UnknownScenario

STUDIO = "studio-001"
WHAT_IF = {"levers": {"avg_ticket_price": 170.0}}
ODD = ["خطة النمو", "\u202eplan", "👩‍👩‍👧 spring", "=HYPERLINK(1)", "[/b]", "'); DROP TABLE scenarios; --", "x" * 200]


def asked(name="Spring", **given):
    fields = {"studio_id": STUDIO, "scenario_name": name, "scenario_type": "forward", "inputs": WHAT_IF}
    return fields | given


def save(bench, name="Spring", **given):
    return bench.save_scenario(asked(name, **given), "ana").scenario_id


def names(bench, **given):
    return [one.scenario_name for one in bench.scenarios({"studio_id": STUDIO} | given).scenarios]


# saving -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "inputs", "ask"),
    [
        ("forward", WHAT_IF, "forward"),
        ("inverse", {"target_revenue": 40_000.0}, "inverse"),
        ("forecast", {}, "forecast"),
    ],
)
def test_what_is_kept_is_the_workbenchs_own_answer(own, kind, inputs, ask):
    lies = {"predictions": {"month_1": {"revenue": 1e9}}}
    kept = own.scenario(save(own, scenario_type=kind, inputs=inputs, outputs=lies))
    answer = getattr(own, ask)({"studio_id": STUDIO} | inputs).model_dump(mode="json")
    if kind == "forward":  # the id is of the question, which says that intervals are wanted
        assert answer == kept.outputs
    assert answer["model_version"] == kept.model_version == own.model.version
    assert answer["predictions"] == kept.outputs["predictions"]
    assert len(kept.levers) == 7
    assert (kept.user_name, kept.currency, len(kept.data_hash)) == ("ana", "USD", 32)


def test_a_saved_scenario_stays_as_it_was_when_the_data_move_on(own):
    scenario_id = save(own)
    before = own.scenario(scenario_id)
    metrics = own.db.read("monthly_metrics", "till")
    own.db.write("monthly_metrics", metrics.assign(total_revenue=metrics["total_revenue"] + 1))
    assert own.scenario(scenario_id) == before
    assert own.scenario(save(own)).data_hash != before.data_hash


def test_saving_sharing_deleting_and_restoring_are_in_the_ledger(own):
    scenario_id = save(own)
    assert own.share_scenario(scenario_id, "ben").shareable_url == f"/api/v1/scenarios/{scenario_id}"
    own.delete_scenario(scenario_id, "cem")
    own.restore_scenario(scenario_id, "dot")
    entries = own.ledger.entries(STUDIO)[-4:]
    assert [(entry["actor"], entry["action"]) for entry in entries] == [
        ("ana", "scenario saved"), ("ben", "scenario shared"),
        ("cem", "scenario deleted"), ("dot", "scenario restored"),
    ]  # fmt: skip
    assert {entry["payload"]["scenario_id"] for entry in entries} == {scenario_id}
    assert entries[0]["payload"]["predicted_outputs"] == own.scenario(scenario_id).outputs
    assert own.ledger.verify()[1] == []


@pytest.mark.parametrize("name", ODD)
def test_odd_names_come_back_as_they_were(own, name):
    scenario_id = save(own, name, description=name, tags=[name[:50]])
    kept = own.scenario(scenario_id)
    assert (kept.scenario_name, kept.description, kept.tags) == (name, name, [name[:50]])
    assert names(own, tag=name[:50]) == names(own, text=name.upper() if name.isascii() else name) == [name]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "x" * 10_000}, "at most 200 characters"),
        ({"name": "  "}, "at least 1 character"),
        ({"name": "a\nb"}, "holds a line break or a tab"),
        ({"name": "a\0b"}, "holds a control character"),
        ({"tags": ["x"] * 21}, "at most 20 items"),
        ({"tags": [""]}, "at least 1 character"),
        ({"scenario_type": "wild"}, "'forecast', 'forward' or 'inverse'"),
        ({"inputs": {"levers": {"prize": 1}}}, "inputs: levers.prize: no such key"),
        ({"inputs": {}}, "inputs: levers: is missing"),
        ({"inputs": WHAT_IF | {"studio_id": "till"}}, "another studio than 'studio-001'"),
        ({"inputs": WHAT_IF | {"base_month": "2031-01"}}, "base_month is 2031-01; studio-001 has history"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_reason_and_leaves_nothing(own, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        save(own, **given)
    assert own.db.read("scenarios").empty
    assert own.ledger.entries(STUDIO, ["scenario saved"]) == []


def test_unknown_studios_and_scenarios_are_named(own):
    with pytest.raises(UnknownStudio, match="no studio 'nobody'"):
        save(own, studio_id="nobody")
    with pytest.raises(UnknownStudio, match="no studio 'nobody'"):
        own.scenarios({"studio_id": "nobody"})
    for act in (own.scenario, lambda i: own.delete_scenario(i, "ana"), lambda i: own.share_scenario(i, "ana")):
        with pytest.raises(UnknownScenario, match="no scenario 'x'"):
            act("x")


# listing ------------------------------------------------------------------------------------------
def test_scenarios_are_listed_the_latest_first_page_by_page(own):
    for number in range(5):
        save(own, f"n{number}")
    page = own.scenarios({"studio_id": STUDIO, "page": 2, "per_page": 2})
    assert ([one.scenario_name for one in page.scenarios], page.total, page.page) == (["n2", "n1"], 5, 2)
    assert names(own, page=9, per_page=2) == []


def test_a_list_is_narrowed_by_tag_type_and_text(own):
    save(own, "Growth", tags=["q2", "growth"])
    save(own, "Rest", description="no GROWTH wanted", scenario_type="forecast", inputs={})
    save(own, "Aim", scenario_type="inverse", inputs={"target_revenue": 40_000.0}, tags=["q2"])
    assert names(own, tag="q2") == ["Aim", "Growth"]
    assert names(own, scenario_type="inverse") == ["Aim"]
    assert names(own, text="growth") == ["Rest", "Growth"]
    assert own.scenarios({"studio_id": STUDIO, "tag": "q2"}).scenarios[0].target_revenue == 40_000


def test_a_deletion_is_undone_and_nothing_is_deleted_twice(own):
    scenario_id = save(own)
    before = own.scenario(scenario_id)
    own.delete_scenario(scenario_id, "ana")
    assert (names(own), names(own, deleted=True)) == ([], ["Spring"])
    for act in (own.scenario, lambda i: own.delete_scenario(i, "ana"), lambda i: own.share_scenario(i, "ana")):
        with pytest.raises(UnknownScenario, match=r"was deleted|deleted already"):
            act(scenario_id)
    own.restore_scenario(scenario_id, "ana")
    assert own.scenario(scenario_id) == before
    with pytest.raises(UnknownScenario, match="is not deleted"):
        own.restore_scenario(scenario_id, "ana")


def test_two_writers_lose_nothing_and_only_one_deletes(own):
    other = Workbench(own.settings)
    save(own, "before")
    scenario_id = save(own, "once")

    def work(bench):
        ids = [save(bench, f"{id(bench)}-{number}") for number in range(6)]
        try:
            return ids, bench.delete_scenario(scenario_id, "ana")
        except UnknownScenario:
            return ids, None

    with ThreadPoolExecutor(2) as pool:
        (mine, first), (theirs, second) = pool.map(work, [own, other])
    assert len({*mine, *theirs}) == 12
    assert [first, second].count(None) == 1
    assert own.scenarios({"studio_id": STUDIO}).total == 13
    assert own.ledger.verify()[1] == []
    other.close()


# comparing ----------------------------------------------------------------------------------------
def test_a_comparison_shows_months_totals_and_the_levers_that_differ(own):
    low, high = (save(own, name, inputs={"levers": {"avg_ticket_price": price, "upsell_rate": 0.3}})
                 for name, price in (("low", 150.0), ("high", 190.0)))  # fmt: skip
    found = own.compare_scenarios({"scenario_ids": [low, high]})
    assert found.months == ["2026-11", "2026-12", "2027-01"]
    assert [column.levers for column in found.scenarios] == [{"avg_ticket_price": 150.0}, {"avg_ticket_price": 190.0}]
    first, second = (own.scenario(scenario_id).outputs["total_projected_revenue"] for scenario_id in (low, high))
    assert [column.total for column in found.scenarios] == pytest.approx([first, second])
    assert found.highest == (high if second > first else low)
    assert found.ahead_by == pytest.approx(abs(second - first))
    assert found.interval > 0
    assert "is highest" in found.message
    assert "chance alone may move either" in found.message


def test_only_months_that_all_have_are_added_up(own):
    short = save(own, "short", inputs=WHAT_IF | {"projection_months": 1})
    long = save(own, "long", inputs=WHAT_IF | {"projection_months": 6})
    found = own.compare_scenarios({"scenario_ids": [short, long]})
    assert (found.months, found.highest) == (["2026-11"], None)
    assert found.message == "Even: “short” and “long” are equal."
    past = save(own, "past", inputs=WHAT_IF | {"base_month": "2026-05", "projection_months": 2})
    assert own.compare_scenarios({"scenario_ids": [long, past]}).message.startswith("Not ranked: there is no month")


def test_money_of_two_currencies_is_not_ranked(own):
    till = save(own, "till", studio_id="till", scenario_type="forecast", inputs={})
    found = own.compare_scenarios({"scenario_ids": [save(own), till]})
    assert found.message == "Not ranked: they are in EUR, USD."
    assert found.scenarios[1].levers["avg_ticket_price"] is None


@pytest.mark.parametrize("ids", [["a"], ["a"] * 2, list("abcdefg")])
def test_two_to_six_different_scenarios_are_compared(own, ids):
    with pytest.raises(ValueError, match="scenario_ids"):
        own.compare_scenarios({"scenario_ids": ids})
