"""Whether a chance of 5 % comes true five times in a hundred: purchases of the last four weeks of a history.

Worlds whose truth is known, and a gift wholesaler's invoices through the importer as they are. A product's rate for
everybody is calibrated as well and says nothing of a customer, so beside the expected calibration error stands what
each model tells apart: its log loss, Brier score and AUC. Nothing was chosen on these worlds or on these weeks.

Most chances are near nothing, where an error is small of itself, and customers who have not bought for long are many
and easy. So the figures are of those with a purchase in 91 days, once of all their products and once of each one's
likeliest, where chances are highest; and of everybody where it says so. A membership that is held is no case.
"""

import contextlib
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from studiolab.bench import score
from studiolab.product_recommender import catalogue, likelihood, purchases, windows
from studiolab.world import make_chain

SEEDS, STUDIOS, MONTHS, DAYS = (711, 712, 713, 714, 715), 1, 36, 28
ACTIVE_DAYS, PAST = 91, 3  # windows that the naive rates are of
GOAL, BINS, LOSSES = score.at_most(0.02), 10, ("log loss", "Brier score")
OURS, PRODUCT, CELL = "likelihood", "product's rate for everybody", "rate of recency, frequency and money"
WIDTHS = (("quantile", ""), ("equal", ", equal width"))
LUCK = "were the chances true, by luck alone"
MODELS = (OURS, PRODUCT, CELL)
FILE = "uci_online_retail/online_retail_2009_2010.parquet"


def table(data=None, say=lambda words: None, seeds=SEEDS, studios=STUDIOS):
    """Calibration error, log loss, Brier score and AUC of the chances and of two naive ones.

    data : folder with FILE, or None; say : called with what is being measured
    Returns DataFrame of score.COLUMNS; intervals are a bootstrap over worlds and, within them, customers.
    """
    say("chances of purchases in worlds")
    found = pd.concat([world_cases(seed, studios) for seed in seeds], ignore_index=True)
    told = rows(found, "worlds")
    path = None if data is None else Path(data) / FILE
    if path is None or not path.exists():
        return score.table([*told, score.plain("UCI, calibration error", np.nan, model="skipped: no data")])
    say("chances of purchases at a gift wholesaler")
    return score.table([*told, *rows(uci_cases(path), "UCI")])


def world_cases(seed, studios=STUDIOS, months=MONTHS):
    """`cases` of each studio of a world."""
    chain, found = make_chain(studios, months, seed), []
    for studio_id in chain.studios["studio_id"]:
        tables = chain.raw(studio_id)
        ours = cases(tables["orders"], tables["products"], tables["visits"], tables["members"])
        found.append(ours.assign(world=seed, studio=studio_id + "/" + ours["customer"]))
    return pd.concat(found, ignore_index=True)


def uci_cases(path):
    """`cases` of the invoices in `path`, imported into a database of their own."""
    from studiolab.app import Workbench
    from studiolab.settings import Settings

    with (
        TemporaryDirectory() as home,
        contextlib.closing(Workbench(Settings(STUDIOLAB_HOME=Path(home), DATABASE_URL=""))) as bench,
    ):
        bench.import_files([path], mapping="uci_online_retail")
        orders, products = bench.db.read("orders"), bench.db.read("products")
    found = cases(orders, products)
    return found.assign(world="UCI", studio=found["customer"])


def cases(orders, products, visits=None, members=None, days=DAYS):
    """Each pair of customer and product that could be bought in the last `days` days of the orders.

    Returns DataFrame customer, product, happened, is_active, low, high, and the chance told by each of MODELS.
    """
    end = orders["created_at"].max().ceil("D")
    as_of = end - pd.Timedelta(days=days)
    before = purchases.purchases(orders, as_of)
    sold = catalogue.catalogue(products, before)
    ours = likelihood.fit(before, sold, as_of, days, visits, members)
    now, *past = (windows.window(before, sold, as_of - pd.Timedelta(days=days * back), days, ours.all.products,
                                    visits, members) for back in range(1 + PAST))  # fmt: skip
    label = windows.bought(purchases.purchases(orders, end), now.known.customers, as_of, end, ours.all.products,
                              now.held)  # fmt: skip
    told = {OURS: ours.all.probability, PRODUCT: _product_rate(past, now), CELL: _cell_rate(past, now)}
    asked = ~now.held
    row, column = np.nonzero(asked)
    return pd.DataFrame({
        "customer": ours.all.customers.to_numpy(object)[row], "product": np.array(ours.all.products, object)[column],
        "happened": label[asked], "is_active": (now.known["recency"] <= ACTIVE_DAYS)[row],
        "low": ours.all.low[asked], "high": ours.all.high[asked],
    } | {model: chance[asked].astype(float) for model, chance in told.items()})  # fmt: skip


def _product_rate(past, now):
    """(n, p): the share of all known customers that bought the product in the windows before."""
    hits, tries = (sum(part) for part in zip(*((w.label.sum(0), (~w.held).sum(0)) for w in past), strict=True))
    return np.broadcast_to((hits + 0.5) / (tries + 1), now.label.shape)


