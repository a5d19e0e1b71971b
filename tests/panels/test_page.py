"""A page whose state loads in another thread: what is seen before, after, and when both meet."""

import time
from threading import Event, Thread

import ipywidgets as widgets
import traitlets

from studiolab.panels.page import Page, loading


class Loading(traitlets.HasTraits):
    status, problem = traitlets.Unicode("loading"), traitlets.Unicode()

    def load(self):
        self.status = "ready"


class Hasty(Loading):
    """Is loaded by another thread at the very moment in which a page begins to follow it."""

    def observe(self, *given, **more):
        super().observe(*given, **more)
        self.thread = Thread(target=self.load)
        self.thread.start()
        while self.status != "ready":
            time.sleep(0.001)


class Counted(Page):
    """Shows how often it was built."""

    opening, built = "Opening the door.", 0

    def parts(self):
        self.built += 1
        return [widgets.HTML(f"built {self.built}")]


def said(page):
    return page.children[1].value


def test_a_page_whose_state_is_ready_as_it_opens_is_built_once():
    state = Hasty()
    page = Counted(state)
    state.thread.join()
    assert page.built == 1
    assert said(page) == "built 1"


def test_before_it_is_ready_it_says_what_it_does_until_a_browser_has_drawn_it():
    state = Loading()
    page = Counted(state)
    assert "Opening the door." in said(page)
    state.load()
    assert "Opening the door." in said(page)
    page.seen.drawn = True
    assert said(page) == "built 1"


def test_a_page_that_was_drawn_is_built_as_soon_as_its_state_is_ready_and_by_a_second_browser_no_second_time():
    state = Loading()
    page = Counted(state)
    page.seen.drawn = True
    assert "Opening the door." in said(page)
    state.load()
    page.seen.drawn = True
    assert (said(page), page.built) == ("built 1", 1)


def test_what_failed_is_said_and_without_studios_which_command_to_run():
    state = Loading(problem="The database does not answer.", status="failed")
    assert "The database does not answer." in said(Counted(state))
    state.status = "empty"
    assert "studiolab import" in said(Counted(state))


def slow(seconds):
    """A state whose loading takes some seconds."""
    state = Loading()
    state.load = lambda: time.sleep(seconds)
    return state


def test_without_a_browser_all_is_there_when_the_visitor_was_asked():
    state, asked = slow(0.2), []
    with loading(state, lambda: setattr(state, "problem", asked[0])):
        asked.append("studio-001")
    assert state.problem == "studio-001"


def test_under_voila_nobody_waits_for_what_loads(monkeypatch):
    monkeypatch.setenv("VOILA_PREHEAT", "True")
    state, free = Loading(), Event()
    with loading(state, free.wait):
        pass
    assert not free.is_set()  # else it would wait for ever
    free.set()
