"""What a studio knows of its clients at a moment: the columns that `uplift` learns from."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.product_recommender.catalogue import RECURRING
from studiolab.product_recommender.purchases import seconds
from studiolab.product_recommender.uplift.extras import bills
from studiolab.product_recommender.uplift.liking import bookings

DAY = np.timedelta64(86400, "s")
MONTH_DAYS = 30.4
STANDING = slice(4, 9)  # of the columns of a client: time as a client and plan


class Evidence(NamedTuple):
    """One studio: Purchases, Catalogue, tables visits and members, and the log of offers made at random.

    log : DataFrame client_id, product_id, message, sent_at, probability, contacts, bought, left, margin_minor; see
        `uplift.fit`. None where only `worth` is asked for.
    """

    purchases: object
    catalogue: object
    visits: pd.DataFrame
    members: pd.DataFrame
    log: pd.DataFrame = None
    timezone: str = "UTC"

    def present(self, as_of):
        """Index of the members who had joined and not left before `as_of`."""
        joined, left = self.members["joined_at"], self.members["left_at"]
        return pd.Index(self.members.loc[(joined < as_of) & ~(left < as_of), "member_id"])


class Traits(NamedTuple):
    """client (n, f), liking (n, classes), product (n, p, g) : features; kind (p,) : 0 retail, 1 add-on, 2 membership
    eager (n, g), times (n, p), level : what bills tell of extras, see `extras.Bills.told`
    is_step (p,), fits (n, p) : bool; price, margin (n, p), dues (n,) : minor units, of a membership the difference to
        the one held
    """

    clients: pd.Index
    client: np.ndarray
    liking: np.ndarray
    eager: np.ndarray
    times: np.ndarray
    level: float
    product: np.ndarray
    kind: np.ndarray
    is_step: np.ndarray
    fits: np.ndarray
    price: np.ndarray
    margin: np.ndarray
    dues: np.ndarray


class Past(NamedTuple):
    """Bookings and Bills of a studio, read once for many moments."""

    bookings: object
    bills: object


def past(evidence, products, classes):
    """`Past`; arguments as of `traits_at`."""
    return Past(bookings(evidence.visits, evidence.members, pd.Index(classes), evidence.timezone),
                bills(evidence.purchases, evidence.catalogue, products))  # fmt: skip


def traits_at(evidence, as_of, clients, products, classes, before=None):
    """`Traits` of clients (Index) at `as_of`, from what was before it.

    products : tuple of ids of the catalogue; classes : names of kinds of class; before : what `past` says of them
    """
    before = before or past(evidence, products, classes)
    members = evidence.members.set_index("member_id").reindex(clients)
    months = ((as_of - members["joined_at"]).dt.total_seconds() / 86400 / MONTH_DAYS).fillna(0).clip(lower=0).to_numpy()
    visits = _visits(evidence, as_of, clients, months)
    bought, kinds, rate = _bought(evidence, as_of, clients, products)
    held = _held(evidence, as_of, clients)
    price, margin, dues, fits = _money(evidence, held, products)
    plan = held[:, None] == np.arange(max(len(evidence.catalogue.ladder), 3))
    client = np.column_stack([visits, np.log1p(months), np.exp(-months / 4), plan, kinds])
    liking = before.bookings.liking(as_of, clients, len(classes))
    known = np.minimum(months, 12)[:, None] + 2
    kind = _kinds(evidence, products)
    same = kinds_of(bought, kind)
    product = np.stack([np.log(bought + 0.1), np.log((bought + 0.3) / known),
                        np.log((bought + 2 * rate / np.maximum(rate @ _alike(kind), 1e-9)) / (same + 2)),
                        np.tile(np.log(rate), (len(clients), 1)), np.log((same + 0.3) / known),
                        np.tile(kind, (len(clients), 1))], axis=2)  # fmt: skip
    told = before.bills.told(as_of, clients, len(products))
    return Traits(pd.Index(clients), client, liking, *told, product, kind, kind == 2, fits, price, margin, dues)


def bought_within(evidence, clients, products, start, days):
    """(n, p) bool: bought in the `days` days from `start` on."""
    own = evidence.purchases
    first = seconds(start)
    return _counted(own, (own.at >= first) & (own.at < first + days * DAY), clients, products) > 0


def kinds_of(bought, kind):
    """How often each client bought anything of each product's kind."""
    return bought @ _alike(kind)


