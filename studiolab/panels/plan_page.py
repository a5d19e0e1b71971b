"""The planner's panel for targets: what is asked, what it comes to, other ways, and what would have to be allowed."""

import ipywidgets as widgets
import pandas as pd

from studiolab.panels import cards, words
from studiolab.panels.controls import box, button, linked

ASSUMED = '<p class="quiet">Costs and the effects of single actions are assumptions until you measure your own.</p>'
SURE = {"as likely as not": 0.5, "4 in 5 sure": 0.8, "9 in 10 sure": 0.9}
CHEAPEST, MOST_STEPS = -1, 3


class PlanPanel(widgets.VBox):
    """Target, plan and its other ways, of a `planner_state.State`."""

    def __init__(self, state):
        self.state = state
        self.target = linked(widgets.BoundedFloatText(min=1, max=1e12, step=100), state, "target")
        self.basis = linked(widgets.Dropdown(options=list(words.BASES.items()), description=""), state, "basis")
        self.sure = linked(widgets.Dropdown(options=list(SURE.items()), description=""), state, "sure")
        self.ask = button("Find the cheapest plan", state.ask_plan, "primary")
        self.best = button("What earns most", state.ask_best)
        self.way = widgets.Dropdown(options=[("the cheapest", CHEAPEST)], description="Way")
        self.apply = button(
            "Apply this plan", lambda: state.apply_plan(self.way.value if self.way.value != CHEAPEST else None)
        )
        self.reply, self.steps = widgets.HTML(), box("sl-bar")
        super().__init__([
            widgets.HTML("<h2>Start from a target</h2>"),
            box("sl-bar", self.target, self.basis, self.sure), box("sl-bar", self.ask, self.best),
            self.reply, self.steps, box("sl-bar", self.way, self.apply),
        ])  # fmt: skip
        self.add_class("sl-panel")
        state.observe(self._planned, "plan")

    def fit(self, currency, plannable):
        """Another studio: its currency, and whether it has levers."""
        self.currency = currency
        self.target.description = f"Target in {words.symbol(currency).strip()}"
        for control in (self.target, self.basis, self.sure, self.ask, self.best):
            control.disabled = not plannable
        self._planned(None)

    def _planned(self, _):
        plan = self.state.plan
        ways = plan.get("other_plans", [])
        self.way.options = [("the cheapest", CHEAPEST), *((words.way(way["name"]), i) for i, way in enumerate(ways))]
        self.way.value = CHEAPEST
        self.way.layout.display = "" if ways else "none"
        self.apply.disabled = not plan or plan["cost"] == 0
        self.reply.value = plan_html(plan, self.currency, buttons=True) if plan else ""
        steps = plan.get("relaxations", [])[:MOST_STEPS]
        self.steps.children = [
            button(words.step(step, plan, self.currency), lambda step=step: self.state.allow(step)) for step in steps
        ]


def plan_html(plan, currency, buttons=False):
    """Verdict, what binds, levers by month, other ways, actions, and what would have to be allowed.

    plan : JSON of InverseResponse; buttons : whether each thing to allow follows as a button
    """
    binds = words.what_binds(plan)
    steps = [words.step(step, plan, currency) for step in plan["relaxations"][:MOST_STEPS]]
    asks = f"<h2>What would bring it</h2>{'' if buttons else cards.bullets(steps)}" if steps else ""
    return (
        cards.say(words.verdict(plan, currency), "" if plan["reachable"] else "warn")
        + (f"<p>{binds}</p>" if binds else "")
        + _levers(plan, currency)
        + _ways(plan, currency)
        + _actions(plan, currency)
        + ASSUMED
        + asks
    )


def _levers(plan, currency):
    months, rows, changed = plan["monthly_levers"], [], set()
    for r, (lever, change) in enumerate(plan["lever_changes"].items()):
        moved = change["recommended"] != change["current"]
        values = (change["current"], *(month[lever] for month in months))
        adds, cost = change["impact_on_revenue"], change["cost_per_month"]
        rows.append([
            words.lever_name(lever), *(words.lever_value(lever, value, currency) for value in values),
            words.money(adds, currency, signed=True) if moved else "–", words.money(cost, currency) if moved else "–",
        ])  # fmt: skip
        changed |= {(r, c) for c in range(2, 2 + len(months)) if moved}
    dates = [f"{pd.Timestamp(month['month']):%b %Y}" for month in months]
    adds = f"Adds {words.of_basis(plan)}"
    return cards.table(["Lever", "Today", *dates, adds, "Cost a month, at the end"], rows, changed)


def _ways(plan, currency):
    if not plan["other_plans"]:
        return ""
    rows = [
        [words.way(way["name"]).capitalize(), words.moves(way["levers"], plan, currency),
         words.money(way["cost"], currency), words.percent(way["chance"], digits=0)]
        for way in ({"name": "the cheapest", "levers": plan["recommended_levers"], **plan}, *plan["other_plans"])
    ]  # fmt: skip
    table = cards.table(["Way", "What moves", "Cost in all", "Chance"], rows, texts=2)
    return f'<h2>Ways to the same target</h2><div class="sl-ways">{table}</div>'


def _actions(plan, currency):
    said = [
        f"{action['action']}: {words.money(action['expected_impact'], currency, signed=True)}, "
        f"in {action['timeline_weeks']} weeks, {action['effort']} effort"
        for action in plan["action_plan"]
    ]
    return f"<h2>What to do, most worth first</h2>{cards.bullets(said)}" if said else ""
