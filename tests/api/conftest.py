import pytest
from fastapi.testclient import TestClient

from studiolab.api import app


@pytest.fixture(scope="session")
def api(workbench):
    return app(workbench)


@pytest.fixture
def anyone(api):
    """A client of this machine without a token."""
    with TestClient(api, base_url="http://127.0.0.1:8767") as client:
        yield client


@pytest.fixture
def client(anyone, token):
    anyone.headers["Authorization"] = f"Bearer {token}"
    return anyone
