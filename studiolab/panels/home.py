"""The first page: how each studio stands, and the way to its planner."""

from urllib.parse import quote

import ipywidgets as widgets
import traitlets
from markupsafe import Markup

from studiolab.app import StudiolabError, Workbench
from studiolab.app.core import LEARNED_OF
from studiolab.panels import cards, words
from studiolab.panels.asked import refused
from studiolab.panels.page import Page, loading

SHOWN = ("studios", "messages", "contact_events", *LEARNED_OF)  # tables
WEEK = Markup('<a href="timetable.ipynb">Timetable</a>')
OFFERS = Markup('<a href="product_opportunities.ipynb">{}</a>')
INBOX = Markup('<a href="inbox.ipynb">Inbox</a>')
CLASSES = (
    f'<p><a href="class_planner.ipynb">To the class planner</a> · {WEEK} · {OFFERS.format("Product opportunities")} · '
    f"{INBOX}</p>"
)


def show():
    """The first page; a preheated kernel loads while it waits for a visitor."""
    state = State()
    with loading(state):
        if why := refused(state.workbench, "revenue"):
            return widgets.HTML(cards.STYLE + cards.say(why, "stop") + CLASSES)
    state.refresh()
    return View(state)


class State(traitlets.HasTraits):
    """What there is to see of all studios, `html`; status : "loading", "ready", or "failed" for the reason `problem`"""

    status = traitlets.Enum(["loading", "ready", "failed"], "loading")
    problem, html = traitlets.Unicode(), traitlets.Unicode()

    def __init__(self, workbench=None):
        super().__init__()
        self.workbench, self._of = workbench or Workbench(), None

    def load(self):
        """Look at the studios. Returns self."""
        try:
            self._of = self.workbench.db.revision(*SHOWN)
            self.html = overview(self.workbench)
            self.status = "ready"
        except StudiolabError as error:
            self.problem, self.status = str(error), "failed"
        return self

    def refresh(self):
        """Look again if it failed or the data changed since; a kernel may have waited long for its visitor."""
        if self.status == "failed" or (self.status == "ready" and self._of != self.workbench.db.revision(*SHOWN)):
            self.load()


class View(Page):
    """The overview of a State."""

    opening = cards.LEARNING

    def parts(self):
        self.add_class("sl-home")
        return [widgets.HTML(self.state.html)]


def overview(workbench):
    """HTML of all studios: last month, what is expected next, a link to each one's planner. Raises StudiolabError."""
    everyone = workbench.studios()
    if not everyone:
        return cards.NO_STUDIOS
    studios, begun = ([one for one in everyone if bool(one.months) is told] for told in (True, False))
    waiting = workbench.waiting_conversations([studio.studio_id for studio in everyone])
    return (_known(workbench, studios, waiting) if studios else "") + _begun(begun)


def _known(workbench, studios, waiting):
    ahead = workbench.model.forecast([studio.studio_id for studio in studios], months=1).set_index("studio_id")
    past = {studio.studio_id: workbench.model.history(studio.studio_id)["total_revenue"].tail(24) for studio in studios}
    rows = [_row(studio, ahead.loc[studio.studio_id], past[studio.studio_id]) for studio in studios]
    headings = ["Studio", "Two years", "Revenue", "Expected next", "Change", "9 of 10 cases", "Last month", "Kind"]
    return f'{_totals(studios, ahead, waiting)}<div class="sl-panel">{cards.table(headings, rows)}</div>'


def _begun(studios):
    """HTML of studios without monthly figures: what works there already, and what brings the rest."""
    if not studios:
        return ""
    rows = [
        [Markup('<a href="inbox.ipynb?studio={}">{}</a>').format(quote(one.studio_id), one.studio_name),
         Markup("<code>studiolab inbox connect email --studio {}</code>").format(one.studio_id),
         Markup("<code>studiolab import FILE --studio {}</code>").format(one.studio_id)]
        for one in studios
    ]  # fmt: skip
    headings = ["Just begun", "Connects its inbox", "Brings revenue, classes and clients"]
    return f'<div class="sl-panel">{cards.table(headings, rows)}</div>'


def _totals(studios, ahead, waiting):
    items = [("Studios", str(len(studios)), f"{sum(studio.plannable for studio in studios)} with levers to plan")]
    for currency in sorted({studio.currency for studio in studios}):
        own = [studio for studio in studios if studio.currency == currency]
        last = sum(studio.last_revenue for studio in own)
        coming = sum(ahead.loc[studio.studio_id, "revenue"] for studio in own)
        items += [
            (f"Revenue in the last month, {currency}", words.money(last, currency), "each studio's last known month"),
            (f"Expected in the next, {currency}", words.money(coming, currency),
             f"{words.percent(coming / last - 1, signed=True)} with levers as today" if last else ""),
        ]  # fmt: skip
    return cards.cards(
        *items, ("The week", WEEK, "see it, move a class, have a better one proposed"),
        ("Products", OFFERS.format("Offers"), "whom to offer what, and why"),
        ("Messages", INBOX, f"{words.things(waiting, 'conversation')} without an answer" if waiting
         else "everybody has an answer"),
    )  # fmt: skip


def _row(studio, ahead, past):
    address = f"revenue_planner.ipynb?studio={quote(studio.studio_id)}"
    low, high = (words.money(ahead[bound], studio.currency) for bound in ("low", "high"))
    change = words.percent(ahead["revenue"] / studio.last_revenue - 1, signed=True) if studio.last_revenue else "–"
    return [
        Markup('<a href="{}">{}</a>').format(address, studio.studio_name), cards.sparkline([*past, ahead["revenue"]]),
        words.money(studio.last_revenue, studio.currency), words.money(ahead["revenue"], studio.currency),
        change, f"{low} to {high}", words.month_name(studio.last_month), studio.studio_type or "–",
    ]  # fmt: skip
