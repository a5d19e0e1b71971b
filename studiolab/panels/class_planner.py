"""The class planner: a client's recent classes, the eight to offer next, and why not another."""

from functools import partial

import ipywidgets as widgets

from studiolab.panels import cards, class_page
from studiolab.panels.asked import asked, visitor
from studiolab.panels.class_state import State
from studiolab.panels.controls import box, panel
from studiolab.panels.page import Page, loading

TABS = ("Behavior patterns", "AI concierge")
WEIGHTS = [("published", "published"), ("learnt from this studio's choices", "fitted")]
CHANNELS = {"E-mail it": "e-mail", "E-mail draft": "draft", "Calendar": "calendar", "Text message": "text",
            "For the app": "app", "Table (CSV)": "table"}  # fmt: skip


def show():
    """The planner for the studio and client in the page's address."""
    state = State()
    with loading(state):
        wanted = {"studio_id": asked("studio"), "client_id": asked("client")}
        state.who = partial(visitor, state.workbench)
    return View(state, wanted)


class View(Page):
    """Search, client, the eight, why not another, and recent classes of a State."""

    opening = "Opening the studio's desk."

    def __init__(self, state, wanted=None):
        """wanted : dict with studio_id and client_id, None where the visitor names none"""
        self.wanted = wanted or {}
        super().__init__(state)

    def parts(self):
        state = self.state
        self._open_wanted()
        options = [(name, key) for key, name in state.studios.items()]
        self.studio = widgets.Dropdown(options=options, value=state.studio_id, description="Studio")
        self.search = widgets.Text(placeholder="name or id", description="Client", continuous_update=True)
        self.picker = widgets.Select(rows=5)
        self.notice, self.cards = widgets.HTML(), widgets.HTML()
        self.lately, self.why = widgets.HTML(), widgets.HTML()
        self.plans = [Plan(state, concierge) for concierge in (False, True)]
        self.tabs = widgets.Tab(self.plans, titles=TABS, selected_index=0)
        self.tabs.observe(self._tab, "selected_index")
        self.weights = widgets.Dropdown(options=WEIGHTS, description="Weights")
        widgets.link((state, "weights"), (self.weights, "value"))
        self.happened = widgets.HTML()
        state.observe(self._happened, "activity")
        self._happened(None)
        self.watched = widgets.Dropdown(description="To talk to today")
        self.watched.observe(self._talk, "value")
        self.other = widgets.Dropdown(description="Another class")
        widgets.link((state, "studio_id"), (self.studio, "value"))
        widgets.link((state, "search"), (self.search, "value"))
        state.observe(self._found, "found")
        state.observe(self._opened, ["client", "answer"])
        state.observe(self._told, ["why", "problem", "done"])
        state.observe(self._watching, "watched")
        self.picker.observe(self._picked, "value")
        self._found(None)
        self._opened(None)
        self._told(None)
        self._watching(None)
        self.other.observe(self._other, "value")
        return [
            box("sl-bar", self.studio, self.search, self.picker, self.watched),
            self.notice, self.cards,
            panel("Classes to offer next", box("sl-bar", self.weights), self.tabs),
            panel("Why not another?", box("sl-bar", self.other), self.why),
            panel("Classes of the last 60 days", self.lately),
            panel("What happened of late", self.happened),
        ]  # fmt: skip

    def _open_wanted(self):
        studio, client = (self.wanted.get(name) for name in ("studio_id", "client_id"))
        if studio in self.state.studios:
            self.state.studio_id = studio
        if client:
            self.state.client_id = client

    # following the state --------------------------------------------------------------------------
    def _found(self, _):
        options = [
            (
                f"{client['client_name'] or client['client_id']}{'' if client['is_member'] else ' (left)'}",
                client["client_id"],
            )
            for client in self.state.found
        ]
        known = {client_id for _, client_id in options}
        self.picker.unobserve(self._picked, "value")  # a list that fills is no choice
        self.picker.options = options
        self.picker.value = self.state.client_id if self.state.client_id in known else None
        self.picker.observe(self._picked, "value")
        self._told(None)

    def _picked(self, change):
        if change["new"]:
            self.state.client_id = change["new"]

    def _opened(self, _):
        client, answer = self.state.client, self.state.answer
        if not client or client["client_id"] != answer.get("client_id"):
            return
        self.cards.value = class_page.snapshot(client)
        if self.tabs.selected_index:
            self.state.ask_concierge()
        self.lately.value = class_page.lately(client)
        self.other.index = None  # or the browser shows no choice where the old one was the first
        self.other.options = [("choose a class", ""), *self.state.slate]
        self.other.index = 0

    def _tab(self, change):
        if change["new"]:
            self.state.ask_concierge()

    def _happened(self, _):
        self.happened.value = class_page.happened(self.state.activity)

    def _watching(self, _):
        rows = self.state.watched
        told = [(f"{row['list']}: {row['client_name'] or row['client_id']}, {row['reason']}", row["client_id"])
                for row in rows]  # fmt: skip
        self.watched.options = [(f"{len(rows)} clients" if rows else "nobody", ""), *told]
        self.watched.index = 0

    def _talk(self, change):
        if change["new"]:
            self.state.client_id = change["new"]

    def _other(self, change):
        self.state.class_id = change["new"] or ""

    def _told(self, _):
        state = self.state
        nobody = f"No client's name or id holds “{state.search}”." if state.search and not state.found else ""
        said = ((state.problem, "stop"), (nobody, "warn"), (state.done, ""))
        self.notice.value = "".join(cards.say(text, tone) for text, tone in said if text)
        self.why.value = cards.say(self.state.why) if self.state.why else ""


class Plan(widgets.VBox):
    """One tab: a set of classes, and what can be done with it."""

    def __init__(self, state, concierge):
        super().__init__()
        self.state, self.concierge = state, concierge
        self.offers, self.ready = widgets.HTML(), widgets.HTML()
        may = state.user.may("share")
        hint = "" if may else f"{state.user.name} is {state.user.role}: saving and sharing takes front desk or above"
        self.save = widgets.Button(description="Save to the ledger", button_style="primary")
        self.save.disabled, self.save.tooltip = not may, hint
        self.save.on_click(lambda _: state.save(concierge))
        self.share = [widgets.Button(description=name, disabled=not may, tooltip=hint) for name in CHANNELS]
        for button in self.share:
            button.on_click(lambda button: state.share(CHANNELS[button.description], concierge))
        self.actions = box("sl-bar", self.save, *self.share)
        self.children = [self.offers, self.actions, self.ready]
        state.observe(self._shown, ["answer", "concierge", "asking"])
        state.observe(self._shared, "shared")
        self._shown(None)

    def _shown(self, _):
        answer = self.state.concierge if self.concierge else self.state.answer
        if self.concierge and not answer:
            self.offers.value = cards.say("The concierge is choosing and every word of it is checked.") + cards.SKELETON
        else:
            self.offers.value = class_page.offers(answer) if answer else ""
        self.actions.layout.display = None if answer.get("recommendations") else "none"

    def _shared(self, _):
        self.ready.value = class_page.handed_on(self.state.shared) if self.state.shared else ""
