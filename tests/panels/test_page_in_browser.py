"""A page that is handed over while its state loads: whatever the moment, the browser gets all of it."""

import nbformat
import pytest

from tests.test_dashboards import PATIENCE, serving

SLOW = """
import time
import ipywidgets as widgets
import traitlets
from studiolab.panels.asked import asked
from studiolab.panels.data_grid import DataGrid
from studiolab.panels.page import Page, loading

class State(traitlets.HasTraits):
    status = traitlets.Unicode("loading")
    def load(self):
        pass
    def open(self, seconds):
        if seconds != "worst":
            time.sleep(float(seconds))
            self.status = "ready"

class View(Page):
    opening = "Opening the door."
    def __init__(self, state):
        self.told = widgets.HTML()
        super().__init__(state)
    def parts(self):
        self.told.value = '<p class="card">all is there</p>'
        grid = DataGrid(columns=[{"label": "Client", "text": True}])
        grid.rows = [{"id": name, "cells": [{"text": name, "by": name}]} for name in ("ana", "bo", "cy")]
        said = widgets.HTML('<p class="card">nobody</p>')
        def picked(change):
            said.value = f"<p class='card'>it is {change['new']}</p>"
        grid.observe(picked, "picked")
        return [self.told, said, grid]

def take_over(cls, message, answer=widgets.Widget._handle_control_comm_msg):
    answer(message)
    if wanted == ["worst"]:
        state.status = "ready"

widgets.Widget._handle_control_comm_msg = classmethod(take_over)  # tells a browser what all widgets are
state, wanted = State(), []
with loading(state, lambda: state.open(*wanted)):
    wanted.append(asked("seconds"))
View(state)
"""


@pytest.fixture(scope="module")
def slow_page(home, tmp_path_factory):
    """Address, but for `seconds`, of a dashboard that is ready so long after its visitor came; or at the worst moment:
    the kernel has told what its widgets are, and the browser has not made them yet."""
    project = tmp_path_factory.mktemp("slow")
    (project / "dashboards").mkdir()
    cells = [nbformat.v4.new_code_cell(SLOW)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), project / "dashboards" / "slow.ipynb")
    with serving(project, tmp_path_factory.mktemp("logs")) as server:
        yield f"http://127.0.0.1:{server.port}/voila/render/slow.ipynb?token={server.token}&seconds="


@pytest.mark.parametrize("seconds", [0, 1, 3, "worst"])
def test_what_becomes_ready_as_the_browser_takes_the_page_over_is_not_lost(slow_page, chromium, seconds):
    page = chromium.new_page()
    page.goto(f"{slow_page}{seconds}", timeout=PATIENCE)
    assert_whole(page)
    page.reload(timeout=PATIENCE)
    assert_whole(page)
    page.close()


def assert_whole(page):
    """All that the page holds is drawn, and answers."""
    page.get_by_text("all is there").wait_for(timeout=PATIENCE)
    page.locator(".dg-table tbody tr").nth(1).click()
    page.get_by_text("it is bo").wait_for(timeout=PATIENCE)


def test_two_tabs_of_one_page_are_both_whole(slow_page, chromium):
    pages = [chromium.new_page() for _ in range(2)]
    for page in pages:
        page.goto(f"{slow_page}1", timeout=PATIENCE, wait_until="commit")
    for page in pages:
        assert_whole(page)
        page.close()


def test_what_loads_is_said_at_once(slow_page, chromium):
    page = chromium.new_page()
    page.goto(f"{slow_page}600", timeout=PATIENCE)
    page.get_by_text("Opening the door.").wait_for(timeout=PATIENCE)
    assert page.get_by_text("all is there").count() == 0
    page.close()
