"""The experiments on offers: the running interval as a picture, each arm, and a new one to begin."""

import ipywidgets as widgets
import pandas as pd
import plotly.graph_objects as go

from studiolab import schema
from studiolab.panels import cards, class_page, product_page, words
from studiolab.panels.controls import box, button, linked
from studiolab.panels.palette import BLUE, MUTED
from studiolab.panels.plots import BAND, TEMPLATE, Fitted, responsive

NONE_YET = (
    "No experiment yet. An offer's worth is known only by holding it back from some: choose a product, ask how many "
    "clients it takes, and begin."
)
TONES = {"do not trust": "stop", "running": "", "decided": "", "stopped": ""}


class Experiments(widgets.VBox):
    """What an `experiment_state.Experiments` holds."""

    def __init__(self, state):
        super().__init__()
        self.state = state
        self.which = widgets.Dropdown(description="Experiment")
        self.said, self.arms, self.notice, self.file, self.size = (widgets.HTML() for _ in range(5))
        self.chart = box("sl-chart")
        self.take, self.end = button("Take the list", state.take_list, "primary"), button("Stop", state.stop)
        self.name = linked(widgets.Text(description="Name", placeholder="spring workshop"), state, "name")
        self.product = widgets.Dropdown(description="Offer")
        self.points = linked(
            widgets.BoundedFloatText(min=0.1, max=50, step=0.5, description="Smallest lift, points"), state, "points"
        )
        self.ask = button("How many clients?", state.ask_size)
        self.begin = button("Begin", state.begin)
        self.ask_prices = button("Which prices?", state.ask_prices)
        self.begin_prices = button("Begin a price test", state.begin_prices)
        self.product.observe(lambda change: setattr(state, "product_id", change["new"] or ""), "value")
        self.which.observe(lambda change: setattr(state, "experiment_id", change["new"] or ""), "value")
        for follow, names in ((self._listed, ["running", "experiment_id"]), (self._reported, ["report", "priced"]),
                              (self._told, ["problem", "done"]), (self._made, ["file"]),
                              (self._sized, ["size"])):  # fmt: skip
            state.observe(follow, names)
            follow(None)
        self.open = box("sl-bar", self.which, self.take, self.end)
        self.children = [
            self.notice, self.open, self.file, self.said, self.chart, self.arms,
            widgets.HTML("<h2>A new experiment</h2>"),
            box("sl-bar", self.name, self.product, self.points, self.ask, self.begin, self.ask_prices,
                self.begin_prices), self.size,
        ]  # fmt: skip

    def know(self, performance):
        """Offer the products of JSON of Performance."""
        sold = performance.get("products", {}).values()
        self.product.index = None  # or the browser shows no choice where the old one was the first
        self.product.options = [("any product", ""), *((one["product"], one["product_id"]) for one in sold
                                                       if one["is_in_catalogue"])]  # fmt: skip
        self.product.index = 0

    # following the state --------------------------------------------------------------------------
    def _listed(self, _):
        if list(self.which.options) != self.state.running:
            self.which.options = self.state.running
        if self.state.experiment_id in [key for _, key in self.state.running]:
            self.which.value = self.state.experiment_id
        shown = None if self.state.running else "none"
        for control in (self.which, self.take, self.end):
            control.layout.display = shown

    def _reported(self, _):
        report = self.state.report
        if not report:
            self.said.value = "" if self.state.running else cards.say(NONE_YET)
            self.arms.value, self.chart.children = "", ()
            return
        priced = self.state.priced
        self.said.value = told(priced | {"state": report["state"]} if priced else report)
        self.arms.value = prices(priced) if priced else arms(report)
        drawn = None if priced else running_figure(report)
        self.chart.children = (responsive(drawn), Fitted()) if drawn else ()
        for control in (self.take, self.end):
            control.disabled = report["state"] == "stopped"

    def _told(self, _):
        said = ((self.state.problem, "stop"), (self.state.done, ""))
        self.notice.value = "".join(cards.say(text, tone) for text, tone in said if text)

    def _made(self, _):
        self.file.value = class_page.handed_on(self.state.file) if self.state.file else ""

    def _sized(self, _):
        self.size.value = cards.say(self.state.size) if self.state.size else ""


