"""Answers that were given before: the same bytes, made anew whenever anything they depend on is another."""

import subprocess
import sys
import threading

import pytest
from pydantic import SecretStr

from studiolab.app import revenue
from studiolab.revenue_simulator import answers
from studiolab.revenue_simulator.questions import ForwardRequest, InverseRequest

from .llm_server import says

STUDIO = "studio-001"
QUESTIONS = {
    "forecast": {"studio_id": STUDIO},
    "forward": {"studio_id": STUDIO, "levers": {"upsell_rate": 0.3}},
    "inverse": {"studio_id": STUDIO, "target_revenue": 45_000.0},
    "impact": {"studio_id": STUDIO},
    "insights": {"studio_id": STUDIO},
}


@pytest.fixture(params=["in process", "Redis"])
def bench(own, request):
    if request.param == "Redis":
        own.settings = own.settings.model_copy(
            update={"redis_url": SecretStr(request.getfixturevalue("redis_server").url)}
        )
    return own


def never(*_, **__):
    raise AssertionError("it was made again")


def counted(bench, kind):
    found = bench.cache_health().by_question.get(kind, {"hits": 0, "misses": 0})
    return found["hits"], found["misses"]


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_second_answer_is_the_first_byte_for_byte_and_is_not_made_again(bench, monkeypatch, kind):
    first = bench.told(kind, QUESTIONS[kind])
    monkeypatch.setitem(revenue.ANSWERED, kind, never)
    monkeypatch.setattr(revenue, "insights", never)
    again = getattr(bench, kind)(QUESTIONS[kind])
    assert bench.told(kind, QUESTIONS[kind]) == first == again.model_dump_json().encode()
    assert counted(bench, kind) == (2, 1)


def test_the_kept_answer_is_the_one_that_the_model_gives(bench):
    asked = ((answers.forward, ForwardRequest), (answers.inverse, InverseRequest))
    for (answered, shape), kind in zip(asked, ("forward", "inverse"), strict=True):
        anew = answered(bench.model, shape(**QUESTIONS[kind])).model_dump_json().encode()
        assert [bench.told(kind, QUESTIONS[kind]) for _ in range(2)] == [anew, anew]


@pytest.mark.parametrize(
    "change",
    [{"projection_months": 4}, {"base_month": "2026-09"}, {"levers": {"upsell_rate": 0.3000001}},
     {"levers": {"upsell_rate": 0.3, "current_member_count": 200}}, {"include_confidence_intervals": False},
     {"studio_id": "studio-002"}],
)  # fmt: skip
def test_another_question_gets_its_own_answer(own, change):
    told = own.told("forward", QUESTIONS["forward"])
    assert own.told("forward", QUESTIONS["forward"] | change) != told
    assert counted(own, "forward") == (0, 2)


def test_what_is_left_out_and_what_is_said_as_it_would_be_are_one_question(own):
    own.told("forward", QUESTIONS["forward"])
    own.told("forward", QUESTIONS["forward"] | {"projection_months": 3, "base_month": None})
    assert counted(own, "forward") == (1, 1)


def test_new_figures_are_answered_anew_at_once(bench):
    before = bench.told("inverse", QUESTIONS["inverse"])
    metrics = bench.db.read("monthly_metrics", STUDIO)
    more = metrics[["class_pack_revenue", "total_revenue"]].add(100_000)
    bench.db.write("monthly_metrics", metrics.assign(**more))
    assert bench.told("inverse", QUESTIONS["inverse"]) != before
    assert counted(bench, "inverse") == (0, 2)


def test_insights_see_a_waiting_list_and_a_currency_that_change(bench):
    bench.insights(QUESTIONS["insights"])
    held = bench.db.read("class_sessions", STUDIO)
    bench.db.write("class_sessions", held.assign(waitlisted=9))
    bench.insights(QUESTIONS["insights"])
    bench.db.write("studios", bench.db.read("studios", STUDIO).assign(currency="CHF"))
    assert "CHF" in bench.told("insights", QUESTIONS["insights"]).decode()
    assert counted(bench, "insights") == (0, 3)


def test_what_a_language_model_says_is_asked_for_each_time(own, llm_server):
    llm_server.script(says({"actions": []}), says({"actions": []}))
    given = {"llm_base_url": llm_server.url, "llm_provider": "openai", "openai_api_key": SecretStr("k")}
    own.settings = own.settings.model_copy(update=given)
    for _ in range(2):
        own.insights(QUESTIONS["insights"] | {"words": True})
    assert len(llm_server.requests) == 2


