"""Whom to talk to about what: the best customers to offer something to, the statistics, and the rows of a campaign.

Sources: SPEC C-03, C-05, C-06, C-14, C-16, C-17, C-21, K2.5, K2.12, K2.13.
"""

import numpy as np
import pandas as pd

from studiolab.product_recommender import recommend
from studiolab.product_recommender.purchases import seconds
from studiolab.product_recommender.replies import SEGMENTS, Impact, Opportunities, Opportunity, Stats
from studiolab.product_recommender.standing import EVIDENCE
from studiolab.schema import minor_per_major

SORTS = ("value", "ltv", "orders", "confidence")
CAMPAIGN = ("customer_id", "customer_name", "email", "segment", "evidence", "rank", "product_id", "product",
            "confidence", "confidence_low", "confidence_high", "expected_value", "ltv", "currency",
            "reason")  # fmt: skip


def opportunities(offers, names=None, limit=20, segment=None, sort="value"):
    """`Opportunities`: at most `limit` customers with the one product to offer each.

    names : dict of customer id to name; segment : one of SEGMENTS, None for all
    sort : value, the expected value; ltv, then orders; orders, then ltv; confidence. Equals: by ltv, then by id
    Raises ValueError for another segment or sort, or a limit below 1.
    """
    for given, known, name in ((segment, (None, *SEGMENTS), "segment"), (sort, SORTS, "sort")):
        if given not in known:
            raise ValueError(f"{name} {given!r}; expected one of {', '.join(filter(None, known))}")
    if limit < 1:
        raise ValueError(f"limit {limit}; expected 1 or more customers")
    own, best = offers.standing, offers.best[:-1]
    rows = np.flatnonzero((best >= 0) & (own.orders[:-1] > 0))
    if segment is not None:
        rows = rows[own.segment[rows] == SEGMENTS.index(segment)]
    values = {"value": offers.expected[rows, best[rows]], "ltv": own.ltv[rows], "orders": own.orders[rows],
              "confidence": offers.chance[rows, best[rows]]}  # fmt: skip
    then = {"ltv": "orders"}.get(sort, "ltv")
    chosen = rows[np.lexsort((rows, -values[then], -values[sort]))][:limit]
    return Opportunities(
        as_of=offers.as_of.to_pydatetime(), policy=offers.policy, currency=offers.catalogue.currency,
        segments=sizes(own), opportunities=[_opportunity(offers, row, best[row], names or {}) for row in chosen],
        note="" if len(chosen) else _nobody(segment),
    )  # fmt: skip


def _nobody(segment):
    who = f"Nobody of the segment {segment}" if segment else "Nobody"
    return f"{who} who is still a client can be offered anything that they do not hold."


def sizes(own):
    """dict of segment to how many customers with an order are in it."""
    counts = np.bincount(own.segment[own.orders > 0], minlength=len(SEGMENTS))
    return {name: int(count) for name, count in zip(SEGMENTS, counts, strict=True)}


def stats(offers, experiment=None):
    """`Stats`: customers, what they spent, and what recommending brings.

    experiment : dict of `experiment.report.impact`, what showing an offer brought a client; without it the lift is an
        assumption
    """
    own, per = offers.standing, minor_per_major(offers.catalogue.currency)
    total, customers = float(own.ltv.sum()) / per, int((own.orders > 0).sum())
    best = offers.best[:-1]
    rows = np.flatnonzero((best >= 0) & (own.orders[:-1] > 0))
    spent = _spent(offers) / per
    lift = _assumed(offers, rows, best[rows], per) if experiment is None else _measured(experiment, len(rows) / per)
    percentage = 100 * lift["estimated_revenue_lift"] / spent if spent else 0.0
    return Stats(
        as_of=offers.as_of.to_pydatetime(), currency=offers.catalogue.currency,
        impact=Impact(total_customers=customers, recommendations_made=len(rows), total_customer_ltv=round(total, 2),
                      average_customer_ltv=round(total / customers, 2) if customers else 0.0,
                      estimated_lift_percentage=round(percentage, 2), **lift),
    )  # fmt: skip


