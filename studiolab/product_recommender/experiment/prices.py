"""A price test as an experiment whose arms are prices: what it needs, and what to ask once it has told (`pricing`)."""

import re
from datetime import datetime
from decimal import Decimal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from studiolab.product_recommender.catalogue import RECURRING
from studiolab.product_recommender.experiment import pricing, sample_size, trial
from studiolab.product_recommender.experiment.replies import ExperimentTold, Name
from studiolab.product_recommender.experiment.report import problems
from studiolab.product_recommender.purchases import seconds
from studiolab.product_recommender.replies import SEGMENTS, Answer
from studiolab.product_recommender.standing import standing
from studiolab.schema import minor_per_major

EVERYBODY = "everybody"
WORTH_KNOWING = 0.05  # of the margin that the list price earns a client
PRICE = re.compile(r"(?P<amount>[\d,]+(?:\.\d+)?) (?P<currency>[A-Z]{3})")


class PriceRequest(BaseModel):
    """A product whose price is to be tried."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    product_id: str = Field(min_length=1, max_length=200)
    prices: int = Field(4, ge=2, le=6, description="how many, the list price among them, which is the highest")
    deepest: float = Field(0.25, gt=0, lt=1, description="share of the list price that the lowest is below it at most")
    window_days: int = Field(28, ge=1, le=180, description="in which a purchase counts, from the first asking on")
    conversion: float | None = Field(None, gt=0, lt=1, description="at the list price; what it was of late by default")


class PriceTestRequest(PriceRequest):
    """A price test to begin."""

    name: str = Name
    clients: int | None = Field(None, ge=20, le=10**8, description="planned; as many as it needs by default")


class PricePlan(Answer):
    """What a price test would ask, and of how many; prices in minor units, the list price last."""

    product_id: str
    product: str
    currency: str
    prices_minor: list[int]
    cost_minor: int
    clients: int
    days: int | None = Field(description="until the last window is over, at the pace of late; empty: not known")
    conversion: float = Field(description="at the list price, as assumed or as it was of late")
    smallest_lift: float = Field(description="of interest: minor units of margin a client")
    says: str


class Asked(Answer):
    """Of those who were asked one price: buyers, their share low to high in 95 of 100 cases."""

    price_minor: int
    asked: int
    buyers: int
    share: float | None
    low: float | None
    high: float | None


class PriceAdvice(Answer):
    """What to ask a segment. Intervals hold the truth in 90 of 100 cases."""

    segment: str
    asked: int
    price_minor: int
    is_kept: bool = Field(description="it is the list price")
    best_low_minor: int = Field(description="low to high holds the price that earns most, of those between the tried")
    best_high_minor: int
    gain_minor: float = Field(description="margin above that of the list price, a person asked")
    gain_low_minor: float
    gain_high_minor: float
    elasticity: float = Field(description="per cent that sales change with one per cent of price")
    elasticity_low: float
    elasticity_high: float
    says: str


class PriceReport(Answer):
    """What a price test says so far; `advice` is for everybody first, then by what clients were as it began."""

    success: bool = True
    experiment: ExperimentTold
    as_of: datetime
    currency: str
    cost_minor: int
    counted: int = Field(description="whose window is over")
    is_over: bool = Field(description="as many are counted as were planned; before that the advice is early")
    prices: list[Asked]
    advice: list[PriceAdvice]
    problems: list[str] = Field(description="why this is not to be trusted")
    says: str = Field(description="what to do next")
    note: str = Field("", description="what is not known yet")


def tested(product, currency, request):
    """`pricing.PriceTest` of a Product. Raises ValueError where its cost is not on record, or it is held."""
    if product.kind in RECURRING:
        raise ValueError(f"{product.name} is held and not bought again; a price test is for what is bought")
    if not product.is_margin_known:
        raise ValueError(f"what {product.name} costs the studio is not on record, so no price can be kept above it; "
                         "import it with the column cost, 0 where it costs nothing")  # fmt: skip
    cost = product.price - product.margin
    return pricing.price_test(request.product_id, product.price, cost, request.prices, request.deepest, currency)


def arms(test):
    """dict of arm to share: alike for each price, which is its name, such as "37.50 EUR"."""
    return {test.money(price): 1 / len(test.prices) for price in test.prices}


def of_arms(names):
    """dict of arm to price in minor units, empty where they are no prices of one currency."""
    found = {name: PRICE.fullmatch(name) for name in names}
    if not all(found.values()) or len({one["currency"] for one in found.values()}) != 1:
        return {}
    return {name: int(Decimal(one["amount"].replace(",", "")) * minor_per_major(one["currency"]))
            for name, one in found.items()}  # fmt: skip


def plan(product, test, conversion, per_week, request):
    """`PricePlan`: so many that it shows whether at the lowest price enough more buy to earn what the list price does.

    conversion : at the list price; per_week : clients who come, None where not known
    Raises ValueError where not even everybody buying at a lower price would earn as much.
    """
    own = test.list_price - test.cost
    enough = {price: conversion * own / (price - test.cost) for price in test.prices[:-1] if price > test.cost}
    low = next((price for price, share in enough.items() if share < 1), None)
    if low is None:
        raise ValueError(f"{100 * conversion:.0f} of 100 buy {product.name} already: even if all did at a lower price, "
                         f"it would earn less than {test.money(test.list_price)} does")  # fmt: skip
    shares, rise = arms(test), enough[low] - conversion
    spread = (sample_size.share_spread(one) for one in (conversion, enough[low]))
    clients = sample_size.clients_needed(shares, test.money(test.list_price), *spread, rise, at_once=True)
    days = sample_size.days_needed(clients, per_week, request.window_days) if per_week else None
    pace = f"that takes {days:,} days at most at the pace of late" if days else "nobody came of late to tell the pace"
    tried = ", ".join(test.money(price) for price in test.prices)
    return PricePlan(
        product_id=product.product_id, product=product.name, currency=test.currency, prices_minor=list(test.prices),
        cost_minor=test.cost, clients=clients, days=days, conversion=conversion,
        smallest_lift=WORTH_KNOWING * conversion * own,
        says=f"{tried}, drawn for each client who agreed to messages. It takes {clients:,} clients to see whether at "
             f"{test.money(low)} {100 * enough[low]:.1f} instead of {100 * conversion:.1f} of 100 buy, which earns as "
             f"much as now; {pace}.",
    )  # fmt: skip


def report(told, experiment, exposures, purchases, catalogue, as_of):
    """`PriceReport` as of Timestamp `as_of`; arguments as of `report.report`.

    Raises ValueError where the arms are no prices, or the product is none whose price can be tried any more.
    """
    by_arm = of_arms(told.arms)
    if not by_arm:
        raise ValueError(f"{told.name!r} tries out offers, not prices; `studiolab experiments report` tells of it")
    product = catalogue.products.get(told.product_id)
    if product is None or not product.is_margin_known:
        raise ValueError(f"what {told.product_id} costs the studio is not on record any more; import it")
    test = pricing.PriceTest(told.experiment_id, tuple(sorted(by_arm.values())), product.price - product.margin,
                             purchases.currency)  # fmt: skip
    seen = exposures[exposures["exposed_at"] < as_of].reset_index(drop=True)
    known = trial.outcomes(experiment, seen, purchases, catalogue)
    over = known.ends <= seconds(as_of)
    rows = seen[["client_id"]].rename(columns={"client_id": "customer_id"}).assign(
        price=seen["arm"].map(by_arm), bought=known.conversion > 0,
        segment=_segments(seen["client_id"], purchases, catalogue, experiment.started_at),
    )[over]  # fmt: skip
    advice = [*_advice(rows.assign(segment=EVERYBODY), test), *_advice(rows, test)] if len(rows) else []
    is_over, wrong = len(rows) >= told.clients, problems(experiment, seen)
    return PriceReport(
        experiment=told, as_of=as_of, currency=purchases.currency, cost_minor=test.cost, counted=len(rows),
        is_over=is_over, prices=[_asked(rows, price) for price in test.prices], advice=advice,
        problems=wrong, says=_says(told, wrong, advice, len(rows), is_over),
    )  # fmt: skip


# parts --------------------------------------------------------------------------------------------
def _segments(clients, purchases, catalogue, began):
    """(n,) names of what clients were as the test began, which no price can have moved."""
    own = standing(purchases, catalogue, began)
    return np.array(SEGMENTS, object)[own.segment[purchases.customers.get_indexer(clients)]]


def _advice(rows, test):
    told = pricing.demand(rows, test, seed=0)
    for segment, asked in zip(told.segments, told.asked.tolist(), strict=True):
        one, elastic = told.advice(segment), told.elasticity(segment)
        yield PriceAdvice(
            segment=segment, asked=asked, price_minor=one.price, is_kept=one.is_kept, best_low_minor=one.low,
            best_high_minor=one.high, gain_minor=one.gain, gain_low_minor=one.gain_low, gain_high_minor=one.gain_high,
            **dict(zip(("elasticity", "elasticity_low", "elasticity_high"), elastic, strict=True)), says=one.says,
        )  # fmt: skip


def _asked(rows, price):
    own = rows[rows["price"] == price]
    buyers, values = int(own["bought"].sum()), (None, None, None)
    if len(own):
        middle, half = trial.wilson(buyers / len(own), len(own))
        values = buyers / len(own), max(0.0, middle - half), min(1.0, middle + half)
    return Asked(price_minor=price, asked=len(own), buyers=buyers,
                 **dict(zip(("share", "low", "high"), values, strict=True)))  # fmt: skip


def _says(told, wrong, advice, counted, is_over):
    if wrong:
        return f"Do not trust this: {'; '.join(wrong)}."
    if not counted:
        return (f"Take the list and ask each client the price beside their name; nobody's {told.window_days} days "
                "after that are over yet.")  # fmt: skip
    said = f"{advice[0].says[:1].upper()}{advice[0].says[1:]}."
    if is_over:
        return f"Stop the test. {said}"
    if told.stopped_at is not None:
        return f"It was stopped with {counted:,} of {told.clients:,} clients, so this is early: {said}"
    return f"Keep on: the days of {counted:,} of {told.clients:,} clients are over. So far: {said}"
