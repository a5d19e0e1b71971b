"""What the revenue simulator answers: one request in, one JSON-ready response out, the same for every face.

Money is in major units to the cent, rates to six digits, so that equal questions give equal JSON. Ids
are hashes of the question, the model's version and its data: asking again gives the same id.
"""

import json
import math
from statistics import fmean
from uuid import NAMESPACE_URL, uuid5

from studiolab.revenue_simulator import choices
from studiolab.revenue_simulator import levers as rules
from studiolab.revenue_simulator.replies import (
    Action,
    Bind,
    ForecastResponse,
    ForwardResponse,
    InverseResponse,
    LeverChange,
    MonthAnswer,
    MonthLevers,
    OtherPlan,
    Relaxation,
    TacticCover,
)  # fmt: skip
from studiolab.revenue_simulator.tactics import cover_all
from studiolab.schema import LEVERS

SHOWN = ("horizon", "month", "revenue", "members", "retention", "low", "high", "confidence")
CHEAP, DEAR = 1 / 3, 1.0  # cost per extra dollar of revenue
DIGITS = {lever: 6 if rules.CATALOGUE[lever].unit == "share" else 2 for lever in LEVERS}


class UnknownStudio(ValueError):
    """No such studio in the model; the message names some that there are."""


def forecast(model, request):
    """ForecastResponse to a ForecastRequest.

    model : RevenueModel. Raises UnknownStudio, or ValueError for a base month without history.
    """
    base, asked = _base(model, request), ([request.studio_id], request.projection_months)
    ahead = model.forecast_columns if request.studio_id in model.complete else model.forecast
    table = ahead(*asked, base_month=base["month"])
    return ForecastResponse(**_predicted(model, "forecast", request, base, table))


def forward(model, request):
    """ForwardResponse to a ForwardRequest.

    model : RevenueModel. Raises UnknownStudio; ValueError for a studio that levers cannot act on, or a
    base month without history.
    """
    base, asked = _base(model, request), request.levers
    held = not isinstance(asked, list)
    given = asked.levers() if held else [row.model_dump(exclude_none=True) for row in asked]
    members = asked.current_member_count if held else None
    table = model.scenario_columns(
        request.studio_id, given, request.projection_months, base_month=base["month"], members=members
    )
    answer = _predicted(model, "forward", request, base, table)
    if not request.include_confidence_intervals:
        for month in answer["predictions"].values():
            month.confidence_interval = None
    rows = [given] if held else given
    return ForwardResponse(**answer, extrapolating=_outside(model.support(request.studio_id), rows))


def inverse(model, request):
    """InverseResponse to an InverseRequest.

    model : RevenueModel. Raises as `forward`, and ValueError for a target far beyond any such studio.
    """
    base, state = _base(model, request), request.current_state
    current, members = state.levers(), state.current_member_count
    limits = request.constraints.model_dump()
    plan = model.plan(
        request.studio_id, request.target_revenue, request.target_months, request.target_basis, limits,
        base_month=base["month"], current=current, members=members, sure=request.sure, cost_basis=request.cost_basis,
        unit_costs=request.unit_costs.model_dump(), ramp=request.ramp, extrapolate=request.extrapolate,
    )  # fmt: skip
    changes = _changes(plan)
    binds = [Bind(lever=lever, bound=bound) for lever, bound in plan.binds.items()]
    predictions, covers = _months(plan.prediction_columns), _covers(changes, request.target_months)
    relaxed = [_relaxation(step) for step in choices.relaxations(plan)]
    others = choices.others(plan) if request.other_plans else []
    rows = _lever_rows(plan)
    return InverseResponse(
        optimization_id=_id(model, "inverse", request, base), studio_id=request.studio_id,
        base_month=_ym(base["month"]), target_revenue=plan.target_revenue and _money(plan.target_revenue),
        target_months=request.target_months, target_basis=request.target_basis,
        achievable_revenue=_money(plan.achievable_revenue),
        achievement_rate=None if plan.target_revenue is None else _rate(plan.achievement_rate),
        unchanged_revenue=_money(plan.without), net_gain=_money(plan.net_gain),
        chance=None if plan.chance is None else _rate(plan.chance),
        reachable=plan.reached, message=_message(plan, binds, relaxed),
        recommended_levers=_named(rows[-1]), monthly_levers=_months_of(plan, predictions),
        extrapolating=_outside(model.support(request.studio_id), [dict(zip(LEVERS, row, strict=True)) for row in rows]),
        other_plans=[
            OtherPlan(name=name, levers=_named(_lever_rows(other)[-1]), monthly_levers=_months_of(other, predictions),
                      achievable_revenue=_money(other.achievable_revenue), cost=_money(other.cost),
                      chance=_rate(other.chance))
            for name, other in others
        ],
        relaxations=relaxed, predictions=predictions, lever_changes=changes,
        action_plan=_actions(changes, covers), binds=binds,
        tactic_cover=[TacticCover(lever=lever, covered=_rate(c.covered), left=_lever(lever, c.left) + 0.0,
                                  cost_per_month=_money(c.cost)) for lever, c in covers.items()],
        cost=_money(plan.cost), confidence_score=_plan_confidence(predictions, request.target_basis),
        model_version=model.version,
    )  # fmt: skip


