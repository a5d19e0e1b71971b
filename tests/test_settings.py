import pytest
from pydantic import ValidationError

from studiolab.settings import PROJECT, Settings


def test_without_variables_the_database_is_a_file_under_the_project(monkeypatch):
    for name in ("DATABASE_URL", "STUDIOLAB_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert Settings().database == f"sqlite:///{PROJECT / 'data' / 'studiolab.sqlite'}"


def test_home_moves_the_database_and_a_url_replaces_it(monkeypatch, tmp_path):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("STUDIOLAB_HOME", str(tmp_path))
    assert Settings().database == f"sqlite:///{tmp_path / 'data' / 'studiolab.sqlite'}"
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://studio@localhost/studio")
    assert Settings().database == "postgresql+psycopg://studio@localhost/studio"


def test_an_empty_token_is_no_token_and_a_short_one_is_refused(monkeypatch):
    monkeypatch.setenv("STUDIOLAB_TOKEN", "")
    assert Settings().token is None
    monkeypatch.setenv("STUDIOLAB_TOKEN", "test123")
    with pytest.raises(ValidationError, match="STUDIOLAB_TOKEN"):
        Settings()


@pytest.mark.parametrize(("given", "key"), [
    ({"GOOGLE_API_KEY": "of-google"}, "of-google"),
    ({"GEMINI_API_KEY": "", "GOOGLE_API_KEY": "of-google"}, "of-google"),
    ({"GEMINI_API_KEY": "of-gemini", "GOOGLE_API_KEY": "of-google"}, "of-gemini"),
])  # fmt: skip
def test_geminis_key_may_have_googles_name_too_and_another_process_is_told_it(monkeypatch, given, key):
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    said = Settings().environment()
    assert (Settings().gemini_api_key.get_secret_value(), said["GEMINI_API_KEY"]) == (key, key)
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", said["GEMINI_API_KEY"])
    assert Settings().environment() == said
