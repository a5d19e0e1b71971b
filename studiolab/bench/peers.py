"""Peers of the next basket: popularity, personal frequency, the same decayed, and TIFU-KNN; each tuned on a split."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from scipy import sparse

from studiolab.class_recommender import next_choice
from studiolab.class_recommender.collaborative import weights

BATCH = 500
ALL_TIME = 1e6
DECAYS = (20, 60, 180, 400)  # days
RECENT = (3, 14)  # days of popularity
TIFU = ((7, 0.9, 0.7), (3, 0.9, 0.7), (14, 1.0, 0.9))  # group size, decay within and between groups
NEIGHBOURS, OWN = (100, 300), (0.3, 0.5, 0.7, 0.9)
ASKED = 3_000  # users that parameters are tuned on, drawn at random


def tuned(earlier, final, size):
    """dict of peer to DataFrame user, item of the `size` best of each user of `final`, with the parameters that had
    the largest recall on ASKED users of `earlier`; both as classes.Split."""
    asked = earlier.as_of.sample(min(ASKED, len(earlier.as_of)), random_state=0).sort_index()
    earlier = replace(earlier, as_of=asked, chosen=earlier.chosen[earlier.chosen["user"].isin(asked.index)])
    then, now = Known(earlier, size), Known(final, size)
    both = [(own, popular) for own in (*DECAYS, ALL_TIME) for popular in (*RECENT, ALL_TIME)]
    grids = {
        "popularity": [(None, ALL_TIME)], "recent popularity": [(None, days) for days in RECENT],
        "personal, then popularity": [(ALL_TIME, ALL_TIME)],
        "decayed personal, then recent popularity": both,
    }  # fmt: skip
    found = {name: now.frequency(*_best(grid, then.frequency, earlier)) for name, grid in grids.items()}
    grid = [(*shape, k, own) for shape in TIFU for k in NEIGHBOURS for own in OWN]
    return found | {"TIFU-KNN": now.tifu(*_best(grid, then.tifu, earlier))}


def _best(grid, top, split):
    """The parameters of `grid` whose `top` finds most of what was chosen."""
    if len(grid) == 1:
        return grid[0]
    number = 1 / split.chosen.groupby("user")["item"].size()
    found = [top(*p).merge(split.chosen, on=["user", "item"])["user"].map(number).sum() for p in grid]
    return grid[int(np.argmax(found))]


class Known:
    """A split as matrices, and the peers on it."""

    def __init__(self, split, size):
        self.seen, self.size = next_choice.read(split.table, split.as_of), size
        self.shape = (len(self.seen.users), len(self.seen.items))
        self.popular = cache(lambda days: next_choice.popularity(self.seen, days))
        self.distances = cache(self._neighbours)

    def frequency(self, own, popular):
        """Own purchases, each exp(-days / own), then by popularity, each exp(-days / popular); own None: none."""
        age = np.zeros(len(self.seen.user)) if own in (None, ALL_TIME) else self.seen.age / own
        mine = weights(self.seen.user, self.seen.item, np.exp(-age) * (own is not None), self.shape)
        by_day = self.popular(popular)
        # popularity is below 1e-6 of anything the client took, so it only breaks ties
        return self._top(
            lambda rows: mine[rows].toarray() + 1e-9 * np.vstack([by_day[d] for d in self.seen.asked[rows]])
        )

    def tifu(self, group, within, between, neighbours, own):
        """TIFU-KNN (Hu et al. 2020): own * the user's vector + (1 - own) * the mean of the nearest others'."""
        vectors = temporal(self.seen, group, within, between, self.shape)
        near = self.distances(group, within, between)[:, :neighbours]
        row = np.repeat(np.arange(len(near)), near.shape[1])
        mean = weights(row, near.ravel(), np.full(near.size, 1 / near.shape[1]), (len(near), self.shape[0])) @ vectors
        mixed = (own * vectors[: len(near)] + (1 - own) * mean).tocsr()
        return self._top(lambda rows: mixed[rows].toarray())

    def _neighbours(self, group, within, between):
        """(asked, most) indices of the nearest others in Euclidean distance, nearest first."""
        vectors = temporal(self.seen, group, within, between, self.shape)
        square = np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel()
        found, most = [], min(max(NEIGHBOURS), self.shape[0] - 1)
        for first in range(0, len(self.seen.asked), BATCH):
            rows = np.arange(first, min(first + BATCH, len(self.seen.asked)))
            apart = square[None, :] - 2 * (vectors[rows] @ vectors.T).toarray()
            apart[np.arange(len(rows)), rows] = np.inf
            near = np.argpartition(apart, most - 1, axis=1)[:, :most]
            order = np.take_along_axis(apart, near, axis=1).argsort(axis=1, kind="stable")
            found.append(np.take_along_axis(near, order, axis=1))
        return np.vstack(found)

    def _top(self, scores):
        found = []
        size = min(self.size, self.shape[1])
        for first in range(0, len(self.seen.asked), BATCH):
            rows = np.arange(first, min(first + BATCH, len(self.seen.asked)))
            score = scores(rows)
            best = np.argpartition(-score, size - 1, axis=1)[:, :size]
            found.append(np.take_along_axis(best, np.take_along_axis(-score, best, axis=1).argsort(axis=1), axis=1))
        best = np.vstack(found)
        users = self.seen.users[np.repeat(np.arange(len(best)), size)]
        return pd.DataFrame({"user": users, "item": self.seen.items[best.ravel()]})


def temporal(seen, group, within, between, shape):
    """csr_matrix (users, items): TIFU's vectors. Baskets, counted from the last, fall in groups of `group`, the first
    may be smaller; a group is the mean of its baskets, each within**(baskets before its last), and the vector the mean
    of groups, each between**(groups before the last)."""
    back, number = next_choice.visits_back(seen)
    number = number[seen.user]
    which, groups = back // group, -(-number // group)
    members = np.minimum(group, number - which * group)
    weight = within ** (back % group) / members * between**which / groups
    return sparse.csr_matrix(weights(seen.user, seen.item, weight, shape))
