"""How the workbench runs, over HTTP: whether it is well, and what the cache saves (B-65, K1.31)."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from studiolab.api.revenue import Bench, problem
from studiolab.app import CacheHealth

router = APIRouter(
    tags=["service"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               503: problem("there are no data yet")},
)  # fmt: skip


class Health(BaseModel):
    """Whether questions are answered at once, and how often an answer was there already."""

    model_config = ConfigDict(protected_namespaces=())

    status: Literal["ok"] = "ok"
    model: Literal["ready", "loading"] = Field(description="loading: the next question waits for it")
    model_version: str | None
    cache: CacheHealth


@router.get("/health")
def health(workbench: Bench) -> Health:
    """How the service is; `/health` without /api/v1 says only that it answers, and asks for no token."""
    return Health(model="ready" if workbench.is_ready() else "loading", model_version=workbench.model_version,
                  cache=workbench.cache_health())  # fmt: skip
