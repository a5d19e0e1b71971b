import pytest


@pytest.mark.parametrize("path", ["/api/v1/predict/forward", "/api/v1/predict/inverse"])
def test_an_unknown_studio_is_404_with_the_ones_there_are(client, path):
    question = {"studio_id": "nobody"} | ({"levers": {}} if path.endswith("forward") else {"target_revenue": 5e4})
    answer = client.post(path, json=question)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("no studio 'nobody'; there are 4: studio-001")


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            {"levers": {"retention_rate": 1.2}},
            "levers.retention_rate: Input should be less than or equal to 1, got 1.2",
        ),
        ({"levers": {"prize": 1}}, "levers.prize: no such key"),
        ({"levers": {}, "base_month": "2031-01"}, "base_month is 2031-01; studio-001 has history from"),
        ({}, "levers: is missing"),
    ],
)
def test_a_wrong_question_is_422_with_what_came_what_was_expected_and_where(client, question, sentence):
    answer = client.post("/api/v1/predict/forward", json={"studio_id": "studio-001"} | question)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(sentence)


@pytest.mark.parametrize(
    ("question", "status", "sentence"),
    [
        ({"studio_id": "nobody"}, 404, "no studio 'nobody'; there are 4"),
        ({"scenario_id": "an-id"}, 422, "studio_id: is missing"),
        ({"studio_id": "studio-001", "insight_types": ["luck"]}, 422, "insight_types.0: Input should be 'next_best"),
        ({"studio_id": "studio-001", "base_month": "2020-01"}, 422, "base_month is 2020-01; studio-001 has history"),
        ({"studio_id": "studio-001", "measured_effects": {"Dance": 1}}, 422, "measured effects name 'Dance'"),
    ],
)
def test_a_wrong_question_about_insights_says_what_is_wrong(client, question, status, sentence):
    answer = client.post("/api/v1/insights/generate", json=question)
    assert (answer.status_code, answer.json()["detail"].startswith(sentence)) == (status, True)


def test_insights_have_the_documents_shape(client):
    question = {"studio_id": "studio-001", "scenario_id": "an-id", "insight_types": ["next_best_actions"]}
    answer = client.post("/api/v1/insights/generate", json=question).json()
    assert (answer["scenario_id"], answer["insights"]["risk_factors"]) == ("an-id", [])
    documented = {"action", "impact", "expected_revenue_gain", "confidence", "timeline"}
    assert all(documented <= set(row) for row in answer["insights"]["next_best_actions"])


def test_a_body_that_is_no_json_is_422(client):
    answer = client.post("/api/v1/predict/inverse", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, list(answer.json())) == (422, ["detail"])


def test_levers_of_a_studio_of_revenue_alone_are_422_and_its_forecast_is_not(client):
    answer = client.post("/api/v1/predict/forward", json={"studio_id": "till", "levers": {}})
    assert answer.status_code == 422
    assert "or use forecast" in answer.json()["detail"]
    answer = client.get("/api/v1/studio/till/forecast", params={"months": 1})
    assert list(answer.json()["predictions"]) == ["month_1"]


def test_an_answer_is_the_workbenchs(client, workbench):
    question = {"studio_id": "studio-002", "target_revenue": 40000.0, "target_months": 2, "target_basis": "mean"}
    answer = client.post("/api/v1/predict/inverse", json=question)
    assert answer.json() == workbench.inverse(question).model_dump(mode="json")


def test_the_studios_are_listed(client, workbench):
    listed = client.get("/api/v1/studios").json()
    assert listed == [studio.model_dump() for studio in workbench.studios()]
    assert listed[3]["studio_id"] == "till"


IMPACT = "/api/v1/levers/impact-analysis"


def test_what_levers_do_is_asked_by_address_with_the_plan_beside_it(client, workbench):
    asked = {"studio_id": "studio-002", "analysis_type": "shapley", "projection_months": 2}
    answer = client.get(IMPACT, params=asked | {"upsell_rate": 0.3, "current_member_count": 200})
    question = asked | {"levers": {"upsell_rate": 0.3, "current_member_count": 200}}
    assert answer.json() == workbench.impact(question).model_dump(mode="json")


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"studio_id": "nobody"}, 404, "no studio 'nobody'; there are 4: studio-001"),
        ({"studio_id": "till"}, 422, "studio 'till' has no 9 months of member"),
        ({}, 422, "studio_id: is missing"),
        ({"retention_rate": "1.2"}, 422, "retention_rate: Input should be less than or equal to 1, got '1.2'"),
        ({"upsell_rate": "nan"}, 422, "upsell_rate: Input should be a finite number, got 'nan'"),
        ({"analysis_type": "guess"}, 422, "analysis_type: Input should be 'sensitivity', 'elasticity',"),
        ({"colour": "red"}, 422, "colour: no such key"),
        ({"analysis_type": "shapley"}, 422, "levers names no lever"),
        ({"base_month": "2031-01"}, 422, "base_month is 2031-01; studio-001 has history from"),
    ],
)
def test_a_wrong_question_about_levers_is_told_what_came_and_what_was_expected(client, given, status, sentence):
    asked = given if "studio_id" in given or not given else {"studio_id": "studio-001"} | given
    answer = client.get(IMPACT, params=asked)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(sentence)


def test_without_a_token_levers_are_not_explained(anyone):
    assert anyone.get(IMPACT, params={"studio_id": "studio-001"}).status_code == 401
