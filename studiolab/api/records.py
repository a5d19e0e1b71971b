"""What is kept of the revenue simulator, over HTTP: baselines, scenarios, the track record (B-54 to B-60)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import ASKED, Bench, problem
from studiolab.revenue_simulator.baseline import Baseline
from studiolab.revenue_simulator.comparison import Comparison
from studiolab.revenue_simulator.scenarios import (
    CompareRequest,
    Kept,
    Kind,
    ListRequest,
    Page,
    SaveRequest,
    Scenario,
)
from studiolab.revenue_simulator.track_record import Performance

router = APIRouter(
    tags=["scenarios and track record"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               503: problem("there are no data yet")},
)  # fmt: skip
NAMED = {404: problem("no such scenario, or a deleted one"), 422: ASKED[422]}
StudioId = Annotated[str, Path(min_length=1, max_length=200)]
ScenarioId = Annotated[str, Path(min_length=1, max_length=100)]
WRITES = [needs("share")]


@router.get("/studio/{studio_id:path}/baseline", responses=ASKED)
def baseline(workbench: Bench, studio_id: StudioId) -> Baseline:
    """A studio's last year: figures, trends, its place among the others."""
    return workbench.baseline(studio_id)


@router.get("/benchmarks", responses=ASKED)
def benchmarks(workbench: Bench, studio_id: Annotated[list[str], Query(min_length=1, max_length=50)]) -> list[Baseline]:
    """Studios side by side: `?studio_id=a&studio_id=b`."""
    return workbench.benchmarks(studio_id)


@router.post("/scenarios/save", responses=ASKED, dependencies=WRITES)
def save(workbench: Bench, user: Asker, scenario: SaveRequest) -> Kept:
    """Keep a question with its answer, which is asked anew."""
    return workbench.save_scenario(scenario, user.name)


@router.post("/scenarios/compare", responses=NAMED)
def compare(workbench: Bench, question: CompareRequest) -> Comparison:
    """Two to six scenarios side by side."""
    return workbench.compare_scenarios(question)


@router.get("/scenarios/{studio_id:path}/list", responses=ASKED)
def listed(
    workbench: Bench,
    studio_id: StudioId,
    tag: Annotated[str | None, Query(max_length=50)] = None,
    scenario_type: Kind | None = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    deleted: bool = False,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Page:
    """A studio's scenarios, the latest first."""
    asked = {"tag": tag, "scenario_type": scenario_type, "text": text, "deleted": deleted}
    return workbench.scenarios(ListRequest(studio_id=studio_id, page=page, per_page=per_page, **asked))


@router.get("/scenarios/{scenario_id}", responses=NAMED)
def scenario(workbench: Bench, scenario_id: ScenarioId) -> Scenario:
    """A scenario with its question and its answer."""
    return workbench.scenario(scenario_id)


@router.delete("/scenarios/{scenario_id}", responses=NAMED, dependencies=WRITES)
def delete(workbench: Bench, user: Asker, scenario_id: ScenarioId) -> Kept:
    """Take a scenario off the list; `restore` brings it back."""
    return workbench.delete_scenario(scenario_id, user.name)


@router.post("/scenarios/{scenario_id}/restore", responses=NAMED, dependencies=WRITES)
def restore(workbench: Bench, user: Asker, scenario_id: ScenarioId) -> Kept:
    """Undo a deletion."""
    return workbench.restore_scenario(scenario_id, user.name)


@router.post("/scenarios/{scenario_id}/share", responses=NAMED, dependencies=WRITES)
def share(workbench: Bench, user: Asker, scenario_id: ScenarioId) -> Kept:
    """The address to hand on; the ledger keeps who did."""
    return workbench.share_scenario(scenario_id, user.name)


@router.get("/models/performance", responses=ASKED)
def performance(
    workbench: Bench,
    studio_id: Annotated[str | None, Query(max_length=200)] = None,
    prediction_type: Literal["forecast", "forward"] = "forecast",
) -> Performance:
    """What was predicted beside what came, and whether it went worse than the model said."""
    return workbench.performance(studio_id, prediction_type)
