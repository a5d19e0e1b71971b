"""One question, the same JSON from every face: notebook, dashboard, report, REST API, command line; and the call."""

import json

import anyio
import httpx
import nbformat
import papermill
import pytest
from typer.testing import CliRunner

from studiolab import cli, reports
from studiolab.panels.planner_state import State
from studiolab.revenue_simulator import answers
from studiolab.revenue_simulator.questions import ForecastRequest, ForwardRequest, InverseRequest

STUDIO, MONTH, TARGET = "studio-002", "2026-10", 61_000.0
LEVERS = {"avg_ticket_price": 161.5, "upsell_rate": 0.27}
WHAT_IF = {"studio_id": STUDIO, "levers": LEVERS}
COURSE = {"studio_id": STUDIO}
WISH = {"studio_id": STUDIO, "target_revenue": TARGET, "target_basis": "mean"}


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
            answer = await client.request(method, f"/api/v1{path}", **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return lambda method, path, **body: anyio.run(lambda: send(method, path, **body))


@pytest.fixture(scope="module")
def report(home, tmp_path_factory):
    """What the executed monthly report recorded."""
    pages = reports.run("monthly_owner_report", {"STUDIO_ID": STUDIO, "MONTH": MONTH}, tmp_path_factory.mktemp("out"))
    return reports.recorded(pages["notebook"])


@pytest.fixture(scope="module")
def notebook(home, tmp_path_factory):
    """The answers that a scientist's notebook gets, in a kernel of its own."""
    cells = [
        "from studiolab.app import Workbench\nfrom studiolab.reports import record\nbench = Workbench()",
        f"record('what_if', bench.forward({WHAT_IF!r}).model_dump(mode='json'))",
        f"record('wish', bench.inverse({WISH!r}).model_dump(mode='json'))",
        f"record('forecast', bench.forecast({COURSE!r}).model_dump(mode='json'))",
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
    from_shell = shell("plan", "--studio", STUDIO, "--target", TARGET, "--basis", "mean", "--json")
    assert called == post("POST", "/predict/inverse", json=WISH) == from_shell == state.plan == notebook["wish"]


def test_a_forecast_is_one_json_from_call_api_command_report_and_notebook(workbench, post, report, notebook):
    called = answers.forecast(workbench.model, ForecastRequest(**COURSE)).model_dump(mode="json")
    from_shell = shell("forecast", "--studio", STUDIO, "--json")
    assert (
        called == post("GET", f"/studio/{STUDIO}/forecast") == from_shell == report["forecast"] == notebook["forecast"]
    )


def test_the_reports_plan_is_the_one_of_call_api_and_command(workbench, post, report):
    plan = report["plan"]
    wish = {"studio_id": STUDIO, "base_month": MONTH, "target_revenue": plan["target_revenue"]}
    called = answers.inverse(workbench.model, InverseRequest(**wish)).model_dump(mode="json")
    from_shell = shell("plan", "--studio", STUDIO, "--target", plan["target_revenue"], "--json")
    assert called == post("POST", "/predict/inverse", json=wish) == from_shell == plan
