"""The revenue planner's View: what is seen of a `planner_state.State`, and `show`, which a dashboard calls."""

import ipywidgets as widgets

from studiolab.panels import cards, palette, plots, words
from studiolab.panels.asked import asked, refused
from studiolab.panels.controls import box, button, linked, panel
from studiolab.panels.insights_page import insights_html
from studiolab.panels.lever_slider import LeverSlider
from studiolab.panels.page import Page, loading
from studiolab.panels.plan_page import PlanPanel
from studiolab.panels.planner_state import State, table
from studiolab.schema import LEVERS

LEGEND = (
    '<div class="sl-legend"><span class="seen"></span>what your data has seen'
    '<span class="now"></span>today<span class="handle"></span>your choice</div>'
)
ONLY_REVENUE = (
    "Only revenue is known of this studio, so there is a forecast but no lever to move. "
    "Import its members, visits and classes, and the levers wake up."
)


def show():
    """The planner for the studio in the page's address; a preheated kernel loads while it waits for a visitor."""
    state = State()
    with loading(state, whole=True):
        if why := refused(state.workbench, "revenue"):
            return widgets.HTML(cards.STYLE + cards.say(why, "stop"))
        if wanted := asked("studio"):
            state.studio_id = wanted
    state.refresh()
    return View(state)


class View(Page):
    """Studio and months, cards, chart, levers, target and plan of a State."""

    opening = cards.LEARNING

    def parts(self):
        state = self.state
        self.cards, self.notice, self.compared, self.advice = (widgets.HTML() for _ in range(4))
        self.levers = {lever: LeverSlider(lever, state.move) for lever in LEVERS}
        self.reason, self.chart_box = widgets.HTML(), box("sl-chart")
        self._build_controls()
        self._build_chart()
        self._fill()
        state.observe(self._open, "opened")
        state.observe(self._answered, ["answer", "problem"])
        state.observe(self._placed, ["levers", "today"])
        state.observe(self._beside, ["kept", "answer"])
        state.observe(self._advise, "insights")
        return [
            box("sl-bar", self.studio, self.months, self.undo, self.reset, self.keep, self.back, self.drop),
            self.notice, self.cards, self.compared,
            box("sl-main", panel("Revenue a month", self.chart_box),
                panel("Levers", widgets.HTML(LEGEND), self.reason, *self.levers.values())),
            box("sl-panel", self.advice),
            self.plan,
        ]  # fmt: skip

    def _build_chart(self):
        # plotly loses changes made to a FigureWidget before it is shown, so it is whole from the start.
        self.chart = plots.responsive(self._figure())
        self.chart_box.children = [self.chart]

    def _build_controls(self):
        state = self.state
        options = [(studio.studio_name, key) for key, studio in state.studios.items()]
        self.studio = linked(widgets.Dropdown(options=options, description="Studio"), state, "studio_id")
        months = [(f"{n} month{'s' * (n > 1)}", n) for n in range(1, 13)]
        self.months = linked(widgets.Dropdown(options=months, description="Ahead"), state, "months")
        self.undo = button("Undo", state.undo)
        self.reset = button("All levers as today", state.reset)
        self.keep = button("Keep to compare", state.keep)
        self.back = button("Back to the kept one", state.back_to_kept)
        self.drop = button("Compare no more", state.drop)
        self.plan = PlanPanel(state)

    # following the state -------------------------------------------------------------------------
    def _open(self, _):
        """Another studio, or new data of the same."""
        figure = self._figure()
        with self.chart.batch_update():
            for line, new in zip(self.chart.data, figure.data, strict=True):
                line.update(x=new.x, y=new.y, visible=new.visible, hovertemplate=new.hovertemplate)
            self.chart.layout.yaxis.tickprefix = figure.layout.yaxis.tickprefix
        self._fill()

    def _fill(self):
        """What depends on the studio beside the chart: ranges, units, and whether there is anything to move."""
        state = self.state
        self.shown, plannable = state.studio_id, state.studio.plannable
        for lever, slider in self.levers.items():
            if plannable:
                slider.mark(state.today[lever], state.support[lever], self.currency)
            else:
                slider.disable()
        self.reason.value = "" if plannable else cards.say(ONLY_REVENUE)
        self.reset.disabled = self.keep.disabled = not plannable
        self.plan.fit(self.currency, plannable)
        self._placed(None)
        self._tell()
        self._beside(None)
        self._advise(None)

    def _figure(self):
        """The whole chart of the open studio; the last line is empty where there are no levers."""
        state = self.state
        self.currency, self.history = state.studio.currency, state.history[["month", "total_revenue"]]
        figure = plots.revenue_figure(self.history, table(state.answer), self.currency)
        held = plots.ahead(self.history, table(state.held))
        figure.add_scatter(name="levers as today", mode="lines", hoverinfo="skip", visible=bool(state.today),
                           line={"color": plots.MUTED, "width": 1.5, "dash": "dash"}, **held)  # fmt: skip
        kept = plots.ahead(self.history, table(state.kept["answer"] if state.kept else state.held))
        figure.add_scatter(name="kept to compare", mode="lines", hoverinfo="skip", visible=bool(state.kept),
                           line={"color": palette.ORANGE, "width": 2, "dash": "dot"}, **kept)  # fmt: skip
        return figure

    def _answered(self, _):
        state = self.state
        if self.shown != state.studio_id:
            return
        forecast = table(state.answer)
        with self.chart.batch_update():
            self.chart.data[0].update(plots.band(self.history, forecast))
            self.chart.data[2].update(plots.ahead(self.history, forecast))
            self.chart.data[3].update(plots.ahead(self.history, table(state.held)))
        self._tell()

    def _tell(self):
        state = self.state
        self.cards.value = _cards(state, self.currency)
        warning = words.extrapolating(state.answer, state.levers, state.support, self.currency) if state.today else ""
        following = "Following the plan month by month; the sliders show where it ends." if state.path else ""
        said = ((state.problem, "stop"), (warning, "warn"), (following, ""))
        self.notice.value = "".join(cards.say(text, tone) for text, tone in said if text)

    def _placed(self, _):
        if self.state.today and self.shown == self.state.studio_id:
            for lever, slider in self.levers.items():
                slider.place(self.state.levers[lever])
        self.undo.disabled = not self.state.past

    def _beside(self, _):
        """What was kept beside what is shown now, in the chart and in figures."""
        state = self.state
        if self.shown != state.studio_id:
            return
        kept = state.kept
        with self.chart.batch_update():
            self.chart.data[4].update(plots.ahead(self.history, table(kept["answer"] if kept else state.held)))
            self.chart.data[4].visible = bool(kept)
        for control in (self.back, self.drop):
            control.layout.display = "" if kept else "none"
        self.compared.value = _comparison(kept["answer"], state.answer, self.currency) if kept else ""

    def _advise(self, _):
        if self.shown == self.state.studio_id:
            told = insights_html(self.state.insights, self.currency) if self.state.insights else ""
            self.advice.value = f"<h2>What to do next, what to watch</h2>{told}"


