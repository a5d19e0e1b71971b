"""Insights: what to do next, what to watch, what to use; every number from the model, every sentence from the numbers.

Source: S4 3.2.1 (B-58), settled by K1.27 and K1.29. A list is ordered by money times probability, and what is too small
or too unlikely is left out: a quiet studio is told so.
"""

from studiolab.revenue_simulator import actions, opportunities, risks
from studiolab.revenue_simulator.answers import _base, _id, _lever, _money, _rate, _ym
from studiolab.revenue_simulator.insight_replies import (
    Insights,
    InsightsResponse,
    NextAction,
    Opportunity,
    Risk,
    Uplift,
)
from studiolab.revenue_simulator.outlook import Course, Outlook
from studiolab.revenue_simulator.questions import INSIGHTS
from studiolab.revenue_simulator.said import percent

NO_REMEDY = "no tactic in time pays for itself; keep cash at hand and look again next month"
MATERIAL = 0.004  # of a month's revenue: money times probability below it is left out
UNLIKELY = 0.15
QUIET = {
    "next_best_actions": "No action stands out: none brings a mentionable sum beyond its cost within the months asked.",
    "risk_factors": "No risk stands out: nothing is likely to take a mentionable part of revenue.",
    "opportunities": "No opportunity stands out: season, places, price and add-ons are about where they should be.",
}
ONLY_REVENUE = (
    "No action and no opportunity can be told of {}: that takes 9 months of members, visits and classes beside "
    "revenue. Import its members, visits and classes."
)


def insights(model, request, generated_at, currency="", kinds=None, waiting=None):
    """InsightsResponse to an InsightsRequest.

    model : RevenueModel; generated_at : text, shown as it is; currency, kinds, waiting : as `findings`
    Raises UnknownStudio; ValueError for a base month without history, and as `findings`.
    """
    base = _base(model, request)
    view, found, uplift = findings(
        model, request.studio_id, request.projection_months, base["month"], currency,
        request.insight_types, kinds, waiting, request.measured_effects,
    )  # fmt: skip
    shapes = {"next_best_actions": _action, "risk_factors": _risk, "opportunities": _opportunity}
    rows = {name: [shapes[name](view, n, f) for n, f in enumerate(one, 1)] for name, one in found.items()}
    return InsightsResponse(
        insights_id=_id(model, "insights", request, base), scenario_id=request.scenario_id,
        studio_id=request.studio_id, base_month=_ym(base["month"]), projection_months=request.projection_months,
        expected_revenue=_money(view.revenue[-1]), insights=Insights(**rows), uplift=uplift,
        notes=_notes(view, found), generated_at=generated_at, model_version=model.version,
    )  # fmt: skip


def findings(model, studio_id, months=3, base_month=None, currency="", types=INSIGHTS, kinds=None, waiting=None,
             measured=None):  # fmt: skip
    """(Course or Outlook, dict of each of `types` to its list of Finding, Uplift or None).

    model : RevenueModel; months : 1 to 12; currency : ISO 4217, of the sentences; measured : as of `tactics.known`
    kinds, waiting : as of `opportunities.find`
    Raises ValueError for an unknown studio or base month, a studio without revenue to predict from, a wrong measure.
    """
    if studio_id not in model.complete:
        view = Course(model, studio_id, months, base_month, currency)
        found = {name: risks.watch(view) if name == "risk_factors" else [] for name in types}
        return view, {name: _ordered(view, one) for name, one in found.items()}, None
    view = Outlook(model, studio_id, months, base_month, currency, measured)
    found, uplift = {}, None
    if "next_best_actions" in types:
        covers, target = actions.cheapest(view)
        found["next_best_actions"] = _ordered(view, actions.next_best(view, covers))
        uplift = _uplift(view, covers, target)
    if "risk_factors" in types:
        found["risk_factors"] = _ordered(view, risks.watch(view))
    if "opportunities" in types:
        found["opportunities"] = _ordered(view, opportunities.find(view, kinds, waiting))
    return view, found, uplift


def _ordered(view, found):
    """What is material, the weightiest first."""

    def weight(finding):
        return abs(finding.money) * finding.chance

    kept = [f for f in found if weight(f) >= MATERIAL * view.revenue[f.at] and f.chance >= UNLIKELY]
    return sorted(kept, key=weight, reverse=True)


def _notes(view, found):
    told = ["risk_factors"] if view.levers is None else INSIGHTS
    only = [ONLY_REVENUE.format(view.studio_id)] if view.levers is None else []
    quiet = QUIET | {"risk_factors": view.untold or QUIET["risk_factors"]}
    return only + [quiet[name] for name in told if name in found and not found[name]]


def _uplift(view, covers, target):
    gain, cost = actions.joint(view, covers)
    wanted = target - view.revenue[-1]
    covered, left = min(max(gain / wanted, 0.0), 1.0), max(wanted - gain, 0.0)
    aim = f"{percent(actions.UPLIFT, digits=0)} more in {view.month(-1)} is {view.cash(wanted)}"
    carried = f"the cheapest tactics bring {view.cash(gain)} for about {view.cash(cost)} a month"
    rest = "that covers it" if left < 1 else f"{percent(covered, digits=0)} of it, {view.cash(left)} is left"
    return Uplift(month=_ym(view.dates[-1]), target_revenue=_money(target), wanted=_money(wanted), gain=_money(gain),
                  covered=_rate(covered), left=_money(left), cost_per_month=_money(cost),
                  message=f"{aim}: {carried}; {rest}.")  # fmt: skip


def _action(view, n, f):
    tactic = f.more["tactic"]
    return NextAction(
        id=f"action-{n}", action=f.text, impact=f.more["impact"], expected_revenue_gain=_money(f.money),
        confidence=_rate(f.chance), timeline=f"{tactic.weeks} weeks", timeline_weeks=tactic.weeks,
        month=_ym(view.dates[f.at]), lever=f.more["lever"],
        effect=_lever(f.more["lever"], f.more["effect"]), effort=tactic.effort,
        cost_per_month=_money(tactic.cost), evidence=tactic.evidence, source=f.more["source"],
    )  # fmt: skip


def _risk(view, n, f):
    return Risk(id=f"risk-{n}", kind=f.kind, risk=f.text, probability=_rate(f.chance),
                potential_revenue_impact=_money(f.money), mitigation="; ".join(f.actions) or NO_REMEDY,
                month=_ym(view.dates[f.at]), below=_money(f.against))  # fmt: skip


def _opportunity(view, n, f):
    return Opportunity(id=f"opportunity-{n}", kind=f.kind, opportunity=f.text, potential_revenue_gain=_money(f.money),
                       confidence=_rate(f.chance), actions=f.actions, month=_ym(view.dates[f.at]),
                       above=_money(f.against))  # fmt: skip
