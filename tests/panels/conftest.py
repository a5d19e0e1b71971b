import pytest

from studiolab.app import Workbench
from studiolab.settings import Settings


@pytest.fixture
def empty_workbench(tmp_path, monkeypatch):
    """A Workbench whose database holds nothing."""
    monkeypatch.setenv("STUDIOLAB_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    bench = Workbench(Settings())
    yield bench
    bench.close()
