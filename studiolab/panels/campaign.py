"""A campaign: who gets which product and why, for everybody who agreed to e-mail."""

from dataclasses import dataclass

import pandas as pd

from studiolab.panels.weekly_plans import start_of
from studiolab.product_recommender.questions import MOST


@dataclass
class Campaign:
    """One studio's campaign. Answers are the JSON of `product_recommender.replies`.

    day : Timestamp, the moment on the studio's clock, no zone; None where nothing was sold yet, and then the rest is
        empty
    most : customers shown; the CSV holds all of them
    rows : DataFrame of `Workbench.product_campaign`, the surest first; csv : the same for an e-mail tool
    reach : dict as of `reach.reach`; answers : dict of customer to RecommendationResult, of the first `most`
    """

    studio_id: str
    studio_name: str
    segment: str
    most: int
    day: pd.Timestamp | None = None
    currency: str = ""
    policy: str = ""
    horizon_days: int = 0
    rows: pd.DataFrame | None = None
    csv: str = ""
    reach: dict | None = None
    answers: dict | None = None
    note: str = ""


def look(workbench, studio_id, policy="learned", segment="", most=20, as_of=""):
    """The `Campaign` of a studio.

    segment : of these customers only, of all where empty
    as_of : YYYY-MM-DD, a day that begins on the studio's clock; the end of the known orders where empty
    Raises ValueError for an unknown studio, policy or segment, for `most` beyond 1 to MOST, or no day.
    """
    studio = workbench.db.read("studios", studio_id)
    if studio.empty:
        raise ValueError(f"no studio {studio_id!r}")
    if not 1 <= most <= MOST:
        raise ValueError(f"MOST: got {most}; expected 1 to {MOST}")
    campaign = Campaign(studio_id, studio["studio_name"].iloc[0] or studio_id, segment, most)
    if studio_id not in workbench.studios_with_orders():
        return campaign
    zone = studio["timezone"].iloc[0] or "UTC"
    asked = {"policy": policy, "as_of": start_of(as_of, zone) if as_of else None}
    whom = asked | {"segment": segment or None}
    found = workbench.product_opportunities(studio_id, limit=1, **asked)
    campaign.day = pd.Timestamp(found.as_of).tz_localize(None)
    campaign.currency, campaign.policy, campaign.note = found.currency, found.policy, found.note
    campaign.rows = workbench.product_campaign(studio_id, **whom)
    campaign.csv = workbench.product_export(studio_id, **whom)
    campaign.reach = workbench.product_reach(studio_id, **whom)
    campaign.answers = {
        customer: workbench.product_recommendations(studio_id, customer, **asked).model_dump(mode="json")
        for customer in campaign.rows["customer_id"].head(most)
    }
    campaign.horizon_days = max((answer["horizon_days"] for answer in campaign.answers.values()), default=0)
    return campaign


def by_product(campaign):
    """DataFrame by product name: people, buyers (expected), value (expected, major units), the most value first."""
    groups = campaign.rows.groupby("product")
    table = groups.agg(people=("customer_id", "size"), buyers=("confidence", "sum"), value=("expected_value", "sum"))
    return table.sort_values(["value", "people"], ascending=False, kind="stable")
