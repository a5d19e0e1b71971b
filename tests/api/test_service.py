"""The service as it runs: a real server, and questions nobody thought of."""

import threading
import time

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from studiolab.api import app
from studiolab.app import Workbench
from studiolab.settings import Settings

# Not held against us: a question that fits the schema may still name no studio, or a month without history.
UNFAIR = {"positive_data_acceptance"}


@pytest.fixture(scope="module")
def service(api):
    """Address of the API, served by uvicorn."""
    server = uvicorn.Server(uvicorn.Config(api, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_the_docs_page_is_drawn_and_asks_no_other_host(service, token, chromium):
    page = chromium.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{service}/docs?token={token}")
    page.get_by_text("/api/v1/predict/forward").wait_for()
    assert page.url == f"{service}/docs"
    page.get_by_text("/api/v1/studios").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.get_by_text("Curl", exact=True).wait_for()
    page.get_by_text('"plannable": true').first.wait_for()
    page.close()
    assert len(asked) >= 5
    assert [url for url in asked if not url.startswith((f"{service}/", "data:"))] == []
    assert said == []


def test_health_answers_while_the_model_is_still_loading(home, token, monkeypatch):
    may_load, bench = threading.Event(), Workbench()
    monkeypatch.setattr(bench, "_renew", may_load.wait)
    from fastapi.testclient import TestClient

    with TestClient(app(bench, Settings(STUDIOLAB_TOKEN=token)), base_url="http://127.0.0.1") as client:
        assert client.get("/health").json() == {"status": "ok"}
        may_load.set()
    bench.close()


def test_without_data_a_question_is_503_and_says_how_to_fill_the_database(tmp_path, token):
    from fastapi.testclient import TestClient

    bench = Workbench(Settings(STUDIOLAB_HOME=tmp_path))
    with TestClient(app(bench), base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {token}"}) as client:
        answer = client.get("/api/v1/studio/any/forecast")
        assert answer.status_code == 503
        assert "studiolab import FILE" in answer.json()["detail"]
        assert client.get("/api/v1/studios").json() == []
    bench.close()


@pytest.fixture
def promises(service, token):
    return schemathesis.openapi.from_url(f"{service}/openapi.json", headers={"Authorization": f"Bearer {token}"})


schema = schemathesis.pytest.from_fixture("promises")


@schema.parametrize()
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_service_keeps_what_its_openapi_page_promises(case, token):
    checks = [check for check in CHECKS.get_all() if check.__name__ not in UNFAIR]
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=checks)
