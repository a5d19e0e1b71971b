"""What each lever does to revenue, answered like the other questions: `answers` for levers' effects (S4 3.2.1, B-55).

The documents leave `impact_score` open (K1.29); LeverImpact says what it is here.
"""

from itertools import combinations

import numpy as np

from studiolab.revenue_simulator import explain
from studiolab.revenue_simulator import levers as rules
from studiolab.revenue_simulator.answers import _base, _id, _lever, _money, _outside, _rate, _ym
from studiolab.revenue_simulator.replies import ImpactResponse, LeverImpact
from studiolab.schema import LEVERS

GRADES = (("High", 2 / 3), ("Medium", 1 / 3), ("Low", 0.0))  # from this impact_score on
NAMES = rules.SHORT | {"avg_ticket_price": "ticket"}  # the documents' words in the matrix


def impact(model, request):
    """ImpactResponse to an ImpactRequest.

    model : RevenueModel. Raises UnknownStudio; ValueError for a studio that levers cannot act on, a base month
    without history, or Shapley values of a plan that names no lever.
    """
    base, asked, kind = _base(model, request), request.levers.levers(), request.analysis_type
    if kind == "shapley" and not asked:
        raise ValueError(
            "levers names no lever; shapley shares out what a plan changes, so set one, such as avg_ticket_price"
        )
    members, studio = request.levers.current_member_count, request.studio_id
    given = {"months": request.projection_months, "basis": request.target_basis, "base_month": base["month"],
             "members": members}  # fmt: skip
    plan = explain.shapley(model, studio, asked, **given)
    past = explain.realised(model, studio, base["month"])
    together = past.corr()
    table = explain.sensitivity(model, studio, asked, **given).assign(
        held=plan.held[0], contribution=plan.values, correlation=together["revenue"].reindex(LEVERS)
    )
    size = base["members"] if members is None else members
    cost = rules.unit_costs(size, table.loc["avg_ticket_price", "at"]) * table["at"] / 100
    table["cost"] = cost * {"last": 1, "mean": 1, "sum": request.projection_months}[request.target_basis]
    table["score"] = _scores(table, kind)
    table = table.sort_values("score", ascending=False, kind="stable")
    rows = [_row(rank, row, kind, plan, len(past)) for rank, row in enumerate(table.itertuples(), 1)]
    return ImpactResponse(
        analysis_id=_id(model, "impact", request, base), studio_id=studio, base_month=_ym(base["month"]),
        analysis_type=kind, projection_months=request.projection_months, target_basis=request.target_basis,
        held_revenue=_money(plan.before), planned_revenue=_money(plan.after), lever_impacts=rows,
        correlation_matrix=_matrix(together), months_known=len(past),
        extrapolating=_outside(model.support(studio), [asked]), model_version=model.version,
    )  # fmt: skip


def _scores(table, kind):
    """impact_score of each lever; 0 where nothing is known."""
    if kind == "correlation":
        return table["correlation"].abs().fillna(0.0)
    measured = {"sensitivity": "per_percent", "elasticity": "elasticity", "shapley": "contribution"}[kind]
    size = table[measured].abs().round(6)
    return size / size.max() if size.max() > 0 else size


def _row(rank, row, kind, plan, months):
    return LeverImpact(
        lever=row.Index, impact_score=_rate(row.score), revenue_sensitivity=_money(row.per_percent), rank=rank,
        recommendation=_recommendation(row, kind, plan, months), held=_lever(row.Index, row.held),
        planned=_lever(row.Index, row.at), revenue_per_unit=_money(row.per_unit), elasticity=_rate(row.elasticity),
        correlation=_or_none(row.correlation), contribution=_money(row.contribution),
    )  # fmt: skip


def _recommendation(row, kind, plan, months):
    if kind == "shapley":
        return _of_plan(row, plan)
    grade = next(name for name, least in GRADES if row.score >= least)
    if kind == "correlation" and np.isnan(row.correlation):
        return f"Unknown - it did not move in {months} months"
    if kind == "correlation":
        return f"{grade} correlation - it ran along with revenue; whether it drives revenue, sensitivity says"
    gain, cost, rises = _money(abs(row.per_percent)), _money(row.cost), row.per_percent > 0
    brings = f"{grade} impact - 1 % {'more' if rises else 'less'} brings {gain:,.2f}"
    if rises == (row.Index == rules.EASED):
        return f"{brings}, and no cost of it is assumed"
    worth = "pays for itself" if gain > cost else "does not pay for itself"
    return f"{brings}, is assumed to cost {cost:,.2f} and {worth}"


def _of_plan(row, plan):
    if abs(row.at - row.held) < 1e-9:
        return "Not moved"
    part, whole = f"{_money(abs(row.contribution)):,.2f}", f"{_money(plan.after - plan.before):+,.2f}"
    if row.contribution < 0:
        return f"Think again - it takes {part} from what the plan changes, {whole} in all"
    return f"Keep - it adds {part} to what the plan changes, {whole} in all"


def _matrix(together):
    with_revenue = {f"{NAMES[lever]}_vs_revenue": together.loc[lever, "revenue"] for lever in LEVERS}
    pairs = {f"{NAMES[a]}_vs_{NAMES[b]}": together.loc[a, b] for a, b in combinations(LEVERS, 2)}
    return {name: _or_none(value) for name, value in (with_revenue | pairs).items()}


def _or_none(value):
    return None if np.isnan(value) else _rate(value)
