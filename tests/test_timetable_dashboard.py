"""The timetable's dashboard in a real Chromium, on a home of its own: it saves."""

import shutil

import pytest

from studiolab.adapters.database import open_database
from studiolab.ledger import Ledger
from studiolab.settings import Settings

from .test_dashboards import PROJECT, serving, visit  # noqa: F401, a fixture

CLIPPED = """() => [...document.querySelectorAll(".tt-block")].filter(block => block.offsetParent)
    .filter(block => block.scrollHeight > block.clientHeight + 1 || block.scrollWidth > block.clientWidth + 1)
    .map(block => block.innerText)"""

SEEN = """() => {
    const [block, sheet] = [".tt-block[aria-pressed=true]", ".tt-edit"].map(name => document.querySelector(name));
    return block.getBoundingClientRect().bottom <= sheet.getBoundingClientRect().top;
}"""


@pytest.fixture(scope="module")
def own_home(copied, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    copied(folder)
    return folder


@pytest.fixture(scope="module")
def site(own_home, tmp_path_factory):
    """The timetable's dashboard alone, on a copy of `home`."""
    project = tmp_path_factory.mktemp("project")
    (project / "dashboards").mkdir()
    shutil.copy(PROJECT / "dashboards" / "timetable.ipynb", project / "dashboards")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIOLAB_HOME", str(own_home))
        with serving(project, tmp_path_factory.mktemp("logs")) as server:
            yield server


def opened(visit, width=1400):  # noqa: F811
    page = visit("timetable.ipynb", studio="studio-001")
    page.set_viewport_size({"width": width, "height": 1000})
    page.wait_for_selector(".tt-block")
    return page


def test_the_week_is_drawn_and_no_label_is_clipped(visit):  # noqa: F811
    page = opened(visit)
    count = int(page.locator(".card .figure").first.inner_text().split(" of ")[1])
    assert page.locator(".tt-block").count() == count > 10
    assert page.evaluate(CLIPPED) == []
    page.set_viewport_size({"width": 420, "height": 900})
    page.wait_for_selector(".tt-narrow .tt-tab")
    for tab in page.locator(".tt-tab").all():
        tab.click()
        assert page.evaluate(CLIPPED) == []
    assert page.locator(".tt-day:visible").count() == 1


def test_a_class_that_is_clicked_and_moved_turns_red_and_undo_brings_it_back(visit):  # noqa: F811
    page = opened(visit)
    page.locator(".tt-day[data-day=MO] .tt-block").first.click()
    page.wait_for_selector(".tt-block[aria-pressed=true]")
    day, time = page.locator(".tt-choices select").nth(0), page.locator(".tt-choices select").nth(1)
    day.select_option("Tuesday")
    page.wait_for_selector(".tt-day[data-day=TU] .tt-block[aria-pressed=true]")
    other = page.locator(".tt-day[data-day=TU] .tt-block[aria-pressed=false] .tt-note").last.inner_text()[:5]
    time.select_option(other)
    page.get_by_text("This breaks").wait_for()
    assert page.locator(".tt-block.is-red").count() >= 2
    assert page.evaluate(CLIPPED) == []
    for _ in range(2):
        page.get_by_role("button", name="Undo").click()
    page.wait_for_selector(".tt-block.is-red", state="detached")


def test_in_a_narrow_window_the_open_class_stays_in_sight_above_its_sheet_and_is_followed_to_its_day(visit):  # noqa: F811
    page = opened(visit, 420)
    page.wait_for_selector(".tt-narrow .tt-tab")
    page.locator(".tt-block:visible").first.evaluate("block => block.click()")  # as it stands: click() scrolls first
    page.wait_for_selector(".tt-edit.is-open select")
    page.get_by_text("Free places elsewhere").wait_for()
    page.wait_for_function(SEEN)
    page.get_by_label("Day", exact=True).select_option("Thursday")
    page.wait_for_selector(".tt-day[data-day=TH] .tt-block[aria-pressed=true]", state="visible")
    page.get_by_role("button", name="Close").click()
    page.wait_for_selector(".tt-edit.is-open", state="detached")


def test_a_week_is_proposed_saved_and_exported(visit, own_home):  # noqa: F811
    page = opened(visit)
    page.get_by_label("Change the week").select_option("as if it were new")
    page.get_by_role("button", name="Propose").click()
    page.get_by_text("in reach").wait_for()
    page.get_by_role("button", name="Stop, keep the best").click()
    page.get_by_text("Save it, or undo").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("of the ledger").wait_for()
    page.get_by_role("button", name="Export to calendar").click()
    page.get_by_role("link", name="Download timetable.ics").wait_for()
    db = open_database(Settings(STUDIOLAB_HOME=own_home).database)
    entries = Ledger(db).entries("studio-001")
    db.close()
    assert entries[-1]["action"] == "timetable saved"
