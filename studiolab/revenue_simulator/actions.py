"""What to do next: the tactics of the cheapest plan to a modest uplift, and those whose own gain pays their cost."""

import numpy as np

from studiolab.revenue_simulator.outlook import Finding
from studiolab.revenue_simulator.tactics import MOST, TOP_LEVERS, cover_all, in_time

UPLIFT = 0.05  # of the last month's revenue
USABLE = 0.5  # of a tactic's effect that must fit in what the data covers
HIGH = 5.0  # times its cost that an action brings


def cheapest(view):
    """(dict of lever to Cover, target): how tactics cover the cheapest plan to UPLIFT more in the last month."""
    months, last = len(view.revenue), view.revenue[-1]
    target = float(last * (1 + UPLIFT))
    plan = view.model.plan(view.studio_id, target, months, "last", base_month=view.base)
    final = plan.levers.iloc[-1]
    changes = {lever: float(final[lever] - view.levers[lever])
               for lever in sorted(plan.impacts, key=plan.impacts.get, reverse=True)}  # fmt: skip
    return cover_all(changes, months, view.measured), target


def joint(view, covers):
    """Gain of all tactics of `covers` together in the last month, and their cost a month."""
    pairs = [(lever, tactic) for lever, cover in covers.items() for tactic in cover.tactics]
    gain = float(view.under(view.phased(*pairs))["revenue"][-1] - view.revenue[-1])
    return gain, sum(cover.cost for cover in covers.values())


def next_best(view, covers):
    """List of Finding, a tactic each, that brings more than it costs; at most MOST of each of TOP_LEVERS levers.

    covers : as of `cheapest`; `more` of each holds lever, tactic, cost, source ("cheapest plan" or "sensitivity")
    """
    planned = {tactic.action for cover in covers.values() for tactic in cover.tactics}
    found = []
    for lever, tactics in view.tactics.items():
        down, up = view.room(lever)
        for tactic in tactics:
            room = up if tactic.effect > 0 else down
            if in_time(tactic, len(view.revenue)) and room >= USABLE * abs(tactic.effect) > 0:
                found.append(_action(view, lever, tactic, room, tactic.action in planned))
    worth = sorted((f for f in found if f.money > f.more["tactic"].cost), key=lambda f: -f.chance * f.money)
    levers = list(dict.fromkeys(f.more["lever"] for f in worth))[:TOP_LEVERS]
    kept = {id(f) for lever in levers for f in [f for f in worth if f.more["lever"] == lever][:MOST]}
    return [f for f in worth if id(f) in kept]


def _action(view, lever, tactic, room, planned):
    at = len(view.revenue) - 1
    source = "cheapest plan" if planned else "sensitivity"
    finding = Finding(
        "action", tactic.action, at, float(view.revenue[at]), view.phased((lever, tactic)),
        more={"lever": lever, "tactic": tactic, "source": source, "effect": float(np.clip(tactic.effect, -room, room))},
    )  # fmt: skip
    view.weigh(finding, up=True)
    times = finding.money / tactic.cost
    finding.more["impact"] = f"{'High' if times >= HIGH else 'Medium'} return, {tactic.effort} cost: " + (
        f"{view.cash(finding.money)} in {view.month(at)} for {view.cash(tactic.cost)} a month"
    )
    return finding
