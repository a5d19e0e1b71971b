import pytest

from studiolab.panels.asked import asked


@pytest.mark.parametrize(
    ("query", "answer"),
    [("studio=studio-002&token=x", "studio-002"), ("studio=a%20b", "a b"), ("token=x", None), ("", None)],
)
def test_the_address_says_which_studio(monkeypatch, query, answer):
    monkeypatch.delenv("VOILA_PREHEAT", raising=False)
    monkeypatch.setenv("QUERY_STRING", query)
    assert asked("studio") == answer


def test_outside_a_dashboard_nothing_is_asked(monkeypatch):
    monkeypatch.delenv("VOILA_PREHEAT", raising=False)
    monkeypatch.delenv("QUERY_STRING", raising=False)
    assert asked("studio") is None
