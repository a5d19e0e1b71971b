"""What nobody should ask or import, as library and API meet it: a sentence, or a stated answer; never a fault."""

from urllib.parse import quote

import httpx
import pandas as pd
import pytest

from studiolab.api import app
from studiolab.revenue_simulator import answers, fit
from studiolab.revenue_simulator.questions import ForecastRequest, ForwardRequest, InverseRequest
from studiolab.world import make_chain

STUDIO = "studio-001"
FLOWS = ["total_members", "new_members", "churned_members"]
KINDS = {
    "forecast": lambda model, studio: answers.forecast(model, ForecastRequest(studio_id=studio)),
    "forward": lambda model, studio: answers.forward(
        model, ForwardRequest(studio_id=studio, levers={"upsell_rate": 0.3})
    ),
    "inverse": lambda model, studio: answers.inverse(model, InverseRequest(studio_id=studio, target_revenue=50_000.0)),
}


@pytest.fixture(scope="module")
def chain():
    return make_chain(3, 20)


def learned(chain, change):
    """Model of the chain with the rows of STUDIO changed."""
    metrics = chain.monthly_metrics
    own = metrics["studio_id"] == STUDIO
    changed = pd.concat([change(metrics[own].copy()), metrics[~own]], ignore_index=True)
    return fit(changed, chain.lever_plan)


def last(frame):
    return frame["month_year"] == frame["month_year"].max()


# what the figures may be --------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_month_that_is_missing_is_bridged(chain, kind):
    model = learned(chain, lambda own: own.drop(own.index[10]))
    whole = fit(chain.monthly_metrics, chain.lever_plan)
    revenue = [KINDS[kind](m, STUDIO).predictions["month_1"].revenue for m in (model, whole)]
    assert revenue[0] == pytest.approx(revenue[1], rel=0.05)


def test_one_month_is_repeated_with_a_wide_interval_and_levers_say_what_is_missing(chain):
    model = learned(chain, lambda own: own[last(own)])
    month = KINDS["forecast"](model, STUDIO).predictions["month_1"]
    assert month.revenue == pytest.approx(KINDS["forecast"](model, STUDIO).base_revenue)
    low, high = month.confidence_interval
    assert low < 0.75 * month.revenue < 1.3 * month.revenue < high
    for kind in ("forward", "inverse"):
        with pytest.raises(ValueError, match="has no 9 months of member, visit and class figures"):
            KINDS[kind](model, STUDIO)


@pytest.mark.parametrize("kind", KINDS)
def test_a_studio_where_nothing_ever_changed_gets_an_answer(chain, kind):
    kept = ["studio_id", "month_year", "metric_id", "currency", "retention_definition"]
    model = learned(chain, lambda own: own.assign(**{c: own[c].iloc[0] for c in own if c not in kept}))
    assert KINDS[kind](model, STUDIO).predictions["month_3"].revenue > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("months", [1, 6])
def test_from_a_month_without_members_nothing_is_predicted_and_a_sentence_says_why(chain, kind, months):
    def emptied(own):
        own.loc[own["month_year"] > own["month_year"].max() - pd.DateOffset(months=months), FLOWS] = 0
        return own

    with pytest.raises(ValueError, match=r"^studio-001 has no members at the end of 2026-10, so nobody is there"):
        KINDS[kind](learned(chain, emptied), STUDIO)


def test_a_studio_without_members_ever_is_forecast_from_its_revenue(chain):
    def emptied(own):
        own[FLOWS] = 0
        return own

    answer = KINDS["forecast"](learned(chain, emptied), STUDIO)
    assert answer.predictions["month_1"].member_count is None
    assert answer.predictions["month_1"].revenue > 0


def test_a_month_of_more_refunds_than_sales_has_no_growth_to_speak_of(chain):
    def refunded(own):
        own.loc[last(own), "total_revenue"] *= -1
        return own

    answer = KINDS["forecast"](learned(chain, refunded), STUDIO)
    assert answer.base_revenue < 0
    assert answer.growth_rate is None
    assert answer.predictions["month_1"].revenue > 0


def test_a_target_below_what_comes_anyway_is_reached_without_a_change(chain):
    model = fit(chain.monthly_metrics, chain.lever_plan)
    answer = answers.inverse(model, InverseRequest(studio_id=STUDIO, target_revenue=1000.0))
    assert (answer.reachable, answer.cost, answer.action_plan) == (True, 0.0, [])
    assert answer.message.startswith("Reached without a change: ")


@pytest.mark.parametrize(
    ("lever", "value", "sentence"),
    [
        ("avg_ticket_price", 0, "avg_ticket_price is 0; it must be more than 0 and at most 1,000,000,000,000"),
        ("avg_ticket_price", float("inf"), "avg_ticket_price is inf; it must be more than 0"),
        ("avg_ticket_price", float("nan"), "avg_ticket_price is nan; it must be more than 0"),
        ("upsell_rate", 0.51, "upsell_rate is 0.51; its range is 0 to 0.5"),
        ("upsell_rate", float("nan"), "upsell_rate is nan; its range is 0 to 0.5"),
        ("upsell_rate", "much", "upsell_rate is 'much'; a number was expected"),
    ],
)
def test_a_lever_beyond_its_bounds_is_refused_with_them(chain, lever, value, sentence):
    model = fit(chain.monthly_metrics, chain.lever_plan)
    with pytest.raises(ValueError, match=f"^{sentence.replace('(', '.')}"):
        model.scenario(STUDIO, {lever: value})
    assert model.scenario(STUDIO, {"avg_ticket_price": 600})["revenue"].gt(0).all()


