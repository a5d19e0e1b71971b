"""The timetable's View: the week of a `timetable_state.State`, and `show`, which a dashboard calls."""

from functools import partial

import ipywidgets as widgets

from studiolab.panels import cards, class_page, timetable_page, timetable_week, timetable_words
from studiolab.panels.asked import asked, visitor
from studiolab.panels.controls import box, button, linked, panel
from studiolab.panels.page import Page, loading
from studiolab.panels.timetable_asking import SECONDS
from studiolab.panels.timetable_editor import Editor
from studiolab.panels.timetable_grid import WeekGrid
from studiolab.panels.timetable_state import State
from studiolab.panels.timetable_studio import CHANGES

NO_CLASSES = (
    "No classes yet. Import a class schedule with “studiolab import FILE”, or add classes, rooms and instructors with "
    "“studiolab timetable”; the week appears here."
)
NO_WEEK = "No week yet. Press “Propose”: it places the classes by the rules, your instructors' hours and demand."


def show(studio=None):
    """The timetable of a studio, of the one in the page's address or the first by default."""
    state = State()
    with loading(state):
        wanted = studio or asked("studio")
        state.who = partial(visitor, state.workbench)
    return View(state, wanted)


class View(Page):
    """Buttons, cards, the week, one class, classes without a place, and the week in force beside it."""

    opening = "Opening the studio's week."

    def __init__(self, state, wanted=None):
        """wanted : studio_id that the visitor asks for, None for the first"""
        self.wanted = wanted
        super().__init__(state)

    def parts(self):
        state = self.state
        if self.wanted:
            state.studio_id = self.wanted
        self._build_controls()
        self.search, self.cards, self.notice, self.file = (widgets.HTML() for _ in range(4))
        self.legend, self.missing, self.scores, self.moved = (widgets.HTML() for _ in range(4))
        self.grid, self.editor = WeekGrid(), Editor(state)
        self.edit = box("sl-panel tt-edit", self.editor)
        widgets.link((state, "selected"), (self.grid, "selected"))
        state.observe(self._selected, "selected")
        self.waiting = widgets.Dropdown(description="Class")
        self.waiting.observe(self._look_at, "value")
        self.choice = box("sl-bar tt-choices", self.waiting)
        self.week = [
            box("tt-main", box("sl-panel", self.legend, self.grid),
                box("tt-side", self.edit, panel("Without a place", self.choice, self.missing),
                    panel("Before you propose", box("sl-bar tt-choices tt-over", self.changes, self.seconds)))),
            box("tt-halves", panel("What it is worth", self.scores), panel("What moved", self.moved)),
        ]  # fmt: skip
        for follow, names in ((self._recounted, ["turn"]), (self._told, ["problem", "done", "overtaken"]),
                              (self._searching, ["solving", "progress"]), (self._shared, ["shared"]),
                              (self._reasons, ["reasons"])):  # fmt: skip
            state.observe(follow, names)
        self._recounted(None)
        self._searching(None)
        return [
            box("sl-bar", self.studio, self.propose, self.stop, self.undo, self.save, self.export),
            self.search, self.cards, self.notice, self.load_saved, self.file, *self.week,
        ]  # fmt: skip

    def _build_controls(self):
        state = self.state
        options = [(name, key) for key, name in state.studios.items()]
        self.studio = linked(widgets.Dropdown(options=options, description="Studio"), state, "studio_id")
        self.propose = button("Propose", state.propose, "primary")
        self.stop = button("Stop, keep the best", state.stop)
        self.undo = button("Undo", state.undo)
        self.save = button("Save", state.save)
        self.export = button("Export to calendar", state.export)
        self.load_saved = box("sl-bar", button("Load the saved week", state.load_saved))
        self.may_save = state.user.may("timetable")
        who = f"{state.user.name} is {state.user.role}: an owner or a manager saves a week"
        self.save.tooltip = "" if self.may_save else who
        self.changes = linked(widgets.Dropdown(options=list(CHANGES), description="Change the week"), state, "changes")
        times = [(f"{n} seconds", n) for n in SECONDS]
        self.seconds = linked(widgets.Dropdown(options=times, description="Search at most"), state, "seconds")

    # following the state -------------------------------------------------------------------------
    def _recounted(self, _):
        """The week, its pins or its question changed: all that tells of it does too."""
        state = self.state
        question, red = state.asked, {c for v in state.report.violations for c in v.class_ids}
        pinned = {pin.class_id for pin in state.pins}
        self.grid.week = timetable_week.drawn(question, state.placements, red, pinned, question.last)
        self.legend.value = timetable_page.legend(question)
        currency = state.currency if state.user.may("revenue") else None
        self.cards.value = timetable_page.summary(state, currency) if question.classes else ""
        for part in self.week:
            part.layout.display = None if question.classes else "none"
        self.scores.value = timetable_page.two_scores(state.in_force, state.report, currency)
        self.moved.value = timetable_page.moved(state)
        self._reasons(None)
        names = timetable_words.called(question)
        self.waiting.index = None  # or the browser shows no choice where the old one was the first
        self.waiting.options = [("choose a class", ""), *((names[c], c) for c in state.unplaced)]
        self.waiting.index = 0
        self.choice.layout.display = None if state.unplaced else "none"
        self._told(None)

    def _told(self, _):
        state = self.state
        nothing = NO_CLASSES if not state.asked.classes else "" if state.placements else NO_WEEK
        self.notice.value = (cards.say(nothing, "warn") if nothing else "") + timetable_page.notices(state)
        self.load_saved.layout.display = None if state.overtaken else "none"
        self.propose.disabled = not state.asked.classes
        self.export.disabled = state.solving or not state.placements
        self.undo.disabled = state.solving or not state.past
        self.save.disabled = self.export.disabled or not self.may_save or state.is_kept

    def _searching(self, _):
        state = self.state
        self.search.value = timetable_page.searching(*state.progress) if state.solving else ""
        self.stop.layout.display = None if state.solving else "none"
        self.propose.layout.display = "none" if state.solving else None
        self.studio.disabled = self.changes.disabled = state.solving
        self._told(None)

    def _reasons(self, _):
        self.missing.value = timetable_page.missing(self.state)

    def _shared(self, _):
        made = self.state.shared
        self.file.value = f'<div class="sl-panel">{class_page.handed_on(made)}</div>' if made else ""

    def _selected(self, _):
        """In a narrow window the open class stays in view, above the week."""
        if self.state.selected:
            self.edit.add_class("is-open")
        else:
            self.edit.remove_class("is-open")

    def _look_at(self, change):
        if change["new"]:
            self.state.selected = change["new"]
