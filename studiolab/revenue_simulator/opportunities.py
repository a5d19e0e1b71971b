"""What a studio could use: each is a month's revenue, and what it would be without the season or under other levers."""

import numpy as np

from studiolab.revenue_simulator.flows import CLASSES, CROWDED, PRICE, UPSELL
from studiolab.revenue_simulator.levers import CATALOGUE, unit_costs
from studiolab.revenue_simulator.outlook import Finding
from studiolab.revenue_simulator.said import count, listed, percent
from studiolab.schema import LEVERS

RISE, JOINS = 0.015, 0.05  # of revenue, of joins: less is no season
EMPTY = 0.65  # of places taken
BEHIND = 0.02  # points of upsell behind the median
USED = 0.01  # price above what members are used to, at most, before it is raised again
LEAST_ROOM = 0.03  # of the price
MORE_CLASSES = 0.05  # of the classes held
FEWEST = 4  # studios of a type that make a median


def find(view, kinds=None, waiting=None):
    """List of Finding for an Outlook.

    kinds : dict of studio_id to type of studio; medians are over the same type where it has FEWEST studios, else all
    waiting : dict of class name to people on its waiting list a week, or None
    """
    found = [_season(view), _idle(view), _price(view), _upsell(view, kinds or {}), _waiting(view, waiting or {})]
    return [view.weigh(each, up=True) for each in found if each is not None]


def _season(view):
    effect = view.revenue / view.plain["revenue"] - 1
    joins = view.expected["joined"] / view.plain["joined"] - 1
    at = int(effect.argmax())
    if effect[at] < RISE:
        return None
    first, plain = int(joins.argmax()), view.plain["revenue"][at]
    said = (f"Season ahead: {view.month(at)} is expected at {view.cash(view.revenue[at])}, "
            f"{view.cash(view.revenue[at] - plain)} more than a month without its season")  # fmt: skip
    actions = []
    if joins[first] > JOINS:
        more = view.expected["joined"][first] - view.plain["joined"][first]
        said += f"; about {count(more)} more people join in {view.month(first)} than in such a month"
        actions += [f"{t.action}: begin {t.weeks} weeks before {view.month(first)}"
                    for t in view.tactics["new_members_monthly"]][-1:]  # fmt: skip
    visits = view.expected["visits"][at] - view.plain["visits"][at]
    if visits > 0:
        actions.append(f"plan for {count(visits)} visits more than usual in {view.month(at)}")
    return Finding("season", f"{said}.", at, plain, actions=actions)


def _idle(view):
    fill = view.expected["fill"]
    at = len(fill) - 1
    if fill.mean() > EMPTY:
        return None
    tactic = max(view.tactics["class_attendance_rate"], key=lambda t: t.effect)
    plan = view.phased(("class_attendance_rate", tactic))
    then = view.under(plan)
    places = view.expected["visits"] / fill - view.expected["visits"]
    text = (f"Idle places: only {percent(fill.mean(), digits=0)} are taken, {count(places.mean())} a month stay empty; "
            f"{_points(tactic.effect)} of class fill bring "
            f"{view.cash(then['revenue'][at] - view.revenue[at])} in {view.month(at)}.")  # fmt: skip
    return Finding("idle places", text, at, view.revenue[at], plan, [f"{tactic.action}: ready in {tactic.weeks} weeks"])


def _price(view):
    price, at = view.held[PRICE], len(view.revenue) - 1
    used_to = price * np.exp(-view.flows.gap[view.origin, view.studio])
    room = min(view.room("avg_ticket_price")[1], CATALOGUE["avg_ticket_price"].step)
    if price > used_to * (1 + USED) or room < LEAST_ROOM * price:
        return None
    plan = view.moved("avg_ticket_price", price + room)
    gain, cost = _gain(view, plan, at), _cost(view, "avg_ticket_price", room)
    if gain < cost:
        return None
    text = (f"Room in the price: members are used to {view.cash(used_to)}, and the data covers up to "
            f"{view.cash(price + view.room('avg_ticket_price')[1])}; {view.cash(room)} more brings "
            f"{view.cash(gain)} in {view.month(at)}, after those who leave.")  # fmt: skip
    actions = [f"{t.action}: {view.cash(t.effect, signed=True)}, ready in {t.weeks} weeks"
               for t in view.tactics["avg_ticket_price"]]  # fmt: skip
    return Finding("price", text, at, view.revenue[at], plan, actions)


def _upsell(view, kinds):
    kind, rates = kinds.get(view.studio_id), view.model.panel.plan[view.origin, :, UPSELL]
    peers = np.array([kind is not None and kinds.get(i) == kind for i in view.model.complete])
    named = peers.sum() >= FEWEST
    rates = rates[peers] if named else rates
    rates, own = rates[np.isfinite(rates)], view.held[UPSELL]
    median, at = float(np.median(rates)), len(view.revenue) - 1
    if len(rates) < FEWEST or own > median - BEHIND:
        return None
    goal = min(median, own + CATALOGUE["upsell_rate"].step)
    plan = view.moved("upsell_rate", goal)
    among = f"{kind} studios" if named else "studios"
    text = (f"Add-ons: {percent(own)} of members buy one, {percent(median)} do in the middle of {len(rates)} {among}; "
            f"{percent(goal)} brings {view.cash(_gain(view, plan, at))} in {view.month(at)}.")  # fmt: skip
    actions = [f"{t.action}: {_points(t.effect)}, ready in {t.weeks} weeks"
               for t in view.tactics["upsell_rate"]]  # fmt: skip
    return Finding("upsell", text, at, view.revenue[at], plan, actions)


def _waiting(view, waiting):
    """More classes where places run short: waiting lists are known, or the rooms are about full."""
    fill, at = view.expected["fill"], len(view.revenue) - 1
    asked = {name: people for name, people in waiting.items() if people > 0}
    if not asked and fill.mean() < CROWDED:
        return None
    more = np.ceil(view.held[CLASSES] * MORE_CLASSES)
    plan = view.moved("total_classes_held", view.held[CLASSES] + more)
    gain, cost = _gain(view, plan, at), _cost(view, "total_classes_held", more)
    if gain < cost:
        return None
    names = sorted(asked, key=asked.get, reverse=True)[:3]
    lists = f", with {count(sum(asked.values()))} people a week on waiting lists" if asked else ""
    taken = percent(fill.mean(), digits=0)
    text = (f"Demand is waiting: {taken} of places are taken{lists}; {count(more)} more classes "
            f"a month bring {view.cash(gain)} in {view.month(at)} and cost about {view.cash(cost)}.")  # fmt: skip
    actions = [f"Add the classes to {listed(names)}"] if names else ["Add the classes at the hours that fill first"]
    return Finding("waiting", text, at, view.revenue[at], plan, actions)


def _points(share):
    return f"{percent(share, signed=True, digits=0)} points".replace(" %", "")


def _gain(view, plan, at):
    return view.under(plan)["revenue"][at] - view.revenue[at]


def _cost(view, lever, change):
    return change * unit_costs(view.expected["members"][-1], view.held[PRICE])[LEVERS.index(lever)]