def told(report):
    """What it says so far, and why not to trust it; report : JSON of Report."""
    said = cards.say(report["says"], TONES[report["state"]])
    said += "".join(cards.say(text, "stop") for text in report["problems"])
    return said + (cards.say(report["note"], "warn") if report["note"] else "")


def arms(report):
    """A row for each arm: who was exposed, who bought, what they brought."""
    currency = report["currency"]
    per = schema.minor_per_major(currency)
    rows = [
        [one["arm"], words.percent(one["share"], digits=0), words.count(one["exposed"]), words.count(one["counted"]),
         words.count(one["buyers"]), _share(one, "conversion"), _margin(one, currency, per)]
        for one in report["arms"]
    ]  # fmt: skip
    headings = ["Arm", "Share", "Shown", "Days over", "Bought", "Conversion, 95 of 100", "Margin a client, 95 of 100"]
    return cards.table(headings, rows)


def prices(priced):
    """What was bought at each price, and what to ask whom; priced : JSON of PriceReport."""
    currency = priced["currency"]
    per = schema.minor_per_major(currency)

    def money(minor):
        return product_page.small(minor / per, currency)

    def between(low, high):
        return f"{money(low)} to {money(high)}"

    bought = [
        [money(one["price_minor"]), words.count(one["asked"]), words.count(one["buyers"]), _share(one, "share", "")]
        for one in priced["prices"]
    ]  # fmt: skip
    advised = [
        [one["segment"], money(one["price_minor"]), money(one["gain_minor"]),
         between(one["gain_low_minor"], one["gain_high_minor"]),
         between(one["best_low_minor"], one["best_high_minor"])] for one in priced["advice"]
    ]  # fmt: skip
    told = cards.table(["Price", "Asked", "Bought", "Share, 95 of 100"], bought)
    headings = ["Clients", "Ask", "More margin each", "90 of 100", "Earns most, 90 of 100"]
    return told + (cards.table(headings, advised) if advised else "")


def running_figure(report):
    """The deciding lift with its running interval, day by day; None before the first look that tells anything."""
    lift = next((one for one in report["lifts"] if one["decides"]), None)
    course = [look for look in lift["course"] if look["low"] is not None] if lift else []
    if not course:
        return None
    by = 100 if lift["metric"] == "conversion" else 1 / schema.minor_per_major(report["currency"])
    at = [pd.Timestamp(look["at"]) for look in course]
    low, high, mid = ([by * look[name] for look in course] for name in ("low", "high", "lift"))
    figure = go.Figure(layout={"template": TEMPLATE, "height": 300, "showlegend": True})
    figure.add_scatter(name="running interval", x=at + at[::-1], y=high + low[::-1], fill="toself", fillcolor=BAND,
                       line={"width": 0}, mode="lines", hoverinfo="skip")  # fmt: skip
    figure.add_scatter(name=f"{lift['arm']} above {lift['control']}", x=at, y=mid, mode="lines+markers",
                       line={"color": BLUE, "width": 2.5}, marker={"size": 5})  # fmt: skip
    figure.add_hline(y=0, line={"color": MUTED, "width": 1, "dash": "dot"})
    unit = "points of conversion" if lift["metric"] == "conversion" else f"{report['currency']} a client"
    figure.update_yaxes(title=unit, hoverformat=".2f")
    return figure


def _share(one, name, prefix="conversion_"):
    if one[name] is None:
        return "–"
    low, high = (words.percent(one[f"{prefix}{side}"]) for side in ("low", "high"))
    return f"{words.percent(one[name])} ({low} to {high})"


def _margin(one, currency, per):
    if one["margin_minor"] is None:
        return "–"
    mid, low, high = (product_page.small(one[name] / per, currency)
                      for name in ("margin_minor", "margin_low_minor", "margin_high_minor"))  # fmt: skip
    return f"{mid} ({low} to {high})"
