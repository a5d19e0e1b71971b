"""The shapes of what the revenue simulator answers; each field that the documents leave undefined is defined here.

Shapes: S4 3.2.1 (B-50 to B-53), settled by K1.21 to K1.26 and K1.29. Money is in major units.
"""

from pydantic import BaseModel, ConfigDict, Field

from studiolab.revenue_simulator.questions import Levers


class Answer(BaseModel):
    """Base of all responses: no infinite number, no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())


class MonthAnswer(Answer):
    """One month ahead. Members and retention are empty for a studio known by its revenue alone."""

    month: str = Field(description="YYYY-MM")
    revenue: float
    member_count: int | None = Field(description="expected members on the last day")
    retention_rate: float | None = Field(description="1 - churned / members at the start of the month")
    confidence_interval: tuple[float, float] | None = Field(description="holds the revenue in 90 of 100 cases")
    confidence_score: float = Field(description="measured share of such predictions that land within 5 %")


class ForecastResponse(Answer):
    """Predicted months, `month_1` on."""

    scenario_id: str
    studio_id: str
    base_month: str = Field(description="last month known to the prediction")
    base_revenue: float = Field(description="revenue of the base month")
    predictions: dict[str, MonthAnswer]
    growth_rate: float | None = Field(description="revenue of the last month asked / base_revenue - 1")
    total_projected_revenue: float
    model_version: str
    prediction_accuracy: float = Field(description="mean confidence_score of the months")
    borrowed: float | None = Field(
        description="share, 0 to 1, of what tells studios apart that this one's months leave open and others' fill"
    )


class ForwardResponse(ForecastResponse):
    """As a forecast, under levers that were asked for."""

    extrapolating: list[str] = Field(description="levers asked for beyond what the data covers")


class LeverChange(Answer):
    """One lever by the last month. Costs are assumptions of the lever catalogue until a studio states its own."""

    current: float
    recommended: float
    change_pct: float | None = Field(description="share of current; empty when current is 0")
    impact_on_revenue: float = Field(description="revenue this change adds on its own, in the target's basis")
    feasibility_score: float = Field(description="share of the allowed step that is left unused, 1 for no change")
    estimated_cost: str = Field(description="low up to 1/3 of what it adds, medium up to all of it, else high")
    cost_per_month: float = Field(description="money a month once the change is complete")


class Action(Answer):
    """One thing to do. Effects are those of the documents' map, assumed and not measured."""

    priority: int
    lever: str
    action: str
    expected_impact: float = Field(description="its part of the lever's impact_on_revenue")
    timeline_weeks: int
    effort: str
    evidence: str = Field(description="whether the effect is assumed or measured")


class TacticCover(Answer):
    """How far the cheapest tactics that show in time carry a lever's change."""

    lever: str
    covered: float = Field(description="share of the change")
    left: float = Field(description="of the change, in the lever's unit")
    cost_per_month: float = Field(description="assumed staff time")


class Bind(Answer):
    """A lever at its bound: the `limit` of the request, the `data`, which covers no more, or its own `range`."""

    lever: str
    bound: str


class MonthLevers(Levers):
    """The levers of one month of a plan."""

    month: str


class OtherPlan(Answer):
    """Another way to the same target."""

    name: str
    levers: Levers = Field(description="of the last month")
    monthly_levers: list[MonthLevers]
    achievable_revenue: float
    cost: float
    chance: float


class Relaxation(Answer):
    """One step that brings a target which is out of reach, and what the cheapest plan then costs."""

    kind: str = Field(description="limit: a larger change of one lever; months: more time under the same limits")
    lever: str | None
    constraint: str | None = Field(description="the constraint's name in the request")
    needed: float = Field(description="the least value of the constraint, or number of months, that brings the target")
    cost: float = Field(description="of the plan over all its months")
    beyond_data: bool = Field(description="whether the lever then leaves what the data covers")


class InverseResponse(Answer):
    """The cheapest plan for a target, or the best there is and what holds it back."""

    optimization_id: str
    studio_id: str
    base_month: str
    target_revenue: float | None
    target_months: int
    target_basis: str
    achievable_revenue: float = Field(description="predicted under the plan, in the target's basis")
    achievement_rate: float | None = Field(description="achievable / target")
    unchanged_revenue: float = Field(description="predicted if every lever stays, in the target's basis")
    net_gain: float = Field(description="what all months together bring more than unchanged, less the cost")
    chance: float | None = Field(description="measured chance that revenue really comes to the target")
    reachable: bool
    message: str
    recommended_levers: Levers = Field(description="of the last month")
    monthly_levers: list[MonthLevers]
    predictions: dict[str, MonthAnswer]
    lever_changes: dict[str, LeverChange]
    action_plan: list[Action]
    tactic_cover: list[TacticCover] = Field(description="of the levers that the action plan moves, at most five")
    binds: list[Bind]
    extrapolating: list[str] = Field(description="levers of the plan beyond what the data covers")
    other_plans: list[OtherPlan]
    relaxations: list[Relaxation] = Field(description="of a target out of reach, the cheapest first")
    cost: float = Field(description="money over all months of the plan")
    confidence_score: float = Field(description="as of the last month; the mean of the months for mean and sum")
    model_version: str


class LeverImpact(Answer):
    """One lever's effect on predicted revenue, in the basis asked for."""

    lever: str
    impact_score: float = Field(
        description="0 to 1: the size of what the analysis measures (revenue_sensitivity, elasticity or contribution) "
        "as a share of that of the strongest lever; for correlation, the size of the correlation"
    )
    revenue_sensitivity: float = Field(description="revenue for 1 % more of the lever's value, the others staying")
    rank: int = Field(description="by impact_score, 1 first")
    recommendation: str
    held: float = Field(description="where the studio holds the lever")
    planned: float = Field(description="where the plan has it, as held if it does not name it; measured there")
    revenue_per_unit: float = Field(description="revenue for one unit more; a share's unit is 1.0, a hundred points")
    elasticity: float = Field(description="per cent of revenue for one per cent of the lever")
    correlation: float | None = Field(description="with revenue, over months_known; empty if the lever never moved")
    contribution: float = Field(
        description="exact Shapley value of its move from held to planned; the seven add up to "
        "planned_revenue - held_revenue to the cent's rounding"
    )


class ImpactResponse(Answer):
    """What each lever does to revenue, the strongest first."""

    analysis_id: str
    studio_id: str
    base_month: str
    analysis_type: str
    projection_months: int
    target_basis: str
    held_revenue: float = Field(description="predicted if every lever stays as held")
    planned_revenue: float = Field(description="predicted under the plan")
    lever_impacts: list[LeverImpact]
    correlation_matrix: dict[str, float | None] = Field(
        description="Pearson, of the months known: each lever with revenue, and with each other. What ran along, "
        "growth and seasons included; no measure of what a lever does"
    )
    months_known: int = Field(description="months behind the correlations")
    extrapolating: list[str] = Field(description="levers of the plan beyond what the data covers")
    model_version: str