def campaign(offers, members, names=None, limit=1, left=()):
    """DataFrame of CAMPAIGN: the first `limit` recommendations of everybody who agreed to e-mail, the highest
    confidence first; money in major units.

    members : table members; only those whose email_consent is true, with an address, who have not left by then
    left : ids of others who are known to have left since
    Cells are as they are: `adapters.exports.safe_csv` writes them so that no spreadsheet runs one as a formula.
    """
    agreed = members[members["email_consent"].fillna(False).astype(bool) & members["email"].notna()]
    gone = (agreed["left_at"] <= offers.as_of) | agreed["member_id"].isin(left)
    agreed = agreed[~gone].drop_duplicates("member_id", keep="last")
    rows = [row for one in agreed.to_dict("records") for row in _mails(offers, one, names or {}, limit)]
    frame = pd.DataFrame(rows, columns=CAMPAIGN)
    by = ["confidence", "expected_value", "customer_id", "rank"]
    return frame.sort_values(by, ascending=[False, False, True, True], ignore_index=True)


def _opportunity(offers, row, product, names):
    own, customer_id = offers.standing, offers.purchases.customers[row]
    per = minor_per_major(offers.catalogue.currency)
    one = recommend.recommendation(offers, row, product)
    shared = one.model_dump(exclude={"product", "estimated_conversion_value"})
    return Opportunity(
        customer_id=customer_id, customer_name=names.get(customer_id) or "",
        receipt=offers.purchases.receipts[own.receipt[row]], segment=SEGMENTS[own.segment[row]],
        ltv=own.ltv[row] / per, ltv_minor=int(own.ltv[row]), order_count=int(own.orders[row]),
        last_order=pd.Timestamp(own.last[row], tz="UTC").to_pydatetime(), recommended_product=one.product, **shared,
    )  # fmt: skip


def _spent(offers):
    """Minor units that customers spent in as many days as the horizon has, before `as_of`."""
    past = offers.purchases
    recent = past.at >= seconds(offers.as_of - pd.Timedelta(days=offers.horizon_days))
    return float(past.amount[past.bounds[0] :][recent[past.bounds[0] :]].sum())


def _assumed(offers, rows, best, per):
    price = np.array([one.price for one in offers.catalogue.products.values()])[best] / per
    brought, most = float((offers.chance[rows, best] * price).sum()), float((offers.high[rows, best] * price).sum())
    says = (f"Assumption: what the first recommendations would bring in {offers.horizon_days} days if nobody bought "
            "them without being asked. Many would, and the truth may be nothing; an experiment tells.")  # fmt: skip
    return {"estimated_revenue_lift": round(brought, 2), "lift_low": 0.0, "lift_high": round(most, 2),
            "basis": "assumption", "says": says}  # fmt: skip


def _measured(experiment, times):
    """What each client was measured to bring, for all who have an offer; times : these, over minor units in a major."""
    lift, low, high = (round(experiment[name] * times, 2) for name in ("lift", "low", "high"))
    return {"estimated_revenue_lift": lift, "lift_low": low, "lift_high": high, "basis": "measured",
            "says": experiment["says"]}  # fmt: skip


def _mails(offers, member, names, limit):
    row, own = recommend.row_of(offers, member["member_id"]), offers.standing
    name, per = names.get(member["member_id"]) or member["member_name"], minor_per_major(offers.catalogue.currency)
    for rank, product in enumerate(offers.ranked(row, limit), 1):
        one = recommend.recommendation(offers, row, product)
        yield {
            "customer_id": member["member_id"], "customer_name": name if isinstance(name, str) else "",
            "email": member["email"], "segment": SEGMENTS[own.segment[row]],
            "evidence": EVIDENCE[own.evidence[row]], "rank": rank, "product_id": one.product_id,
            "product": one.product, "confidence": one.confidence, "confidence_low": one.confidence_low,
            "confidence_high": one.confidence_high, "expected_value": one.expected_value_minor / per,
            "ltv": own.ltv[row] / per, "currency": offers.catalogue.currency, "reason": one.reason,
        }  # fmt: skip
