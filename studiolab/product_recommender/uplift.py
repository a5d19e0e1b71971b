"""What a message adds: how much more a client buys because of it, and whether that pays for it.

Learnt from offers that were made at random (`log`), beside what people buy unasked (`Purchases`). Who would have
bought anyhow is worth no message, however likely a buyer. Two parts: gradient boosting tells the chance of buying
unasked, from years of orders; a logistic model with a normal prior on each weight tells from the log what each message
changes in it, by product, kind of product and trait of the client, the finer the more it is drawn to nothing
(Gelman et al. 2008), and likewise in the chance that the client leaves. Weights that fit the log as well are drawn
from the normal curve around the best (Laplace; Bishop 2006, 4.4), which gives the intervals. Source of the idea: Lo
2002; the control that knows which product was not offered: Johnson, Lewis and Nubbemeyer 2017. SPEC N7, K2.5.
"""

from typing import NamedTuple

import lightgbm
import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit

from studiolab.product_recommender.uplift_traits import bought_within, traits_at

HORIZON_DAYS = 28
WINDOWS, MOST_ROWS = 18, 400_000
NOTHING, DRAWS = "nothing", 200
LEAST = 0.002
TREES = {"n_estimators": 80, "num_leaves": 15, "learning_rate": 0.1, "min_child_samples": 100, "subsample_freq": 0,
         "verbose": -1, "n_jobs": 1, "deterministic": True}  # fmt: skip
PRIOR = {  # spread of each kind of weight before the log is seen; chosen on worlds of development
    "main": 2.0, "product": 0.7, "trait": 0.7, "message": 0.5, "kind": 0.06, "fine": 0.01, "sent": 0.08, "answer": 0.03,
}  # fmt: skip


class Message(NamedTuple):
    """A way of writing; cost_minor : of one contact, minor units; discount : share of the price, 0 to 1."""

    name: str
    cost_minor: int = 0
    discount: float = 0.0


