"""The class planner: a client's recent classes, the eight to offer next, and why not another."""

import threading

import ipywidgets as widgets
import traitlets
from pydantic import ValidationError

from studiolab.app import StudiolabError, Workbench
from studiolab.panels import cards, class_page, words
from studiolab.panels.asked import asked

PATIENCE = 1.0  # seconds without a page, before it comes with a word that it loads
SHOWN = 12  # clients in the list under the search
NO_VISITS = "No studio here has visits yet. Import a class schedule and visits, and clients appear."


def show():
    """The planner for the studio and client in the page's address."""
    state = State()
    loading = threading.Thread(target=state.load, daemon=True)
    loading.start()
    wanted = {"studio_id": asked("studio"), "client_id": asked("client")}
    loading.join(PATIENCE if state.status == "loading" else 0)
    return View(state, wanted)


class State(traitlets.HasTraits):
    """One person at the desk.

    Set by the person: studio_id, search, client_id, class_id. Answers: `found` (clients that the search
    finds), `client` and `answer` (JSON of ClientResponse and RecommendResponse), `slate` (classes that can be
    asked about, (label, id)), `why` (the sentence on class_id).
    status : "loading", "ready", "failed"; problem : why something could not be answered.
    """

    status = traitlets.Enum(["loading", "ready", "failed"], "loading")
    problem, why = traitlets.Unicode(), traitlets.Unicode()
    studio_id, search, client_id, class_id = (traitlets.Unicode() for _ in range(4))
    found, slate = traitlets.List(), traitlets.List()
    client, answer = traitlets.Dict(), traitlets.Dict()

    def __init__(self, workbench=None):
        super().__init__()
        self.workbench, self.studios = workbench or Workbench(), {}

    def load(self):
        """Find the studios that have visits and open the first. Returns self."""
        try:
            seen = self.workbench.studios_with_visits()
        except StudiolabError as error:
            self.problem, self.status = str(error), "failed"
            return self
        if not seen:
            self.problem, self.status = NO_VISITS, "failed"
            return self
        self.studios = seen
        self.studio_id = next(iter(seen))
        self.status = "ready"
        return self

    @traitlets.observe("studio_id")
    def _studio_changed(self, _):
        if self.studio_id in self.studios:
            self.search = ""
            self._searched(None)
            self.client_id = self.found[0]["client_id"] if self.found else ""

    @traitlets.observe("search")
    def _searched(self, _):
        found = self._asked(lambda: self.workbench.clients(self.studio_id, self.search, SHOWN)) or []
        self.found = [client.model_dump() for client in found]

    @traitlets.observe("client_id")
    def _client_changed(self, _):
        request = {"studio_id": self.studio_id, "client_id": self.client_id}
        client = self._asked(lambda: self.workbench.client(request)) if self.client_id else None
        if client is None:
            return
        self.class_id = self.why = ""
        answer = self.workbench.recommend(request)
        with self.hold_trait_notifications():
            self.client, self.answer = client.model_dump(mode="json"), answer.model_dump(mode="json")
            self.slate = self.workbench.slate(request)

    @traitlets.observe("class_id")
    def _class_changed(self, _):
        if self.class_id:
            request = {"studio_id": self.studio_id, "client_id": self.client_id, "class_id": self.class_id}
            answer = self._asked(lambda: self.workbench.why_not(request))
            self.why = answer.reason if answer else ""

    def _asked(self, question):
        try:
            answer = question()
        except (ValidationError, ValueError, StudiolabError) as error:
            self.problem = words.plain(str(error))
            return None
        self.problem = ""
        return answer


class View(widgets.VBox):
    """Search, client, the eight, why not another, and recent classes of a State."""

    def __init__(self, state, wanted=None):
        super().__init__()
        self.state, self.wanted = state, wanted or {}
        for name in ("sl", "sl-planner"):
            self.add_class(name)
        state.observe(self._status, "status")
        self._status(None)

    def _status(self, _):
        style = widgets.HTML(cards.STYLE)
        if self.state.status == "ready":
            self._build(style)
        elif self.state.status == "failed":
            self.children = [style, widgets.HTML(cards.say(self.state.problem, "stop"))]
        else:
            self.children = [style, widgets.HTML(cards.say("Opening the studio's desk.") + cards.SKELETON)]

    def _build(self, style):
        state = self.state
        self._open_wanted()
        options = [(name, key) for key, name in state.studios.items()]
        self.studio = widgets.Dropdown(options=options, value=state.studio_id, description="Studio")
        self.search = widgets.Text(placeholder="name or id", description="Client", continuous_update=True)
        self.picker = widgets.Select(rows=5)
        self.notice, self.cards = widgets.HTML(), widgets.HTML()
        self.offers, self.lately, self.why = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.other = widgets.Dropdown(description="Another class")
        widgets.link((state, "studio_id"), (self.studio, "value"))
        widgets.link((state, "search"), (self.search, "value"))
        state.observe(self._found, "found")
        state.observe(self._opened, ["client", "answer"])
        state.observe(self._told, ["why", "problem"])
        self.picker.observe(self._picked, "value")
        self._found(None)
        self._opened(None)
        self._told(None)
        self.other.observe(self._other, "value")
        self.children = [
            style,
            _box("sl-bar", self.studio, self.search, self.picker),
            self.notice, self.cards,
            _panel("Classes to offer next", self.offers),
            _panel("Why not another?", _box("sl-bar", self.other), self.why),
            _panel("Classes of the last 60 days", self.lately),
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
        self.offers.value = class_page.offers(answer)
        self.lately.value = class_page.lately(client)
        self.other.index = None  # or the browser shows no choice where the old one was the first
        self.other.options = [("choose a class", ""), *self.state.slate]
        self.other.index = 0

    def _other(self, change):
        self.state.class_id = change["new"] or ""

    def _told(self, _):
        state = self.state
        nobody = f"No client's name or id holds “{state.search}”." if state.search and not state.found else ""
        said = ((state.problem, "stop"), (nobody, "warn"))
        self.notice.value = "".join(cards.say(text, tone) for text, tone in said if text)
        self.why.value = cards.say(self.state.why) if self.state.why else ""


def _listed(client):
    return f"{client['client_name'] or client['client_id']}{'' if client['is_member'] else ' (left)'}"


def _box(name, *children):
    box = widgets.Box(children)
    box.add_class(name)
    return box


def _panel(title, *children):
    return _box("sl-panel", widgets.HTML(f"<h2>{title}</h2>"), *children)
