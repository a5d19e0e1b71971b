"""Bookings truly lifted by showing the eight, beside other lists.

How large a lift is rests on the assumptions of `world.showing`; which list lifts more is what it is for, and that too
hangs on one of them: where clients do not mind visits close together (`fatigue` 0), spacing has nothing to win.
"""

import numpy as np
import pandas as pd

from studiolab.class_recommender import Desk, behaviour, slate
from studiolab.class_recommender.slate import EIGHT
from studiolab.world import make_chain, showing

RESAMPLES = 2000
DRAWS = 40
REPEATS = 6  # times each drawn month is answered: what is noticed is noisier, and quicker drawn, than who comes
KNOWN_DAYS = 45
OURS, FITTED, FREQUENCY = "the eight", "the eight, fitted weights", "frequency list"


def lift(studios=20, seed=101, draws=DRAWS, months=60, response=None):
    """Bookings lifted in 28 days by each way of choosing eight classes, from the truth of the simulated world.

    Every client of the last month who came before sees a list made from what was known as that month began; no
    booking of the coming classes is known to anybody but the oracle, which knows likings, rhythms and how full
    classes get. response : `showing.Response`, the standard one by default
    Returns DataFrame policy, bookings_lifted_per_client, low, high (95 % bootstrap over studios and, within them,
    clients), share_of_oracle, clients; then the paired differences of the eight and the frequency list.
    """
    rows = each(studios, seed, draws, months, response)
    return table(rows, seed)


def each(studios=20, seed=101, draws=DRAWS, months=60, response=None):
    """DataFrame studio_id, member_id and the bookings lifted under each policy, one row a client."""
    chain = make_chain(studios, months, seed)
    return pd.concat(
        [_of_studio(chain.studio(one), seed, draws, response) for one in chain.studios["studio_id"]], ignore_index=True
    )


def table(rows, seed=0):
    """Table of `lift` from the rows of `each`."""
    policies = [column for column in rows if column not in ("studio_id", "member_id")]
    oracle = rows["oracle"].mean()
    found = [_summary(name, rows[name], rows["studio_id"], seed) for name in policies]
    for ours in (OURS, FITTED):
        gap = rows[ours] - rows[FREQUENCY]
        found.append(_summary(f"{ours} - {FREQUENCY}", gap, rows["studio_id"], seed))
    frame = pd.DataFrame(found)
    return frame.assign(share_of_oracle=frame["bookings_lifted_per_client"] / oracle, clients=len(rows))


# lists --------------------------------------------------------------------------------------------
def frequency_list(desk, rows):
    """The seed document's rule: the best class of each date by preference and freshness, then the EIGHT best (A-23,
    A-24). rows : indices of `desk.tastes.clients`. Returns (clients, EIGHT) indices of `desk.slate`, -1 for none."""
    found = behaviour.parts(desk.tastes, rows, desk.columns, desk.fresh, desk.weights)
    worth, which = slate.best_of_dates(behaviour.fit_score(found), desk.date_of)
    best = np.argsort(-worth, axis=1, kind="stable")[:, :EIGHT]
    return np.take_along_axis(which, best, axis=1)


def popular_classes(desk, rows):
    """The soonest EIGHT dates, each with its class of the kind most visited at the studio lately; alike for all."""
    lately = desk.visits["attended_at"] >= desk.as_of - pd.Timedelta(days=KNOWN_DAYS)
    visits = desk.visits.loc[lately & (desk.visits["status"] == "attended"), "class_name"].value_counts()
    count = desk.slate["class_name"].map(visits).fillna(0).to_numpy()[None, :]
    worth, which = slate.best_of_dates(count, desk.date_of)
    best = np.argsort(-worth[0], kind="stable")[:EIGHT]
    return np.tile(which[0, best], (len(rows), 1))


def random_eight(desk, rows, rng):
    """EIGHT random dates, each with a random class of it."""
    worth, which = slate.best_of_dates(rng.random((len(rows), len(desk.slate))), desk.date_of)
    best = np.argsort(rng.random(worth.shape), axis=1)[:, :EIGHT]
    return np.take_along_axis(which, best, axis=1)


