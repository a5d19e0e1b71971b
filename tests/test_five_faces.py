"""One question, the same JSON from every face: notebook, dashboard, report, REST API, command line; and the call."""

import json
from datetime import UTC, datetime

import anyio
import httpx
import nbformat
import papermill
import pytest
from typer.testing import CliRunner

from studiolab import cli, reports
from studiolab.class_recommender import answers as class_answers
from studiolab.panels import class_planner, experiment_state, product_state
from studiolab.panels.planner_state import State
from studiolab.product_recommender import opportunities, questions
from studiolab.product_recommender.recommend import recommend
from studiolab.revenue_simulator import answers
from studiolab.revenue_simulator.baseline import baseline
from studiolab.revenue_simulator.impact import impact
from studiolab.revenue_simulator.panel import tidy
from studiolab.revenue_simulator.questions import ForecastRequest, ForwardRequest, ImpactRequest, InverseRequest

STUDIO, MONTH, TARGET = "studio-002", "2026-10", 61_000.0
LEVERS = {"avg_ticket_price": 161.5, "upsell_rate": 0.27}
WHAT_IF = {"studio_id": STUDIO, "levers": LEVERS}
CHANGE = {"studio_id": STUDIO, "analysis_type": "shapley"}
COURSE = {"studio_id": STUDIO}
CLASSES = {"studio_id": "studio-001", "client_id": "studio-001-m00300"}
ADVICE = {"studio_id": STUDIO}
SHOP = "studio-001"
PRICED = "towel"
WISH = {"studio_id": STUDIO, "target_revenue": TARGET, "target_basis": "mean", "other_plans": True}


