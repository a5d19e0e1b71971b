"""What a client takes next: one ranker for baskets of a shop and for the slots of a studio.

For each client, what they took before, what sells now and what neighbours of their items are: these candidates are
described by recency, rhythm, recent popularity and co-occurrence, and gradient-boosted trees (LambdaRank, Burges 2010)
learn on earlier choices how much each of them says. It reads any table of user, item and whole day.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studiolab.class_recommender import collaborative

POPULAR_DAYS = (1, 3, 14, 1000)  # e-folding times of popularity: today's promotion to the usual range
DECAY_DAYS = (7, 20, 60, 180)  # of a client's own visits
DECAY_VISITS = (0.4, 0.7, 0.9)  # the same by order of visit
CANDIDATES = 60  # items of each kind beside the client's own
BATCH = 1_000  # clients described at once; keeps memory flat
TREES = {
    "objective": "lambdarank", "num_iterations": 200, "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 100,
    "lambdarank_truncation_level": 20, "feature_fraction": 0.8, "lambda_l2": 5.0, "verbosity": -1, "num_threads": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip


def described(table, as_of, size=CANDIDATES):
    """Candidates of each client with what is known of them.

    table : DataFrame user, item, day (whole number), one row a purchase or visit; as_of : Series of the whole day that
        is asked about, by user. Of a client in `as_of` only earlier days are seen, popularity is that of earlier
        days, and nobody's days from the last `as_of` on are seen; neighbours of items are those of all that is left.
    size : most items of each kind, of recent popularity and of neighbours, beside those the client took before
    Returns DataFrame user, item, then numbers, NaN for what only an item taken before has, by user in the order of
    `as_of`. Raises ValueError where no row of the table is seen.
    """
    seen = read(table, as_of)
    own = _own(seen)
    shape = (len(seen.users), len(seen.items))
    recent = collaborative.weights(seen.user, seen.item, np.exp(-seen.age / 60), shape)
    near = collaborative.similar(recent)
    popular = {days: popularity(seen, days) for days in POPULAR_DAYS}
    blocks = []
    for first in range(0, len(as_of), BATCH):
        rows = np.arange(first, min(first + BATCH, len(as_of)))
        close = (recent[rows] @ near).toarray()
        now = {days: np.vstack([by_day[day] for day in seen.asked[rows]]) for days, by_day in popular.items()}
        width = min(size, len(seen.items))
        best = [np.argsort(-score, axis=1, kind="stable")[:, :width] for score in (now[14], close)]
        mine = own["key"][(own["key"] >= first * len(seen.items)) & (own["key"] < (rows[-1] + 1) * len(seen.items))]
        key = np.unique(np.concatenate([mine, *((rows[:, None] * len(seen.items) + b).ravel() for b in best)]))
        user, item = key // len(seen.items), key % len(seen.items)
        block = {"row": user, "code": item, "key": key, "near": close[user - first, item]}
        blocks.append(pd.DataFrame(block | {f"popular_{d}": now[d][user - first, item] for d in now}))
    return _joined(pd.concat(blocks, ignore_index=True), own, seen)


def top(scored, size):
    """Rows of `scored` (user, item, score) that are among the user's `size` best, best first; ties by item."""
    order = scored.sort_values(["user", "score", "item"], ascending=[True, False, True], kind="stable")
    return order[order.groupby("user", sort=False).cumcount() < size]


class NextChoice:
    """Fitted on past choices: `fit`, then `scored` of any table."""

    def __init__(self, size=CANDIDATES, seed=0, **trees):
        """size : as of `described`; trees : parameters of LightGBM that differ from TREES."""
        self.size, self.trees = size, TREES | {"seed": seed} | trees

    def fit(self, examples):
        """Learn from a list of (table, as_of, chosen): what was known, when, and what was then taken.

        table, as_of : as of `described`; chosen : DataFrame user, item. Returns self.
        Raises ValueError where no chosen item was among the candidates.
        """
        import lightgbm

        known = [self._labelled(*example) for example in examples]
        x, y = pd.concat([frame for frame, _, _ in known]), np.concatenate([label for _, label, _ in known])
        if not y.any():
            raise ValueError(f"{len(examples)} examples with {len(x):,} candidates: none of them was chosen")
        data = lightgbm.Dataset(x, y, group=np.concatenate([group for _, _, group in known]))
        self.model = lightgbm.train(self.trees, data)
        return self

    def _labelled(self, table, as_of, chosen):
        frame = described(table, as_of, self.size)
        taken = pd.MultiIndex.from_frame(chosen[["user", "item"]])
        label = pd.MultiIndex.from_frame(frame[["user", "item"]]).isin(taken)
        keep = pd.Series(label).groupby(frame["user"].to_numpy()).transform("any").to_numpy()
        frame = frame[keep]
        group = frame.groupby("user", sort=False).size().to_numpy()
        return frame.drop(columns=["user", "item"]), label[keep].astype(int), group

    def scored(self, table, as_of):
        """DataFrame user, item, score of the candidates, in the order of `described`."""
        frame = described(table, as_of, self.size)
        score = self.model.predict(frame.drop(columns=["user", "item"]), num_threads=1)
        return frame[["user", "item"]].assign(score=score)