def _cell_rate(past, now):
    """(n, p): the share of customers in the same cell of recency, frequency and money, by product."""
    edges = np.nanquantile(np.concatenate([w.known["money_365"] for w in past]), (0.5, 0.8))
    cells = [_cells(w, edges) for w in past]
    size, p = 60, now.label.shape[1]
    hits, tries = np.zeros((size, p)), np.zeros((size, p))
    for window, cell in zip(past, cells, strict=True):
        np.add.at(hits, cell, window.label)
        np.add.at(tries, cell, ~window.held)
    rate = (hits.sum(0) + 0.5) / (tries.sum(0) + 1)
    return ((hits + 10 * rate) / (tries + 10))[_cells(now, edges)]


def _cells(window, edges):
    recency = np.digitize(np.nan_to_num(window.known["recency"], nan=1e6), (28, 91, 365))
    return 15 * recency + 3 * np.digitize(window.known["orders_365"], (1, 2, 4, 12)) + np.digitize(
        window.known["money_365"], edges)  # fmt: skip


def rows(found, where):
    """Rows of score.COLUMNS of `cases` with world and studio."""
    told = []
    for own, whom in ((found[found["is_active"]], ""), (_likeliest(found), ", likeliest product of each"),
                      (found, ", everybody known")):  # fmt: skip
        by_customer = _by_customer(own)
        row = partial(score.row, cases=by_customer, sums=score.totals(by_customer))
        for model in MODELS:
            goal = GOAL if model == OURS else None
            told += [row(f"{where}, calibration error{whom}{name}", statistic=_error(model, width), goal=goal,
                         model=model) for width, name in WIDTHS]  # fmt: skip
            told += [row(f"{where}, {name}{whom}", statistic=score.ratio(f"{name} {model}", "pairs"), model=model)
                     for name in LOSSES]  # fmt: skip
            told.append(score.plain(f"{where}, AUC{whom}", _auc(own, model), model=model, cases=len(own)))
        told.append(score.plain(f"{where}, calibration error{whom}", _by_luck(own[OURS]), model=LUCK, cases=len(own)))
        told += [row(f"{where}, log loss{whom}", statistic=_gap(OURS, model), goal=score.at_most(0),
                     model=f"{OURS} - {model}") for model in MODELS[1:]]  # fmt: skip
    return told


def beside(found):
    """DataFrame, a row for each of MODELS, of `cases` with world and studio: how far off the chances are, whether they
    tell apart who was bought of late, and what was told and came in the highest tenth."""
    live, top = found[found["is_active"]], _likeliest(found)
    groups = {"off, everybody known": found, "off, bought of late": live, "off, likeliest product of each": top}
    told = {}
    for model in MODELS:
        highest = likelihood.reliability(live[model], live["happened"]).iloc[-1]
        told[model] = {name: likelihood.calibration_error(own[model], own["happened"]) for name, own in groups.items()}
        told[model] |= {"told apart": _auc(live, model), "highest tenth told": highest["predicted"],
                        "highest tenth came": highest["observed"]}  # fmt: skip
    return pd.DataFrame(told).T


def off_by_luck(found):
    """The calibration error of each customer's likeliest product, were every chance true."""
    return _by_luck(_likeliest(found)[OURS])


def _likeliest(found):
    """The case of each active customer that the chances put first."""
    active = found[found["is_active"]].sort_values(OURS, ascending=False, kind="stable")
    return active.drop_duplicates(["world", "studio"])


def _by_customer(found):
    """Sums of each customer: what was told and what came in each bin of each model, losses, and pairs."""
    came, sums = found["happened"].to_numpy(float), {"pairs": np.ones(len(found))}
    for model in MODELS:
        chance = found[model].to_numpy()
        equal = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
        quantile = np.empty_like(equal)
        quantile[np.argsort(chance, kind="stable")] = np.arange(len(chance)) * BINS // max(len(chance), 1)
        for width, at in (("quantile", quantile), ("equal", equal)):
            sums |= {f"{model} {width} {k}": (chance - came) * (at == k) for k in range(BINS)}
        safe = np.clip(chance, 1e-6, 1 - 1e-6)
        sums[f"log loss {model}"] = -np.log(np.where(came > 0, safe, 1 - safe))
        sums[f"Brier score {model}"] = (chance - came) ** 2
    return pd.DataFrame(sums).groupby([found["world"].to_numpy(), found["studio"].to_numpy()]).sum().rename_axis(
        ["world", "studio"]).reset_index()  # fmt: skip


def _by_luck(chance):
    """Calibration error to expect where every chance is true and cases are independent, as E|N(0, s)| = s √(2/π)."""
    parts = np.array_split(np.sort(chance.to_numpy()), BINS)
    return sum(np.sqrt(2 / np.pi * (part * (1 - part)).sum()) for part in parts) / len(chance)


def _error(model, width):
    return lambda sums: sum(np.abs(sums[f"{model} {width} {k}"]) for k in range(BINS)) / sums["pairs"]


def _gap(model, other):
    return lambda sums: (sums[f"log loss {model}"] - sums[f"log loss {other}"]) / sums["pairs"]


def _auc(found, model):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(found["happened"], found[model])
