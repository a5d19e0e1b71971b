"""What stands beside the inbox's conversations: its contacts as a table, and its settings."""

import threading

import ipywidgets as widgets

from studiolab.app import StudiolabError
from studiolab.panels import inbox_people, inbox_setup
from studiolab.panels.controls import box
from studiolab.panels.data_grid import DataGrid
from studiolab.panels.inbox_desk import Settings


class People(widgets.VBox):
    """Every contact of `state`'s studio; a press on one calls `opened` with the id. Asks while `is_shown` only."""

    def __init__(self, state, opened):
        super().__init__()
        self.state, self.opened, self.is_shown, self._alone = state, opened, False, threading.RLock()
        self.search = widgets.Text(placeholder="Search names and messages", continuous_update=True)
        self.says, self.grid = widgets.Label(), DataGrid(columns=inbox_people.columns())
        self.children = [box("sl-panel ib-people", box("sl-bar", self.search, self.says), self.grid)]
        self.search.observe(lambda _: self.look(), "value")
        self.grid.observe(self._pressed, "picked")
        state.observe(lambda _: self.look(), ["found", "studio_id"])

    def look(self):
        """Show who is there now."""
        with self._alone:  # or what an earlier look found would be shown last
            if self.is_shown and self.state.user.may("look"):
                ask = self.state.workbench.conversations
                found = ask(self.state.studio_id, self.search.value, state="people", limit=inbox_people.MOST)
                self.grid.rows, self.says.value = inbox_people.rows(found), inbox_people.says(found)

    def _pressed(self, change):
        if change["new"]:
            self.opened(change["new"])
            self.grid.picked = ""


class Setup(widgets.VBox):
    """The settings of `state`'s studio; what is pressed is done in a thread, for a channel may take its time."""

    def __init__(self, state):
        super().__init__()
        self.state, self.is_shown, self.sheet, self._alone = state, False, Settings(), threading.RLock()
        self.children = [self.sheet]
        self.sheet.on_msg(self._pressed)
        state.observe(lambda _: self.look(), "studio_id")

    def look(self):
        """Show what is set now."""
        with self._alone:  # or settings of a studio that was left could be shown last
            if self.is_shown:
                try:
                    self.sheet.told = inbox_setup.told(self.state)
                except (ValueError, StudiolabError) as why:
                    self.state.problem = str(why)

    def press(self, asked):
        """Do what was pressed, and answer the page."""
        told = inbox_setup.done(self.state, asked)
        self.sheet.send({"n": asked["n"], **told})
        self.look()

    def _pressed(self, _, asked, buffers):
        if asked["what"] == "here":
            self.sheet.send_state("told")
        else:
            threading.Thread(target=self.press, args=(asked,), name="inbox settings", daemon=True).start()