# parts --------------------------------------------------------------------------------------------
@dataclass
class Seen:
    """Rows of a table as codes: user, item, day, age in days at the client's `as_of`; `asked` that day by user,
    who are first in `users`."""

    users: pd.Index
    items: pd.Index
    user: np.ndarray
    item: np.ndarray
    day: np.ndarray
    age: np.ndarray
    asked: np.ndarray


def read(table, as_of):
    """`Seen` of a table, as of `described`."""
    table = table[["user", "item", "day"]].drop_duplicates()
    until = table["user"].map(as_of).fillna(as_of.max())
    table = table[table["day"] < until]
    if not len(table):
        raise ValueError(f"no row of the table is before the days asked about, up to {as_of.max()}")
    users = as_of.index.append(pd.Index(table["user"].unique()).difference(as_of.index))
    items = pd.Index(np.sort(table["item"].unique()))
    day = table["day"].to_numpy()
    return Seen(users, items, users.get_indexer(table["user"]), items.get_indexer(table["item"]), day,
                 until[table.index].to_numpy() - day, as_of.to_numpy())  # fmt: skip


def popularity(seen, days):
    """dict of day to (items,) share of rows before that day, each weighing exp(-age / days)."""
    order = np.argsort(seen.day, kind="stable")
    item, day = seen.item[order], seen.day[order]
    total, at, found = np.zeros(len(seen.items)), int(day[0]), {}
    for asked in np.unique(seen.asked):
        rows = slice(*np.searchsorted(day, [at, asked]))
        total *= np.exp(-(asked - at) / days)
        total += np.bincount(item[rows], np.exp(-(asked - day[rows]) / days), len(seen.items))
        at, found[asked] = max(at, asked), (total / max(total.sum(), 1e-300)).astype(np.float32)
    return found


def visits_back(seen):
    """(rows,) later visits of the client, by row of `seen`, and (users,) their visits; a visit is a day."""
    span = seen.day.max() + 1
    visits, at = np.unique(seen.user.astype(np.int64) * span + seen.day, return_inverse=True)
    of = visits // span
    ends = np.searchsorted(of, np.arange(len(seen.users)), side="right")
    return ends[seen.user] - 1 - at, np.bincount(of, minlength=len(seen.users))


def _own(seen):
    """dict of columns over the pairs of client and item taken before, by `key`, rising."""
    back, number = visits_back(seen)
    key, pair = np.unique(seen.user.astype(np.int64) * len(seen.items) + seen.item, return_inverse=True)
    found = {"key": key, "times": np.bincount(pair)}
    found |= {f"days_{d}": np.bincount(pair, np.exp(-seen.age / d)) for d in DECAY_DAYS}
    found |= {f"order_{r}": np.bincount(pair, r**back) for r in DECAY_VISITS}
    since, first, last = (np.full(len(key), start, float) for start in (np.inf, -np.inf, np.inf))
    np.minimum.at(since, pair, seen.age)
    np.maximum.at(first, pair, seen.age)
    np.minimum.at(last, pair, back)
    return found | {"since": since, "first": first, "back": last, "visits": number}


def _joined(frame, own, seen):
    """Candidates with what the client's own past and the item's say; `user` and `item` by name."""
    number = own["visits"][frame["row"]]
    at = np.minimum(np.searchsorted(own["key"], frame["key"]), len(own["key"]) - 1)
    mine = own["key"][at] == frame["key"]
    for name in set(own) - {"key", "visits"}:
        missing = np.nan if name in ("since", "first", "back") else 0.0
        frame[name] = np.where(mine, own[name][at], missing)
    item_of = own["key"] % len(seen.items)
    again = np.bincount(item_of[own["times"] > 1], minlength=len(seen.items))
    buyers = np.bincount(item_of, minlength=len(seen.items))
    frame["taken_again"] = ((again + 1) / (buyers + 20))[frame["code"]]
    frame["visits"], frame["share"] = number, frame["times"] / np.maximum(number, 1)
    frame["usual_size"] = np.bincount(seen.user, minlength=len(seen.users))[frame["row"]] / np.maximum(number, 1)
    frame["near_a_visit"] = frame["near"] / np.sqrt(np.maximum(number, 1))
    for days in DECAY_DAYS:
        most = frame.groupby("row")[f"days_{days}"].transform("max")
        frame[f"of_most_{days}"] = frame[f"days_{days}"] / np.maximum(most, 1e-9)
    frame["gap"] = (frame["first"] - frame["since"]) / np.maximum(frame["times"] - 1, 1)
    frame["due"] = frame["since"] / (frame["gap"] + 3)
    numbers = sorted(set(frame) - {"row", "code", "key"})
    names = {"user": seen.users[frame["row"]], "item": seen.items[frame["code"]]}
    return pd.concat([pd.DataFrame(names), frame[numbers].astype(np.float32)], axis=1)
