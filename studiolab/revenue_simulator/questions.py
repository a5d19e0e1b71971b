"""What may be asked of the revenue simulator: the requests that every face sends, checked at the door.

The shapes are those of S4 3.2.1 and S1 "API Usage" with the settlements of K1.20 (both date forms,
at most a year ahead, member count is state and no lever) and K1.23 (the target says its basis).
Money is in major units. A key that is not known is refused by its name.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, create_model, model_validator

from studiolab.revenue_simulator.inverse import BASES, COSTS, RAMPS, SURE
from studiolab.revenue_simulator.levers import CATALOGUE, LIMIT_NAMES, MOST_MONEY
from studiolab.schema import LEVERS

LONGEST = 12  # months
ANALYSES = ("sensitivity", "elasticity", "correlation", "shapley")
INSIGHTS = ("next_best_actions", "risk_factors", "opportunities")


class Question(BaseModel):
    """Base of all requests: nothing unknown, no infinite number."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def _lever(name, strict=True):
    known = CATALOGUE[name]
    money = known.unit == "money"
    bounds = {"gt": 0, "le": MOST_MONEY} if money else {"ge": known.low, "le": known.high}
    what = f"{known.label}, {known.unit}" + (" in major units" if money else "")
    return (float | None, Field(None, strict=strict, description=what, **bounds))


Levers = create_model(
    "Levers", __base__=Question, __doc__="The levers to set; one that is left out stays where it is.",
    **{name: _lever(name) for name in LEVERS},
)  # fmt: skip


class State(Levers):
    """Levers, and how many members there are at the start where that differs from the known number."""

    current_member_count: int | None = Field(None, strict=True, ge=1, le=1_000_000)

    def levers(self):
        """dict of the levers that were given."""
        return {name: getattr(self, name) for name in LEVERS if getattr(self, name) is not None}


Constraints = create_model(
    "Constraints", __base__=Question,
    __doc__="The largest increase of each lever by the last month; shares in points (0.05 is five), money in major "
    "units. What is left out has the catalogue's step. Plans are always the cheapest, so "
    "`prioritize_low_cost_levers` changes nothing.",
    **{name: (float | None, Field(None, strict=True, ge=0, le=MOST_MONEY)) for name in LIMIT_NAMES},
    prioritize_low_cost_levers=(bool, True),
)  # fmt: skip

UnitCosts = create_model(
    "UnitCosts", __base__=Question,
    __doc__="What one unit more of a lever costs the studio a month, major units; a share's unit is 1.0, a hundred "
    "points. What is left out has the catalogue's assumption.",
    **{name: (float | None, Field(None, strict=True, ge=0, le=MOST_MONEY)) for name in LEVERS},
)  # fmt: skip

_MONTH = r"^(19|20)\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$"
StudioId = Annotated[str, Field(min_length=1, max_length=200, examples=["studio-001"])]
Month = Annotated[str, Field(pattern=_MONTH, examples=["2026-10"]), AfterValidator(lambda given: given[:7])]
Ahead = Annotated[int, Field(strict=True, ge=1, le=LONGEST)]
Held = Annotated[State, Tag("held")]
Rows = Annotated[list[Levers], Field(min_length=1, max_length=LONGEST), Tag("rows")]


def _example(**fields):
    return ConfigDict(json_schema_extra={"examples": [{"studio_id": "studio-001"} | fields]})


class ForecastRequest(Question):
    """The coming months of a studio if it holds the levers it holds now."""

    studio_id: StudioId
    base_month: Month | None = Field(None, description="the last month to start from; the last known one by default")
    projection_months: Ahead = 3


class ForwardRequest(ForecastRequest):
    """The coming months of a studio if it sets these levers: one set held, or one a month."""

    model_config = _example(levers={"avg_ticket_price": 190.0, "upsell_rate": 0.25}, projection_months=3)

    levers: Annotated[Held | Rows, Discriminator(lambda given: "rows" if isinstance(given, list) else "held")]
    include_confidence_intervals: bool = True

    @model_validator(mode="after")
    def _one_row_a_month(self):
        if isinstance(self.levers, list) and len(self.levers) != self.projection_months:
            raise ValueError(f"levers has {len(self.levers)} rows for {self.projection_months} months")
        return self


