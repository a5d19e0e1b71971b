import pytest

STUDIO = "studio-001"


@pytest.fixture
def someone(workbench):
    """A client of the sample's first studio who came."""
    visits = workbench.db.read("visits", STUDIO, ["member_id", "status"])
    return visits.loc[visits["status"] == "attended", "member_id"].value_counts().index[0]


def test_the_eight_come_with_parts_that_add_up(client, workbench, someone):
    question = {"studio_id": STUDIO, "client_id": someone}
    answer = client.post("/api/v1/recommend/classes", json=question).json()
    assert answer == workbench.recommend(question).model_dump(mode="json")
    assert len(answer["recommendations"]) == 8
    for row in answer["recommendations"]:
        assert round(sum(part["adds"] for part in row["parts"]), 6) == row["fit_score"]
        assert row["reason"]


def test_why_not_is_a_sentence(client, someone):
    question = {"studio_id": STUDIO, "client_id": someone}
    offered = client.post("/api/v1/recommend/classes", json=question).json()["recommendations"][0]["class_id"]
    answer = client.post("/api/v1/recommend/why-not", json=question | {"class_id": offered})
    assert answer.json() == {"class_id": offered, "reason": "It is among them."}


@pytest.mark.parametrize(
    ("path", "question", "status", "sentence"),
    [
        ("classes", {"client_id": "nobody"}, 404, "no client 'nobody' at studio-001; there are "),
        ("classes", {"client_id": "x", "studio_id": "nowhere"}, 404, "no studio 'nowhere'"),
        ("classes", {"client_id": "x", "size": 0}, 422, "size: Input should be greater than or equal to 1, got 0"),
        ("classes", {"client_id": "x", "as_of": "soon"}, 422, "as_of: Input should be a valid datetime"),
        ("classes", {"client_id": "x", "mood": "good"}, 422, "mood: no such key"),
        ("classes", {"client_id": "x", "studio_id": "studio-002"}, 503, "studio-002 has no visits yet"),
        ("why-not", {"client_id": None, "class_id": "c9"}, 422, "class 'c9' is not in the schedule"),
    ],
)
def test_a_wrong_question_says_what_is_wrong(client, someone, path, question, status, sentence):
    question = {"studio_id": STUDIO} | question
    question["client_id"] = question["client_id"] or someone
    answer = client.post(f"/api/v1/recommend/{path}", json=question)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(sentence)


def test_a_moment_in_the_past_sees_the_schedule_of_then(client, someone):
    question = {"studio_id": STUDIO, "client_id": someone, "as_of": "2026-09-01T12:00:00Z"}
    answer = client.post("/api/v1/recommend/classes", json=question).json()
    assert answer["schedule"] == "published"
    assert all("2026-09-01" <= row["date"] <= "2026-09-29" for row in answer["recommendations"])


def test_a_client_is_found_by_parts_of_the_name(client, workbench):
    names = workbench.db.read("members", STUDIO, ["member_id", "member_name"])
    member_id, name = names.iloc[5]
    first, last = name.split()
    found = client.get(f"/api/v1/recommend/{STUDIO}/clients", params={"search": f"{last[:3]} {first}", "limit": 200})
    assert (member_id, name) in [(row["client_id"], row["client_name"]) for row in found.json()]
    everyone = client.get(f"/api/v1/recommend/{STUDIO}/clients", params={"limit": 200}).json()
    assert [row["is_member"] for row in everyone] == sorted((row["is_member"] for row in everyone), reverse=True)
    assert client.get(f"/api/v1/recommend/{STUDIO}/clients", params={"search": "nobody at all"}).json() == []


def test_a_client_at_a_glance_counts_signed_in_visits_only(client, workbench, someone):
    seen = client.post("/api/v1/recommend/client", json={"studio_id": STUDIO, "client_id": someone}).json()
    visits = workbench.db.read("visits", STUDIO)
    own = visits[(visits["member_id"] == someone) & (visits["status"] == "attended")]
    zone = workbench.db.read("studios", STUDIO)["timezone"].iloc[0]
    month = own["attended_at"].dt.tz_convert(zone).dt.strftime("%Y-%m")
    assert seen["visits_last_month"] == (month == "2026-10").sum()
    assert seen["plan"] in ("4 classes a month", "8 classes a month", "Unlimited")
    assert {row["outcome"] for row in seen["recent"]} <= {
        "came",
        "did not come",
        "cancelled late",
        "was on the waiting list",
    }
    assert [row["date"] for row in seen["recent"]] == sorted((row["date"] for row in seen["recent"]), reverse=True)
