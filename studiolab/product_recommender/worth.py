"""What customers are still worth and who may be gone, as answers. Sources: SPEC C-14, C-25."""

from datetime import date, datetime

import numpy as np
import pandas as pd
from pydantic import Field

from studiolab.product_recommender import timing
from studiolab.product_recommender.replies import Answer

HORIZON_DAYS = 365


class CustomerValue(Answer):
    """One customer's orders to come."""

    customer_id: str
    customer_name: str = ""
    alive: float = Field(ge=0, le=1, description="chance that they are still a customer")
    expected_orders: float = Field(ge=0, description="days with an order within the horizon")
    order_value_minor: int = Field(description="expected of their next order, minor units")
    expected_value_minor: int = Field(description="within the horizon, minor units")
    last_order: date
    next_order_soonest: date | None = Field(description="soonest to latest holds it in 80 of 100 cases, if they stay")
    next_order: date | None = Field(description="as likely before as after; empty where a rhythm says nothing any more")
    next_order_latest: date | None


class CustomerValues(Answer):
    """Customers, those first who are worth most."""

    success: bool = True
    as_of: datetime
    currency: str
    horizon_days: int
    total_customers: int
    total_expected_value_minor: int = Field(description="of all customers, minor units")
    customers: list[CustomerValue]
    notes: list[str] = Field(description="what the orders could not tell")


class AtRisk(Answer):
    """Somebody who may be gone, for a call or a message."""

    customer_id: str
    customer_name: str = ""
    alive: float = Field(ge=0, le=1, description="chance that they are still a customer")
    usual_gap_days: float
    silent_days: int
    money_at_risk_minor: int = Field(description="what they would bring within the horizon, times the chance they left")
    reason: str


class ChurnList(Answer):
    """Customers of high value who fell silent of late, most money at risk first."""

    success: bool = True
    as_of: datetime
    currency: str
    horizon_days: int
    total: int = Field(description="how many are on the list")
    customers: list[AtRisk]
    notes: list[str]


def values(value, rhythm, names, limit, horizon_days=HORIZON_DAYS):
    """`CustomerValues`: the `limit` customers worth most.

    value, rhythm : `value.Value` and `timing.Rhythm` of the same customers; names : dict of customer to name
    """
    worth, orders, money = value.worth(horizon_days), value.orders(horizon_days), value.money()
    first = np.lexsort((value.customers, -worth))[:limit]
    ahead = rhythm.next_order().iloc[first]
    told = [
        CustomerValue(
            customer_id=row.Index, customer_name=names.get(row.Index) or "", alive=round(row.alive, 4),
            expected_orders=round(float(orders[k]), 3), order_value_minor=round(money[k]),
            expected_value_minor=int(worth[k]), last_order=pd.Timestamp(value.last[k]).date(),
            next_order_soonest=_day(row.soonest), next_order=_day(row.likely), next_order_latest=_day(row.latest),
        ) for k, row in zip(first, ahead.itertuples(), strict=True)
    ]  # fmt: skip
    return CustomerValues(
        as_of=value.as_of.to_pydatetime(), currency=value.currency, horizon_days=horizon_days,
        total_customers=len(worth), total_expected_value_minor=int(worth.sum()), customers=told,
        notes=_notes(value, rhythm),
    )  # fmt: skip


def churn(value, rhythm, names, limit, horizon_days=HORIZON_DAYS):
    """`ChurnList` of the `limit` customers with most money at risk; arguments as of `values`."""
    found = timing.churn_list(value, rhythm, horizon_days)
    told = [
        AtRisk(
            customer_id=row.customer_id, customer_name=names.get(row.customer_id) or "", alive=round(row.alive, 4),
            usual_gap_days=round(row.usual_gap_days, 1), silent_days=row.silent_days,
            money_at_risk_minor=row.money_at_risk_minor, reason=row.reason,
        ) for row in found.head(limit).itertuples()
    ]  # fmt: skip
    return ChurnList(as_of=value.as_of.to_pydatetime(), currency=value.currency, horizon_days=horizon_days,
                     total=len(found), customers=told, notes=_notes(value, rhythm))  # fmt: skip


def _notes(value, rhythm):
    return [f"{sentence[:1].upper()}{sentence[1:]}." for sentence in dict.fromkeys((*value.says, *rhythm.says))]


def _day(instant):
    return None if pd.isna(instant) else instant.date()
