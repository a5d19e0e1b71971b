"""Exports in, and plans out to calendars and Slack, over HTTP; on a service of its own, for it writes."""

import json
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import icalendar
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from studiolab import cli
from studiolab.api import app

STUDIO = "studio-001"
SALES = "order_id,created_at,amount\n1,2026-01-05,10.00\n2,2026-01-30,5.50\n3,someday,7.00\n"
BASEL = {"file_name": "sales.csv", "studio_id": "basel", "currency": "CHF", "timezone": "Europe/Zurich"}


@pytest.fixture
def client(own, served, token):
    with served(app(own)) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def plan(own):
    wish = {"studio_id": STUDIO, "scenario_name": "Spring", "scenario_type": "inverse",
            "inputs": {"target_revenue": 1.3 * own.forecast({"studio_id": STUDIO}).base_revenue}}  # fmt: skip
    return own.save_scenario(wish, "ana").scenario_id


@pytest.fixture
def slack():
    """A server that stands for Slack: `slack.status` is what it answers, `slack.got` what it got."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(b"ok" if server.status == 200 else b"no_service")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.got = 200, []
    server.url = f"http://127.0.0.1:{server.server_port}/services/secret-part"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


# calendar -----------------------------------------------------------------------------------------
def test_a_saved_plan_comes_as_tasks_by_week_as_a_file_and_from_the_command_line(own, client, plan, tmp_path):
    found = client.get(f"/plans/{plan}/schedule", params={"start": "2026-12-07"}).json()
    assert found == own.schedule(plan, date(2026, 12, 7)).model_dump(mode="json")
    assert found["weeks"][0]["starts_on"] == "2026-12-07"
    answer = client.get(f"/plans/{plan}/schedule.ics", params={"start": "2026-12-07"})
    assert answer.headers["content-type"].startswith("text/calendar")
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert len(events) == sum(len(week["tasks"]) for week in found["weeks"]) > 0
    words = ["scenarios", "schedule", plan, "--start", "2026-12-07"]
    assert json.loads(CliRunner().invoke(cli.app, [*words, "--json"]).stdout) == found
    assert CliRunner().invoke(cli.app, [*words, "--to", str(tmp_path / "plan.ics")]).exit_code == 0
    assert (tmp_path / "plan.ics").read_bytes() == answer.content
    assert "Goal of month 1" in CliRunner().invoke(cli.app, words).stdout


def test_what_is_no_plan_has_no_schedule(own, client):
    kept = own.save_scenario(
        {"studio_id": STUDIO, "scenario_name": "a", "scenario_type": "forecast", "inputs": {}}, "a"
    )
    answer = client.get(f"/plans/{kept.scenario_id}/schedule")
    assert (answer.status_code, "is a forecast, no plan" in answer.json()["detail"]) == (422, True)
    assert client.get("/plans/x/schedule").status_code == 404
    assert client.get(f"/plans/{kept.scenario_id}/schedule", params={"start": "soon"}).status_code == 422


# Slack --------------------------------------------------------------------------------------------
def test_a_plan_and_insights_get_to_the_channel_and_the_ledger_says_who_sent_them(own, client, plan, slack):
    own.settings = own.settings.model_copy(update={"slack_webhook_url": SecretStr(slack.url)})
    assert client.post("/share/slack", json={"scenario_id": plan}).status_code == 200
    assert client.post("/share/slack", json={"studio_id": STUDIO}).status_code == 200
    texts = [got["blocks"][1]["text"]["text"] for got in slack.got]
    assert texts[0].startswith(own.scenario(plan).outputs["message"])
    assert "Do: " in texts[1]
    entry = own.ledger.entries(actions=["sent to Slack"])[0]
    assert (entry["actor"], entry["payload"]["scenario_id"]) == ("terminal", plan)


def test_a_name_cannot_call_a_whole_channel(own, client, slack):
    own.settings = own.settings.model_copy(update={"slack_webhook_url": SecretStr(slack.url)})
    question = {"studio_id": STUDIO, "scenario_name": "<!channel> a & b", "scenario_type": "forecast", "inputs": {}}
    client.post("/share/slack", json={"scenario_id": own.save_scenario(question, "ana").scenario_id})
    assert slack.got[0]["text"].startswith("&lt;!channel&gt; a &amp; b")


@pytest.mark.parametrize(("status", "said"), [(404, "404 no_service"), (500, "500 no_service"), (302, "302")])
def test_a_channel_that_takes_nothing_is_503_in_a_sentence_without_its_address(own, client, plan, slack, status, said):
    slack.status = status
    own.settings = own.settings.model_copy(update={"slack_webhook_url": SecretStr(slack.url)})
    answer = client.post("/share/slack", json={"scenario_id": plan})
    assert answer.status_code == 503
    assert f"Slack did not take the message ({said}" in answer.json()["detail"]
    assert "secret-part" not in answer.text
    assert own.ledger.entries(actions=["sent to Slack"]) == []


def test_without_a_channel_or_a_server_a_sentence_says_so(own, client, plan):
    assert "set SLACK_WEBHOOK_URL" in client.post("/share/slack", json={"scenario_id": plan}).json()["detail"]
    own.settings = own.settings.model_copy(update={"slack_webhook_url": SecretStr("http://127.0.0.1:9/secret")})
    answer = client.post("/share/slack", json={"scenario_id": plan})
    assert (answer.status_code, answer.json()["detail"][:40]) == (503, "Slack cannot be reached (ConnectError); ")
    assert client.post("/share/slack", json={}).status_code == 422


# import -------------------------------------------------------------------------------------------
def test_an_export_comes_in_by_its_bytes_once_and_the_studio_is_forecast_from_it(own, client):
    shown = client.post("/data/import", params=BASEL | {"preview": True}, content=SALES).json()
    assert (shown["stored"], shown["rows_read"], shown["rejected"], shown["table"]) == (False, 3, 1, "orders")
    assert shown["matches"]["amount"] == "amount"
    assert "basel" not in set(own.db.read("studios")["studio_id"])
    first = client.post("/data/import", params=BASEL, content=SALES).json()
    again = client.post("/data/import", params=BASEL, content=SALES).json()
    assert [(one["new"], one["known"], one["rejected"]) for one in (first, again)] == [(2, 0, 1), (0, 2, 1)]
    assert own.db.read("monthly_metrics", "basel")["total_revenue"].tolist() == [1550]


@pytest.mark.parametrize(
    ("change", "content", "sentence"),
    [
        ({"file_name": "../../etc/passwd"}, SALES, "file_name: got '../../etc/passwd'; expected a name that ends in"),
        ({"mapping": "/etc/passwd"}, SALES, "mapping: got '/etc/passwd'; expected one of"),
        ({"studio_id": None}, SALES, "sales.csv does not say which studio it is of"),
        ({"currency": "euro"}, SALES, "currency: "),
        ({"table": "sales"}, SALES, "no table 'sales' can be imported"),
        ({}, b"", "sales.csv"),
        ({}, b"\x00\xff\xfe\x00" * 100, "sales.csv"),
        ({"file_name": "sales.parquet"}, b"PAR1 no parquet", "sales.parquet"),
    ],
)
def test_a_file_that_cannot_be_used_is_422_in_a_sentence_and_leaves_nothing(own, client, change, content, sentence):
    params = {name: value for name, value in (BASEL | change).items() if value is not None}
    answer = client.post("/data/import", params=params, content=content)
    assert (answer.status_code, answer.json()["detail"][: len(sentence)]) == (422, sentence)
    assert "/tmp" not in answer.json()["detail"]
    assert own.db.read("orders", "basel").empty


def test_a_file_that_is_too_large_is_413(client, monkeypatch):
    from studiolab.api import plans

    monkeypatch.setattr(plans, "MOST_BYTES", 10)
    assert client.post("/data/import", params=BASEL, content=SALES).status_code == 413