# shared ---------------------------------------------------------------------------------------
def _base(model, request):
    """Month, revenue and members the prediction starts from, as the model knows them."""
    if request.studio_id not in model.studio_ids:
        near = ", ".join(model.studio_ids[:5])
        raise UnknownStudio(f"no studio {request.studio_id!r}; there are {len(model.studio_ids)}: {near} …")
    base = model.base(request.studio_id, request.base_month)
    if request.studio_id in model.complete and base["members"] == 0:
        raise ValueError(
            f"{request.studio_id} has no members at the end of {_ym(base['month'])}, so nobody is there to stay or to "
            "pay and nothing can be predicted from there; correct that month's figures, or give another base_month"
        )
    return base


def _predicted(model, kind, request, base, table):
    """The fields of a ForecastResponse; table : DataFrame, or dict of lists, of `model.COLUMNS`."""
    months = _months(table)
    *_, last = table["revenue"]
    grown = base["revenue"] > 0
    return {
        "scenario_id": _id(model, kind, request, base),
        "studio_id": request.studio_id,
        "base_month": _ym(base["month"]),
        "base_revenue": _money(base["revenue"]),
        "predictions": months,
        "growth_rate": _rate(last / base["revenue"] - 1) if grown else None,
        "total_projected_revenue": _money(sum(month.revenue for month in months.values())),
        "model_version": model.version,
        "prediction_accuracy": _rate(fmean(month.confidence_score for month in months.values())),
        "borrowed": _rate(model.borrowed(request.studio_id)) if request.studio_id in model.complete else None,
    }


def _months(table):
    if not all(map(math.isfinite, table["revenue"])):
        raise ValueError(
            f"{table['studio_id'][0]} cannot be predicted from here: figures of the months before are missing, "
            "or a lever is far beyond any studio; give another base_month or other levers"
        )
    columns = (table[name] for name in SHOWN)
    return {
        f"month_{horizon}": MonthAnswer(
            month=_ym(month),
            revenue=_money(revenue),
            member_count=None if _empty(members) else round(members),
            retention_rate=None if _empty(retention) else _rate(retention),
            confidence_interval=(_money(low), _money(high)),
            confidence_score=_rate(confidence),
        )
        for horizon, month, revenue, members, retention, low, high, confidence in zip(*columns, strict=True)
    }


def _outside(support, rows):
    def beyond(lever, value):
        low, high = support[lever]
        return not low - 1e-9 <= value <= high + 1e-9

    return [lever for lever in LEVERS if any(lever in row and beyond(lever, row[lever]) for row in rows)]


def _changes(plan):
    """LeverChange of each lever. A cost is set against revenue of the same months that the basis counts."""
    search = plan.search
    ramp, steps = search.case.ramp, rules.limits(search.limits)
    counted = {"last": 1, "mean": ramp.mean(), "sum": ramp.sum()}[plan.target_basis]
    changes, each = {}, (search.held, plan.change, search.held + plan.change, steps, search.money / ramp.sum())
    for lever, held, moved, final, step, unit_cost in zip(LEVERS, *(row.tolist() for row in each), strict=True):
        impact, cost = plan.impacts.get(lever, 0.0), abs(moved) * unit_cost
        ratio = cost * counted / impact if impact > 0 else math.inf if cost else 0.0
        changes[lever] = LeverChange(
            current=_lever(lever, held),
            recommended=_lever(lever, final),
            change_pct=_rate(moved / held) if held else None,
            impact_on_revenue=_money(impact),
            feasibility_score=_rate(max(0.0, 1 - abs(moved) / step)) if moved else 1.0,
            estimated_cost="low" if ratio <= CHEAP else "medium" if ratio <= DEAR else "high",
            cost_per_month=_money(cost),
        )
    return changes


