"""Which products to offer a customer, in order: by expected value, chance times margin, or by the documents' ladder,
or, where experiments tell that, by what telling them adds.

Sources: SPEC C-01, C-02, C-08, C-10, C-12, K2.2 to K2.4, K2.7, K2.9, K2.11.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import beta

from studiolab.product_recommender import ladder, reasons
from studiolab.product_recommender.catalogue import RECURRING, Catalogue
from studiolab.product_recommender.purchases import Purchases, seconds
from studiolab.product_recommender.replies import POLICIES, SEGMENTS, Recommendation, RecommendationResult
from studiolab.product_recommender.standing import EVIDENCE, LAPSED, Standing, columns, pairs, standing

HORIZON_DAYS = 28
PRIOR = 1  # customers of whom the documents' shares are true, added to those counted
WITHIN = 0.9  # of an interval


class UnknownCustomer(ValueError):
    """Nobody is meant by what was asked for, or two are; the message says what to do."""


class SharedReceipt(UnknownCustomer):
    """A receipt names more than one customer, so it does not say who is meant."""


class Telling(NamedTuple):
    """What telling each customer adds, as `uplift` has it; shapes as of `Offers`.

    messages : names; message : (n + 1, p) position of the best, gain : what it adds to the chance of buying within 28
    days; value, low, high : (n + 1, p) minor units that it adds, low to high in 90 of 100 cases, -inf where untried
    """

    messages: tuple
    message: np.ndarray
    gain: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Offers(NamedTuple):
    """What each customer of a studio can be offered. Rows: those of `Purchases.customers`, then one who never ordered.

    purchases : those before `as_of`, an instant; now : the same as datetime64[s]
    sold : (p,) place of each product of the catalogue in those of the purchases, -1 for none
    score : (n + 1, p) 0 to 100. The ladder's, or what the odds of buying are beside the mean chance's: 100 times
        own / (own + mean), so that 50 is as likely as they are, 75 has three times the odds
    chance, low, high : (n + 1, p) of buying within the horizon, low to high holds it in 90 of 100 cases
    mean : (p,) chance of customers who have not lapsed
    expected : (n + 1, p) chance times margin, minor units; by uplift what telling them adds
    allowed : (n + 1, p) whether it can be offered: never what they hold, a lower step, or what earns nothing
    key : (n + 1, p) by which the policy orders products, the most first; equals by expected value, then by id
    best : (n + 1,) place in the catalogue of the first product to offer, -1 where there is none
    learned : (n + 1,) whether the chance is of a model, rather than counted over customers like this one
    telling : Telling of the policy "uplift", else None
    """

    purchases: Purchases
    catalogue: Catalogue
    as_of: pd.Timestamp
    now: np.datetime64
    sold: np.ndarray
    policy: str
    horizon_days: int
    standing: Standing
    score: np.ndarray
    chance: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    expected: np.ndarray
    allowed: np.ndarray
    key: np.ndarray
    best: np.ndarray
    learned: np.ndarray
    telling: Telling | None = None

    def ranked(self, row, limit=None):
        """Places in the catalogue of what one customer can be offered, the first to offer first."""
        places, ids = np.flatnonzero(self.allowed[row]), list(self.catalogue.products)
        sort = (-self.key[row, places], -self.expected[row, places], [ids[k] for k in places])
        return places[np.lexsort(sort[::-1])][:limit]


def offers(
    purchases, catalogue, as_of, chances=None, policy="learned", horizon_days=HORIZON_DAYS, season=ladder.SEASON,
    worth=None
):  # fmt: skip
    """`Offers` of a studio as of a Timestamp with a zone.

    chances : object with customers (n,), products (p,) and probability, low, high (n, p), calibrated; the policy
        "ladder" also goes without, and shows how often customers of that evidence bought it in the last horizon
    worth : `uplift.model.Worth` of the policy "uplift"; whom or what it does not know is offered nothing
    Raises ValueError for an unknown policy, for any but "ladder" without chances, and for "uplift" without a worth.
    """
    if policy not in POLICIES:
        raise ValueError(f"policy {policy!r}; expected one of {', '.join(POLICIES)}")
    if chances is None and policy != "ladder":
        raise ValueError(f'the policy "{policy}" needs calibrated chances, which a model gives; "ladder" goes without')
    if worth is None and policy == "uplift":
        raise ValueError('the policy "uplift" needs to know what messages add, which experiments tell')
    own = standing(purchases, catalogue, as_of)
    chance, low, high = counted(purchases, catalogue, as_of, own, horizon_days, season)
    learned = np.zeros(len(chance), bool)
    if chances is not None:
        learned = _fill((chance, low, high), chances, purchases, catalogue)
    active = (own.orders > 0) & (own.segment != LAPSED)
    mean = chance[active if active.any() else slice(None)].mean(axis=0)
    margin = np.array([one.margin for one in catalogue.products.values()])
    telling = _telling(worth, purchases, catalogue) if policy == "uplift" else None
    key = chance * margin if telling is None else telling.value
    expected = np.rint(np.where(np.isfinite(key), key, 0)).astype(np.int64)
    allowed = offerable(own, catalogue)
    if policy == "ladder":
        score = ladder.affinity(purchases, catalogue, as_of, season, own)
    else:
        odds, usual = (np.clip(c, 1e-9, 1 - 1e-9) / (1 - np.clip(c, 1e-9, 1 - 1e-9)) for c in (chance, mean))
        score = 100 * odds / (odds + usual)
        allowed &= expected >= 1
    key = score.round(6) if policy == "ladder" else key
    sold = purchases.products.get_indexer(list(catalogue.products))
    return Offers(purchases.before(as_of), catalogue, as_of, seconds(as_of), sold, policy, horizon_days, own, score,
                  chance, low, high, mean, expected, allowed, key, _best(allowed, key, expected, catalogue),
                  learned, telling)  # fmt: skip


def offerable(own, catalogue):
    """(n + 1, p) whether a product can be offered at all, whatever its chance."""
    products = list(catalogue.products.values())
    step = ladder.steps(catalogue)
    recurs, is_intro = (np.array([one.kind in kinds for one in products]) for kinds in (RECURRING, ("intro",)))
    passed = (step >= 0) & (step <= own.level[:, None])
    held = recurs & own.holds
    begun = is_intro & ((own.bought > 0) | own.bought[:, recurs].any(axis=1)[:, None])
    return (np.array([one.margin for one in products]) > 0) & ~passed & ~held & ~begun


def counted(purchases, catalogue, as_of, own, horizon_days=HORIZON_DAYS, season=ladder.SEASON):
    """(chance, low, high), each (n + 1, p): the share that bought a product in the last horizon, of the customers to
    whom it could be offered before, who had the same evidence and were lapsed or not alike.

    Low to high holds a share in 90 of 100 cases: Beta distribution, with PRIOR customers of the documents' shares.
    """
    since = as_of - pd.Timedelta(days=horizon_days)
    then = standing(purchases, catalogue, since)
    n, p = len(purchases.customers), len(catalogue.products)
    is_within = (purchases.at >= seconds(since)) & (purchases.at < seconds(as_of))
    bought = pairs(purchases, columns(purchases, catalogue), n, p, is_within) > 0
    share = np.clip(ladder.cold_start(catalogue, as_of, season, own.bought.sum(axis=0)), 1e-6, 1)
    was, now = (2 * each.evidence + (each.segment == LAPSED) for each in (then, own))
    could = offerable(then, catalogue) & (then.orders > 0)[:, None]
    among, did = (np.array([cells[was == group].sum(axis=0) for group in range(2 * len(EVIDENCE))])
                  for cells in (could, could & bought))  # fmt: skip
    yes, no = did + PRIOR * share, among - did + PRIOR * (1 - share)
    ends = (beta.ppf(q, yes, no) for q in ((1 - WITHIN) / 2, (1 + WITHIN) / 2))
    chance, low, high = (values[now] for values in (yes / (yes + no), *ends))
    return chance, np.minimum(low, chance), np.maximum(high, chance)


def customer_of(offers, key, names=None):
    """Id of the customer meant by `key`: their own id, or any receipt.

    names : dict of the ids of all known to their names. Raises UnknownCustomer for nobody, or a receipt that names two.
    """
    if key in offers.purchases.customers or key in (names or {}):
        return key
    try:
        buyers = offers.purchases.buyers(key)
    except KeyError:
        raise UnknownCustomer(
            f"{key!r} is neither a customer nor a receipt of this studio; expected the id of either, as in the tables "
            "members and orders"
        ) from None
    if len(buyers) > 1:
        raise SharedReceipt(
            f"receipt {key!r} names {len(buyers)} customers, {' and '.join(buyers)}; ask for one of them by id"
        )
    if not buyers:
        raise UnknownCustomer(f"receipt {key!r} names no customer; it was a guest's, who cannot be looked up")
    return buyers[0]


def recommend(offers, customer, limit=3, names=None):
    """`RecommendationResult` of one customer, who is named by id or by any receipt.

    names : dict of customer id to name; somebody in it who never ordered is answered as a newcomer
    Raises UnknownCustomer as `customer_of`, ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit {limit}; expected 1 or more products")
    customer_id = customer_of(offers, customer, names)
    row, own = row_of(offers, customer_id), offers.standing
    shown = offers.ranked(row, limit)
    level, receipt = own.level[row], own.receipt[row]
    products = offers.catalogue.products
    return RecommendationResult(
        customer_id=customer_id, receipt=None if receipt < 0 else offers.purchases.receipts[receipt],
        customer_name=(names or {}).get(customer_id) or "", policy=offers.policy, as_of=offers.as_of.to_pydatetime(),
        horizon_days=offers.horizon_days, currency=offers.catalogue.currency,
        current_level=None if level < 0 else products[offers.catalogue.ladder[level]].name,
        segment=SEGMENTS[own.segment[row]], no_purchase=_none_of(offers, row, shown),
        recommendations=[recommendation(offers, row, k) for k in shown], note=reasons.note(offers, row, shown, limit),
    )  # fmt: skip