def test_an_import_lets_go_of_its_studios_answers(bench, tmp_path):
    bench.told("impact", QUESTIONS["impact"])
    bench.told("forecast", {"studio_id": "till"})
    forgotten = []
    bench.forget_answers = forgotten.append
    file = tmp_path / "sales.csv"
    file.write_text("order_id,created_at,amount,revenue_kind\n1,2026-01-05,10.00,retail\n")
    bench.import_files([file], studio_id="basel", currency="CHF", timezone="Europe/Zurich")
    assert forgotten == ["basel"]


def test_to_forget_a_studio_leaves_the_others_answers(bench):
    for kind, question in QUESTIONS.items():
        bench.told(kind, question)
        bench.told(kind, question | {"studio_id": "studio-002"})
    bench.forget_answers(STUDIO)
    for kind, question in QUESTIONS.items():
        bench.told(kind, question | {"studio_id": "studio-002"})
        bench.told(kind, question)
        assert counted(bench, kind) == (1, 3), kind


def test_another_program_has_the_answer_already_and_may_forget_it_for_all(own, redis_server):
    url = {"redis_url": SecretStr(redis_server.url)}
    own.settings = own.settings.model_copy(update=url)
    told = own.told("inverse", QUESTIONS["inverse"])
    code = (
        "from studiolab.app import Workbench\nbench = Workbench()\n"
        f"told = bench.told('inverse', {QUESTIONS['inverse']!r})\n"
        f"print(bench.cache_health().hits, told.decode())\nbench.forget_answers({STUDIO!r})"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDIS_URL", redis_server.url)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"1 {told.decode()}"
    assert own.told("inverse", QUESTIONS["inverse"]) == told
    assert counted(own, "inverse") == (0, 2)


def test_a_redis_that_dies_between_two_answers_fails_none(own, redis_server, caplog):
    own.settings = own.settings.model_copy(update={"redis_url": SecretStr(redis_server.url)})
    told = {kind: own.told(kind, question) for kind, question in QUESTIONS.items() if kind != "insights"}
    stop, wrong = threading.Event(), []

    def ask():
        while not stop.is_set():
            wrong.extend(kind for kind, answer in told.items() if own.told(kind, QUESTIONS[kind]) != answer)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    redis_server.kill()
    own.inverse(QUESTIONS["inverse"] | {"target_revenue": 46_000.0})
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert caplog.text.count("Redis keeps no answers") == 1


def test_an_answer_from_the_cache_is_logged_where_the_first_asker_did_not_want_it(own):
    own.forward(QUESTIONS["forward"])
    assert own.predictions().empty
    for _ in range(3):
        own.forward(QUESTIONS["forward"], logged=True)
    assert len(own.predictions()) == 3


def test_without_a_question_there_is_no_hit_rate(own):
    health = own.cache_health()
    assert (health.hit_rate, health.plans_kept, health.entries) == (None, "in process", 0)
    for _ in range(4):
        own.forecast(QUESTIONS["forecast"])
    assert own.cache_health().hit_rate == 0.75


def test_what_takes_long_or_waits_is_not_answered_at_once(own):
    assert own.told_at_once("forward", QUESTIONS["forward"]) is None  # no model is in memory yet
    _ = own.model
    for kind in ("forecast", "forward", "inverse"):
        assert own.told_at_once(kind, QUESTIONS[kind]) == own.told(kind, QUESTIONS[kind])
    assert own.told_at_once("forecast", {"studio_id": "till"}) is None
    long = {"impact": {}, "insights": {}, "inverse": {"other_plans": True}}
    for kind, more in long.items():
        assert own.told_at_once(kind, QUESTIONS[kind] | more) is None
    assert own.told_at_once("inverse", QUESTIONS["inverse"] | {"sure": 0.8}) is None
    told = own.told("impact", QUESTIONS["impact"])
    assert own.told_at_once("impact", QUESTIONS["impact"]) == told
    own.db.write("lever_plan", own.db.read("lever_plan").assign(upsell_rate=0.3))
    assert own.told_at_once("forward", QUESTIONS["forward"]) is None