def _covers(changes, months):
    """dict of lever to Cover, the levers that bring most first."""
    moved = [lever for lever in changes if changes[lever].recommended != changes[lever].current]
    moved.sort(key=lambda lever: -changes[lever].impact_on_revenue)
    return cover_all({lever: changes[lever].recommended - changes[lever].current for lever in moved}, months)


def _actions(changes, covers):
    planned = []
    for lever, cover in covers.items():
        impact, whole = changes[lever].impact_on_revenue, sum(tactic.effect for tactic in cover.tactics)
        planned += [(cover.covered * impact * tactic.effect / whole, lever, tactic) for tactic in cover.tactics]
    planned.sort(key=lambda action: -action[0])
    return [
        Action(priority=i, lever=lever, action=tactic.action, expected_impact=_money(impact),
               timeline_weeks=tactic.weeks, effort=tactic.effort, evidence=tactic.evidence)
        for i, (impact, lever, tactic) in enumerate(planned, 1)
    ]  # fmt: skip


def _relaxation(step):
    name = {lever: name for name, lever in rules.LIMIT_NAMES.items()}.get(step.lever)
    if step.lever:  # rounded up, so that what is allowed is enough
        digits = 10 ** DIGITS[step.lever]
        needed = math.ceil(step.to * digits - 1e-6) / digits
    return Relaxation(kind=step.kind, lever=step.lever, constraint=name, needed=needed if step.lever else step.to,
                      cost=_money(step.plan.cost), beyond_data=step.beyond_data)  # fmt: skip


def _months_of(plan, predictions):
    return [MonthLevers(month=month.month, **_named(row))
            for month, row in zip(predictions.values(), _lever_rows(plan), strict=True)]  # fmt: skip


def _lever_rows(plan):
    """(months, 7) levers of a plan."""
    return plan.search.held + plan.change * plan.search.case.ramp[:, None]


def _message(plan, binds, relaxed):
    what = {"last": "in the last month", "mean": "in the mean month", "sum": "in all months together"}
    best = f"{plan.achievable_revenue:,.2f} {what[plan.target_basis]}"
    if plan.target_revenue is None:
        return f"Earns most: {best}, and {plan.net_gain:,.2f} more than it costs over all months."
    if plan.reached and plan.search.sure:
        return f"Reached with a chance of {plan.chance:.0%}: {best} is expected, at a cost of {plan.cost:,.2f}."
    if plan.reached:
        return f"Reached: {best}, at a cost of {plan.cost:,.2f}." if plan.cost else f"Reached without a change: {best}."
    names = {bound: [bind.lever for bind in binds if bind.bound == bound] for bound in ("limit", "data")}
    held = [f"{text} {', '.join(names[bound])}" for bound, text in
            (("limit", "at your limit:"), ("data", "as far as the data covers:")) if names[bound]]  # fmt: skip
    tail = f" ({'; '.join(held)})" if held else ""
    return (
        f"Not reached under these limits: the best is {best}, {plan.achievement_rate:.1%} of the target{tail}. "
        f"{_advice(relaxed)}"
    )


def _advice(relaxed):
    if not relaxed:
        return "No single larger limit and no longer time brings it; lower the target."
    step = relaxed[0]
    way = f"{step.constraint} of {step.needed:g}" if step.lever else f"{step.needed:g} months"
    return f"With {way} it is reached, for {step.cost:,.2f} in all."


def _plan_confidence(predictions, basis):
    scores = [month.confidence_score for month in predictions.values()]
    return scores[-1] if basis == "last" else _rate(fmean(scores))


def _id(model, kind, request, base):
    asked = request.model_dump(mode="json", exclude_none=True) | {"base_month": _ym(base["month"])}
    return str(uuid5(NAMESPACE_URL, json.dumps([kind, model.version, asked], sort_keys=True)))


def _named(row):
    return {lever: _lever(lever, value) for lever, value in zip(LEVERS, row.tolist(), strict=True)}


def _lever(name, value):
    return round(float(value), DIGITS[name])


def _money(value):
    return round(float(value), 2) + 0.0  # no negative zero


def _rate(value):
    return round(float(value), 6) + 0.0


def _empty(value):
    return value is None or value != value


def _ym(month):
    return f"{month.year}-{month.month:02}"  # a tenth of what strftime takes
