"""The shapes of insights: S4 3.2.1 (B-58) field by field, each defined, with what the studio needs beside it.

Money is in major units and of one month. Effects of tactics are assumed until the studio measures its own.
"""

from pydantic import Field

from studiolab.revenue_simulator.replies import Answer

CHANCE = "from the measured errors of the forecast"


class NextAction(Answer):
    """One tactic to begin now, on its own."""

    id: str
    action: str
    impact: str
    expected_revenue_gain: float = Field(description="revenue it adds in `month`, if its effect is as stated")
    confidence: float = Field(description=f"chance that revenue of `month` is then above today's course, {CHANCE}")
    timeline: str
    timeline_weeks: int = Field(description="until it shows")
    month: str = Field(description="YYYY-MM")
    lever: str
    effect: float = Field(description="change of the lever, in its unit, as far as the data covers it")
    effort: str
    cost_per_month: float = Field(description="assumed staff time")
    evidence: str = Field(description="whether the effect is assumed or measured")
    source: str = Field(description="cheapest plan: part of the plan to a modest uplift; sensitivity: pays on its own")


class Risk(Answer):
    """A month whose revenue may fall below an amount."""

    id: str
    kind: str
    risk: str
    probability: float = Field(description=f"chance that revenue of `month` is below `below`, {CHANCE}")
    potential_revenue_impact: float = Field(description="mean of revenue - `below` in the cases where it is below")
    mitigation: str
    month: str = Field(description="YYYY-MM")
    below: float


class Opportunity(Answer):
    """A month's revenue that a season brings, or that another level of a lever would bring."""

    id: str
    kind: str
    opportunity: str
    potential_revenue_gain: float = Field(description="revenue of `month` above `above`, as expected")
    confidence: float = Field(description=f"chance that revenue of `month` is then above `above`, {CHANCE}")
    actions: list[str]
    month: str = Field(description="YYYY-MM")
    above: float


class Uplift(Answer):
    """How far the tactics of the cheapest plan carry towards a modest uplift of the last month."""

    month: str
    target_revenue: float
    wanted: float = Field(description="target_revenue - expected revenue")
    gain: float = Field(description="of all tactics of the plan together")
    covered: float = Field(description="gain / wanted, at most 1")
    left: float = Field(description="wanted - gain, at least 0")
    cost_per_month: float
    message: str


class WordedAction(Answer):
    """One row in a language model's words; every number in it stands in the plain insights."""

    id: str | None = Field(description="the action it words; none for an idea of the model's own")
    priority: int
    action: str
    implementation_tips: list[str]
    obstacles: list[str] = Field(description="each with what helps against it")
    expected_impact: str
    evidence: str


class Insights(Answer):
    """The three lists, each by money times probability; a kind that was not asked for is empty."""

    next_best_actions: list[NextAction] = Field([])
    risk_factors: list[Risk] = Field([])
    opportunities: list[Opportunity] = Field([])


class InsightsResponse(Answer):
    """What to do next, what to watch and what to use."""

    insights_id: str
    scenario_id: str | None = Field(description="as it was asked with; insights are of levers held as they are")
    studio_id: str
    base_month: str
    projection_months: int
    expected_revenue: float = Field(description="of the last month, levers held")
    insights: Insights
    uplift: Uplift | None = None
    notes: list[str] = Field(description="what could not be said and why, or that nothing stands out")
    actions: list[WordedAction] = Field([], description="ranked by a language model, where its words were asked for")
    banner: str = Field("", description="why there are no words, or fewer, where they were asked for")
    generated_at: str = Field(description="UTC, ISO 8601")
    model_version: str
