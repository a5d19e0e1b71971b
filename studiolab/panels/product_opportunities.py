"""The product opportunities' View: whom to offer what, why, and what it is worth; and `show` for the dashboard."""

from functools import partial

import ipywidgets as widgets

from studiolab.panels import cards, class_page, experiment_state, product_page
from studiolab.panels.asked import asked, visitor
from studiolab.panels.controls import box, button, linked, panel
from studiolab.panels.data_grid import DataGrid
from studiolab.panels.experiment_page import Experiments
from studiolab.panels.page import Page, loading
from studiolab.panels.product_state import State

POLICIES = [
    ("learnt from your orders", "learned"),
    ("the published ladder", "ladder"),
    ("what telling adds, by your experiments", "uplift"),
]
EVERYBODY = ("every segment", "")


def show(studio=None, customer=None):
    """The products of a studio, of the one in the page's address or the first by default."""
    state, wanted = State(), {}
    with loading(state, lambda: state.open(**wanted)):
        wanted |= {"studio_id": studio or asked("studio"), "customer": customer or asked("customer")}
        state.who = partial(visitor, state.workbench)
    return View(state)


class View(Page):
    """Cards, look-up, one client's offers, opportunities, experiments, products."""

    opening = "Learning what clients buy. The first time takes some seconds."

    def parts(self):
        state = self.state
        self.closed = state.closed  # of an instant: whoever gains a right opens the page anew
        options = [(name, key) for key, name in state.studios.items()]
        self.studio = widgets.Dropdown(options=options, value=state.studio_id, description="Studio")
        self.policy = linked(widgets.Dropdown(options=POLICIES, description="Offers by"), state, "policy")
        self.segment = widgets.Dropdown(options=[EVERYBODY], description="Segment")
        self.segment.observe(self._narrowed, "value")
        self.lookup = widgets.Text(placeholder="receipt, id or name, then Enter", description="Look up",
                                   continuous_update=False)  # fmt: skip
        self.lookup.add_class("sl-lookup")
        self.named = widgets.Dropdown(description="Found")
        self.export = button("Campaign list (CSV)", state.export, "primary")
        self.notice, self.cards, self.offers, self.products, self.file, self.known = (widgets.HTML() for _ in range(6))
        self.grid = DataGrid(columns=product_page.COLUMNS)
        self.tried = experiment_state.Experiments(state)
        self.experiments = Experiments(self.tried)
        widgets.link((state, "customer_id"), (self.grid, "picked"))
        widgets.link((state, "asked"), (self.lookup, "value"))
        for follow, names in ((self._summed, ["stats", "working"]), (self._listed, ["found"]),
                              (self._offered, ["answer"]), (self._sold, ["performance"]),
                              (self._told, ["problem", "done"]), (self._made, ["file"]),
                              (self._names, ["named"])):  # fmt: skip
            state.observe(follow, names)
            follow(None)
        self.studio.observe(lambda change: state.open(change["new"]), "value")
        self.named.observe(self._chosen, "value")
        whole = panel("Does it work? Experiments", self.experiments), panel("What sells", self.products)
        return [
            box("sl-bar", self.studio, self.policy, self.lookup, self.named, self.export),
            self.notice, self.file, self.cards,
            panel("Offers for one client", self.offers),
            panel("Whom to talk to first", box("sl-bar", self.segment, self.known), self.grid),
            *([] if self.closed else whole),
        ]  # fmt: skip

    # following the state --------------------------------------------------------------------------
    def _summed(self, _):
        stats = self.state.stats
        waits = cards.say(self.opening) + cards.SKELETON
        why = "" if self.state.working else cards.say(self.closed) if self.closed else ""
        self.cards.value = product_page.summary(stats) if stats else waits if self.state.working else why

    def _listed(self, _):
        found = self.state.found
        self.grid.rows = product_page.rows(found) if found else []
        self.known.value = product_page.when(found) if found else ""
        if found:
            self._counted(found["segments"])
        if found and not found["opportunities"]:
            self.known.value = cards.say(found["note"] or "Nobody in this segment has an offer now.")

    def _counted(self, segments):
        """The segments of this studio to choose from, the one that is set still chosen."""
        options = (EVERYBODY, *((f"{name} ({count:,})", name) for name, count in segments.items()))
        if self.segment.options != options:
            self.segment.unobserve(self._narrowed, "value")
            self.segment.options = options
            self.segment.value = self.state.segment
            self.segment.observe(self._narrowed, "value")

    def _narrowed(self, change):
        self.state.segment = change["new"] or ""

    def _offered(self, _):
        answer = self.state.answer
        self.offers.value = product_page.offers(answer) if answer else "<p>Look somebody up, or click a row below.</p>"

    def _sold(self, _):
        if self.closed:
            return
        told = self.state.performance
        self.products.value = product_page.products(told) if told else cards.SKELETON
        if told:
            self.experiments.know(told)
            self.tried.load()

    def _told(self, _):
        said = ((self.state.problem, "stop"), (self.state.done, ""))
        self.notice.value = "".join(cards.say(text, tone) for text, tone in said if text)

    def _made(self, _):
        self.file.value = class_page.handed_on(self.state.file) if self.state.file else ""

    def _names(self, _):
        self.named.layout.display = None if self.state.named else "none"
        self.named.options = [("choose", ""), *self.state.named]
        self.named.index = 0

    def _chosen(self, change):
        if change["new"]:
            self.state.customer_id = change["new"]
