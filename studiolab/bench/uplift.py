"""Offers chosen by what a message adds, beside other ways to choose them, in worlds whose answer is known.

How large the gain is rests on the assumptions of `world.offers`; how near a policy can come to the oracle rests on one
of them, what of a client's answer nobody can see, and on what they hide until they have bought: rows say both. The
model sees orders, visits, members and offers once made at random; the oracle sees every true chance, and `SEEN` all but
what nobody can see. `RULES` knows the world's form and parameters and of each client what the model sees, no more: see
`bench.uplift_reach`. It is what can be reached at most, told on the first HANGING worlds; the model has to learn the
parameters besides. Development was on worlds 1 to 9. What hinders is told by putting the truth in for one part (worlds
1 to 3, all clients): with true answers to messages and what bills and classes tell of eagerness and the favourite
add-on, .91 of the oracle's value; with the favourite known too .94, with eagerness known too .94, with both .98. The
answers to messages cost the rest, of which more than half is who leaves because of them.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.bench import score
from studiolab.bench.uplift_reach import reached
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.purchases import purchases
from studiolab.product_recommender.uplift import model as uplift
from studiolab.product_recommender.uplift.policy_value import policy_value, qini_known
from studiolab.product_recommender.uplift.traits import Evidence
from studiolab.world import make_chain, offers

SEEDS = (811, 812, 813, 814, 815, 816, 817, 818)
STUDIOS, MONTHS, LOG_MONTHS = 8, 40, 20
BUDGETS = (0.1, 0.3, 1.0)
SENDS = (2_000, 10_000)
HANGING = 2  # worlds on which it is shown what the figures hang on
HELD_MONTHS = 6
SHARES = (0.4, 0.2, 0.2, 0.2)  # of nothing and each message
WIDER = {"twice": 2**0.5, "four times": 2.0}  # share of the effect's variance that is unseen : its spread
GOAL, COVERED = score.at_least(0.95), score.Goal(0.8, 1.0)
OURS, SEEN, RULES = "uplift", "oracle on what can be seen", "who knows the world's rules"
MESSAGES = tuple(uplift.Message(name, int(cost), float(off)) for name, cost, off in
                 zip(offers.MESSAGES, offers.COST, offers.DISCOUNT_OFF, strict=True))  # fmt: skip


class Studio(NamedTuple):
    """What is known and what is true of one studio at `as_of`; contacts : (n,); seen : `offers.seen_only`."""

    world: object
    as_of: pd.Timestamp
    evidence: Evidence
    truth: offers.Offers
    contacts: np.ndarray
    seen: np.ndarray


def table(data=None, say=lambda text: None, seeds=SEEDS, studios=STUDIOS, months=MONTHS, log_months=LOG_MONTHS):
    """Policy value as a share of the oracle's under the same number of messages, Qini, off-policy error, and how the
    figures hang on the past sends and on what is unseen.

    The last three are of the first HANGING seeds; data : not needed. Returns DataFrame of score.COLUMNS; intervals as
    of score.row.
    """
    main, fewer, wider, known = [], [], [], []
    for k, seed in enumerate(seeds):
        say(f"world {seed}: {studios} studios, {log_months} months of offers")
        each = drawn(seed, studios, months, log_months)
        model = uplift.fit([one.evidence for one in each], MESSAGES, seed)
        main.append(judged(seed, each, model, rules=k < HANGING))
        if k < HANGING:
            for sends in SENDS:
                kept = sample(each, sends, seed)
                logs = [one.evidence._replace(log=log) for one, log in zip(each, kept, strict=True)]
                part = uplift.fit(logs, MESSAGES, seed, model)
                fewer.append(judged(seed, each, part, baselines=False).assign(sends=sends))
                if sends == SENDS[1]:
                    known.append(off_policy(seed, each, part, kept))
            for word, times in WIDER.items():
                other = drawn(seed, studios, months, log_months, offers.more_unseen(offers.Effects(), times))
                of_other = uplift.fit([one.evidence for one in other], MESSAGES, seed)
                wider.append(judged(seed, other, of_other, baselines=False).assign(word=word))
    return score.table([*value_rows(pd.concat(main)), *_off_policy_rows(pd.concat(known)),
                        *_hanging_rows(pd.concat(fewer), "sends", "after {:,} sends"),
                        *_hanging_rows(pd.concat(wider), "word", "unseen share {}")])  # fmt: skip


def drawn(seed, studios=STUDIOS, months=MONTHS, log_months=LOG_MONTHS, effects=None):
    """List of Studio as the last month of a world begins."""
    chain, found = make_chain(studios, months, seed), []
    for studio_id in chain.studios["studio_id"]:
        own = chain.studio(studio_id)
        as_of = own.months[-1].tz_localize(own.studios["timezone"].iloc[0]).tz_convert("UTC")
        log = offers.history(own, as_of, log_months, SHARES, seed, effects)
        raw, truth = chain.raw(studio_id), offers.truth(own, as_of, log, effects)
        bought = purchases(raw["orders"], as_of)
        evidence = Evidence(bought, catalogue(raw["products"], bought), raw["visits"], raw["members"], log,
                            own.studios["timezone"].iloc[0])  # fmt: skip
        contacts = offers.recent(log, truth.clients, as_of)
        found.append(Studio(own, as_of, evidence, truth, contacts, offers.seen_only(own, as_of, log, effects)))
    return found


def picks(worth, seen, budget, rng):
    """dict of policy to (product, message) of each client, -1 for nothing; at most `budget` messages.

    worth : Worth of the model; seen : (n, p, m) of SEEN, in the order of its products
    """
    news, discount = (worth.messages.index(next(m for m in worth.messages if m.name == name)) for name in
                      ("news", "discount"))  # fmt: skip
    fits, shape = np.isfinite(worth.value), worth.value.shape
    chance = np.where(fits, np.broadcast_to(worth.buys[:, :, None], shape), -np.inf)
    only = [np.where(np.arange(shape[2]) == one, chance, -np.inf) for one in (news, discount)]
    values = {OURS: worth.value, SEEN: seen, "affinity, news": only[0], "affinity, discount": only[1],
              "response": np.where(fits, worth.buys_with, -np.inf),
              "random": np.where(fits, rng.random(shape), -np.inf)}  # fmt: skip
    return {name: uplift.choose(worth, budget, value) for name, value in values.items()}


def sample(each, sends, seed):
    """Logs with about `sends` messages in all, at most half of all rows, drawn at random."""
    total = sum((one.evidence.log["message"] != offers.NOTHING).sum() for one in each)
    share, rng = min(sends / total, 0.5), np.random.default_rng([seed, sends])
    return [one.evidence.log[rng.random(len(one.evidence.log)) < share] for one in each]


def off_policy(seed, each, model, kept):
    """Frame of a row a policy, OURS and a discount to everybody: what `policy_value` says from rows that the model was
    not learnt from, and what is true of them; minor units a client."""
    parts = [held_out(one, model, own) for one, own in zip(each, kept, strict=True)]
    rows, found = pd.concat([part[0] for part in parts], ignore_index=True), []
    for name in (OURS, "affinity, discount"):
        picked = pd.concat([part[1][name] for part in parts], ignore_index=True)
        value = policy_value(rows, picked["product"], picked["message"], picked, rows["dues"].to_numpy())
        truth = picked["true"].mean()
        found.append({"world": seed, "studio": "all", "policy": name, "said": value.value, "true": truth,
                      "off": abs(value.value - truth), "wide": (value.high - value.low) / 2,
                      "inside": float(value.low <= truth <= value.high)})  # fmt: skip
    return pd.DataFrame(found)


# parts --------------------------------------------------------------------------------------------
def held_out(one, model, kept):
    """Rows of the log of the last HELD_MONTHS months but `kept`, and of each policy what it picks for them."""
    log, rows, picked = one.evidence.log.drop(index=kept.index), [], {OURS: [], "affinity, discount": []}
    log = log.assign(message_probability=log["message"].map(dict(zip((offers.NOTHING, *offers.MESSAGES), SHARES,
                                                                     strict=True))))  # fmt: skip
    for sent_at in sorted(log["sent_at"].unique())[-HELD_MONTHS:]:
        own = log[log["sent_at"] == sent_at]
        worth = model.worth(one.evidence, sent_at, pd.Index(own["client_id"]), own["contacts"])
        truth = offers.truth(one.world, sent_at, one.evidence.log)
        at = truth.clients.get_indexer(own["client_id"])
        rows.append(own.assign(dues=worth.dues))
        chosen = picks(worth, worth.value, len(own), np.random.default_rng(0))
        for name, parts in picked.items():
            parts.append(_told(worth, *chosen[name], as_told(truth.worth, worth)[at]))
    return pd.concat(rows), {name: pd.concat(parts) for name, parts in picked.items()}


def _told(worth, product, message, true):
    """Frame of a row a client: what is picked, what the model says of it, and what is `true` of it."""
    at, sent = np.arange(len(product)), message >= 0
    names = np.array([*(one.name for one in worth.messages), offers.NOTHING], object)
    return pd.DataFrame({
        "product": np.array(worth.products, object)[product], "message": names[message],
        "sold": worth.sold[at, product, message], "sold_without": worth.sold_without[at, product],
        "left": worth.leaves[at, message + 1], "left_without": worth.leaves[:, 0],
        "true": np.where(sent, np.where(sent, true[at, product, message], 0), 0),
    })  # fmt: skip


def judged(seed, each, model, baselines=True, rules=False):
    """Frame of a row a studio and budget: true margin added by each policy, minor units, with RULES where `rules`; area
    of Qini curves."""
    rows = []
    for k, one in enumerate(each):
        truth = one.truth
        worth = model.worth(one.evidence, one.as_of, truth.clients, one.contacts)
        true, seen = as_told(truth.worth, worth), as_told(one.seen, worth)
        rng, known = np.random.default_rng([seed, k]), as_told(reached(one, seed), worth) if rules else None
        for budget in BUDGETS:
            most = round(budget * len(truth.clients))
            chosen = picks(worth, seen, most, rng) | {"oracle": uplift.choose(worth, most, true)}
            if rules:
                chosen[RULES] = uplift.choose(worth, most, known)
            got = {name: _added(true, *pair) for name, pair in chosen.items()
                   if baselines or name in (OURS, SEEN, "oracle")}  # fmt: skip
            rows.append({"world": seed, "studio": one.truth.studio_id, "budget": budget, **got, **_areas(truth, worth)})
    return pd.DataFrame(rows)


def _added(true, product, message):
    sent = np.flatnonzero(message >= 0)
    return true[sent, product[sent], message[sent]].sum()


def _areas(truth, worth):
    """Area between Qini curve and chance of orders of all offers that fit, by what each is ordered by; clients' sum."""
    fits = np.isfinite(worth.value)
    gain, unasked = as_told(truth.uplift, worth)[fits], np.broadcast_to(worth.buys[:, :, None], fits.shape)[fits]
    orders = {"area": worth.uplift[fits], "area, oracle": gain, "area, affinity": unasked,
              "area, response": worth.buys_with[fits]}  # fmt: skip
    return {name: qini_known(order, gain).coefficient * len(worth.clients) for name, order in orders.items()}


