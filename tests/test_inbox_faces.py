"""How the inbox does: one answer of every face, and the report as a page."""

import json
import re
from pathlib import Path

import anyio
import httpx
import pandas as pd
import pytest
from typer.testing import CliRunner

from studiolab import cli, reports
from studiolab.api import app
from studiolab.panels import inbox_figures, inbox_report, inbox_state

STUDIO = "studio-001"


@pytest.fixture
def talked(own):
    """A Workbench with a month of sample messages that ended two days ago."""
    own.remove_demo_inbox(STUDIO)
    own.fill_demo_inbox(STUDIO, pd.Timestamp.now("UTC") - pd.Timedelta(days=2))
    return own


def yesterday():
    return f"{pd.Timestamp.now('UTC') - pd.Timedelta(days=1):%Y-%m-%d}"


def asked(workbench, token, **given):
    """What the API answers, in this process."""

    async def ask():
        transport, headers = httpx.ASGITransport(app(workbench)), {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
            return await client.get("/api/analytics/inbox", params={"studio_id": STUDIO} | given)

    return anyio.run(ask)


def test_how_the_inbox_does_is_one_json_from_call_api_command_panel_and_report(talked, token, tmp_path):
    given = {"STUDIO_ID": STUDIO, "DAYS": 28, "AS_OF": yesterday()}
    pages = reports.run("inbox", given, tmp_path)
    reported = reports.recorded(pages["notebook"])["metrics"]
    end = reported["end"]
    called = talked.inbox_metrics(STUDIO, 28, pd.Timestamp(end)).model_dump(mode="json")
    from_api = asked(talked, token, days=28, end=end)
    assert from_api.status_code == 200, from_api.text
    words = ["inbox", "metrics", "--studio", STUDIO, "--days", "28", "--end", end.removesuffix("Z"), "--json"]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, done.stderr
    assert called == from_api.json() == json.loads(done.stdout) == reported
    assert called["received"] > 50
    state = inbox_state.State(talked).load()
    state.open(STUDIO, None)
    now = talked.inbox_metrics(STUDIO).model_dump(mode="json")
    assert sum(one["received"] for one in called["channels"]) == called["received"]
    assert sum(one["sent"] for one in called["channels"]) == called["sent"]
    for page in (Path(pages["html"]).read_text(), inbox_figures.channels(called)):
        for one in called["channels"]:
            name = inbox_figures.CHANNELS[one["channel"]]
            assert re.search(rf">{name}</td><td[^>]*>{one['received']:,}</td><td[^>]*>{one['sent']:,}</td>", page)
    parts = ("days", "channels", "responses", "first_responses", "funnel", "workload", "waiting", "received", "sent")
    for part in parts:
        assert state.figures[part] == now[part]


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-20T00:00:00", "soon"])
def test_a_moment_that_cannot_be_is_422(workbench, token, end):
    answer = asked(workbench, token, end=end)
    assert (answer.status_code, answer.json()["detail"][:4]) == (422, "end:")


def test_the_command_prints_four_tables(talked):
    done = CliRunner().invoke(cli.app, ["inbox", "metrics", "--studio", STUDIO])
    assert done.exit_code == 0, done.stderr
    tables = ("Messages", "Answers", "People who first wrote", "Work")
    for words in ("received,", "whatsapp", "TRIAL_SCHEDULED", "elsewhere", *tables):
        assert words in done.stdout
    assert "nan" not in done.stdout


def test_the_report_is_drawn_within_its_window_without_code_or_another_host(talked, chromium, tmp_path):
    pages = reports.run("inbox", {"STUDIO_ID": STUDIO, "DAYS": 14, "AS_OF": yesterday()}, tmp_path)
    assert pages["html"].name == f"{STUDIO}-{yesterday()}.html"
    for kind, width in (("html", 1200), ("html", 420), ("print", 800)):
        page = chromium.new_page(viewport={"width": width, "height": 900})
        asked, errors = [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda said, errors=errors: errors.append(said.text) if said.type == "error" else None)
        page.goto(pages[kind].as_uri())
        page.wait_for_selector(".js-plotly-plot .barlayer")
        text, titles = page.inner_text("body"), page.locator("h2").all_inner_texts()
        wide = page.evaluate("Math.max(...[...document.querySelectorAll('.wide, h1, .card')].map(e => e.offsetWidth))")
        page.close()
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert errors == []
        assert titles == ["Messages a day", "Messages by channel", "How soon people are answered",
                          "How far new people come", "Who answers"]  # fmt: skip
        assert wide <= width
        assert not re.search(r"import |workbench|[a-z]+_[a-z]+|\bnan\b|None", text)


def test_the_report_of_a_studio_without_messages_says_what_to_do(home, tmp_path):
    pages = reports.run("inbox", {"STUDIO_ID": "till"}, tmp_path)
    assert "studiolab inbox connect" in pages["html"].read_text()
    assert "<h2" not in pages["html"].read_text().partition("<body>")[2]


@pytest.mark.parametrize("as_of", ["soon", "2026-13-40"])
def test_no_day_is_refused_by_name(workbench, as_of):
    with pytest.raises(ValueError, match=f"AS_OF {as_of!r} is no day"):
        inbox_report.look(workbench, "till", 7, as_of)
