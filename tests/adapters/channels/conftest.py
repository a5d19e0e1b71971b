import pytest

from ...graph_server import GraphServer


@pytest.fixture
def graph():
    server = GraphServer()
    yield server
    server.stop()
