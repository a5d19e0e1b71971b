"""What tests of mail share: a mailbox behind Dovecot, and a post office that brings to it."""

import pytest

from studiolab import install
from studiolab.bench.dovecot import DovecotServer
from studiolab.bench.post_office import PostOffice

from .small_channels import MAIL_KEY


@pytest.fixture(scope="module")
def dovecot():
    if install.dovecot() is None:
        pytest.skip("no Dovecot on this machine: apt-get install dovecot-imapd, or brew install dovecot")
    server = DovecotServer(MAIL_KEY)
    yield server
    server.close()


@pytest.fixture
def office(dovecot):
    office = PostOffice(dovecot)
    yield office
    office.stop()
