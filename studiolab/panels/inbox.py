"""The inbox's View: who waits, what was said, what to answer; and `show` for the dashboard."""

import threading
from functools import partial

import ipywidgets as widgets

from studiolab.panels import cards, inbox_figures, inbox_media, inbox_state, plots
from studiolab.panels.asked import asked, visitor
from studiolab.panels.controls import box, panel
from studiolab.panels.inbox_desk import Desk
from studiolab.panels.inbox_state import State
from studiolab.panels.inbox_views import People, Setup
from studiolab.panels.page import Page, loading

SAME = ("found", "thread", "settled", "filters", "score", "analysis", "alike")  # traits that the desk shows as they are
# not done to who is open
ELSEWHERE = ("here", "search", "filter", "more", "open", "new", "send", "take back", "again", "media")
OTHER = "Another conversation had just been opened, so nothing was done. Do it again where it belongs."
VIEWS = ("conversations", "contacts", "settings")
NOT_FOUND = "Nothing is found. Take a filter away, or search for fewer letters."


def show(studio=None, contact=None):
    """The inbox of a studio, of the one in the page's address or the one with most messages by default."""
    state = State()
    with loading(state, whole=True):
        wanted = studio or asked("studio"), contact or asked("contact"), asked("view")
        state.who = partial(visitor, state.workbench)
    return View(state, *wanted)


class View(Page):
    """Cards of how the inbox does, and conversations, contacts or settings."""

    opening = "Opening the inbox."

    def __init__(self, state, studio=None, contact=None, view=None):
        """studio, contact : ids that the visitor asks for, None for the first; view : one of VIEWS, the first else"""
        self.wanted, self.view = (studio, contact), VIEWS.index(view) if view in VIEWS else 0
        super().__init__(state)

    def parts(self):
        state = self.state
        state.open(*self.wanted)
        options = [(name, key) for key, name in state.studios.items()]
        self.studio = widgets.Dropdown(options=options, value=state.studio_id, description="Studio")
        self.studio.observe(lambda change: state.open(change["new"]), "value")
        self.figures, self.notice, self.tables = (widgets.HTML() for _ in range(3))
        self.chart = plots.responsive(inbox_figures.day_figure(state.figures))
        self.desk, self.people, self.setup = Desk(), People(state, self._opened), Setup(state)
        titles = [one.capitalize() for one in VIEWS]
        self.tabs = widgets.Tab([self.desk, self.people, self.setup], titles=titles, selected_index=self.view)
        self.tabs.add_class("ib-views")
        for names, follow in (
            (SAME, self._same),
            (("draft",), self._drafted), (("contact_id",), self._picked), (("search", "filters"), self._emptied),
            (("figures",), self._summed), (("problem", "done"), self._told),
        ):  # fmt: skip
            state.observe(follow, list(names))
        for name in SAME:
            setattr(self.desk, name, getattr(state, name))
        self._picked(None), self._emptied(None), self._summed(None), self._told(None)
        self.desk.on_msg(self._does)
        self.tabs.observe(self._turned, "selected_index")
        self._turned(None)
        state.watch()
        days = panel("Messages a day", box("sl-chart", self.chart))
        return [box("sl-bar", self.studio), self.figures, self.notice, self.tabs, days, self.tables]

    def _does(self, _, told, buffers):
        state = self.state
        now = state.thread.get("conversation_id")
        if told["what"] not in ELSEWHERE and now and told.get("shown", now) != now:
            state.problem = OTHER
            return
        {
            "here": self._again,
            "search": lambda: state.set_trait("search", told["text"]),
            "filter": lambda: state.set_trait("filters", state.filters | {told["name"]: told["value"]}),
            "more": lambda: state.set_trait("shown", state.shown + inbox_state.SHOWN),
            "open": lambda: state.pick(told["id"]),
            "send": lambda: state.send(
                told["text"], None, told["later"], told["unless_reply"], told["template"], told.get("shown")),
            "take back": lambda: state.take_back(told["id"]), "again": lambda: state.again(told["id"]),
            "suggest": lambda: self._suggest(told["context"]), "rate": state.rate, "analyse": self._analyse,
            "earlier": state.earlier, "change": lambda: state.change(told["changes"]),
            "new": lambda: state.add(told["given"]),
            "consent": lambda: state.consent(told["channel"], told["allowed"], told["why"]),
            "fill": lambda: state.fill(told["name"]),
            "move": lambda: state.move(told["to"], told["reason"]), "assign": lambda: state.assign(told["to"]),
            "label": lambda: state.label(told["label"], told["set"]), "note": lambda: state.note(told["text"]),
            "snooze": lambda: state.snooze(told["hours"]), "shut": lambda: state.shut(told["closed"]),
            "part": lambda: state.part(told["id"]), "join": lambda: state.join(told["id"]),
            "apart": lambda: state.keep_apart(told["id"]),
            "media": lambda: self._fetch(told), "unread": state.unread,
            "follow": lambda: state.follow_up(told["name"], told["runs"]),
        }[told["what"]]()  # fmt: skip

    def _again(self):
        """Say anew what is shown: what changed while the browser made the page is lost to it."""
        self.desk.send_state([*SAME, "picked", "empty"])
        for made in (self.figures, self.notice, self.tables):
            made.send_state("value")
        self._summed(None)

    def _turned(self, _):
        for at, view in ((1, self.people), (2, self.setup)):
            view.is_shown = self.tabs.selected_index == at
            view.look()

    def _opened(self, contact_id):
        self.state.pick(contact_id)
        self.tabs.selected_index = 0

    def _suggest(self, context):
        self.state.suggest(context)
        self.desk.drafted += 1  # the page waits for a word, whether a draft came or not

    def _analyse(self):
        self.state.analyse()
        self.desk.analysed += 1

    def _fetch(self, told):
        def fetch():
            self.desk.send(*inbox_media.fetched(self.state, told))

        threading.Thread(target=fetch, name="inbox media", daemon=True).start()  # it may take a minute

    def _same(self, change):
        setattr(self.desk, change["name"], change["new"])

    def _drafted(self, change):
        self.desk.draft = change["new"]

    def _picked(self, _):
        self.desk.picked = self.state.contact_id

    def _emptied(self, _):
        narrowed = self.state.search or {key: value for key, value in self.state.filters.items() if value} != {
            "state": "open"
        }
        self.desk.empty = NOT_FOUND if narrowed else inbox_state.NOTHING

    def _summed(self, _):
        told = self.state.figures
        self.figures.value = inbox_figures.glance(told)
        with self.chart.batch_update():
            for trace, name in zip(self.chart.data, ("received", "sent", "waiting"), strict=True):
                trace.x = [one["day"] for one in told["days"]]
                trace.y = [one[name] for one in told["days"]]
        self.tables.value = (
            f'<div class="sl-panel"><h2>Messages by channel</h2>{inbox_figures.channels(told)}'
            f"<h2>How soon people are answered</h2>{inbox_figures.answers(told)}"
            f"<h2>How far new people come</h2>{inbox_figures.leads(told)}"
            f"<h2>Who answers</h2>{inbox_figures.work(told)}</div>"
        )

    def _told(self, _):
        state = self.state
        self.notice.value = (
            cards.say(state.problem, "stop") if state.problem else cards.say(state.done) if state.done else ""
        )
