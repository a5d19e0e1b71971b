"""Servers of channels on this machine: Meta's, and real ones for mail."""

import pytest

from studiolab import install
from studiolab.bench.dovecot import DovecotServer
from studiolab.bench.post_office import PostOffice

from ...graph_server import GraphServer

PASSWORD = "mail-pass"


@pytest.fixture
def graph():
    """A `GraphServer`."""
    server = GraphServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def dovecot():
    """A `DovecotServer`; `make test` installs it on Debian, elsewhere these tests are skipped where it is missing."""
    if install.dovecot() is None:
        pytest.skip("no Dovecot on this machine: apt-get install dovecot-imapd, or brew install dovecot")
    server = DovecotServer(PASSWORD)
    yield server
    server.close()


@pytest.fixture
def post_office(dovecot):
    """(PostOffice, its port)."""
    office = PostOffice(dovecot)
    yield office, office.port
    office.stop()