class InverseRequest(Question):
    """The levers that bring a revenue within some months, at the least cost and within limits."""

    model_config = _example(target_revenue=50000.0, target_months=3, constraints={"max_ticket_increase": 15.0})

    studio_id: StudioId
    base_month: Month | None = None
    target_revenue: float | None = Field(
        None, strict=True, gt=0, le=MOST_MONEY,
        description="major units; left out for the plan that earns most above its cost",
    )  # fmt: skip
    target_months: Ahead = 3
    target_basis: Literal[BASES] = Field(
        "last", description="what the target is of: the last month, the mean month, the sum of all"
    )
    current_state: State = State()
    constraints: Constraints = Constraints()
    sure: float | None = Field(
        None, strict=True, ge=SURE[0], le=SURE[1],
        description="wanted chance that revenue really comes to the target; a prediction alone has an even one",
    )  # fmt: skip
    cost_basis: Literal[COSTS] = Field(
        "money", description="what the plan saves: money, or the documents' weights of one per cent of each lever"
    )
    unit_costs: UnitCosts = UnitCosts()
    ramp: Literal[RAMPS] = Field("even", description="in even monthly steps, or all at once from the first month")
    extrapolate: bool = Field(False, description="whether levers may go beyond what the data covers")
    other_plans: bool = Field(False, description="whether to answer with plans that reach the target in other ways")


class ImpactRequest(ForecastRequest):
    """What each lever does to a studio's revenue (S4 3.2.1, B-55)."""

    model_config = _example(analysis_type="shapley", levers={"avg_ticket_price": 190.0, "upsell_rate": 0.25})

    analysis_type: Literal[ANALYSES] = Field(
        "sensitivity",
        description="what ranks: revenue for 1 % of a lever; per cent for per cent; how it ran along with revenue in "
        "the past; or what each lever adds of all that the plan adds",
    )
    target_basis: Literal[BASES] = Field("last", description="revenue of the last month, the mean month or their sum")
    levers: State = Field(
        State(), description="the plan: shapley shares out what it changes; sensitivity and elasticity hold at it"
    )


ImpactQuery = create_model(
    "ImpactQuery", __base__=Question,
    __doc__="An ImpactRequest as an address has it: the levers beside the rest, and numbers as text.",
    **{name: (field.annotation, field) for name, field in ImpactRequest.model_fields.items()
       if name not in ("levers", "projection_months")},
    projection_months=(int, Field(3, ge=1, le=LONGEST)),
    current_member_count=(int | None, Field(None, ge=1, le=1_000_000)),
    **{name: _lever(name, strict=False) for name in LEVERS},
)  # fmt: skip


def impact_asked(query):
    """The dict of an ImpactRequest from an ImpactQuery."""
    given = query.model_dump(exclude_none=True)
    return given | {"levers": {name: given.pop(name) for name in State.model_fields if name in given}}


class InsightsRequest(ForecastRequest):
    """What to do next, what to watch and what to use, of a studio that holds its levers."""

    model_config = _example(insight_types=list(INSIGHTS))

    scenario_id: str | None = Field(None, max_length=200, description="given back with the answer")
    insight_types: Annotated[list[Literal[INSIGHTS]], Field(min_length=1, max_length=len(INSIGHTS))] = list(INSIGHTS)
    measured_effects: dict[Annotated[str, Field(max_length=200)], float] | None = Field(
        None,
        max_length=50,
        description="the studio's own effects in place of the assumed: action to change of its lever",
    )
    words: bool = Field(False, description="whether a language model ranks the actions and adds tips and obstacles")


LONGEST_TOLD = 100  # characters of what came that a sentence repeats


def in_words(errors):
    """One sentence for a list of pydantic's errors: where, what was expected, what came."""
    return "; ".join(map(_sentence, errors[:5])) + (f"; and {len(errors) - 5} more" if len(errors) > 5 else "")


def _sentence(error):
    where = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path", "held", "rows"))
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return f"{where}: no such key"
    if error["type"] == "missing":
        return f"{where}: is missing" if where else "the body is missing"
    if error["type"] == "string_pattern_mismatch":
        return f"{where}: is no month such as 2026-10, got {_short(error['input'])}"
    plain = isinstance(error.get("input"), (str, int, float, bool, type(None)))
    came = f", got {_short(error['input'])}" if plain and "password" not in where else ""
    return f"{where}: {message}{came}" if where else f"{message}{came}"


def _short(value):
    told = repr(value)
    return told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]}… ({len(told):,} characters)"