def oracle(coming, response=None):
    """Greedy on the true expected gain: each class less what bookings of the others of the list would take from it.

    coming : showing.Coming, better not the one that judges. Returns (n, EIGHT) indices of `coming.classes`.
    """
    response = response or showing.Response()
    days, date_of = np.unique(coming.day, return_inverse=True)
    gain, which = slate.best_of_dates(showing.gains(coming, response), date_of)
    apart = np.abs(days[:, None] - days)
    tired = 1 - np.exp(-response.fatigue * showing.missing(apart, coming.rhythm[:, None, None]))
    value, clients, chosen = gain.copy(), np.arange(len(gain)), []
    for _ in range(min(EIGHT, len(days))):
        best = value.argmax(axis=1)
        chosen.append(which[clients, best])
        value -= tired[clients, best] * gain[clients, best, None] * gain
        value[clients, best] = -np.inf
    return np.stack(chosen, axis=1)


# parts --------------------------------------------------------------------------------------------
def desk_of(studio_world, as_of, fitted=False):
    """The Desk as the studio knew things at `as_of`: no visit since, and coming classes with nobody booked yet.

    fitted : weights learnt from the studio's own choices instead of the published ones
    """
    studio = studio_world.studios.iloc[0]
    raw = studio_world.raw(studio["studio_id"])
    sessions, visits = raw["class_sessions"], raw["visits"]
    ahead = sessions["starts_at"] > as_of
    sessions = sessions.assign(**{name: sessions[name].mask(ahead, 0) for name in ("booked", "waitlisted")})
    credits = raw["members"].set_index("member_id")["plan_id"].map({"4": 4.0, "8": 8.0})
    visits, zone = visits[visits["attended_at"] < as_of], studio["timezone"]
    weights = behaviour.fit_weights(visits, sessions, as_of, zone) if fitted else behaviour.WEIGHTS
    return Desk(visits, sessions, as_of, zone, credits, weights)


def _of_studio(studio_world, seed, draws, response):
    studio = studio_world.studios.iloc[0]
    as_of = studio_world.months[-1].tz_localize(studio["timezone"]).tz_convert("UTC")
    desk = desk_of(studio_world, as_of)
    coming = showing.coming(studio_world, as_of, draws, seed)
    clients = coming.clients[coming.clients.isin(desk.tastes.clients)]
    rows = desk.tastes.clients.get_indexer(clients)
    knowing = oracle(showing.coming(studio_world, as_of, draws, seed + 1), response)
    knowing = knowing[coming.clients.get_indexer(clients)]
    rng = np.random.default_rng([seed, *studio["studio_id"].encode()])
    lists = {
        OURS: np.concatenate([chosen for _, chosen in desk.everyone(clients)]),
        FITTED: np.concatenate([chosen for _, chosen in desk_of(studio_world, as_of, True).everyone(clients)]),
        FREQUENCY: frequency_list(desk, rows),
        "popular classes": popular_classes(desk, rows),
        "random eight": random_eight(desk, rows, rng),
    }
    offered = {name: (desk.slate["class_id"].to_numpy(), chosen) for name, chosen in lists.items()}
    offered["oracle"] = coming.classes.to_numpy(), knowing
    found = {"studio_id": studio["studio_id"], "member_id": clients}
    for name, (ids, chosen) in offered.items():
        shown = {client: ids[own[own >= 0]] for client, own in zip(clients, chosen, strict=True)}
        answers = [showing.answer(coming, shown, seed + again, response)["lift"] for again in range(REPEATS)]
        found[name] = np.mean(answers, axis=0)
    return pd.DataFrame(found)


def _summary(name, values, group, seed):
    """Mean of `values` and its 95 % bootstrap interval: groups resampled, and values within each."""
    rng = np.random.default_rng(seed)
    parts = [own.to_numpy() for _, own in values.groupby(group.to_numpy())]
    sums = np.stack([rng.choice(own, (RESAMPLES, len(own))).sum(axis=1) for own in parts], axis=1)
    pick = rng.integers(len(parts), size=(RESAMPLES, len(parts)))
    means = np.take_along_axis(sums, pick, axis=1).sum(axis=1) / np.array([len(own) for own in parts])[pick].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {"policy": name, "bookings_lifted_per_client": values.mean(), "low": low, "high": high}
