"""What the product recommender may be asked, checked at the door."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _of_our_time(value):
    if not 1970 <= value.year < 2200:
        raise ValueError("is not a moment between 1970 and 2199")
    return value


Id = Annotated[str, Field(min_length=1, max_length=200)]
Moment = Annotated[datetime, AfterValidator(_of_our_time)]
Policy = Literal["learned", "ladder", "uplift"]
Segment = Literal["new", "repeat", "high value", "lapsed"]
Sort = Literal["value", "ltv", "orders", "confidence"]
MOST = 200  # rows of an answer to look at; an export has no limit


class StudioAsked(BaseModel):
    """Base of all questions: nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid")

    studio_id: Id
    as_of: Moment | None = Field(
        None, description="the moment that is asked about, 1970 to 2199; the end of the known orders by default"
    )

    @property
    def moment(self):
        """`as_of` as a Timestamp in UTC, or None; a time without a zone is UTC."""
        if self.as_of is None:
            return None
        return pd.Timestamp(self.as_of if self.as_of.tzinfo else self.as_of.replace(tzinfo=UTC)).tz_convert("UTC")


class CustomerAsked(StudioAsked):
    """What to offer one customer."""

    customer: Id = Field(description="a customer's id, or a receipt of theirs")
    limit: int = Field(3, ge=1, le=MOST)
    policy: Policy = "learned"


class OpportunitiesAsked(StudioAsked):
    """Whom to talk to, each with one product."""

    limit: int = Field(20, ge=1, le=MOST)
    segment: Segment | None = None
    sort: Sort = "value"
    policy: Policy = "learned"


class ExportAsked(StudioAsked):
    """Everybody who may be written to, each with products to offer."""

    limit: int = Field(1, ge=1, le=MOST, description="products a customer, a row each")
    segment: Segment | None = None
    policy: Policy = "learned"


class StatsAsked(StudioAsked):
    """The whole studio."""

    policy: Policy = "learned"


class ListAsked(StudioAsked):
    """The first of a list of customers."""

    limit: int = Field(20, ge=1, le=MOST)
