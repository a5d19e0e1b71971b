"""Two to six scenarios side by side, and whether their difference is more than chance (B-74). Money in major units."""

from pydantic import Field

from studiolab.revenue_simulator.replies import Answer
from studiolab.schema import LEVERS


class Column(Answer):
    """One scenario of a comparison."""

    scenario_id: str
    scenario_name: str
    studio_id: str
    currency: str
    model_version: str
    revenue: dict[str, float] = Field(description="by month")
    confidence_interval: dict[str, tuple[float, float]] = Field(description="by month, 90 %")
    total: float = Field(description="over the months that all have")
    levers: dict[str, float | None] = Field(description="those of the last month that differ")
    cost: float | None = Field(description="of an inverse scenario, over all months")


class Comparison(Answer):
    """Scenarios side by side."""

    months: list[str] = Field(description="that all have")
    scenarios: list[Column]
    highest: str | None = Field(description="scenario_id; empty where they cannot be ranked")
    ahead_by: float | None = Field(description="total of the highest - total of the next")
    interval: float | None = Field(description="half of the 90 % interval of the highest in the last common month")
    message: str


def compare(scenarios):
    """Comparison of two to six Scenario."""
    told = [{month["month"]: month for month in one.outputs["predictions"].values()} for one in scenarios]
    common = sorted(set.intersection(*map(set, told)))
    differ = [name for name in LEVERS if len({one.levers.get(name) for one in scenarios}) > 1]
    columns = [
        Column(
            scenario_id=one.scenario_id, scenario_name=one.scenario_name, studio_id=one.studio_id,
            currency=one.currency, model_version=one.model_version,
            revenue={month: months[month]["revenue"] for month in sorted(months)},
            confidence_interval={month: months[month]["confidence_interval"] for month in sorted(months)},
            total=round(sum(months[month]["revenue"] for month in common), 2),
            levers={name: one.levers.get(name) for name in differ}, cost=one.outputs.get("cost"),
        )
        for one, months in zip(scenarios, told, strict=True)
    ]  # fmt: skip
    return Comparison(months=common, scenarios=columns, **_ranked(columns, common))


def _ranked(columns, common):
    unranked = {"highest": None, "ahead_by": None, "interval": None}
    currencies = sorted({column.currency for column in columns})
    if not common:
        return unranked | {"message": "Not ranked: there is no month that all of them predict."}
    if len(currencies) > 1:
        return unranked | {"message": f"Not ranked: they are in {', '.join(currencies)}."}
    first, second = sorted(columns, key=lambda column: -column.total)[:2]
    ahead = round(first.total - second.total, 2)
    low, high = first.confidence_interval[common[-1]]
    half, per_month = round((high - low) / 2, 2), ahead / len(common)
    if not ahead:
        return unranked | {"message": f"Even: “{first.scenario_name}” and “{second.scenario_name}” are equal."}
    beside = "less than" if per_month < half else "more than"
    return {
        "highest": first.scenario_id, "ahead_by": ahead, "interval": half,
        "message": f"“{first.scenario_name}” is highest: {ahead:,.0f} {currencies[0]} above “{second.scenario_name}” "
        f"over {len(common)} month{'s' * (len(common) > 1)}. That is {per_month:,.0f} a month, {beside} chance alone "
        f"may move either: ± {half:,.0f} in {common[-1]}.",
    }  # fmt: skip