def row_of(offers, customer_id):
    """Row of a customer in `Offers`; the last, a newcomer's, for somebody without any order."""
    customers = offers.purchases.customers
    return customers.get_loc(customer_id) if customer_id in customers else len(customers)


def recommendation(offers, row, product):
    """`Recommendation` of the product at one place of the catalogue for the customer of one row."""
    one = list(offers.catalogue.products.values())[product]
    worth = int(offers.expected[row, product])
    return Recommendation(
        product=one.name, product_id=one.product_id, score=round(float(offers.score[row, product]), 1),
        reason=reasons.reason(offers, row, product), confidence=round(float(offers.chance[row, product]), 4),
        confidence_low=round(float(offers.low[row, product]), 4),
        confidence_high=round(float(offers.high[row, product]), 4),
        evidence=EVIDENCE[offers.standing.evidence[row]], expected_value_minor=worth, estimated_conversion_value=worth,
        message=offers.telling and offers.telling.messages[offers.telling.message[row, product]],
    )  # fmt: skip


def _fill(parts, chances, purchases, catalogue):
    """Puts the chances of those whom they are known of into `parts`; (n + 1,) bool who that is."""
    rows = pd.Index(chances.customers).get_indexer(purchases.customers)
    places = pd.Index(chances.products).get_indexer(list(catalogue.products))
    to, of = np.ix_(rows >= 0, places >= 0), np.ix_(rows[rows >= 0], places[places >= 0])
    for part, given in zip(parts, (chances.probability, chances.low, chances.high), strict=True):
        part[:-1][to] = np.asarray(given)[of]
    return np.append(rows >= 0, False)


