"""Numbers and levers as people write them, and what a plan means in a sentence."""

from studiolab.revenue_simulator.levers import CATALOGUE
from studiolab.revenue_simulator.said import count, listed, money, month_name, percent, symbol  # noqa: F401, panels use them

BASES = {"in the last month": "last", "a month on average": "mean", "over all months together": "sum"}


def lever_name(lever):
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
    for name, word in (names | {"target_revenue": "the target", "base_month": "the month"}).items():
        text = text.replace(name, word)
    return text[:1].upper() + text[1:]


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
    target, best = money(plan["target_revenue"], currency), money(plan["achievable_revenue"], currency)
    cost, when = money(plan["cost"], currency), of_basis(plan)
    changed = sum(change["recommended"] != change["current"] for change in plan["lever_changes"].values())
    if plan["reachable"] and not changed:
        return f"{target} {when} comes without any change: {best} is expected."
    if plan["reachable"]:
        levers = "one lever" if changed == 1 else f"{changed} levers"
        return f"{target} {when} can be reached by moving {levers}. The cheapest way costs about {cost} in all."
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
    advice = "" if plan["reachable"] else " Lower the target, or give it more months."
    return f"At the limit: {'; '.join(parts)}.{advice}"