class Worth(NamedTuple):
    """n clients, p products, m messages.

    buys, buys_with : (n, p), (n, p, m) chance of buying within HORIZON_DAYS days without and with the message
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
        return self.buys_with - self.buys[:, :, None]


class Logistic(NamedTuple):
    """Weights (k,) and draws (DRAWS, k) around them."""

    weights: np.ndarray
    draws: np.ndarray


class Uplift(NamedTuple):
    """`worth(evidence, as_of, clients)` says what each message adds."""

    products: tuple
    messages: tuple
    classes: tuple
    trees: object
    scale: tuple
    buying: Logistic
    leaving: Logistic

    def worth(self, evidence, as_of, clients, contacts=None):
        """`Worth` of sending at `as_of`.

        evidence : Evidence of the clients' studio; clients : Index of ids; contacts : (n,) messages of the last 56
            days, none by default
        """
        traits = traits_at(evidence, as_of, clients, self.products, self.classes)
        contacts = np.zeros(len(clients)) if contacts is None else np.asarray(contacts, float)
        base, seen = self._base(traits), self._scaled(traits.client)
        gap = _gap(base, traits.kind)
        n, p, m = len(clients), len(self.products), len(self.messages)
        row, product = np.repeat(np.arange(n), p), np.tile(np.arange(p), n)
        shared = (base.ravel(), gap.ravel(), seen[row], product, traits.kind[product], contacts[row])
        designs = [_buying(*shared, np.full(n * p, k), p, m) for k in range(-1, m)]
        leaves = [_leaving(seen, contacts, np.full(n, k), m) for k in range(-1, m)]

        def value(weights, departing):
            buys = np.stack([expit(design @ weights) for design in designs]).reshape(m + 1, n, p).transpose(1, 2, 0)
            left = np.stack([expit(design @ departing) for design in leaves], axis=1)
            return buys, left, _value(traits, self.messages, buys, left)

        buys, left, best = value(self.buying.weights, self.leaving.weights)
        drawn = np.stack([value(*pair)[-1] for pair in zip(self.buying.draws, self.leaving.draws, strict=True)])
        low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
        found = (np.where(traits.fits[:, :, None], one, -np.inf) for one in (best, low, high))
        without, sold = _sold(traits, self.messages, buys)
        return Worth(pd.Index(clients), self.products, self.messages, buys[:, :, 0], buys[:, :, 1:], left, traits.dues,
                     sold, without, *found)  # fmt: skip

    def _base(self, traits):
        return _unasked(self.trees, traits)

    def _scaled(self, client):
        mean, spread = self.scale
        return (client - mean) / spread


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
        trees = _fit_unasked(evidence, products, classes, seed)
    else:
        products, classes, trees = like.products, like.classes, like.trees
    parts = [_rows(one, products, classes, trees) for one in evidence]
    base, gap, client, product, kind, contacts = (np.concatenate(column) for column in zip(*parts, strict=True))
    scale = client.mean(axis=0), np.maximum(client.std(axis=0), 1e-9)
    seen = (client - scale[0]) / scale[1]
    message = log["message"].map({NOTHING: -1} | {one.name: k for k, one in enumerate(messages)}).to_numpy()
    rng, m = np.random.default_rng(seed), len(messages)
    buying = _logistic(_buying(base, gap, seen, product, kind, contacts, message, len(products), m),
                       log["bought"].to_numpy(float), rng)  # fmt: skip
    leaving = _logistic(_leaving(seen, contacts, message, m), log["left"].to_numpy(float), rng)
    return Uplift(products, tuple(messages), classes, trees, scale, buying, leaving)


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


def _fit_unasked(evidence, products, classes, seed):
    """Trees that tell the chance of buying each product unasked, from windows of HORIZON_DAYS days of orders."""
    features, target = [], []
    for one in evidence:
        end = one.log["sent_at"].max()
        for k in range(1, WINDOWS + 1):
            start = end - pd.Timedelta(days=HORIZON_DAYS * k)
            traits = traits_at(one, start, one.present(start), products, classes)
            if len(traits.client):
                features.append(_tree_rows(traits))
                target.append(bought_within(one, traits.clients, products, start, HORIZON_DAYS).ravel())
    features, target = np.concatenate(features), np.concatenate(target)
    kept = np.random.default_rng(seed).permutation(len(target))[:MOST_ROWS]
    return lightgbm.LGBMClassifier(**TREES, random_state=seed).fit(features[kept], target[kept])


def _tree_rows(traits):
    n, p, _ = traits.product.shape
    position = np.tile(np.arange(p), n)
    shared = np.column_stack([traits.client, traits.tastes])
    return np.column_stack([np.repeat(shared, p, axis=0), traits.product.reshape(n * p, -1), position])


def _unasked(trees, traits):
    """(n, p) log odds of buying unasked. Memberships are not bought again but changed, which orders cannot tell."""
    n, p, _ = traits.product.shape
    chance = trees.predict_proba(_tree_rows(traits))[:, 1].reshape(n, p) if n else np.zeros((n, p))
    return logit(np.where(traits.is_step, 0.01, np.clip(chance, LEAST, 0.9)))


def _gap(base, kind):
    """(n, p) by how much the log odds of buying anything of the kind are above those of the product."""
    chance = expit(base)
    return logit(np.minimum(chance @ (kind[:, None] == kind), 0.95)) - base


def _rows(evidence, products, classes, trees):
    """base, gap (r,), client (r, f), product (r,), kind (r,), contacts (r,) of the rows of the log."""
    log = evidence.log.reset_index(drop=True)
    product = pd.Index(products).get_indexer(log["product_id"])
    base, gap, kind, client = np.empty(len(log)), np.empty(len(log)), np.empty(len(log), int), None
    for sent_at, own in log.groupby("sent_at"):
        rows = own.index.to_numpy()
        traits = traits_at(evidence, sent_at, pd.Index(own["client_id"]), products, classes)
        client = np.empty((len(log), traits.client.shape[1])) if client is None else client
        unasked, at = _unasked(trees, traits), (np.arange(len(rows)), product[rows])
        base[rows], gap[rows] = unasked[at], _gap(unasked, traits.kind)[at]
        client[rows], kind[rows] = traits.client, traits.kind[product[rows]]
    return base, gap, client, product, kind, log["contacts"].to_numpy(float)


def _buying(base, gap, seen, product, kind, contacts, message, products, messages):
    """(r, k) columns of the model of buying, each times the spread of its weight beforehand."""
    of_product, of_kind = np.eye(products)[product], np.eye(3)[kind]
    sent, tired = (message >= 0).astype(float)[:, None], np.minimum(contacts, 4)[:, None]
    gap = gap[:, None]
    base, one = (base[:, None] + 3) / 2, np.ones((len(base), 1))
    columns = [PRIOR["main"] * one, PRIOR["main"] * base, PRIOR["product"] * of_product, PRIOR["kind"] * base * of_kind,
               PRIOR["fine"] * seen, PRIOR["message"] * sent, PRIOR["kind"] * sent * of_kind,
               PRIOR["sent"] * sent * np.column_stack([base, gap, gap * of_kind[:, 1:2], tired, seen]),
               PRIOR["fine"] * sent * of_product]  # fmt: skip
    for k in range(messages):
        this = (message == k).astype(float)[:, None]
        columns += [PRIOR["message"] * this, PRIOR["kind"] * this * of_kind,
                    PRIOR["answer"] * this * np.column_stack([base, gap, seen]),
                    PRIOR["fine"] * this * of_product]  # fmt: skip
    return np.column_stack(columns)


def _leaving(seen, contacts, message, messages):
    """(r, k) columns of the model of leaving, as `_buying`."""
    sent = (message >= 0).astype(float)[:, None]
    columns = [PRIOR["main"] * np.ones((len(seen), 1)), PRIOR["trait"] * seen, PRIOR["fine"] * contacts[:, None],
               PRIOR["sent"] * sent, PRIOR["answer"] * sent * seen]  # fmt: skip
    for k in range(messages):
        this = (message == k).astype(float)[:, None]
        columns += [PRIOR["sent"] * this, PRIOR["fine"] * this * seen]
    return np.column_stack(columns)


def _logistic(design, target, rng):
    """Logistic regression with a standard normal prior on each weight."""

    def loss(weights):
        score = design @ weights
        return (np.logaddexp(0, score).sum() - target @ score + weights @ weights / 2,
                design.T @ (expit(score) - target) + weights)  # fmt: skip

    weights = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    chance = expit(design @ weights)
    curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.eye(len(weights))
    noise = rng.standard_normal((DRAWS, len(weights)))
    return Logistic(weights, weights + np.linalg.solve(np.linalg.cholesky(curvature).T, noise.T).T)


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
