"""A plan as a page shows it: what it comes to, the levers month by month, what to do."""

import pandas as pd

from studiolab.panels import cards, words

ASSUMED = '<p class="quiet">Costs and the effects of single actions are assumptions until you measure your own.</p>'


def plan_html(plan, currency):
    """Verdict, what binds, levers by month and actions; plan : JSON of InverseResponse."""
    binds = words.what_binds(plan)
    return (
        cards.say(words.verdict(plan, currency), "" if plan["reachable"] else "warn")
        + (f"<p>{binds}</p>" if binds else "")
        + _levers(plan, currency)
        + _actions(plan, currency)
        + ASSUMED
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


def _actions(plan, currency):
    said = [
        f"{action['action']}: {words.money(action['expected_impact'], currency, signed=True)}, "
        f"in {action['timeline_weeks']} weeks, {action['effort']} effort"
        for action in plan["action_plan"]
    ]
    return f"<h2>What to do, most worth first</h2>{cards.bullets(said)}" if said else ""
