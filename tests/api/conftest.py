import threading
import time
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from studiolab.api import app


@pytest.fixture(scope="session")
def served():
    """A context manager that serves an application on this machine and gives its address."""

    @contextmanager
    def serving(application):
        server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True
        thread.join(10)

    return serving


@pytest.fixture(scope="session")
def api(workbench):
    return app(workbench)


@pytest.fixture(scope="session")
def service(api, served):
    """Address of the API."""
    with served(api) as address:
        yield address


@pytest.fixture
def anyone(service):
    """A client of this machine without a token."""
    with httpx.Client(base_url=service, timeout=60) as client:
        yield client


@pytest.fixture
def client(anyone, token):
    anyone.headers["Authorization"] = f"Bearer {token}"
    return anyone
