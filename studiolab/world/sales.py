"""What one studio sold: its catalogue and every line of every order, to the cent what the outcomes say."""

import numpy as np
import pandas as pd

from studiolab.world.people import PLAN_WEIGHT, PLANS, day_in

NAMES = {
    "dues-4": "Membership, 4 classes a month", "dues-8": "Membership, 8 classes a month",
    "dues-unlimited": "Membership, unlimited", "drop-in": "Single visit", "intro": "Introductory offer",
    "water-bottle": "Water bottle", "grip-socks": "Grip socks", "towel": "Towel", "t-shirt": "T-shirt", "mat": "Mat",
    "snack-bar": "Snack bar", "gift-card": "Gift card", "private-session": "Private session",
    "technique-workshop": "Technique workshop", "equipment-locker": "Locker and equipment, one month",
}  # fmt: skip
ITEMS = ("water-bottle", "grip-socks", "towel", "t-shirt", "mat", "snack-bar")
ITEM_PRICES = np.array([1800, 1600, 1400, 3200, 6800, 400])
ITEM_SHARE = np.array([0.14, 0.20, 0.10, 0.14, 0.06, 0.36])
ADD_ONS = ("private-session", "technique-workshop", "equipment-locker")
COST_SHARE = 0.55


def plan_prices(lines):
    """dict of plan to what it cost last, in whole major units; lines : frame of `draw_lines`."""
    newest = lines[lines["revenue_kind"] == "membership"].groupby("product_id")["amount"].last()
    return {plan: (int(newest[f"dues-{plan}"]) + 50) // 100 * 100 for plan in PLANS}


def products_table(prices, traits, house):
    """Table `products`: dues, single visit, introductory offer, retail, add-ons; a gift card has no set price.

    prices : dict of plan to minor units; traits : Traits of one studio, scalars
    """
    rows = [(f"dues-{plan}", "membership", price, None) for plan, price in prices.items()]
    rows += [("drop-in", "class_pack", int(traits.drop_in_price), None)]
    rows += [("intro", "intro", int(traits.intro_price), None), ("gift-card", "retail", None, None)]
    listed = zip(ITEMS, ITEM_PRICES.tolist(), strict=True)
    rows += [(name, "retail", price, round(COST_SHARE * price)) for name, price in listed]
    rows += [(name, "upsell", int(traits.upsell_value), None) for name in ADD_ONS]
    frame = pd.DataFrame(rows, columns=["product_id", "revenue_kind", "price", "cost"], dtype=object)
    return frame.assign(studio_id=house.studio_id, product_name=frame["product_id"].map(NAMES), currency=house.currency)


def draw_lines(people, visits, house, flows, traits, rng):
    """Every line sold, in order of time.

    visits : the attended ones of `attendance.draw_visits`; house : House
    flows : dict of (months,) whole numbers, outcomes of `mechanism.step`; traits : of one studio, scalars
    Returns DataFrame month, person (below 0 a guest of the month), product_id, revenue_kind, amount, local.
    Add-ons and introductory offers ride on the bill of the dues; the desk sells at the start of a class.
    """
    at_desk = dict(tuple(visits.groupby("month")))
    parts = []
    for t, month in enumerate(house.months):
        draws, flow = rng("sales", t), {name: values[t] for name, values in flows.items()}
        parts += [(t, *part) for part in _bills(people, t, month, flow, traits, draws)]
        parts += [
            (t, *_drop_ins(at_desk[t], traits.drop_in_price)),
            (t, *_retail(at_desk[t], flow["retail_revenue"], draws)),
        ]
    columns = zip(*(np.broadcast_arrays(*part) for part in parts), strict=True)
    names = ["month", "person", "local", "product_id", "revenue_kind", "amount"]
    lines = {name: np.concatenate(column) for name, column in zip(names, columns, strict=True)}
    return pd.DataFrame(lines).astype({"amount": "int64"})


def _bills(people, t, month, flow, traits, draws):
    who = people.paying(t)
    when = day_in(month, people.day[who]) + np.timedelta64(9 * 60, "m")
    new = np.flatnonzero(people.joined[who] == t)
    tried = draws.choice(new, flow["intros"], replace=False)
    eager = 0.5 * people.mood[who, t] + people.type_taste[who, 0] + draws.gumbel(size=len(who))
    added = np.argsort(-eager)[: flow["upsold"]]
    favourite = (people.type_taste[who, 1] > 0.3).astype(int) + (people.type_taste[who, 2] > 0)
    dues = np.array([f"dues-{plan}" for plan in PLANS], dtype=object)
    extras = np.array(ADD_ONS, dtype=object)
    shares = split(flow["membership_revenue"], PLAN_WEIGHT[people.plan[who]])
    return [
        (who, when, dues[people.plan[who]], "membership", shares),
        (who[tried], when[tried], "intro", "intro", traits.intro_price),
        (who[added], when[added], extras[favourite[added]], "upsell", traits.upsell_value),
    ]


def _drop_ins(visits, price):
    paid = visits[visits["drop_in"]]
    return paid["person"].to_numpy(), _before(paid["starts"]), "drop-in", "class_pack", price


def _retail(visits, total, draws):
    """Items at list price until the month's total is near; a gift card of any value makes the rest."""
    about = total / (ITEM_PRICES @ ITEM_SHARE)
    picks = draws.choice(len(ITEMS), int(2 * about) + 20, p=ITEM_SHARE)
    picks = picks[np.cumsum(ITEM_PRICES[picks]) <= total]
    products = np.append(np.array(ITEMS, dtype=object)[picks], "gift-card")
    amounts = np.append(ITEM_PRICES[picks], total - ITEM_PRICES[picks].sum())
    sold = amounts > 0
    buyer = draws.integers(len(visits), size=sold.sum())
    person, local = visits["person"].to_numpy()[buyer], _before(visits["starts"])[buyer]
    return person, local, products[sold], "retail", amounts[sold]


def _before(starts):
    return starts.to_numpy("datetime64[m]") - np.timedelta64(10, "m")


def split(total, weights):
    """Whole numbers in proportion to `weights` that add to `total` exactly; each within one of its share."""
    edges = np.cumsum(weights) / np.sum(weights) * total
    edges[-1] = total
    return np.diff(np.rint(edges), prepend=0.0).astype("int64")


def orders_table(lines, house):
    """Table `orders`; lines of one customer at one time make one order, both are numbered within the month."""
    who = house.customers(lines["person"].to_numpy(), lines["month"].to_numpy())
    lines = lines.assign(customer_id=who).sort_values(["local", "customer_id", "product_id"], ignore_index=True)
    visit = lines[["local", "customer_id"]]
    order = visit.ne(visit.shift()).any(axis=1).groupby(lines["month"]).cumsum()
    month = lines["month"].to_numpy()
    return pd.DataFrame({
        "studio_id": house.studio_id,
        "line_id": house.numbered("l", month),
        "order_id": house.ids("o", month, order),
        "customer_id": lines["customer_id"],
        "product_id": lines["product_id"],
        "product_name": lines["product_id"].map(NAMES),
        "revenue_kind": lines["revenue_kind"],
        "quantity": 1.0,
        "amount": lines["amount"],
        "currency": house.currency,
        "status": "paid",
        "created_at": house.instants(lines["local"]),
    })  # fmt: skip
