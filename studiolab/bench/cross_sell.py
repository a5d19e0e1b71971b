"""Cross-sell on a wholesaler's real invoices: which items new to a customer they buy in the next three months.

The export goes through the importer as any other. Known is what a customer bought and kept before a day; asked are
customers with a purchase before it who buy something new within three months from it. An item that nobody had bought
before counts as new but cannot be told. The constants of every model were chosen on TUNED and the months before it,
whose three months end by the day of JUDGED; those of `together` on simulated studios as well.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from studiolab.adapters.imports import load_mappings, read_export
from studiolab.bench import score
from studiolab.product_recommender import together
from studiolab.product_recommender.purchases import purchases

FILE = "uci_online_retail/online_retail_2009_2010.parquet"
JUDGED, TUNED = "2010-09-01", "2010-06-01"
TOP, MONTHS = 10, 3
OURS, NEIGHBOURS, FACTORS, POPULAR = "together", "item-kNN", "implicit ALS", "popularity"
PLAIN = "item-kNN, plain cosines"  # what GOAL was measured with
SHRINK, NEAREST = 50.0, 200  # of item-kNN
RANK, REGULARIZATION, CONFIDENCE, ROUNDS = 96, 20.0, 2.0, 15  # of ALS
GOAL = score.at_least(0.453)


class Split(NamedTuple):
    """known : Purchases before `as_of`; bought : csr_matrix (n, p) of them, 0 or 1
    asked : (k,) positions of customers; new : (k, p) bool, what of the known products they bought that was new to them
    sought : (k,) how many new items they bought, those that nobody had bought before among them
    """

    as_of: pd.Timestamp
    known: tuple
    bought: sparse.csr_matrix
    asked: np.ndarray
    new: np.ndarray
    sought: np.ndarray


def table(data=None, say=lambda text: None, day=JUDGED):
    """hit@10 of `together` and of what it has to beat, with their paired differences, recall, NDCG and coverage.

    data : folder of the data sets; say : function that is told what is being done; day : first day asked about
    Returns DataFrame of score.COLUMNS; intervals are a bootstrap over customers. One row with model "skipped: no data"
    without the file.
    """
    if data is None or not (Path(data) / FILE).exists():
        return score.table([score.plain("cross-sell, hit@10", np.nan, model="skipped: no data")])
    say("reading the invoices")
    split = split_at(read_export(Path(data) / FILE, load_mappings("uci_online_retail")).frame, day)
    found, covered = {}, {}
    for name, model in MODELS.items():
        say(f"fitting {name}")
        found[name], covered[name] = judged(split, model(split))
    return score.table(rows(found, covered))


def rows(found, covered):
    """Rows of score.COLUMNS of `found`, dict of model to its cases, and `covered`, dict of model to coverage."""
    made = [_row("hit", name, cases, GOAL if name == OURS else None) for name, cases in found.items()]
    for name in (name for name in found if name != OURS):
        gap = found[OURS].assign(hit=found[OURS]["hit"] - found[name]["hit"])
        made.append(_row("hit", f"{OURS} - {name}", gap, score.at_least(0) if name in (NEIGHBOURS, FACTORS) else None))
    made += [_row(what, name, cases) for what in ("recall", "ndcg") for name, cases in found.items()]
    return made + [score.plain(f"cross-sell, items in some first {TOP}, share of all", share, model=name)
                   for name, share in covered.items()]  # fmt: skip


def split_at(orders, day, months=MONTHS):
    """`Split` of table orders at `day`, YYYY-MM-DD UTC, asked about the `months` from it on."""
    as_of = pd.Timestamp(day, tz="UTC")
    known = purchases(orders[orders["created_at"] < as_of], as_of)
    bought = _ones(known.customer, known.product, (len(known.customers), len(known.products)))
    later = orders[(orders["created_at"] >= as_of) & (orders["created_at"] < as_of + pd.DateOffset(months=months))]
    later = later[(later["amount"] > 0) & later["customer_id"].isin(known.customers[bought.getnnz(1) > 0])]
    pairs = later[["customer_id", "product_id"]].drop_duplicates()
    customer = known.customers.get_indexer(pairs["customer_id"])
    product = known.products.get_indexer(pairs["product_id"])
    is_new = (product < 0) | (np.asarray(bought[customer, product]).ravel() == 0)
    asked, row = np.unique(customer[is_new], return_inverse=True)
    new = np.zeros((len(asked), len(known.products)), bool)
    sold = product[is_new] >= 0
    new[row[sold], product[is_new][sold]] = True
    return Split(as_of, known, bought, asked, new, np.bincount(row, minlength=len(asked)))


def judged(split, scores, top=TOP):
    """(cases, coverage) of scores (k, p): DataFrame of world, studio, hit, recall, ndcg, of a row a customer asked, and
    the share of all items that are among somebody's first `top`."""
    scores = np.where(split.bought[split.asked].toarray() > 0, -np.inf, scores)
    first = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    right = np.take_along_axis(split.new, first, axis=1)
    gain = 1 / np.log2(np.arange(2, top + 2))
    ideal = np.cumsum(gain)[np.minimum(split.sought, top) - 1]
    cases = pd.DataFrame({"world": 0, "studio": split.asked, "hit": right.any(axis=1).astype(float),
                          "recall": right.sum(axis=1) / split.sought, "ndcg": right @ gain / ideal})  # fmt: skip
    return cases, len(np.unique(first)) / len(split.known.products)


