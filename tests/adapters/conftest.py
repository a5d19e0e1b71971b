import pytest

from studiolab.adapters.database import open_database


@pytest.fixture
def db(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'studio.sqlite'}")
    yield database
    database.close()
