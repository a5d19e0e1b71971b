import json
import os
import subprocess
import sys

import pytest

from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.secrets_file import SecretsFile, weakness

WRITER = """
import sys
from studiolab.adapters.secrets_file import SecretsFile
for number in range(25):
    SecretsFile(sys.argv[1]).put(sys.argv[2], f"sms:{number}", {"auth_token": "t" * 500})
"""


@pytest.fixture
def file(tmp_path):
    return SecretsFile(tmp_path / "data" / "secrets.json")


def test_what_is_kept_comes_back_and_what_is_forgotten_is_gone(file):
    file.put("s1", "sms:1", {"auth_token": "abc"})
    file.put("s2", "sms:1", {"auth_token": "def"})
    assert file.get("s1", "sms:1") == {"auth_token": "abc"}
    file.put("s1", "sms:1", {})
    assert (file.get("s1", "sms:1"), file.names()) == ({}, [("s2", "sms:1")])
    assert "abc" not in file.path.read_text()


def test_only_its_owner_may_read_it(file):
    before = os.umask(0)
    try:
        file.put("s1", "sms:1", {"auth_token": "abc"})
    finally:
        os.umask(before)
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_two_programs_that_write_at_once_lose_nothing(file):
    words = [sys.executable, "-c", WRITER, str(file.path)]
    programs = [subprocess.Popen([*words, studio]) for studio in ("s1", "s2")]
    assert [program.wait(60) for program in programs] == [0, 0]
    assert len(file.names()) == 50


def test_a_full_disk_leaves_the_old_file(file):
    file.put("s1", "sms:1", {"auth_token": "abc"})
    before = file.path.read_bytes()
    limited = """
import resource, signal, sys
from studiolab.adapters.secrets_file import SecretsFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
SecretsFile(sys.argv[1]).put("s1", "sms:2", {"auth_token": "t" * 100_000})
"""
    done = subprocess.run([sys.executable, "-c", limited, str(file.path)], capture_output=True, text=True)
    assert "it is as it was" in done.stderr
    assert file.path.read_bytes() == before
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["secrets.json", "secrets.json.lock"]


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"s1": 3})])
def test_a_damaged_file_is_said_and_not_overwritten(file, text):
    file.path.parent.mkdir()
    file.path.write_text(text)
    with pytest.raises(StudiolabError, match="damaged"):
        file.put("s1", "sms:1", {"auth_token": "abc"})
    assert file.path.read_text() == text


@pytest.mark.parametrize("secret", ["", "your-app-secret", "test123", "aaaaaaaaaaaa", "short", " 8f3a9c2e ", "<token>"])
def test_placeholders_and_short_secrets_are_none(secret):
    assert weakness("TOKEN", secret)
    assert not secret or secret not in weakness("TOKEN", secret)


def test_a_real_secret_may_serve():
    assert weakness("TOKEN", "8f3a9c2e7b1d4f60", 16) == ""
