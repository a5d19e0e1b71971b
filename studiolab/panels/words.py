"""Numbers and levers as people write them, and what a plan means in a sentence."""

from pydantic import ValidationError

from studiolab.revenue_simulator.levers import CATALOGUE, EASED
from studiolab.revenue_simulator.questions import in_words
from studiolab.revenue_simulator.said import count, listed, money, month_name, percent, symbol  # noqa: F401, panels use them

BASES = {"in the last month": "last", "a month on average": "mean", "over all months together": "sum"}


def lever_name(lever):
    """A lever as people call it."""
    return CATALOGUE[lever].label


def lever_value(lever, value, currency):
    """A lever with its unit: 92.8 %, $186, 21.6 people, 153 classes."""
    unit = CATALOGUE[lever].unit
    if unit == "share":
        return percent(value)
    if unit == "money":
        return money(value, currency)
    return f"{value:,.1f} {unit}" if unit == "people" else f"{value:,.0f} {unit}"


def plain(text):
    """`text` with the owner's words for the names that requests use."""
    names = {lever: known.label.lower() for lever, known in CATALOGUE.items()}
    others = {"target_revenue": "the target", "base_month": "the month", "smallest_lift": "the smallest lift"}
    for name, word in (names | others).items():
        text = text.replace(name, word)
    return text[:1].upper() + text[1:]


def things(number, word):
    """1 order, 1,240 orders."""
    return f"{count(number)} {word}{'' if number == 1 else 's'}"


def of_error(error):
    """What an error says to whoever asked, in a sentence."""
    return plain(in_words(error.errors()) if isinstance(error, ValidationError) else str(error))


def extrapolating(answer, levers, support, currency):
    """The warning for levers outside the data, or an empty text.

    answer : JSON of ForwardResponse; levers : dict; support : dict of lever to (low, high).
    """
    parts = []
    for lever in answer.get("extrapolating", []):
        now, low, high = (lever_value(lever, value, currency) for value in (levers[lever], *support[lever]))
        parts.append(f"{lever_name(lever)} at {now} (seen: {low} to {high})")
    if not parts:
        return ""
    return f"Extrapolating beyond what your data has seen: {listed(parts)}. Trust the numbers less."


def of_basis(plan):
    """in January 2027 · a month on average · over 3 months together, for JSON of InverseResponse."""
    if plan["target_basis"] == "last":
        return f"in {month_name(plan['monthly_levers'][-1]['month'])}"
    months = plan["target_months"]
    return "a month on average" if plan["target_basis"] == "mean" else f"over {months} months together"


def verdict(plan, currency):
    """What a plan comes to, in a sentence or two; plan : JSON of InverseResponse."""
    best, cost, when = money(plan["achievable_revenue"], currency), money(plan["cost"], currency), of_basis(plan)
    if plan["target_revenue"] is None:
        net = money(plan["net_gain"], currency, signed=True)
        return f"Nothing within these limits earns more: {net} in all after a cost of {cost}, and {best} {when}."
    target = money(plan["target_revenue"], currency)
    changed = sum(change["recommended"] != change["current"] for change in plan["lever_changes"].values())
    if plan["reachable"] and not changed:
        return f"{target} {when} comes without any change: {best} is expected."
    if plan["reachable"]:
        levers = "one lever" if changed == 1 else f"{changed} levers"
        chance = f" The chance to come to it is {percent(plan['chance'], digits=0)}."
        return f"{target} {when} can be reached by moving {levers}. The cheapest way costs about {cost} in all.{chance}"
    return (
        f"{target} {when} is out of reach. The best plan brings {best}, "
        f"{percent(plan['achievement_rate'], digits=0)} of it, and costs about {cost} in all."
    )


def what_binds(plan):
    """Which levers stand at a bound, and of what kind, in a sentence; empty if none does."""
    at = {kind: [lever_name(bind["lever"]) for bind in plan["binds"] if bind["bound"] == kind]
          for kind in ("limit", "data")}  # fmt: skip
    said = {"limit": "as far as one quarter allows", "data": "as far as your data has seen"}
    parts = [f"{listed(names)} ({said[kind]})" for kind, names in at.items() if names]
    if not parts:
        return ""
    advice = "" if plan["reachable"] or plan["relaxations"] else " Lower the target; no single larger step brings it."
    return f"At the limit: {'; '.join(parts)}.{advice}"


def way(name):
    """A way to a target, in the owner's words."""
    if name.startswith("without "):
        return f"without {lever_name(name.removeprefix('without ')).lower()}"
    return {"surer": "with a chance of 4 in 5"}.get(name, name)


def moves(levers, plan, currency):
    """The levers that a way moves, and to where."""
    moved = [f"{lever_name(lever)} to {lever_value(lever, value, currency)}" for lever, value in levers.items()
             if value is not None and value != plan["lever_changes"][lever]["current"]]  # fmt: skip
    return ", ".join(moved) or "nothing"


def step(step, plan, currency):
    """What a relaxation allows, and for how much, on a button."""
    cost = money(step["cost"], currency)
    if step["kind"] == "months":
        return f"Give it {step['needed']:.0f} months ({cost})"
    lever, change = step["lever"], step["needed"]
    side = -1 if lever == EASED else 1
    to = lever_value(lever, plan["lever_changes"][lever]["current"] + side * change, currency)
    unseen = ", never seen" if step["beyond_data"] else ""
    return f"Allow {lever_name(lever).lower()} to go to {to} ({cost}{unseen})"
