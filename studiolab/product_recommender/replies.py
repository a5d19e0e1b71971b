"""What the product recommender answers, the same for every face; the documents' fields, and what they leave open.

A field named `…_minor` is in minor units of `currency`; money without that word is in major units, as the documents
show it. Sources: SPEC C-01 to C-18, K2.1 to K2.7.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Evidence = Literal["new", "repeat", "strong"]
POLICIES = ("learned", "ladder", "uplift")
Policy = Literal["learned", "ladder", "uplift"]
SEGMENTS = ("new", "repeat", "high value", "lapsed")


class Answer(BaseModel):
    """Base of all responses: no infinite number, no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Recommendation(Answer):
    """One product for one customer."""

    product: str = Field(description="its name")
    product_id: str
    score: float = Field(ge=0, le=100, description="match: how much more this customer than others, or the ladder's")
    reason: str
    confidence: float = Field(ge=0, le=1, description="calibrated chance that they buy it within the horizon")
    confidence_low: float = Field(ge=0, le=1, description="low to high holds the chance in 90 of 100 cases")
    confidence_high: float = Field(ge=0, le=1)
    evidence: Evidence = Field(description="new: 0 or 1 orders, repeat, strong: the best customers")
    expected_value_minor: int = Field(
        description="chance times margin, minor units; by uplift what telling them adds, less its cost"
    )
    estimated_conversion_value: int = Field(description="the documents' name of expected_value_minor, the same number")
    message: str | None = Field(None, description="by uplift, how to tell them: an arm of the studio's experiments")


class RecommendationResult(Answer):
    """What to offer one customer."""

    success: bool = True
    customer_id: str
    receipt: str | None = Field(description="of their last order")
    customer_name: str = ""
    policy: Policy = Field(description="of the answer; another than was asked for where that has too little to go by")
    as_of: datetime
    horizon_days: int
    currency: str
    current_level: str | None = Field(description="the highest step of the ladder that they hold; empty where none")
    segment: str
    no_purchase: float = Field(ge=0, le=1, description="chance that they buy none of these within the horizon")
    recommendations: list[Recommendation]
    note: str = Field("", description="a sentence where there is nothing to offer, or less than was asked for")


class Opportunity(Answer):
    """A customer to talk to, with the one product."""

    customer_id: str
    customer_name: str = ""
    receipt: str | None
    segment: str
    ltv: float = Field(description="money kept from them so far, major units")
    ltv_minor: int
    order_count: int
    last_order: datetime | None
    recommended_product: str
    product_id: str
    score: float
    confidence: float
    confidence_low: float
    confidence_high: float
    evidence: Evidence
    expected_value_minor: int
    reason: str
    message: str | None = None


class Opportunities(Answer):
    """Whom to offer what, the best first."""

    success: bool = True
    as_of: datetime
    policy: Policy = Field(description="of the answer; another than was asked for where that has too little to go by")
    currency: str
    segments: dict[str, int] = Field(description="customers of each segment")
    opportunities: list[Opportunity]
    note: str = ""


class MonthSold(Answer):
    """A month of a product; revenue in major units."""

    month: str = Field(description="YYYY-MM at the studio")
    orders: int
    revenue: float


class ProductPerformance(Answer):
    """total_revenue and avg_order_value in major units."""

    product_id: str
    product: str
    kind: str
    price: float | None
    margin_minor: int | None
    is_in_catalogue: bool
    total_orders: int
    total_revenue: float
    total_revenue_minor: int
    unique_customers: int
    avg_order_value: float
    last_sold: datetime | None
    history: list[MonthSold]


class Performance(Answer):
    """How products sell."""

    success: bool = True
    as_of: datetime
    currency: str
    products: dict[str, ProductPerformance] = Field(description="by name, the most revenue first")
    left_out: dict[str, int] = Field(description="order lines that do not count, by reason")
    problems: list[str] = Field(description="sentences on what is wrong with the orders and what to do")


class Impact(Answer):
    """Money in major units."""

    total_customers: int
    recommendations_made: int
    total_customer_ltv: float
    average_customer_ltv: float
    estimated_revenue_lift: float = Field(
        description="over the horizon, if all got their first offer; measured: margin"
    )
    estimated_lift_percentage: float = Field(description="of what they spent in as many days before")
    lift_low: float
    lift_high: float
    basis: Literal["measured", "assumption"] = Field(description="measured: from an experiment, whose words are `says`")
    says: str


class Stats(Answer):
    """What offers are expected to bring."""

    success: bool = True
    as_of: datetime
    currency: str
    impact: Impact
