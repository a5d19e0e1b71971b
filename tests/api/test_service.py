"""The service as a browser meets it, and questions nobody thought of."""

import threading

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup

from studiolab.api import app
from studiolab.app import Workbench
from studiolab.settings import Settings

# Not held against us: a question that fits the schema may still name no studio, or a month without history.
UNFAIR = {"positive_data_acceptance"}


def test_the_docs_page_is_drawn_and_asks_no_other_host(service, token, chromium):
    page = chromium.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{service}/docs?token={token}")
    page.get_by_text("/api/v1/predict/forward").wait_for()
    assert page.url == f"{service}/docs"
    page.get_by_text("/api/v1/studios").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.get_by_text('"plannable": true').first.wait_for()
    page.close()
    assert len(asked) >= 5
    assert [url for url in asked if not url.startswith((f"{service}/", "data:"))] == []
    assert said == []


def test_health_answers_while_the_model_is_still_loading(home, served, monkeypatch):
    may_load, bench = threading.Event(), Workbench()
    monkeypatch.setattr(bench, "_renew", may_load.wait)
    with served(app(bench)) as address:
        assert httpx.get(f"{address}/health", timeout=60).json() == {"status": "ok"}
        may_load.set()
    bench.close()


def test_without_data_a_question_is_503_and_says_how_to_fill_the_database(tmp_path, token, served):
    bench = Workbench(Settings(STUDIOLAB_HOME=tmp_path))
    headers = {"Authorization": f"Bearer {token}"}
    with served(app(bench)) as address, httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        answer = client.get("/api/v1/studio/any/forecast")
        assert answer.status_code == 503
        assert "studiolab import FILE" in answer.json()["detail"]
        assert client.get("/api/v1/studios").json() == []
    bench.close()


def test_the_service_keeps_what_its_openapi_page_promises(service, token, workbench, monkeypatch):
    monkeypatch.setattr(workbench, "_begin", lambda job_id: None)  # no training on the data that all tests share
    headers = {"Authorization": f"Bearer {token}"}
    checks = [check for check in CHECKS.get_all() if check.__name__ not in UNFAIR]
    promised = schemathesis.openapi.from_url(f"{service}/openapi.json", headers=headers)
    assert "HTTPValidationError" not in str(promised.raw_schema)  # every refusal is one sentence
    operations = [found.ok() for found in promised.get_all_operations()]
    assert len(operations) == 134
    for operation in operations:
        modes = GenerationMode if operation.body or operation.query else [GenerationMode.POSITIVE]
        for mode in modes:

            @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def holds(case):
                try:
                    case.call_and_validate(headers=headers, checks=checks)
                except FailureGroup as found:
                    if not all(map(is_of_an_unknown_parameter, found.exceptions)):
                        raise

            holds()


def is_of_an_unknown_parameter(failure):
    """Parameters of an address that a route does not know are passed over, as HTTP has it; a generator that learns
    words from whatever modules are loaded comes upon it now and then."""
    told = f"{failure.message}"
    return isinstance(failure, AcceptedNegativeData) and "query: violates `additionalProperties`" in told
