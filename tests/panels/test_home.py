import re

from studiolab.app import Workbench, inbox
from studiolab.panels import home


def test_every_studio_stands_there_with_a_way_to_its_planner(workbench):
    html = home.overview(workbench)
    for studio in workbench.studios():
        assert f'href="revenue_planner.ipynb?studio={studio.studio_id}"' in html
        assert studio.studio_name in html
    assert "€9,290" in html
    assert "Revenue in the last month, USD" in html
    assert 'href="timetable.ipynb"' in html
    assert 'href="inbox.ipynb"' in html
    assert "without an answer" in html  # of the sample's month of messages


def test_without_studios_it_says_which_command_to_run(empty_workbench):
    assert "studiolab import" in home.overview(empty_workbench)


def test_who_waits_is_counted_without_standing_an_inbox_up(workbench, monkeypatch):
    waiting = sum(workbench.conversations(one.studio_id, state="waiting").total for one in workbench.studios())
    fresh = Workbench(workbench.settings)
    monkeypatch.setattr(inbox, "InboxIndex", None)
    told = re.search(r"([0-9,]+) conversations? without an answer", home.overview(fresh))
    fresh.close()
    assert int(told[1].replace(",", "")) == waiting > 0
