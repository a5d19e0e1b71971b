"""What customers bought and kept: orders without what failed, was given back, or lies beyond the moment of asking.

A refund takes back the latest purchases of the same customer and product before it, first one that is itself marked as
given back. Sources: SPEC C-15, C-20, K2.6 to K2.8.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

GUEST = -1


class Purchases(NamedTuple):
    """m lines, in order of customer and time.

    customers, products : Index (n,), (p,) of ids
    customer, product : (m,) positions in these, customer GUEST where nobody is named; order : (m,) number of the order
    at : (m,) datetime64[s], UTC; amount : (m,) kept of the line, minor units; quantity : (m,)
    bounds : (n + 1,) lines of each customer
    currency : ISO 4217 code, None without a line
    left_out : DataFrame line_id, order_id, customer_id, product_id, reason, of the orders that do not count
    receipts : Index of order ids, by their number, those of left_out too
    """

    customers: pd.Index
    products: pd.Index
    customer: np.ndarray
    product: np.ndarray
    order: np.ndarray
    at: np.ndarray
    amount: np.ndarray
    quantity: np.ndarray
    bounds: np.ndarray
    currency: str
    left_out: pd.DataFrame
    receipts: pd.Index

    def before(self, as_of):
        """Those before `as_of`, Timestamp with a zone; refunds that came later stay taken back."""
        return self._only(self.at < seconds(as_of))

    def _only(self, kept):
        named = np.bincount(self.customer[kept & (self.customer != GUEST)], minlength=len(self.customers))
        parts = {
            name: getattr(self, name)[kept] for name in ("customer", "product", "order", "at", "amount", "quantity")
        }
        return self._replace(**parts, bounds=_bounds(named, int((kept & (self.customer == GUEST)).sum())))

    def of(self, customer_id):
        """Slice of one customer's lines. Raises KeyError for somebody unknown."""
        at = self.customers.get_loc(customer_id)
        return slice(self.bounds[at], self.bounds[at + 1])

    def buyers(self, receipt):
        """Ids of the customers whom a receipt names, sorted; also where nothing of it counts. Raises KeyError."""
        number = self.receipts.get_loc(receipt)
        kept = {self.customers[at] for at in self.customer[self.order == number] if at != GUEST}
        left = self.left_out["customer_id"].to_numpy()[self.left_out["order_id"].to_numpy() == receipt]
        return sorted(kept | {name for name in left if isinstance(name, str)})


def purchases(orders, as_of, currency=None):
    """`Purchases` of one studio before `as_of`.

    orders : table orders; as_of : Timestamp with a zone; currency : the studio's, the most frequent one by default
    Every line that does not count has its reason in `left_out`. Raises ValueError for a moment without a zone.
    """
    if as_of.tzinfo is None:
        raise ValueError(f"as_of: got {as_of} without a zone; expected an instant, e.g. 2026-01-31T00:00Z")
    if currency is None and orders["currency"].notna().any():
        currency = str(orders["currency"].mode().iloc[0])
    amount, at = orders["amount"].to_numpy(np.int64), _instants(orders["created_at"])
    given_back = _is(orders["status"], "refunded") & (amount > 0)
    later = f"later than {as_of:%Y-%m-%d %H:%M}, the moment of asking"
    foreign = f"not in {currency}, the studio's currency"
    words = np.array(["", foreign, later, "payment failed", "payment pending", "a refund",
                      "a refund of something that was not bought before it", "given back"], object)  # fmt: skip
    why = np.select([_is(orders["status"], "pending"), _is(orders["status"], "failed"), at >= seconds(as_of),
                     ~_is(orders["currency"], currency)], [4, 3, 2, 1], 0).astype(np.int8)  # fmt: skip
    order, receipts = pd.factorize(orders["order_id"])
    fits = np.flatnonzero(why == 0)
    lines = {"at": at[fits], "amount": amount[fits], "order": order[fits].astype(np.int32), "given": given_back[fits]}
    lines, named, products = _sorted(orders, fits, lines)
    kept, unmatched = _net(lines["customer"], lines["product"], lines["amount"], lines.pop("given"))
    where, is_refund, is_free = fits[lines.pop("by")], lines["amount"] < 0, lines["amount"] == 0
    why[where] = np.select([unmatched, is_refund, (kept == 0) & ~is_free], [6, 5, 7], 0)
    holds = (kept > 0) | is_free
    lines = {name: values[holds] for name, values in lines.items()} | {"amount": kept[holds]}
    guests = int((lines["customer"] == GUEST).sum())
    counts = np.bincount(lines["customer"][guests:], minlength=len(named))
    left = np.flatnonzero(why)
    told = orders[["line_id", "order_id", "customer_id", "product_id"]].iloc[left].reset_index(drop=True)
    return Purchases(named, products, **lines, bounds=_bounds(counts, guests), currency=currency,
                     left_out=told.assign(reason=words[why[left]]), receipts=pd.Index(receipts))  # fmt: skip


def seconds(instant):
    """numpy datetime64[s] in UTC of a Timestamp with a zone."""
    return np.datetime64(instant.tz_convert("UTC").tz_localize(None)).astype("datetime64[s]")


def _instants(column):
    return column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")


def _is(column, word):
    codes, words = pd.factorize(column)
    return np.append(words == word, False)[codes]


def _sorted(orders, fits, lines):
    """(lines, customers, products): arrays of the lines that fit by customer and time, and the ids they number."""
    column = {name: orders[name].to_numpy()[fits] for name in ("customer_id", "product_id", "product_name")}
    customer, customers = pd.factorize(column["customer_id"], sort=True)
    known, nameless = column["product_id"], pd.isna(column["product_id"])
    if nameless.any():
        known = np.where(nameless, np.where(pd.isna(column["product_name"]), "", column["product_name"]), known)
    product, products = pd.factorize(known, sort=True)
    by = np.lexsort((lines["order"], lines["amount"] < 0, lines["at"], customer))
    quantity = orders["quantity"].to_numpy("float64", na_value=1.0)[fits]
    lines |= {"customer": customer.astype(np.int32), "product": product.astype(np.int32), "quantity": quantity}
    return {name: values[by] for name, values in lines.items()} | {"by": by}, pd.Index(customers), pd.Index(products)


def _bounds(counts, guests):
    return guests + np.concatenate([[0], np.cumsum(counts)])


def _net(customer, product, amount, given_back):
    """(kept, unmatched) of each line, in the order of the lines; of a line given back nothing is kept."""
    by = np.lexsort((np.arange(len(amount)), product, customer))
    kept, unmatched = _net_sorted(customer[by], product[by], amount[by], given_back[by])
    back = np.empty(len(by), np.int64)
    back[by] = np.arange(len(by))
    return np.where(given_back, 0, kept[back]), unmatched[back]


@njit(cache=True, nogil=True)
def _net_sorted(customer, product, amount, given_back):
    kept, unmatched = np.maximum(amount, 0), np.zeros(len(amount), np.bool_)
    first = 0
    for k in range(len(amount)):
        if customer[k] != customer[first] or product[k] != product[first]:
            first = k
        left = -amount[k]
        for is_given in (True, False):
            back = k - 1
            while left > 0 and back >= first:
                if given_back[back] == is_given:
                    taken = min(left, kept[back])
                    kept[back] -= taken
                    left -= taken
                back -= 1
        unmatched[k] = left > 0
    return kept, unmatched
