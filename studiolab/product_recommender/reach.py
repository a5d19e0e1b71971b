"""Whom a campaign reaches, and why it does not reach the others. Sources: SPEC C-21, K2.12."""

import numpy as np

from studiolab.product_recommender.purchases import seconds

REACHED = "in the list"
OTHER, NOTHING = "in another segment", "nothing to offer them"
DECLINED, NO_ADDRESS, LEFT = "did not agree to e-mail", "no e-mail address", "left"
STRANGER = "never a member, so nobody asked them"


def reach(purchases, members, rows, segment=None, as_of=None, left=()):
    """dict of a reason to how many people: everybody who bought or is a member before `as_of` is counted once.

    members : table members; rows : DataFrame of `opportunities.campaign`, of `segment` where one is given
    as_of : Timestamp with a zone; left : ids of others who are known to have left since
    """
    people = members.drop_duplicates("member_id", keep="last")
    listed = people["member_id"].isin(rows["customer_id"])
    agreed = people["email_consent"].fillna(False).astype(bool)
    why = np.select(
        [listed, (people["left_at"] <= as_of) | people["member_id"].isin(left), ~agreed, people["email"].isna()],
        [REACHED, LEFT, DECLINED, NO_ADDRESS],
        NOTHING if segment is None else f"{OTHER}, or {NOTHING}",
    )
    names, counts = np.unique(why, return_counts=True)
    told = dict(zip(names.tolist(), counts.tolist(), strict=True))
    bought = purchases.customers[
        np.unique(purchases.customer[(purchases.at < seconds(as_of)) & (purchases.customer >= 0)])
    ]
    strangers = int((~bought.isin(people["member_id"])).sum())
    told |= {STRANGER: strangers} if strangers else {}
    return dict(sorted(told.items(), key=lambda item: (item[0] != REACHED, -item[1])))
