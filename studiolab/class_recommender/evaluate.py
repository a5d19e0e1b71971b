"""Which model serves whom: hit rates on held-out visits, of slots a client knows and of new ones, apart.

Each week before `as_of` is asked of models that saw only what came before it: of the slots that week offers, is the one
the client chose among the model's first ones? A repeat is a slot the client had been to, and is sought among all;
an explore is one new to them, and is sought among those new to them.
"""

from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import binom

from studiolab.class_recommender import behaviour, collaborative

HELD_WEEKS = 6
SIZE = 8
BASE = "behaviour"
CERTAIN = 0.95
FEWEST = 5  # held-out visits on which two models differ before any can win
KINDS = ("repeat", "explore")


def held_out(visits, sessions, as_of, timezone, weeks=HELD_WEEKS, size=SIZE, seed=0):
    """What each model made of each visit of the last weeks before `as_of`.

    visits, sessions : tables visits and class_sessions of one studio; as_of : Timestamp, UTC; timezone : IANA;
    size : slots a model may name; seed : of ALS
    Returns DataFrame week, member_id, slot, kind (repeat or explore), then a bool by model: behaviour, fitted,
    item-item, als, blend. A slot counts once a week and client. Left out: clients who had never come, and
    slots that are not in the schedule of that week.
    """
    classes = behaviour.described(sessions[sessions["starts_at"] < as_of], timezone)
    classes = classes[~classes["is_cancelled"].fillna(False).astype(bool)].sort_values(["starts_at", "class_id"])
    classes = classes.assign(slot=collaborative.slots(classes)).dropna(subset=["slot"])
    weights = behaviour.fit_weights(visits, sessions, as_of - pd.Timedelta(weeks=weeks), timezone)
    about = classes.set_index("class_id")[[c for c in ("upper_focus", "lower_focus") if c in classes]]
    came = visits[(visits["status"] == "attended") & (visits["attended_at"] < as_of)]
    came = behaviour.described(came, timezone).join(about, on="class_id")
    came = came.assign(slot=collaborative.slots(came)).dropna(subset=["slot"])
    starts = [as_of - pd.Timedelta(weeks=back) for back in range(weeks, 0, -1)]
    return pd.concat([_of_week(came, classes, start, weights, size, seed) for start in starts], ignore_index=True)


def rates(hits):
    """DataFrame kind, model, hits (share of visits), low, high, visits: 95 % bootstrap over clients.

    hits : as of `held_out`
    """
    rows = []
    for kind, of_kind in hits.groupby("kind"):
        for model in _models(hits):
            of_client = of_kind.groupby("member_id")[model].agg(["sum", "size"]).to_numpy()
            drawn = np.random.default_rng(0).integers(0, len(of_client), (1000, len(of_client)))
            shares = of_client[drawn, 0].sum(axis=1) / of_client[drawn, 1].sum(axis=1)
            low, high = np.quantile(shares, (0.025, 0.975))
            rows.append([kind, model, of_kind[model].mean(), low, high, len(of_kind)])
    return pd.DataFrame(rows, columns=["kind", "model", "hits", "low", "high", "visits"])


def choose_per_client(hits, segments=None):
    """Series by client of the model to use: "behaviour", or a collaborative one where it is surely better.

    hits : as of `held_out`; segments : Series of a segment's name by client, one for all by default
    A model is used where it is surely better on repeats and on explores alike: a sign test over the held-out visits
    on which it and the behaviour model differ, FEWEST of them at least, CERTAIN after dividing by the models tried.
    A client with too few such visits stands in with all of their segment. Of several, the one with most hits.
    """
    clients = pd.Index(hits["member_id"].unique(), name="member_id")
    segments = pd.Series("all", index=clients) if segments is None else segments.reindex(clients).fillna("all")
    rivals = [model for model in _models(hits) if model not in (BASE, "fitted")]
    certain = 1 - (1 - CERTAIN) / max(len(rivals), 1)
    hits = hits.assign(segment=hits["member_id"].map(segments))
    winner = partial(_winner, rivals=rivals, certain=certain)
    of_segment = {segment: winner(rows) for segment, rows in hits.groupby("segment")}
    chosen = {}
    for client, rows in hits.groupby("member_id"):
        told = min(_differ(rows, rivals, kind) for kind in KINDS)
        chosen[client] = winner(rows) if told >= FEWEST else of_segment[segments[client]]
    return pd.Series(chosen, name="model", dtype=object).reindex(clients)


