"""Product recommendations over HTTP: the documents' routes and shapes, roles, and each no in a sentence."""

import csv
import io
from urllib.parse import quote

import httpx
import pytest

from studiolab.api import app
from tests.app.small_shop import TOKEN, half_a_year, order, small

PASSWORD = "correct horse battery"
AT = "/api/recommendations"


@pytest.fixture
def bench(tmp_path):
    rows = [order(20, "c1", receipt="both"), order(20, "c2", receipt="both"), order(21, None, receipt="till"),
            order(22, "c3", receipt="2026/17 a?b#c")]  # fmt: skip
    bench = small(tmp_path, half_a_year() + rows)
    yield bench
    bench.close()


@pytest.fixture
def client(bench, served):
    """A client of a studio of its own: no request has to say which one."""
    with served(app(bench, bench.settings)) as address, httpx.Client(base_url=address, timeout=300) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client


def test_a_customer_by_receipt_has_the_documents_fields_and_what_they_leave_open(client):
    answer = client.get(f"{AT}/customer/r15-c3", params={"policy": "ladder"}).json()
    assert answer["success"] is True
    assert {"product", "score", "reason", "confidence", "estimated_conversion_value"} < set(
        answer["recommendations"][0]
    )
    for one in answer["recommendations"]:
        assert one["estimated_conversion_value"] == one["expected_value_minor"]
        assert one["confidence_low"] <= one["confidence"] <= one["confidence_high"]
        assert one["product"] == "Towel" or one["product"].endswith(" Pack")
    assert answer == client.get(f"{AT}/customer/c3", params={"policy": "ladder"}).json()
    assert len(client.get(f"{AT}/customer/c3", params={"policy": "ladder", "limit": 1}).json()["recommendations"]) == 1


def test_a_receipt_may_hold_any_character(client):
    answer = client.get(f"{AT}/customer/{quote('2026/17 a?b#c', safe='')}")
    assert (answer.status_code, answer.json()["customer_id"]) == (200, "c3")


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("customer/nobody", 404, "'nobody' is neither a customer nor a receipt of this studio"),
        ("customer/till", 404, "receipt 'till' names no customer"),
        ("customer/both", 409, "receipt 'both' names 2 customers, c1 and c2; ask for one of them by id"),
        ("customer/c1?limit=0", 422, "limit: Input should be greater than or equal to 1, got '0'"),
        ("customer/c1?policy=guess", 422, "policy: Input should be 'learned', 'ladder' or 'uplift'"),
        ("opportunities?segment=rich", 422, "segment: Input should be 'new', 'repeat', 'high value' or 'lapsed'"),
        ("opportunities?sort=luck", 422, "sort: Input should be 'value'"),
        ("opportunities?studio_id=elm", 404, "no studio 'elm'"),
        ("stats?as_of=soon", 422, "as_of: Input should be a valid datetime"),
        ("stats?as_of=9999-12-31T23:59:59", 422, "as_of: is not a moment between 1970 and 2199"),
        ("stats?as_of=2020-01-01T00:00:00Z", 422, "ivy sold nothing that counts before 2020-01-01"),
        ("churn?limit=201", 422, "limit: Input should be less than or equal to 200, got '201'"),
    ],
)
def test_a_wrong_question_is_4xx_in_a_sentence(client, path, status, sentence):
    answer = client.get(f"{AT}/{path}")
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


def test_opportunities_are_sorted_and_of_one_segment(client):
    for sort, by in {"value": "expected_value_minor", "ltv": "ltv_minor", "confidence": "confidence"}.items():
        rows = client.get(f"{AT}/opportunities", params={"sort": sort, "policy": "ladder"}).json()["opportunities"]
        assert [row[by] for row in rows] == sorted((row[by] for row in rows), reverse=True)
    sizes = client.get(f"{AT}/opportunities", params={"policy": "ladder"}).json()["segments"]
    for segment, size in sizes.items():
        asked = {"segment": segment, "policy": "ladder", "limit": 200}
        rows = client.get(f"{AT}/opportunities", params=asked).json()["opportunities"]
        assert {row["segment"] for row in rows} <= {segment}
        assert len(rows) <= size


def test_products_and_statistics_have_the_documents_fields(client):
    products = client.get(f"{AT}/products").json()["products"]
    starter = products["Starter Pack"]
    assert (starter["total_orders"], starter["unique_customers"], starter["total_revenue"]) == (
        15,
        12,
        16 * 99.0,
    )  # one receipt has two lines
    assert sum(month["orders"] for month in starter["history"]) == 15
    impact = client.get(f"{AT}/stats", params={"policy": "ladder"}).json()["impact"]
    assert impact["total_customers"] == 12
    assert impact["average_customer_ltv"] == pytest.approx(impact["total_customer_ltv"] / 12, abs=0.01)
    assert (impact["basis"], impact["says"][:10]) == ("assumption", "Assumption")


def test_the_export_is_a_file_of_those_who_agreed(client):
    answer = client.get(f"{AT}/export", params={"policy": "ladder"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="recommendations.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["customer_id"] for row in rows} == {"c0", "c1", "c4", "newcomer"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize(
    ("role", "figures", "export"),
    [("owner", 200, 200), ("manager", 200, 200), ("front desk", 403, 403), ("read-only", 200, 403)],
)
def test_all_may_look_some_see_revenue_and_owners_and_managers_take_addresses_out(client, bench, role, figures, export):
    bench.accounts.add("kim", role, PASSWORD)
    client.headers["Authorization"] = f"Bearer {bench.sign_in('kim', PASSWORD)['token']}"
    for path in ("customer/c1", "opportunities", "values", "churn"):
        assert client.get(f"{AT}/{path}").status_code == 200
    for path in ("products", "stats"):
        assert client.get(f"{AT}/{path}").status_code == figures
    answer = client.get(f"{AT}/export")
    assert answer.status_code == export
    if export == 403:
        said = f"kim is {role} and may not take customers' addresses out for a campaign; that takes owner or manager"
        assert answer.json()["detail"] == said


def test_the_documents_address_of_the_dashboard_leads_to_it(client, bench):
    answer = client.get("/admin/recommendations")
    port = bench.settings.dashboards_port
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://127.0.0.1:{port}/voila/render/product_opportunities.ipynb"