def _alike(kind):
    return (kind[:, None] == kind).astype(float)


def _visits(evidence, as_of, clients, months):
    """(n, 4) log visits of the last 28 days, log visits a month over 168 days, their difference, log days since."""
    visits = evidence.visits
    own = visits[(visits["status"] == "attended") & (visits["attended_at"] < as_of)
                 & (visits["attended_at"] >= as_of - pd.Timedelta(days=168))]  # fmt: skip
    row = clients.get_indexer(own["member_id"])
    ago = ((as_of - own["attended_at"]).dt.total_seconds() / 86400).to_numpy()[row >= 0]
    row = row[row >= 0]
    lately = np.bincount(row[ago <= 28], minlength=len(clients))
    known = np.clip(months * MONTH_DAYS, 14, 168)
    usual = (np.bincount(row, minlength=len(clients)) + 2) / (known + 28) * 28
    last = np.full(len(clients), 168.0)
    np.minimum.at(last, row, ago)
    lately = np.log((lately + 1) / (np.minimum(known, 28) / 28))
    return np.column_stack([lately, np.log(usual), lately - np.log(usual), np.log1p(last)])


def _bought(evidence, as_of, clients, products):
    """(n, p) how often within a year; (n, 2) log times of retail and of add-ons; (p,) rate a client in a quarter."""
    own, end = evidence.purchases, seconds(as_of)
    year = _counted(own, (own.at < end) & (own.at >= end - 365 * DAY), clients, products)
    quarter = _counted(own, (own.at < end) & (own.at >= end - 91 * DAY), clients, products)
    kind = _kinds(evidence, products)
    kinds = np.log1p(np.stack([year[:, kind == k].sum(axis=1) for k in (0, 1)], axis=1))
    return year, kinds, (quarter.sum(axis=0) + 1) / (len(clients) + 100)


def _counted(own, lines, clients, products):
    at = own.customers.get_indexer(clients)
    row = np.full(len(own.customers) + 1, -1)
    row[at[at >= 0]] = np.flatnonzero(at >= 0)
    column = pd.Index(products).get_indexer(own.products)
    who, what = row[own.customer[lines]], column[own.product[lines]]
    known = (who >= 0) & (what >= 0)
    found = np.bincount(who[known] * len(products) + what[known], minlength=len(clients) * len(products))
    return found.reshape(len(clients), len(products)).astype(float)


def _kinds(evidence, products):
    kinds = [evidence.catalogue.products[one].kind for one in products]
    return np.array([2 if kind in RECURRING else int(kind == "upsell") for kind in kinds])


def _money(evidence, held, products):
    """price, margin (n, p), dues (n,) and fits (n, p); held : (n,) step of the ladder."""
    catalogue = evidence.catalogue
    steps, listed = ([catalogue.products[one] for one in ids] for ids in (catalogue.ladder, products))
    step = np.array([-1 if one.step is None else one.step for one in listed])
    paid, dues = (np.append([getattr(one, name) for one in steps], 0)[held] for name in ("price", "margin"))
    price, margin = (
        np.array([getattr(one, name) for one in listed]) - np.where(step >= 0, one_held[:, None], 0)
        for name, one_held in (("price", paid), ("margin", dues))
    )
    return price, margin, dues, (step < 0) | ((step == held[:, None] + 1) & (held[:, None] >= 0))


def _held(evidence, as_of, clients):
    """(n,) step of the ladder that each client paid for last, -1 for none."""
    own = evidence.purchases
    step = pd.Index(evidence.catalogue.ladder).get_indexer(own.products)[own.product]
    lines = np.flatnonzero((own.at < seconds(as_of)) & (step >= 0))
    row, held = clients.get_indexer(own.customers)[own.customer[lines]], np.full(len(clients), -1)
    held[row[row >= 0]] = step[lines[row >= 0]]  # lines are in order of time, so the last one stays
    return held
