"""How fast products are recommended, in seconds of one core, beside the documents' limits (C-22).

A simulated studio's orders, repeated under new names until there are enough; so are the chances learned from them. A
client is answered from offers that are at hand, as a page does; preparing them for all is in the time of the 10,000.
"""

import time

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from studiolab import world
from studiolab.bench import score
from studiolab.bench.score import at_most
from studiolab.product_recommender import likelihood, opportunities, recommend
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.performance import performance
from studiolab.product_recommender.purchases import purchases
from studiolab.product_recommender.standing import standing

LIMITS = {"one client, seconds": 0.001, "all clients, seconds": 1.0, "statistics of all orders, seconds": 2.0}
DOCUMENTS = {"one client, seconds": 0.1, "all clients, seconds": 100.0}  # 1 s for 100 clients
CLIENTS, LINES, CALLS, MONTHS, ROUNDS = 10_000, 1_000_000, 500, 36, 3
NAMES = ("customer_id", "order_id", "line_id")


def table(data=None, say=lambda text: None, clients=CLIENTS, lines=LINES, calls=CALLS, months=MONTHS, seed=1):
    """DataFrame of score.COLUMNS: each time, and the same as a share of its limit and of the documents'.

    data : not used; clients, lines, calls : how many to answer at once, to count, and to answer one by one
    months : of the studio
    """
    chain = world.make_chain(1, months, seed)
    raw = chain.raw(chain.studios["studio_id"].iloc[0])
    as_of = raw["orders"]["created_at"].max()
    with threadpool_limits(1):
        rows = _clients(raw, as_of, clients, calls, say) + _statistics(raw, as_of, lines, say)
    return score.table(rows)


def repeated(orders, times):
    """`orders` so many times, each time of customers, receipts and lines of their own."""
    copies = [orders.assign(**{name: orders[name] + f"/{k}" for name in NAMES}) for k in range(times)]
    return pd.concat(copies, ignore_index=True)


def _clients(raw, as_of, clients, calls, say):
    say(f"product speed: {clients} clients")
    once = purchases(raw["orders"], as_of)
    times = -(-clients // len(once.customers))
    chosen = repeated(raw["orders"], times)
    chosen = chosen[chosen["customer_id"].isin(chosen["customer_id"].dropna().unique()[:clients])]
    bought = purchases(chosen, as_of)
    sold = catalogue(raw["products"], bought)
    began = time.process_time()
    known = likelihood.fit(once, sold, as_of, visits=raw["visits"], members=raw["members"]).chances()
    learning = time.process_time() - began
    known = known._replace(
        customers=pd.Index([f"{name}/{k}" for k in range(times) for name in known.customers]),
        **{part: np.tile(getattr(known, part), (times, 1)) for part in ("probability", "low", "high")},
    )
    rows = [score.plain("learning the chances, seconds", learning, model="learned", cases=len(once.customers))]
    for policy in ("ladder", "learned"):
        given = None if policy == "ladder" else known
        ready = recommend.offers(bought, sold, as_of, given, policy)
        asked = np.random.default_rng(0).choice(bought.customers, calls)
        single = np.array([_seconds(recommend.recommend, ready, customer) for customer in asked])
        rows += _timed("one client, seconds", single, policy, calls)
        together = np.array([_seconds(_all, bought, sold, as_of, given, policy) for _ in range(ROUNDS)])
        rows += _timed("all clients, seconds", together, policy, len(bought.customers))
    return rows


def _all(bought, sold, as_of, chances, policy):
    """Everybody's first product, with its words."""
    ready = recommend.offers(bought, sold, as_of, chances, policy)
    return opportunities.opportunities(ready, limit=len(bought.customers))


def _statistics(raw, as_of, lines, say):
    say(f"product speed: statistics of {lines} orders")
    orders = repeated(raw["orders"], -(-lines // len(raw["orders"]))).iloc[:lines]
    sold = catalogue(raw["products"], purchases(raw["orders"], as_of))
    seconds = np.array([_seconds(_count, orders, sold, as_of) for _ in range(ROUNDS)])
    return _timed("statistics of all orders, seconds", seconds, "", len(orders))


def _count(orders, sold, as_of):
    """What each product sold month by month, and who is in which segment."""
    bought = purchases(orders, as_of)
    return performance(bought, sold, as_of), opportunities.sizes(standing(bought, sold, as_of))


def _seconds(call, *arguments):
    began = time.process_time()
    call(*arguments)
    return time.process_time() - began


def _timed(name, times, policy, cases):
    """Rows of a figure, its median: itself, over its limit, and over the documents' limit where they have one."""
    value, (low, high) = np.median(times), np.quantile(times, (0.025, 0.975))
    rows = [score.plain(name, value, at_most(LIMITS[name]), policy, low=low, high=high, cases=cases)]
    for limits, words in ((LIMITS, "limit"), (DOCUMENTS, "documents' limit")):
        if name in limits:
            least, share, most = (each / limits[name] for each in (low, value, high))
            rows.append(score.plain(f"{name} / {words}", share, None, policy, low=least, high=most, cases=cases))
    return rows
