"""What each product sold: orders, revenue, customers, month by month at the studio; and what is wrong with the orders.

Sources: SPEC C-04, C-15.
"""

import numpy as np
import pandas as pd

from studiolab.product_recommender.purchases import GUEST, seconds
from studiolab.product_recommender.replies import MonthSold, Performance, ProductPerformance
from studiolab.schema import minor_per_major

NAMED = 5  # ids that a sentence names at most


def performance(purchases, catalogue, as_of, zone="UTC"):
    """`Performance` of every product that was sold before `as_of` or is in the catalogue, the most revenue first.

    zone : IANA name of the studio's time zone, in which a month begins. A month without a sale between a product's
        first and last is told with none.
    """
    past, per = purchases.before(as_of), minor_per_major(purchases.currency or catalogue.currency)
    totals, months = _totals(past), _months(past, zone)
    ids = list(dict.fromkeys([*purchases.products[np.argsort(-totals["revenue"], kind="stable")], *catalogue.products]))
    names = [catalogue.products[one].name if one in catalogue.products else one or "(no name)" for one in ids]
    places = purchases.products.get_indexer(ids)
    return Performance(
        as_of=as_of.to_pydatetime(), currency=purchases.currency or catalogue.currency,
        products={
            name if names.count(name) == 1 else f"{name} ({one})":
                _product(one, name, catalogue.products.get(one), totals, months, place, per)
            for one, name, place in zip(ids, names, places, strict=True)
        },
        left_out={reason: int(count) for reason, count in purchases.left_out["reason"].value_counts().items()},
        problems=problems(purchases, catalogue, as_of),
    )  # fmt: skip


def problems(purchases, catalogue, as_of):
    """List of sentences on what is wrong with the orders and what to do, the empty list where nothing is."""
    said, left = [], purchases.left_out
    unknown = [one or "(no name)" for one in purchases.products if one not in catalogue.products]
    if unknown:
        said.append(f"{_named(unknown, 'product')} sold, but not in the catalogue: counted as sales and never offered; "
                    "add to the table products, with a price.")  # fmt: skip
    later, foreign, unmatched = (left["reason"].str.contains(words, regex=False) for words in
                                 ("later than ", "not in ", "not bought before"))  # fmt: skip
    if later.any():
        said.append(f"{_count(later.sum(), 'order line')} after {as_of:%Y-%m-%d %H:%M} left out; if that is now, a "
                    "clock or a time zone of the export is wrong.")  # fmt: skip
    if foreign.any():
        said.append(f"{_count(foreign.sum(), 'order line')} not in {purchases.currency} left out; convert, or import "
                    "as another studio.")  # fmt: skip
    if unmatched.any():
        said.append(f"{_count(unmatched.sum(), 'refund')} of something that was not bought before: "
                    f"{_named(left['order_id'][unmatched], 'receipt')}; import the older orders as well.")  # fmt: skip
    shared = _shared(purchases)
    if len(shared):
        said.append(f"{_named(shared, 'receipt')} naming two customers: ask for those by customer id, and correct the "
                    "orders.")  # fmt: skip
    guests = int(purchases.bounds[0])
    if guests:
        said.append(f"{_count(guests, 'order line')} without a customer: counted as sales, nothing can be offered.")
    return said


def _shared(purchases):
    """Ids of the receipts that name more than one customer."""
    named = purchases.customer != GUEST
    customers = _distinct(purchases.order[named], purchases.customer[named], len(purchases.receipts))
    return purchases.receipts[customers > 1]


def _named(ids, word):
    ids = list(dict.fromkeys(ids))
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return f"{_count(len(ids), word)} ({', '.join(ids[:NAMED])}{more})"


def _count(number, word):
    return f"{number} {word}{'' if number == 1 else 's'}"


def _totals(past):
    """dict of (p,) arrays: lines' revenue, distinct orders and customers, and the last sale."""
    p = len(past.products)
    last = np.full(p, seconds(pd.Timestamp(0, tz="UTC")))
    np.maximum.at(last, past.product, past.at)
    named = past.customer != GUEST
    return {
        "revenue": np.bincount(past.product, past.amount, p).astype(np.int64),
        "orders": _distinct(past.product, past.order, p), "last": last,
        "customers": _distinct(past.product[named], past.customer[named], p),
    }  # fmt: skip


def _distinct(group, of, groups):
    """(groups,) how many different `of` each group has."""
    pairs = np.sort(group.astype(np.int64) << 32 | of)
    is_new = np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]
    return np.bincount(pairs[is_new] >> 32, minlength=groups)


def _months(past, zone):
    """list of p lists of MonthSold parts: (number of the month since 1970, orders, revenue)."""
    if not len(past.at):
        return [[] for _ in past.products]
    at = pd.DatetimeIndex(past.at, tz="UTC").tz_convert(zone)
    serial = ((at.year - 1970) * 12 + at.month - 1).to_numpy(np.int64)
    first, count = serial.min(), int(np.ptp(serial)) + 1
    cell = past.product * np.int64(count) + (serial - first)
    cells = len(past.products) * count
    revenue = np.bincount(cell, past.amount, cells).astype(np.int64).reshape(-1, count)
    orders = _distinct(cell, past.order, cells).reshape(-1, count)
    return [[(first + k, orders[one, k], revenue[one, k]) for k in _between(orders[one])] for one in range(len(orders))]


def _between(orders):
    sold = np.flatnonzero(orders)
    return range(sold[0], sold[-1] + 1) if len(sold) else ()


def _product(product_id, name, one, totals, months, place, per):
    """`ProductPerformance` of one product; `one` of the catalogue or None; place of its sales, -1 for none."""
    orders, customers, revenue = (int(totals[key][place]) if place >= 0 else 0
                                  for key in ("orders", "customers", "revenue"))  # fmt: skip
    return ProductPerformance(
        product_id=product_id, product=name, kind=one.kind if one else "unknown",
        price=one.price / per if one else None, margin_minor=one.margin if one else None,
        is_in_catalogue=one is not None, total_orders=orders, total_revenue=revenue / per, total_revenue_minor=revenue,
        unique_customers=customers, avg_order_value=round(revenue / orders / per, 2) if orders else 0.0,
        last_sold=pd.Timestamp(totals["last"][place], tz="UTC").to_pydatetime() if orders else None,
        history=[MonthSold(month=f"{1970 + serial // 12}-{serial % 12 + 1:02}", orders=int(count), revenue=sold / per)
                 for serial, count, sold in (months[place] if place >= 0 else ())],
    )  # fmt: skip