def ours(split):
    """Scores (asked, items) of `together`, which regresses each item on all others. Source: Steck 2019 (EASE)."""
    return together.fit(split.known, split.as_of).scores(split.asked)


def item_knn(split, shrink=SHRINK, nearest=NEAREST):
    """Cosines of the customers of two items, shrunk, the `nearest` of each, summed over what a customer bought."""
    both = (split.bought.T @ split.bought).toarray()
    norm = np.sqrt(np.diag(both))
    np.fill_diagonal(both, 0)
    cosines = both / (np.outer(norm, norm) + shrink + 1e-9)
    if nearest < len(cosines):
        cosines[cosines < -np.partition(-cosines, nearest, axis=0)[nearest - 1]] = 0
    return split.bought[split.asked] @ cosines


def als(split, rank=RANK, regularization=REGULARIZATION, confidence=CONFIDENCE, seed=0):
    """Scores (asked, items) of `rank` factors of customers and items. Source: Hu, Koren & Volinsky 2008, `implicit`."""
    model = AlternatingLeastSquares(rank, regularization, confidence, iterations=ROUNDS, num_threads=1,
                                    random_state=seed)  # fmt: skip
    with threadpool_limits(1, "blas"):
        model.fit(split.bought.astype(np.float32), show_progress=False)
    return model.user_factors[split.asked] @ model.item_factors.T


def popularity(split):
    """Scores (asked, items): how many customers bought an item, the same for everybody."""
    return np.tile(split.bought.getnnz(0).astype(float), (len(split.asked), 1))


def plain(split):
    """Scores (asked, items) of `item_knn` as it is usually run: nothing shrunk, no neighbour left out."""
    return item_knn(split, 0.0, len(split.known.products))


MODELS = {OURS: ours, NEIGHBOURS: item_knn, FACTORS: als, PLAIN: plain, POPULAR: popularity}


def _row(what, model, cases, goal=None):
    figure = f"cross-sell, {what}@{TOP}"
    return score.row(figure, cases[["world", "studio", what]], score.mean(what), goal, model=model)


def _ones(customer, product, shape):
    named = customer >= 0
    pairs = sparse.csr_matrix((np.ones(named.sum()), (customer[named], product[named])), shape=shape)
    return (pairs > 0).astype(float).tocsr()