def shell(*words):
    done = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def post(workbench, token):
    """Ask the API, in this process."""
    from studiolab.api import app

    transport = httpx.ASGITransport(app(workbench))
    headers = {"Authorization": f"Bearer {token}"}

    async def send(method, path, **body):
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
            address = path if path.startswith("/api/") else f"/api/v1{path}"
            answer = await client.request(method, address, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return lambda method, path, **body: anyio.run(lambda: send(method, path, **body))


@pytest.fixture(scope="module")
def report(home, tmp_path_factory):
    """What the executed monthly report recorded."""
    pages = reports.run("monthly_owner_report", {"STUDIO_ID": STUDIO, "MONTH": MONTH}, tmp_path_factory.mktemp("out"))
    return reports.recorded(pages["notebook"])


@pytest.fixture(scope="module")
def weekly(home, tmp_path_factory):
    """What the executed weekly report recorded."""
    given, out = {"STUDIO_ID": CLASSES["studio_id"], "MOST": 3}, tmp_path_factory.mktemp("weekly")
    return reports.recorded(reports.run("weekly_class_plans", given, out)["notebook"])


@pytest.fixture(scope="module")
def campaign(home, tmp_path_factory):
    """What the executed campaign list recorded, and its CSV."""
    pages = reports.run("campaign_list", {"STUDIO_ID": SHOP, "LIMIT": 3}, tmp_path_factory.mktemp("campaign"))
    return reports.recorded(pages["notebook"]) | {"csv": pages["csv"].read_bytes().decode()}


@pytest.fixture(scope="module")
def notebook(home, tmp_path_factory):
    """The answers that a scientist's notebook gets, in a kernel of its own."""
    cells = [
        "from studiolab.app import Workbench\nfrom studiolab.reports import record\nbench = Workbench()",
        f"record('what_if', bench.forward({WHAT_IF!r}).model_dump(mode='json'))",
        f"record('wish', bench.inverse({WISH!r}).model_dump(mode='json'))",
        f"record('impact', bench.impact({CHANGE | {'levers': LEVERS}!r}).model_dump(mode='json'))",
        f"record('forecast', bench.forecast({COURSE!r}).model_dump(mode='json'))",
        f"record('insights', bench.insights({ADVICE!r}).model_dump(mode='json'))",
        f"record('baseline', bench.baseline({STUDIO!r}).model_dump(mode='json'))",
        f"record('classes', bench.recommend({CLASSES!r}).model_dump(mode='json'))",
        f"record('opportunities', bench.product_opportunities({SHOP!r}).model_dump(mode='json'))",
        f"record('performance', bench.product_performance({SHOP!r}).model_dump(mode='json'))",
        f"record('stats', bench.product_stats({SHOP!r}).model_dump(mode='json'))",
        f"record('values', bench.customer_values({SHOP!r}).model_dump(mode='json'))",
        f"record('churn', bench.churn_list({SHOP!r}).model_dump(mode='json'))",
        f"record('prices', bench.price_plan({SHOP!r}, {{'product_id': {PRICED!r}}}).model_dump(mode='json'))",
        f"record('week', bench.timetable_week({CLASSES['studio_id']!r}).model_dump(mode='json'))",
    ]
    folder = tmp_path_factory.mktemp("notebook")
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    written = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(written, folder / "asks.ipynb")
    return reports.recorded(
        papermill.execute_notebook(str(folder / "asks.ipynb"), str(folder / "asked.ipynb"), progress_bar=False)
    )


def planner(workbench):
    state = State(workbench).load()
    state.studio_id = STUDIO
    return state


def test_a_what_if_is_one_json_from_call_api_command_panel_and_notebook(workbench, post, notebook):
    called = answers.forward(workbench.model, ForwardRequest(**WHAT_IF)).model_dump(mode="json")
    state = planner(workbench)
    state.levers = state.levers | LEVERS
    from_shell = shell("scenario", "--studio", STUDIO, "--levers", json.dumps(LEVERS), "--json")
    assert called == post("POST", "/predict/forward", json=WHAT_IF) == from_shell == state.answer == notebook["what_if"]


def test_a_plan_is_one_json_from_call_api_command_panel_and_notebook(workbench, post, notebook):
    called = answers.inverse(workbench.model, InverseRequest(**WISH)).model_dump(mode="json")
    state = planner(workbench)
    state.target, state.basis = TARGET, "mean"
    state.ask_plan()
    from_shell = shell("plan", "--studio", STUDIO, "--target", TARGET, "--basis", "mean", "--others", "--json")
    assert called == post("POST", "/predict/inverse", json=WISH) == from_shell == state.plan == notebook["wish"]


def test_what_levers_do_is_one_json_from_call_api_command_and_notebook(workbench, post, notebook):
    called = impact(workbench.model, ImpactRequest(**CHANGE, levers=LEVERS)).model_dump(mode="json")
    from_api = post("GET", "/levers/impact-analysis", params=CHANGE | LEVERS)
    words = [word for lever, value in LEVERS.items() for word in ("--set", f"{lever}={value}")]
    from_shell = shell("explain", "--studio", STUDIO, "--by", "shapley", *words, "--json")
    assert called == from_api == from_shell == notebook["impact"]


def test_a_forecast_is_one_json_from_call_api_command_report_and_notebook(workbench, post, report, notebook):
    called = answers.forecast(workbench.model, ForecastRequest(**COURSE)).model_dump(mode="json")
    from_shell = shell("forecast", "--studio", STUDIO, "--json")
    assert (
        called == post("GET", f"/studio/{STUDIO}/forecast") == from_shell == report["forecast"] == notebook["forecast"]
    )


def timeless(answer):
    """An answer without the moment it was made at, the one part that differs from face to face."""
    made = datetime.fromisoformat(answer["generated_at"])
    assert abs((datetime.now(UTC) - made).total_seconds()) < 3600
    return {name: value for name, value in answer.items() if name != "generated_at"}


def test_insights_are_one_json_from_call_api_command_panel_report_and_notebook(workbench, post, report, notebook):
    called = workbench.insights(ADVICE).model_dump(mode="json")
    from_shell = shell("insights", "--studio", STUDIO, "--months", 3, "--json")
    from_api, in_panel = post("POST", "/insights/generate", json=ADVICE), planner(workbench).insights
    faces = (from_api, from_shell, in_panel, notebook["insights"], report["insights"])
    assert [timeless(answer) for answer in faces] == [timeless(called)] * len(faces)


def test_a_baseline_is_one_json_from_call_api_command_and_notebook(workbench, post, notebook):
    known = tidy(workbench.db.read("monthly_metrics"))
    called = baseline(known, workbench.db.read("studios"), STUDIO).model_dump(mode="json")
    from_shell = shell("baseline", "--studio", STUDIO, "--json")
    assert called == post("GET", f"/studio/{STUDIO}/baseline") == from_shell == notebook["baseline"]
    both = [STUDIO, "till"]
    from_shell = shell("baseline", "--studio", STUDIO, "--studio", "till", "--json")
    assert post("GET", "/benchmarks", params={"studio_id": both}) == from_shell
    assert [one["studio_id"] for one in from_shell] == both


def test_the_reports_plan_is_the_one_of_call_api_and_command(workbench, post, report):
    plan = report["plan"]
    wish = {"studio_id": STUDIO, "base_month": MONTH, "target_revenue": plan["target_revenue"]}
    called = answers.inverse(workbench.model, InverseRequest(**wish)).model_dump(mode="json")
    from_shell = shell("plan", "--studio", STUDIO, "--target", plan["target_revenue"], "--json")
    assert called == post("POST", "/predict/inverse", json=wish) == from_shell == plan


def eight(workbench, **question):
    """The call itself, on a desk set up from the tables."""
    return class_answers.recommend(*workbench._desk(class_answers.RecommendRequest(**question)))


def ask_classes(client_id):
    return shell("recommend", "classes", "--studio", CLASSES["studio_id"], "--client", client_id, "--json")


def test_the_eight_are_one_json_from_call_api_command_panel_and_notebook(workbench, post, notebook):
    called = eight(workbench, **CLASSES).model_dump(mode="json")
    state = class_planner.State(workbench).load()
    state.client_id = CLASSES["client_id"]
    from_api, from_shell = post("POST", "/recommend/classes", json=CLASSES), ask_classes(CLASSES["client_id"])
    assert called == from_api == from_shell == state.answer == notebook["classes"]
    assert len(called["recommendations"]) == 8


def test_the_weekly_reports_plans_are_those_of_call_api_command_and_panel(workbench, post, weekly):
    state = class_planner.State(workbench).load()
    assert len(weekly["plans"]) == 3
    for client_id, plan in weekly["plans"].items():
        question = CLASSES | {"client_id": client_id}
        state.client_id = client_id
        from_api = post("POST", "/recommend/classes", json=question)
        assert eight(workbench, **question).model_dump(mode="json") == from_api == plan == state.answer
        assert weekly["clients"][client_id] == post("POST", "/recommend/client", json=question) == state.client
    assert ask_classes(client_id) == plan


def test_the_weekly_reports_lists_are_those_of_call_api_and_command(workbench, post, weekly):
    called = [row.model_dump(mode="json") for row in workbench.watched(CLASSES["studio_id"])]
    from_shell = shell("recommend", "watch", "--studio", CLASSES["studio_id"], "--json")
    from_api = post("GET", f"/recommend/{CLASSES['studio_id']}/watch")
    assert called == from_api == from_shell == weekly["watched"]


def test_a_week_is_one_json_from_call_api_command_and_notebook(workbench, post, notebook):
    studio = CLASSES["studio_id"]
    called = workbench.timetable_week(studio).model_dump(mode="json")
    from_shell = shell("timetable", "show", "--studio", studio, "--json")
    from_api = post("GET", "/api/scheduling/schedule", params={"studio_id": studio})
    assert called == from_api == from_shell == notebook["week"]
    assert len(called["placements"]) > 20


# products -----------------------------------------------------------------------------------------
PRODUCTS = "/api/recommendations"


@pytest.fixture(scope="module")
def shop(workbench):
    """The studio's own data and offers, for the calls themselves."""
    return workbench._shop(questions.StudioAsked(studio_id=SHOP))


@pytest.fixture(scope="module")
def counter(workbench):
    """The dashboard's state of the studio that sells."""
    state = product_state.State(workbench).load()
    state.open(SHOP, wait=True)
    return state


def products(command, *words):
    return shell("products", command, *words, "--studio", SHOP, "--json")


def test_opportunities_are_one_json_from_call_api_command_panel_and_notebook(shop, counter, post, notebook):
    found = opportunities.opportunities(shop.offers("learned"), shop.names)
    called = shop.noted(found, "learned").model_dump(mode="json")
    from_api = post("GET", f"{PRODUCTS}/opportunities", params={"studio_id": SHOP})
    assert called == from_api == products("opportunities") == counter.found == notebook["opportunities"]
    assert len(called["opportunities"]) == 20


def test_a_customers_products_are_one_json_from_call_api_command_panel_and_report(shop, counter, post, campaign):
    assert len(campaign["answers"]) == 3
    for customer, answer in campaign["answers"].items():
        called = recommend(shop.offers("learned"), customer, names=shop.names).model_dump(mode="json")
        from_api = post("GET", f"{PRODUCTS}/customer/{answer['receipt']}", params={"studio_id": SHOP})
        counter.customer_id = customer
        assert called == from_api == answer == counter.answer
    assert products("customer", customer) == called
    assert called["recommendations"]


@pytest.mark.parametrize(
    ("name", "path", "method"),
    [("performance", "products", "product_performance"), ("stats", "stats", "product_stats"),
     ("values", "values", "customer_values"), ("churn", "churn", "churn_list")],
)  # fmt: skip
def test_figures_of_products_and_customers_are_one_json(workbench, counter, post, notebook, name, path, method):
    called = getattr(workbench, method)(SHOP).model_dump(mode="json")
    from_api = post("GET", f"{PRODUCTS}/{path}", params={"studio_id": SHOP})
    assert called == from_api == products(name) == notebook[name]
    if name in ("performance", "stats"):
        assert called == getattr(counter, name)


def test_the_campaign_is_one_csv_from_call_command_panel_and_report(workbench, counter, campaign):
    called = workbench.product_export(SHOP)
    printed = CliRunner().invoke(cli.app, ["products", "export", "--studio", SHOP]).stdout_bytes.decode()
    counter.export()
    assert called == printed == counter.file["content"] == campaign["csv"]
    assert called.count("\r\n") > 20
    assert campaign["reach"]["in the list"] == called.count("\r\n") - 1


def test_the_plan_of_a_price_test_is_one_from_call_api_command_panel_and_notebook(workbench, counter, post, notebook):
    called = workbench.price_plan(SHOP, {"product_id": PRICED}).model_dump(mode="json")
    from_api = post("POST", "/api/experiments/prices/plan", params={"studio_id": SHOP}, json={"product_id": PRICED})
    from_shell = shell("experiments", "price", "--product", PRICED, "--studio", SHOP, "--json")
    tried = experiment_state.Experiments(counter)
    tried.product_id = PRICED
    tried.ask_prices()
    assert called == from_api == from_shell == notebook["prices"]
    assert tried.size == called["says"]
