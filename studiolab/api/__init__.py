"""The REST API: `uvicorn --factory studiolab.api:app`, as `studiolab up` starts it.

It listens to this machine only, knows no other origin, and asks every route but /health for the token.
"""

import logging
import threading
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from studiolab.accounts import SignInRefused
from studiolab.api import (
    analytics,
    contacts,
    conversations,
    experiments,
    integrations,
    ledger,
    llm,
    messages,
    next_actions,
    operations,
    pages,
    people,
    plans,
    products,
    recommend,
    records,
    revenue,
    scheduling,
    webhooks,
)
from studiolab.api.auth import Guard, needs
from studiolab.api.hosts import KnownHosts
from studiolab.app import (
    Busy,
    NotSaved,
    StudiolabError,
    UnknownAgent,
    UnknownContact,
    UnknownDocument,
    UnknownJob,
    UnknownMessage,
    UnknownPart,
    UnknownSequence,
    Workbench,
)
from studiolab.class_recommender.answers import UnknownClient
from studiolab.product_recommender.experiment.trial import UnknownExperiment
from studiolab.product_recommender.recommend import SharedReceipt, UnknownCustomer
from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.revenue_simulator.questions import in_words
from studiolab.revenue_simulator.scenarios import UnknownScenario
from studiolab.settings import settings as environment
from studiolab.users import NotAllowed

STATUS = {RequestValidationError: 422, UnknownStudio: 404, UnknownClient: 404, UnknownScenario: 404, UnknownJob: 404,
          UnknownPart: 404, UnknownCustomer: 404, UnknownExperiment: 404, UnknownContact: 404, UnknownAgent: 404,
          UnknownDocument: 404, UnknownMessage: 404, UnknownSequence: 404, Busy: 409, NotSaved: 409,
          SharedReceipt: 409, ValueError: 422, StudiolabError: 503, SignInRefused: 401, NotAllowed: 403}  # fmt: skip

PATIENCE = 0.02  # seconds until what another program wrote is seen

log = logging.getLogger("uvicorn.error")


def app(workbench=None, settings=None):
    """The FastAPI application of a Workbench (the environment's by default).

    Raises StudiolabError when no token is configured: an API that anyone may ask does not start.
    """
    settings = settings or environment()
    if not settings.token:
        raise StudiolabError("The API does not start without a token. Set STUDIOLAB_TOKEN, or use `studiolab up`.")
    workbench = workbench or Workbench(settings, PATIENCE)
    guard = Guard(settings.token, workbench)
    api = FastAPI(title="studiolab", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_loading(workbench),
                  responses={422: revenue.problem("what came, what was expected, and where")})  # fmt: skip
    api.state.workbench = workbench
    api.add_middleware(KnownHosts, public=settings.public_host)
    for error, status in STATUS.items():
        api.add_exception_handler(error, _answer(status))
    api.add_exception_handler(HTTPException, _unreadable)

    @api.get("/health", tags=["service"])
    async def health() -> dict[str, str]:
        """Whether the service answers; the models may still be loading."""
        return {"status": "ok"}

    rooms = {revenue: "revenue", records: "revenue", plans: "revenue", recommend: "look", ledger: "look",
             operations: "look"}  # fmt: skip
    for system, what in rooms.items():
        api.include_router(system.router, prefix="/api/v1", dependencies=[Depends(guard), needs(what)])
    for system in (
        analytics,
        scheduling,
        products,
        experiments,
        next_actions,
        conversations,
        contacts,
        messages,
        integrations,
        llm,
    ):
        api.include_router(system.router, prefix="/api", dependencies=[Depends(guard), needs("look")])
    api.include_router(webhooks.router, prefix="/api", include_in_schema=False)
    api.include_router(integrations.open_router, prefix="/api")
    api.include_router(people.router(guard), prefix="/api/v1")
    api.include_router(people.documents_router(guard), prefix="/api")
    api.include_router(pages.router(guard), include_in_schema=False)
    return api


def _loading(workbench):
    """Load the model while the service answers already, the first question waits for it; send what is due,
    and look what has come."""

    def load():
        try:
            _ = workbench.model
        except StudiolabError as reason:
            log.warning("%s", reason)

    @asynccontextmanager
    async def lifespan(_api):
        stopped = threading.Event()
        threading.Thread(target=load, name="loading the model", daemon=True).start()
        threading.Thread(target=workbench.keep_sending, args=(stopped,), name="outbox", daemon=True).start()
        threading.Thread(target=workbench.keep_syncing, args=(stopped,), name="sync", daemon=True).start()
        yield
        stopped.set()

    return lifespan


async def _unreadable(request: Request, error: HTTPException):
    """Bytes that are no text at all are a body that cannot be, as other bodies that cannot be are: 422 and not 400."""
    if error.status_code == 400 and "parsing the body" in str(error.detail):
        return JSONResponse({"detail": "the body is no JSON: its bytes are no text in UTF-8"}, 422)
    return await http_exception_handler(request, error)


def _answer(status):
    """A handler that turns an error into `{"detail": sentence}`."""

    def handler(_request: Request, error: Exception):
        sentence = in_words(error.errors()) if isinstance(error, RequestValidationError) else str(error)
        return JSONResponse({"detail": sentence}, status)

    return handler