def as_told(values, worth):
    """(n, p, m) of `world.offers` in the order of the model's products; they share the messages."""
    return values[:, [offers.PRODUCTS.index(product) for product in worth.products]]


def value_rows(cases):
    """Rows of score.COLUMNS: what each policy is worth beside the one that knows all."""
    names = [OURS, SEEN, "affinity, news", "affinity, discount", "response", "random"]
    rows = []
    for budget, own in cases.groupby("budget"):
        figure = f"policy value / oracle's, messages for {budget:.0%} of clients"
        rows += [score.row(figure, own, score.ratio(name, "oracle"), GOAL if name == OURS else None, model=name)
                 for name in names]  # fmt: skip
        rows.append(score.row(figure, own, score.ratio(OURS, SEEN), model=f"{OURS} / {SEEN}"))
        if RULES in own:
            own = own.dropna(subset=RULES)
            rows += [score.row(figure, own, score.ratio(RULES, "oracle"), model=RULES),
                     score.row(figure, own, score.ratio(OURS, RULES), model=f"{OURS} / {RULES}")]  # fmt: skip
    own = cases[cases["budget"] == BUDGETS[-1]]
    return rows + [
        score.row("Qini / oracle's, all offers", own, score.ratio(area, "area, oracle"), model=name)
        for name, area in ((OURS, "area"), ("affinity", "area, affinity"), ("response", "area, response"))
    ]


def _off_policy_rows(cases):
    rows = []
    for name, own in cases.groupby("policy"):
        own = own.drop(columns="policy")
        rows += [score.row("value told off policy - true, minor units a client", own,
                           lambda sums: (sums["said"] - sums["true"]) / sums["count"], model=name),
                 score.row("value, true, minor units a client", own, score.mean("true"), model=name),
                 score.row("half the 90 % interval, minor units", own, score.mean("wide"), model=name)]  # fmt: skip
    both = cases.drop(columns="policy")
    return [
        *rows,
        score.row("true value inside the 90 % interval", both, score.mean("inside"), COVERED, model="off policy"),
    ]


def _hanging_rows(cases, column, words):
    rows = []
    for (budget, what), own in cases.groupby(["budget", column], sort=False):
        figure = f"policy value / oracle's, {words.format(what)}, messages for {budget:.0%}"
        own = own.drop(columns=column)
        rows += [score.row(figure, own, score.ratio(name, "oracle"), model=name)
                 for name in ((OURS, SEEN) if column == "word" else (OURS,))]  # fmt: skip
    return rows
