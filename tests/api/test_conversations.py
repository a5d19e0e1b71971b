"""Conversations and contacts over HTTP: the document's routes, what they miss, roles, and odd questions."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS

from studiolab.api import app
from studiolab.studio_operations.inbox import replies
from studiolab.studio_operations.inbox.contacts import contact_id
from tests.app.small_inbox import small_inbox, wrote
from tests.app.small_studio import TOKEN

ANA, MAIL = contact_id("oak", "whatsapp:4915111111"), contact_id("oak", "email:ana@example.com")
PASSWORD = "correct horse battery"
ROOMS = ("contacts", "conversations", "canned-replies", "messages", "sequences", "llm", "analytics", "integrations")
UNFAIR = {"positive_data_acceptance"}


@pytest.fixture
def bench(tmp_path):
    bench = small_inbox(tmp_path, wrote("a1", "4915111111", "Salsa?", 0, name="Ana Roth"),
                        wrote("e1", "ana@example.com", "<script>alert(1)</script>", 1, channel="email"))  # fmt: skip
    yield bench
    bench.close()


@pytest.fixture
def service(bench, served):
    with served(app(bench, bench.settings)) as address:
        yield address


@pytest.fixture
def client(service):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"{service}/api", timeout=60, headers=headers) as client:
        yield client


def test_a_lead_from_the_list_to_a_member(client):
    found = replies.Conversations.model_validate(client.get("/conversations?search=SALSA").json())
    assert [row.name for row in found.conversations] == ["Ana Roth"]
    thread = replies.Conversation.model_validate(client.get(f"/conversations/{ANA}").json())
    assert [one.body for one in thread.messages] == ["Salsa?"]
    lost = client.put(f"/contacts/{ANA}/status", json={"status": "LOST"})
    assert (lost.status_code, lost.json()["detail"]) == (422, "status: NEW to LOST needs a reason, in a few words")
    moved = client.put(f"/contacts/{ANA}/status", json={"status": "QUALIFIED"}).json()
    assert (moved["stage"], moved["history"][0]["by"]) == ("QUALIFIED", "terminal")
    merged = client.post(f"/contacts/{ANA}/merge", json={"with_contact_id": MAIL}).json()
    assert {one["channel"] for one in merged["handles"]} == {"whatsapp", "email"}
    assert client.get(f"/contacts/{MAIL}").json() == merged
    back = client.post(f"/contacts/{ANA}/unmerge", json={"merge_id": merged["merges"][0]["merge_id"]}).json()
    assert len(back["handles"]) == 1
    assert client.put(f"/contacts/{ANA}/labels/hot").json()["labels"] == ["hot"]
    assert client.put(f"/conversations/{ANA}/assign", json={"to": "terminal"}).json()["assigned"] == "terminal"
    assert client.put(f"/conversations/{ANA}/close", json={}).json()["state"] == "closed"
    assert client.put(f"/conversations/{ANA}/snooze", json={"until": "2030-01-01T00:00Z"}).status_code == 200
    assert client.put(f"/conversations/{ANA}/read", json={}).status_code == 200
    assert client.get(f"/conversations/{ANA}").json()["unread"] == 0
    assert client.put(f"/conversations/{ANA}/read", json={"is_read": False}).status_code == 200
    assert client.get(f"/conversations/{ANA}").json()["unread"] == 1
    assert client.put("/canned-replies/hello", json={"text": "Hi {first_name}!"}).json()["user_name"] == "terminal"
    assert client.get(f"/conversations/{ANA}/canned-replies/hello").json() == {"text": "Hi Ana!"}
    said = client.put(f"/contacts/{ANA}/consent", json={"channel": "all", "allowed": False, "why": "by phone"}).json()
    assert said["consent"][0]["says"].startswith("No marketing: by phone")
    assert client.post(f"/contacts/{ANA}/notes", json={"text": "likes salsa"}).json()["notes"][0]["by"] == "terminal"
    assert client.get("/contacts/suggested-merges").json() == []
    assert client.post(f"/contacts/{ANA}/not-the-same", json={"contact_id": MAIL}).status_code == 200
    new = client.post("/contacts", json={"name": "Cy", "email": "cy@example.com"}).json()
    assert (
        client.put(f"/contacts/{new['contact_id']}", json={"phone": "0151 2222222"}).json()["phone"] == "+491512222222"
    )
    assert client.get("/contacts").json()["total"] == 3
    assert client.get("/conversations/c-nobody").status_code == 404


@pytest.mark.parametrize(("role", "changes"), [("front desk", 200), ("read-only", 403)])
def test_who_may_look_reads_and_who_may_share_changes(client, bench, role, changes):
    bench.accounts.add("kim", role, PASSWORD)
    token = bench.sign_in("kim", PASSWORD)["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/conversations").status_code == client.get(f"/contacts/{ANA}").status_code == 200
    assert client.put(f"/contacts/{ANA}", json={"name": "Ana"}).status_code == changes
    assert client.put(f"/conversations/{ANA}/read", json={}).status_code == changes


def test_questions_nobody_thought_of_get_the_answers_that_are_promised(service):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    checks = [check for check in CHECKS.get_all() if check.__name__ not in UNFAIR]
    promised = schemathesis.openapi.from_url(f"{service}/openapi.json", headers=headers)
    own = promised.include(path_regex=f"^/api/({'|'.join(ROOMS)})")
    operations = [found.ok() for found in own.get_all_operations()]
    assert len(operations) == 50
    for operation in operations:

        @settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def holds(case):
            case.call_and_validate(headers=headers, checks=checks)

        holds()
