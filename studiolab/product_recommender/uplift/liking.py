"""What kinds of class each client likes, told from which of the classes on offer they booked.

A client comes to a class as a Poisson count with rate exp(usual + weekday + hour + kind of class), each part drawn to
nothing by a normal prior (the discrete choice of McFadden 1974, in its Poisson form: Baker 1994). Shares of visits
would call a liking what is the timetable: who comes on Mondays at seven comes to what is taught then.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.product_recommender.purchases import seconds

SPREAD = {"weekday": 1.0, "hour": 1.5, "kind": 1.0}  # of each part, on the log scale
SWEEPS = 12


class Bookings(NamedTuple):
    """b bookings and s classes of one studio, each in order of time; cell : weekday, hour and kind of class together.

    members : Index (n,); who, cell, at : (b,); held_cell, held_at : (s,); cells : (c, 3) positions of weekday, hour
        and kind
    """

    members: pd.Index
    joined: np.ndarray
    who: np.ndarray
    cell: np.ndarray
    at: np.ndarray
    held_cell: np.ndarray
    held_at: np.ndarray
    cells: np.ndarray

    def liking(self, as_of, clients, kinds):
        """(n, kinds) how much each client likes each kind of class, on the log scale, 0 where nothing is known."""
        end = seconds(as_of)
        booked, own = clients.get_indexer(self.members)[self.who], self.at < end
        own &= booked >= 0
        shape = len(clients), len(self.cells)
        came = np.bincount(booked[own] * shape[1] + self.cell[own], minlength=shape[0] * shape[1]).reshape(shape)
        return _parts(came.astype(float), self._open(end, clients), self.cells, kinds)

    def _open(self, end, clients):
        """(n, c) classes held between joining and `end`."""
        held = self.held_at < end
        at = self.members.get_indexer(clients)
        since = np.where(at >= 0, np.searchsorted(self.held_at[held], self.joined[at]), held.sum())
        order = np.argsort(since, kind="stable")
        found, left = np.zeros((len(clients), len(self.cells))), self.held_cell[held]
        total, done = np.zeros(len(self.cells)), held.sum()
        for row in order[::-1]:
            total = total + np.bincount(left[since[row] : done], minlength=len(self.cells))
            done = since[row]
            found[row] = total
        return found


def bookings(visits, members, kinds, timezone):
    """`Bookings`; visits, members : tables of one studio; kinds : Index of names of kinds of class; timezone : its."""
    local = visits["attended_at"].dt.tz_convert(timezone)
    slot = np.column_stack([local.dt.weekday, local.dt.hour, kinds.get_indexer(visits["class_name"])])
    at = visits["attended_at"].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")
    order = np.argsort(at, kind="stable")
    slot, at, who = slot[order], at[order], pd.Index(members["member_id"]).get_indexer(visits["member_id"])[order]
    key = (slot[:, 0] * 24 + slot[:, 1]) * (len(kinds) + 1) + slot[:, 2]
    _, first, cell = np.unique(key, return_index=True, return_inverse=True)
    held = np.unique(np.stack([at.astype(np.int64), cell]), axis=1)
    joined = members["joined_at"].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")
    named = who >= 0
    return Bookings(pd.Index(members["member_id"]), joined, who[named], cell[named], at[named], held[1],
                    held[0].astype("datetime64[s]"), slot[first])  # fmt: skip


def _parts(came, opened, cells, kinds):
    parts = {name: (np.eye(size)[column], np.zeros((len(came), size)))
             for name, size, column in (("weekday", 7, cells[:, 0]), ("hour", 24, cells[:, 1]),
                                        ("kind", kinds, cells[:, 2]))}  # fmt: skip
    score = np.zeros(came.shape)
    for _ in range(SWEEPS):
        for name, (of_cell, weights) in parts.items():
            rate = opened * np.exp(score)
            rate *= ((came.sum(axis=1) + 0.1) / (rate.sum(axis=1) + 0.1))[:, None]
            tight = SPREAD[name] ** -2
            expected = rate @ of_cell
            step = (came @ of_cell - expected - tight * weights) / (expected + tight)
            step = np.clip(step, -1, 1)
            weights += step
            score += step @ of_cell.T
    return parts["kind"][1]