# parts --------------------------------------------------------------------------------------------
def _models(hits):
    return [column for column in hits if column not in ("week", "member_id", "slot", "kind", "segment")]


def _differ(rows, rivals, kind):
    """Most visits of a kind on which a rival and the base disagree."""
    of_kind = rows[rows["kind"] == kind]
    return max(((of_kind[model] != of_kind[BASE]).sum() for model in rivals), default=0)


def _winner(rows, rivals, certain):
    sure = [model for model in rivals if all(_surely_better(rows, model, kind, certain) for kind in KINDS)]
    return max(sure, key=lambda model: rows[model].sum()) if sure else BASE


def _surely_better(rows, model, kind, certain):
    """A one-sided sign test: would as many wins come about by chance less often than 1 - `certain`?"""
    of_kind = rows[rows["kind"] == kind]
    wins, losses = (of_kind[model] & ~of_kind[BASE]).sum(), (~of_kind[model] & of_kind[BASE]).sum()
    return wins + losses >= FEWEST and binom.sf(wins - 1, wins + losses, 0.5) < 1 - certain


def _of_week(came, classes, start, weights, size, seed):
    """`held_out` of the week that begins at `start`."""
    end = start + pd.Timedelta(weeks=1)
    before = came[came["attended_at"] < start]
    slate = classes[(classes["starts_at"] >= start) & (classes["starts_at"] < end)]
    offered = pd.Index(np.sort(slate["slot"].unique()))
    asked = came[(came["attended_at"] >= start) & (came["attended_at"] < end)]
    asked = asked[asked["member_id"].isin(before["member_id"]) & asked["slot"].isin(offered)]
    asked = asked[["member_id", "slot"]].drop_duplicates().sort_values(["member_id", "slot"], ignore_index=True)
    clients = pd.Index(np.sort(before["member_id"].unique()))
    rows = clients.get_indexer(asked["member_id"].unique())
    scores = _scores(before, slate, offered, clients, rows, start, weights, seed)
    known = collaborative.decayed(before, start, clients, offered)[rows].toarray() > 0
    at = np.searchsorted(asked["member_id"].unique(), asked["member_id"]), offered.get_indexer(asked["slot"])
    found = asked.assign(week=start, kind=np.where(known[at], *KINDS))
    for model, score in scores.items():
        among_all, among_new = _first(score, size), _first(np.where(known, -np.inf, score), size)
        found[model] = np.where(known[at], among_all[at], among_new[at])
    return found[["week", "member_id", "slot", "kind", *scores]]


def _scores(before, slate, offered, clients, rows, start, weights, seed):
    """dict of model to (asked clients, slots offered); a slot is worth its best class."""
    known = behaviour.tastes(before, start, clients)
    fresh = behaviour.freshness(slate, start, behaviour.HORIZON_DAYS)
    place, scores = offered.get_indexer(slate["slot"]), {}
    for name, given in ((BASE, behaviour.WEIGHTS), ("fitted", weights)):
        fit = behaviour.fit_score(behaviour.parts(known, rows, behaviour.places(known, slate), fresh, given))
        scores[name] = np.full((len(rows), len(offered)), -np.inf)
        np.maximum.at(scores[name].T, place, fit.T)
    items = pd.Index(np.sort(pd.unique(np.concatenate([before["slot"].to_numpy(), offered.to_numpy()]))))
    taken = collaborative.decayed(before, start, clients, items)
    here = items.get_indexer(offered)
    models = collaborative.fitted(taken, seed)
    return scores | {name: model.scores(rows)[:, here] for name, model in models.items()}


def _first(score, size):
    """(clients, slots) bool: among the `size` best of the client; the first of equals."""
    best = np.argsort(-score, axis=1, kind="stable")[:, :size]
    found = np.zeros(score.shape, bool)
    np.put_along_axis(found, best, True, axis=1)
    return found & np.isfinite(score)