def test_a_mistyped_year_does_not_become_the_present(own, tmp_path):
    lines = ["order_id,created_at,amount,revenue_kind", *(f"{n},2025-{n:02}-05,100,retail" for n in range(1, 13))]
    file = tmp_path / "sales.csv"
    file.write_text("\n".join([*lines, "13,2199-01-05,100,retail"]) + "\n")
    (export,) = own.import_files([file], studio_id="basel", currency="CHF", timezone="Europe/Zurich")
    assert (export.new, len(export.rejected)) == (12, 1)
    assert export.rejected["reason"].iloc[0].startswith("lies in the future; is the year right?")
    assert own.forecast({"studio_id": "basel"}).base_month == "2025-12"


# over HTTP ----------------------------------------------------------------------------------------
NAMES = ["'; DROP TABLE studios; --", "a/b", "../x", "日本 🌸", "x" * 200, "50%", "list", "a?b#c", "a b"]


@pytest.fixture
def client(own, served, token):
    with served(app(own)) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def test_a_studio_may_be_called_anything(own, client):
    takings = pd.date_range("2025-01-01", periods=12, freq="MS")
    for name in NAMES:
        studio = {"studio_id": name, "studio_name": name, "currency": "EUR"}
        own.db.write("studios", pd.DataFrame([studio]))
        rows = pd.DataFrame({"studio_id": name, "month_year": takings, "total_revenue": 900_000, "currency": "EUR"})
        own.db.write("monthly_metrics", rows)
    for name in NAMES:
        path = f"/studio/{quote(name, safe='')}"
        found = client.get(f"{path}/forecast")
        assert (found.status_code, found.json().get("studio_id")) == (200, name), found.text
        assert client.get(f"{path}/baseline").json()["studio_id"] == name
        assert client.post("/predict/forward", json={"studio_id": name, "levers": {}}).status_code == 422
        own.forget_answers(name)


@pytest.mark.parametrize(
    ("path", "question", "sentence"),
    [
        ("/predict/forward", {"levers": [{}] * 13}, "levers: List should have at most 12 items"),
        ("/predict/forward", {"levers": [{}] * 2}, "levers has 2 rows for 3 months"),
        ("/predict/forward", {"levers": {}, "projection_months": 10**9}, "projection_months: Input should be less"),
        ("/predict/forward", {"levers": {}, "base_month": "2099-01"}, "base_month is 2099-01; studio-001 has history"),
        ("/predict/forward", {"levers": {"upsell_rate": -0.01}}, "levers.upsell_rate: Input should be greater than"),
        ("/predict/forward", {"levers": {"avg_ticket_price": 1e13}}, "levers.avg_ticket_price: Input should be less"),
        ("/predict/inverse", {"target_revenue": -5.0}, "target_revenue: Input should be greater than 0, got -5.0"),
        ("/predict/inverse", {"target_revenue": 1e11}, "target_revenue 100,000,000,000 is"),
        ("/predict/inverse", {"target_revenue": 5e4, "current_state": {"current_member_count": 0}}, "current_state."),
        ("/scenarios/compare", {"scenario_ids": ["a"] * 7}, "scenario_ids: List should have at most 6 items"),
    ],
)
def test_what_is_too_much_or_too_little_is_422_in_a_short_sentence(client, path, question, sentence):
    asked = question if path.startswith("/scenarios") else {"studio_id": STUDIO} | question
    answer = client.post(path, json=asked)
    assert (answer.status_code, answer.json()["detail"][: len(sentence)]) == (422, sentence)
    assert len(answer.json()["detail"]) < 400


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_422(client, number):
    for path, body in (
        ("/predict/forward", f'{{"studio_id": "{STUDIO}", "levers": {{"avg_ticket_price": {number}}}}}'),
        ("/predict/inverse", f'{{"studio_id": "{STUDIO}", "target_revenue": {number}}}'),
    ):
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text


def test_from_a_month_without_members_the_api_answers_422_and_performance_goes_on(own, client):
    metrics = own.db.read("monthly_metrics", STUDIO)
    end = metrics["month_year"] == metrics["month_year"].max()
    count = metrics["total_members"].iloc[-2]
    metrics.loc[end, ["total_members", "new_members", "churned_members"]] = [0, 0, count]
    own.db.write("monthly_metrics", metrics)
    for answer in (client.get(f"/studio/{STUDIO}/forecast"),
                   client.post("/predict/forward", json={"studio_id": STUDIO, "levers": {}}),
                   client.post("/predict/inverse", json={"studio_id": STUDIO, "target_revenue": 5e4}),
                   client.get("/levers/impact-analysis", params={"studio_id": STUDIO}),
                   client.post("/insights/generate", json={"studio_id": STUDIO})):  # fmt: skip
        assert (answer.status_code, "has no members at the end of" in answer.json()["detail"]) == (422, True)
    assert client.get("/models/performance").status_code == 200
    assert client.get(f"/studio/{STUDIO}/baseline").status_code == 200


def test_bytes_that_are_no_text_are_422_as_any_other_body_that_cannot_be(client):
    answer = client.post("/predict/forward", content=b"\xfe\xff{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "the body is no JSON: its bytes are no text in UTF-8")