def _telling(worth, purchases, catalogue):
    """`Telling` of a Worth."""
    rows, places = worth.clients.get_indexer(purchases.customers), pd.Index(worth.products).get_indexer(
        list(catalogue.products))  # fmt: skip
    message = worth.value.argmax(axis=2)
    to, of = np.ix_(np.append(rows >= 0, False), places >= 0), np.ix_(rows[rows >= 0], places[places >= 0])

    def placed(values, empty):
        found = np.full((len(rows) + 1, len(places)), empty, np.asarray(empty).dtype)
        found[to] = np.take_along_axis(values, message[:, :, None], axis=2)[:, :, 0][of]
        return found

    each = np.broadcast_to(np.arange(len(worth.messages)), worth.value.shape)
    return Telling(tuple(one.name for one in worth.messages), placed(each, 0), placed(worth.uplift, 0.0),
                   *(placed(values, -np.inf) for values in (worth.value, worth.low, worth.high)))  # fmt: skip


def _best(allowed, key, expected, catalogue):
    """(n + 1,) the allowed product of most `key`, then of most expected value, then of the lowest id; -1 for none."""
    left = allowed
    for value in (key, expected):
        most = np.where(left, value, -np.inf).max(axis=1, keepdims=True)
        left = left & (value == most)
    by_id = np.argsort(np.array(list(catalogue.products), str))
    first = by_id[left[:, by_id].argmax(axis=1)]
    return np.where(allowed.any(axis=1), first, -1)


def _none_of(offers, row, shown):
    """Chance that none is bought. The first purchase of a newcomer is one of them, others may buy several."""
    chance = offers.chance[row, shown]
    if offers.standing.orders[row] == 0:
        return round(float(max(1 - chance.sum(), 0.0)), 4)
    return round(float(np.prod(1 - chance)), 4)