def _cards(state, currency):
    answer, held = state.answer["predictions"], state.held["predictions"]
    last = f"month_{state.months}"
    first, end, today = answer["month_1"], answer[last], held[last]
    low, high = (words.money(bound, currency) for bound in first["confidence_interval"])
    gain, end_name = end["revenue"] - today["revenue"], words.month_name(end["month"])
    items = [(f"Expected in {words.month_name(first['month'])}", words.money(first["revenue"], currency),
              f"{low} to {high} in 9 of 10 cases")]  # fmt: skip
    if state.today:
        same = abs(gain) < 0.5
        items += [
            (f"In {end_name}, against today's levers", words.money(gain, currency, signed=True),
             f"{words.money(end['revenue'], currency)} instead of {words.money(today['revenue'], currency)}",
             "" if same else "up" if gain > 0 else "down"),
            (f"Members in {end_name}", words.count(end["member_count"]),
             f"{words.count(today['member_count'])} with today's levers"),
        ]  # fmt: skip
    else:
        items.append((f"Expected in {end_name}", words.money(end["revenue"], currency), "from revenue alone"))
    items.append(("Chance to land within 5 %", words.percent(first["confidence_score"], digits=0),
                  "next month, measured on past months"))  # fmt: skip
    return cards.cards(*items)


def _comparison(kept, now, currency):
    """A table of what was kept and what is shown, both JSON of ForwardResponse."""
    last = list(now["predictions"])[-1]
    name = words.month_name(now["predictions"][last]["month"])
    rows = []
    for label, of in ((f"Revenue in {name}", lambda answer: answer["predictions"][last]["revenue"]),
                      ("Revenue of all months", lambda answer: answer["total_projected_revenue"])):  # fmt: skip
        a, b = of(kept), of(now)
        rows.append([label, words.money(a, currency), words.money(b, currency),
                     words.money(b - a, currency, signed=True)])  # fmt: skip
    a, b = (answer["predictions"][last]["member_count"] for answer in (kept, now))
    if a is not None:
        rows.append([f"Members in {name}", words.count(a), words.count(b), f"{b - a:+,}"])
    return f'<div class="sl-panel"><h2>Compared</h2>{cards.table(["", "Kept", "Now", "Difference"], rows)}</div>'
