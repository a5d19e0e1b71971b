"""Experiments over HTTP: shapes and roles; on services of their own, for they write."""

import httpx
import pandas as pd
import pytest

from studiolab.api import app
from studiolab.product_recommender.experiment.prices import PricePlan, PriceReport
from studiolab.product_recommender.experiment.replies import ExperimentTold, Report, Size
from tests.app.small_studio import TOKEN, small

PASSWORD = "correct horse battery"
ASKED = {"name": "Mat offer", "smallest_lift": 0.05, "clients": 400, "arms": {"B": 0.5, "holdout": 0.5}}
MAT = {"product_id": "mat", "conversion": 0.1}
ROUTES = [("post", "", ASKED, "RUNS"), ("post", "/mat-offer-1/exposures", {"client_ids": ["m1"]}, "SHARES"),
          ("get", "/mat-offer-1/report", None, "SEES"), ("get", "/mat-offer-1/arm?client_id=m1", None, "LOOKS"),
          ("get", "", None, "LOOKS"), ("post", "/size", {"smallest_lift": 0.05, "conversion": 0.1}, "SEES"),
          ("post", "/prices/plan", MAT, "SEES"), ("post", "/prices", MAT | {"name": "Mat price"}, "RUNS"),
          ("get", "/mat-price-1/prices", None, "SEES"), ("post", "/mat-offer-1/stop", {}, "RUNS")]  # fmt: skip
MAY = {
    "manager": {"RUNS", "SHARES", "SEES", "LOOKS"},
    "front desk": {"SHARES", "LOOKS"},
    "read-only": {"SEES", "LOOKS"},
}


@pytest.fixture
def bench(tmp_path):
    people = [{"studio_id": "oak", "member_id": f"m{n}", "email_consent": n < 3} for n in range(4)]
    lately = pd.Timestamp.now("UTC") - pd.Timedelta(minutes=1)
    sold = {"studio_id": "oak", "line_id": "1", "order_id": "1", "customer_id": "m1", "product_id": "mat",
            "amount": 5000, "currency": "EUR", "created_at": lately}  # fmt: skip
    mat = {"studio_id": "oak", "product_id": "mat", "product_name": "Mat", "revenue_kind": "retail", "price": 5000,
           "cost": 1500, "currency": "EUR"}  # fmt: skip
    bench = small(tmp_path, members=people, orders=[sold], products=[mat])
    yield bench
    bench.close()


@pytest.fixture
def service(bench, served):
    with served(app(bench, bench.settings)) as address:
        yield f"{address}/api"


@pytest.fixture
def client(service):
    with httpx.Client(base_url=service, timeout=60, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


def test_an_experiment_from_its_size_to_its_end(client):
    size = client.post("/experiments/size", json={"smallest_lift": 0.05, "conversion": 0.1}).json()
    assert Size.model_validate(size).clients > 1000
    begun = client.post("/experiments", json=ASKED).json()
    assert begun["experiment_id"] == "mat-offer-1"
    exposed = client.post("/experiments/mat-offer-1/exposures", json={"client_ids": ["m1", "m2", "m3"]}).json()
    assert {one["client_id"]: one["is_new"] for one in exposed["exposed"]} == {"m1": True, "m2": True}
    assert list(exposed["refused"]) == ["m3"]
    arm = client.get("/experiments/mat-offer-1/arm", params={"client_id": "m1"}).json()
    assert arm == {"experiment_id": "mat-offer-1", "client_id": "m1", "arm": exposed["exposed"][0]["arm"]}
    report = Report.model_validate(client.get("/experiments/mat-offer-1/report").json())
    assert (report.state, report.lifts[0].control) == ("running", "holdout")
    ended = client.post("/experiments/mat-offer-1/stop", json={"note": "enough"}).json()
    assert ended["stop_note"] == "enough"
    assert [ExperimentTold.model_validate(one).exposed for one in client.get("/experiments").json()] == [2]


def test_a_price_test_from_its_plan_to_its_answer(client):
    plan = PricePlan.model_validate(client.post("/experiments/prices/plan", json=MAT).json())
    assert plan.prices_minor == [3750, 4167, 4583, 5000]
    begun = client.post("/experiments/prices", json=MAT | {"name": "Mat price"}).json()
    assert (begun["experiment_id"], begun["control"]) == ("mat-price-1", "50.00 EUR")
    assert begun["clients"] == plan.clients
    client.post("/experiments/mat-price-1/exposures", json={"client_ids": ["m1", "m2"]})
    told = PriceReport.model_validate(client.get("/experiments/mat-price-1/prices").json())
    assert (told.experiment.exposed, told.counted) == (2, 0)
    assert told.says.startswith("Take the list")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", "/moon/report", None, 404), ("post", "/moon/exposures", {"client_ids": ["m1"]}, 404),
        ("post", "", ASKED | {"arms": {"A": 0.4, "B": 0.4}}, 422), ("post", "", ASKED | {"colour": "red"}, 422),
        ("post", "", ASKED | {"smallest_lift": -1}, 422), ("post", "/moon/exposures", {"client_ids": []}, 422),
        ("post", "/moon/exposures", {"client_ids": ["m1"], "at": "2026-01-01T00:00"}, 422),
        ("get", "?studio_id=moon", None, 404), ("get", "/moon/prices", None, 404),
        ("post", "/prices/plan", MAT | {"product_id": "moon"}, 422), ("post", "/prices/plan", MAT | {"prices": 1}, 422),
        ("post", "/prices", MAT, 422),
    ],
)  # fmt: skip
def test_what_is_unknown_or_wrong_is_said(client, method, path, body, status):
    answer = client.request(method, f"/experiments{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


@pytest.mark.parametrize("role", MAY)
def test_each_role_may_what_its_work_needs(bench, service, role):
    bench.begin_experiment("oak", ASKED, "ana")
    bench.begin_price_test("oak", MAT | {"name": "Mat price"}, "ana")
    bench.accounts.add("olga", role, PASSWORD)
    token = bench.sign_in("olga", PASSWORD)["token"]
    with httpx.Client(base_url=service, timeout=60, headers={"Authorization": f"Bearer {token}"}) as client:
        for method, path, body, needed in ROUTES:
            answer = client.request(method, f"/experiments{path}", json=body)
            assert (answer.status_code == 200) == (needed in MAY[role]), (method, path, answer.text)
            assert answer.status_code in (200, 403)


def test_nobody_asks_without_a_token(service):
    assert httpx.get(f"{service}/experiments").status_code == 401
