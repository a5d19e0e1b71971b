"""What a message adds: how much more a client buys because of it, and whether that pays for it.

Learnt from offers that were made at random (`log`), beside what people buy unasked (`Purchases`). Who would have
bought anyhow is worth no message, however likely a buyer. Parts: what clients do unasked (`unasked`, with
`liking` and `extras`, from years of orders and visits); how messages move buying (`answers`) and
leaving (`departures`), both from the log, with normal priors that draw fine differences to nothing.
Source of the idea: Lo 2002; the control that knows which product was not offered: Johnson, Lewis and Nubbemeyer 2017.
SPEC N7, K2.5.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from studiolab.product_recommender.uplift.answers import Answers, Rows
from studiolab.product_recommender.uplift.answers import fit as fit_answers
from studiolab.product_recommender.uplift.departures import Departures
from studiolab.product_recommender.uplift.departures import fit as fit_departures
from studiolab.product_recommender.uplift.traits import past, traits_at
from studiolab.product_recommender.uplift.unasked import Unasked
from studiolab.product_recommender.uplift.unasked import fit as fit_unasked

NOTHING = "nothing"


class Message(NamedTuple):
    """A way of writing; cost_minor : of one contact, minor units; discount : share of the price, 0 to 1."""

    name: str
    cost_minor: int = 0
    discount: float = 0.0


class Worth(NamedTuple):
    """n clients, p products, m messages.

    buys, buys_with : (n, p), (n, p, m) chance of buying within 28 days without and with the message
    leaves : (n, 1 + m) chance of leaving within them, without and with each message; dues : (n,) minor units lost then
    sold, sold_without : (n, p, m), (n, p) expected margin of the product itself, less discount and cost, minor units
    value, low, high : (n, p, m) expected margin that sending adds, minor units, after discount, cost and dues of those
        who leave for it; low to high holds it in 90 of 100 cases as far as the model is right; -inf where it does not
        fit the client
    """

    clients: pd.Index
    products: tuple
    messages: tuple
    buys: np.ndarray
    buys_with: np.ndarray
    leaves: np.ndarray
    dues: np.ndarray
    sold: np.ndarray
    sold_without: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def uplift(self):
        """How much likelier a client buys with each offer than without."""
        return self.buys_with - self.buys[:, :, None]


class Uplift(NamedTuple):
    """`worth(evidence, as_of, clients)` says what each message adds."""

    products: tuple
    messages: tuple
    classes: tuple
    unasked: Unasked
    scale: tuple
    buying: Answers
    leaving: Departures

    def worth(self, evidence, as_of, clients, contacts=None):
        """`Worth` of sending at `as_of`.

        evidence : Evidence of the clients' studio; clients : Index of ids; contacts : (n,) messages of the last 56
            days, none by default
        """
        traits = traits_at(evidence, as_of, clients, self.products, self.classes)
        contacts = np.zeros(len(clients)) if contacts is None else np.asarray(contacts, float)
        n, p, m = len(clients), len(self.products), len(self.messages)
        seen = (traits.client - self.scale[0]) / self.scale[1]
        odds, own, risk = self.unasked(traits)
        rows = Rows(odds.ravel(), own.ravel(), np.tile(traits.kind, n), np.tile(np.arange(p), n),
                    np.repeat(seen, p, axis=0), np.repeat(contacts, p))  # fmt: skip
        designs, departures = self.buying.designs(rows), self.leaving.designs(risk, seen, contacts)

        def value(weights, departing):
            buys = self.buying.chances(rows, designs, weights).reshape(n, p, m + 1)
            left = np.stack([expit(design @ departing) for design in departures], axis=1)
            return buys, left, _value(traits, self.messages, buys, left)

        buys, left, best = value(self.buying.weights, self.leaving.weights)
        drawn = np.stack([value(*pair)[-1] for pair in zip(self.buying.draws, self.leaving.draws, strict=True)])
        low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
        found = (np.where(traits.fits[:, :, None], one, -np.inf) for one in (best, low, high))
        without, sold = _sold(traits, self.messages, buys)
        return Worth(pd.Index(clients), self.products, self.messages, buys[:, :, 0], buys[:, :, 1:], left, traits.dues,
                     sold, without, *found)  # fmt: skip


def fit(evidence, messages, seed=0, like=None):
    """`Uplift` from offers made at random.

    evidence : list of Evidence, a studio each, with their logs; messages : tuple of Message, those of the logs
    like : Uplift of the same studios, whose part on buying unasked is kept; it is learnt by default
    Nothing after a log's last row is looked at. Raises ValueError for a log without anybody left alone, or with a
    message unknown.
    """
    log = pd.concat([one.log for one in evidence])
    _inspect(log, messages)
    if like is None:
        products = tuple(sorted(log["product_id"].unique()))
        classes = tuple(sorted(set().union(*(one.visits["class_name"].dropna() for one in evidence))))
        unasked = fit_unasked(evidence, products, classes, seed)
    else:
        products, classes, unasked = like.products, like.classes, like.unasked
    parts = [_rows(one, products, classes, unasked) for one in evidence]
    odds, own, risk, client, product, kind, contacts = (np.concatenate(one) for one in zip(*parts, strict=True))
    scale = client.mean(axis=0), np.maximum(client.std(axis=0), 1e-9)
    seen = (client - scale[0]) / scale[1]
    message = log["message"].map({NOTHING: -1} | {one.name: k for k, one in enumerate(messages)}).to_numpy()
    rng, rows = np.random.default_rng(seed), Rows(odds, own, kind, product, seen, contacts)
    buying = fit_answers(rows, message, log["bought"].to_numpy(float), len(products), len(messages), rng)
    leaving = fit_departures(risk, seen, contacts, message, log["left"].to_numpy(float), len(messages), rng)
    return Uplift(products, tuple(messages), classes, unasked, scale, buying, leaving)


def choose(worth, budget, value=None):
    """The best action of the best `budget` clients, as far as it adds something.

    worth : Worth; budget : number of messages; value : (n, p, m) what to rank by instead of the expected margin
    Returns product, message (n,) positions, both -1 for those who are sent nothing. Ties go to the earlier.
    """
    value = worth.value if value is None else value
    flat = value.reshape(len(value), -1)
    best = flat.argmax(axis=1)
    top = flat[np.arange(len(flat)), best]
    order = np.argsort(-top, kind="stable")
    sent = order[: max(int(budget), 0)]
    sent = sent[top[sent] > 0]
    product, message = np.full((2, len(flat)), -1)
    product[sent], message[sent] = np.divmod(best[sent], value.shape[2])
    return product, message


# parts --------------------------------------------------------------------------------------------
def _inspect(log, messages):
    unknown = sorted(set(log["message"]) - {one.name for one in messages} - {NOTHING})
    if unknown:
        raise ValueError(
            f"log: message {unknown[0]!r}; expected {NOTHING!r} or one of {[one.name for one in messages]}"
        )
    alone = (log["message"] == NOTHING).to_numpy()
    if alone.all() or not alone.any():
        raise ValueError(
            f"log: nobody was {'sent anything' if alone.all() else 'left alone'}; what a message adds shows only "
            f"beside rows with message {NOTHING!r}"
        )


def _rows(evidence, products, classes, unasked):
    """odds, own, risk (r,), client (r, f), product, kind, contacts (r,) of the rows of the log."""
    log = evidence.log.reset_index(drop=True)
    product, before = pd.Index(products).get_indexer(log["product_id"]), past(evidence, products, classes)
    parts, order = [], []
    for sent_at, one in log.groupby("sent_at"):
        rows = one.index.to_numpy()
        traits = traits_at(evidence, sent_at, pd.Index(one["client_id"]), products, classes, before)
        odds, own, risk = unasked(traits)
        at = np.arange(len(rows)), product[rows]
        parts.append((odds[at], own[at], risk, traits.client, traits.kind[product[rows]]))
        order.append(rows)
    back = np.argsort(np.concatenate(order))
    odds, own, risk, client, kind = (np.concatenate(column)[back] for column in zip(*parts, strict=True))
    return odds, own, risk, client, product, kind, log["contacts"].to_numpy(float)


def _sold(traits, messages, buys):
    """(n, p), (n, p, m) expected margin of the product, less discount and cost, minor units."""
    off = np.array([one.discount for one in messages])
    cost = np.array([one.cost_minor for one in messages])
    margin = traits.margin[:, :, None] - off * traits.price[:, :, None]
    return buys[:, :, 0] * traits.margin, buys[:, :, 1:] * margin - cost


def _value(traits, messages, buys, left):
    """(n, p, m) minor units. buys : (n, p, 1 + m), left : (n, 1 + m), nothing first."""
    without, sold = _sold(traits, messages, buys)
    return sold - without[:, :, None] - (traits.dues[:, None] * (left[:, 1:] - left[:, :1]))[:, None, :]
