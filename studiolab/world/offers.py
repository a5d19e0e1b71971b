"""What sending a client an offer, a product in a message, truly does in the coming DAYS days.

Imported by tests and benchmarks; never by a model.

Unasked, the world's people buy as `sales` sells: retail by how often they come and what the desk's visitors buy,
add-ons by eagerness, each their favourite, and a next membership where they wish for more classes than they have.
They leave as `people` has them leave. A message is noticed or not; only one that is noticed moves the odds of buying:

    chance = base + notice * (expit(logit(interest) + effect) - interest)
    effect = strength of the message for the kind of product + price sense of the plan (discount)
             + newness (news) + years together (personal) - fatigue * recent messages + what nobody can see

and, for the sleeping dogs, members whose wish to come has sunk, also the odds of leaving. Assumptions, as there is no
record of this studio's clients sent offers at random:
- `notice` 0.3 is about the share of promotional letters that are opened (published averages are 20 to 45 %); who
  comes more often notices more.
- `interest` is the chance of buying unasked, but in an add-on other than the favourite, which nobody buys unasked,
  `other` times that in the favourite: who wants something extra can be won for another extra put before them.
- `strength`: in Hillstrom's test (2008, 64,000 customers) an e-mail raised visits from 10.6 % to 18.3 % and purchases
  from 0.57 % to 1.25 %, that is 1.7 to 2.2 times. Noticed by three in ten, an effect of 1.2 to 1.6 does that.
- a discount of 10 % sells about 1.3 times as much (elasticity -2.6, the mean of 1,851; Bijmolt, van Heerde and
  Pieters 2005), which is 0.3 of effect beyond news. It is also given to those who would have bought at the full
  price. Holders of plans for few classes, who chose the lower price, mind it most.
- `harm`: in Ascarza's two experiments (2016, 2018) a well-meant message to clients raised the share who left from 6
  to 10 %. Here the odds of leaving rise only as far as the wish to come has sunk; a personal word hardly does it.
- `unseen`, standard deviations of the effect by client, client and message, client and product, is nobody's
  measurement: nobody can see it. Benchmarks say how their figures hang on it.
- one payment of dues is lost with who leaves, one payment's difference won by a next membership: DAYS days, no more.
Limits: an offer moves its own product only, so nothing is taken from others; what an outcome of the log sold is not
in the table `orders`, which is the world without offers.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from studiolab.world import raw
from studiolab.world.people import CREDITS, PLAN_WEIGHT, PLANS, UNLIMITED
from studiolab.world.sales import ADD_ONS, COST_SHARE, ITEM_PRICES, ITEM_SHARE, ITEMS

DAYS, TIRING_DAYS = 28, 56
OF_MONTH = DAYS / 30.4
NOTHING, MESSAGES = "nothing", ("news", "discount", "personal")
DISCOUNT_OFF = np.array([0, 0.10, 0])  # share of the price
COST = np.array([2, 2, 200])  # minor units a message; a personal one takes five minutes of somebody's time
STEPS = tuple(f"dues-{plan}" for plan in PLANS[1:])
PRODUCTS = (*ITEMS, *ADD_ONS, *STEPS)
KIND = np.repeat([0, 1, 2], [len(ITEMS), len(ADD_ONS), len(STEPS)])
LEAST = 0.002  # chance of what nobody of a kind buys unasked


@dataclass(frozen=True)
class Effects:
    """How clients answer; `notice` a probability, the others on the logit scale, by message where there are three."""

    notice: float = 0.3
    strength: tuple = ((1.4, 1.7, 1.2), (1.2, 1.5, 1.8), (0.8, 1.1, 1.4))  # of retail, add-ons, memberships
    price_sense: tuple = (0.6, 0.1, -0.3)  # by plan, on a discount
    newness: float = 0.6  # on news, fading over the first months
    together: float = 0.5  # on a personal word, growing over a year or two
    other: float = 0.5  # interest in an add-on that is not the favourite
    fatigue: float = 0.25  # each message of the last TIRING_DAYS days
    harm: tuple = (0.8, 0.7, 0.1)  # on leaving, where the wish to come has sunk by half a unit
    unseen: tuple = (0.15, 0.1, 0.1)


@dataclass
class Offers:
    """What n clients of one studio do with each of p products and m messages; chances of DAYS days.

    base (n, p), chance (n, p, m) : of buying without and with the message; leaves (n,), leaves_with (n, m)
    price, margin (n, p) : minor units, of a membership the difference to the one held; dues (n,) : minor units
    fits (n, p) : False for what a client cannot be offered, as a membership that is not the next one
    """

    studio_id: str
    as_of: pd.Timestamp
    clients: pd.Index
    base: np.ndarray
    chance: np.ndarray
    leaves: np.ndarray
    leaves_with: np.ndarray
    price: np.ndarray
    margin: np.ndarray
    dues: np.ndarray
    fits: np.ndarray

    @property
    def uplift(self):
        """(n, p, m) chance of buying with the message, less that without."""
        return self.chance - self.base[:, :, None]

    @property
    def worth(self):
        """(n, p, m) expected margin that sending adds, minor units, after discount, cost and who leaves for it; -inf
        where it does not fit."""
        sold = self.margin[:, :, None] - DISCOUNT_OFF * self.price[:, :, None]
        lost = self.dues[:, None] * (self.leaves_with - self.leaves[:, None])
        gain = self.chance * sold - (self.base * self.margin)[:, :, None] - lost[:, None, :] - COST
        return np.where(self.fits[:, :, None], gain, -np.inf)


def truth(studio_world, as_of, log=None, effects=None):
    """`Offers` of a studio's members at `as_of`.

    studio_world : Chain of one studio, `chain.studio(id)`; as_of : Timestamp with a zone, the first instant of a
        studio-local month of its history
    log : table of `history`, whose messages tire; effects : Effects, the standard ones by default
    Raises ValueError for another moment.
    """
    house, flows, _, crowd, _ = raw.hidden(studio_world)
    starts = house.instants(house.months)
    if as_of not in starts:
        raise ValueError(f"as_of: got {as_of}; expected the first instant of a month, {starts[0]} to {starts[-1]}")
    unseen = _unseen(studio_world.seed, house.studio_id, len(crowd.joined))
    ids = house.member_ids(range(len(crowd.joined)))
    sent = recent(log, ids, as_of)
    return _offers(studio_world, house, flows, crowd, starts.get_loc(as_of), sent, unseen, effects or Effects())


def history(studio_world, as_of, months=12, shares=(0.4, 0.2, 0.2, 0.2), seed=0, effects=None):
    """Table of offers made at random in the `months` months before `as_of`: one row a member and month.

    A product is drawn for each member, alike likely among those that fit, then whether and how to send it:
    shares : of NOTHING and of each of MESSAGES. A row with NOTHING says what that product sold by itself, which is
    the control of a ghost advertisement (Johnson, Lewis and Nubbemeyer 2017).
    Returns DataFrame client_id, product_id, message, sent_at, probability (of this product and message), contacts
    (messages of the TIRING_DAYS days before), bought, left (bool, within DAYS days), margin_minor (of the product,
    less discount and cost, less the dues of who left). All of it was known by `as_of`.
    """
    house, flows, _, crowd, _ = raw.hidden(studio_world)
    starts, effects = house.instants(house.months), effects or Effects()
    if as_of not in starts or starts.get_loc(as_of) < months + 1:
        raise ValueError(f"as_of: got {as_of}; expected the first instant of a month with {months + 1} before it")
    now, people = starts.get_loc(as_of), len(crowd.joined)
    unseen, ids = _unseen(studio_world.seed, house.studio_id, people), house.member_ids(range(people))
    parts = []
    for t in range(now - months, now):
        rng = raw.generator(seed, f"{studio_world.seed}/{house.studio_id}", "offers", t)
        sent = recent(pd.concat(parts) if parts else None, ids, starts[t])
        offers = _offers(studio_world, house, flows, crowd, t, sent, unseen, effects)
        product = np.where(offers.fits, rng.random(offers.fits.shape), -1).argmax(axis=1)
        message = rng.choice(len(shares), len(product), p=shares) - 1
        found = send(offers, product, message, rng)
        probability = np.array(shares)[message + 1] / offers.fits.sum(axis=1)
        contacts = sent[np.searchsorted(ids, offers.clients)]
        parts.append(found.assign(probability=probability, contacts=contacts))
    return pd.concat(parts, ignore_index=True)


def send(offers, product, message, rng):
    """What happens when each client is sent one offer or none.

    offers : Offers; product : (n,) index of PRODUCTS; message : (n,) index of MESSAGES, -1 for nothing, when what is
        told is whether they bought that product unasked; rng : Generator
    Returns DataFrame client_id, product_id, message, sent_at, bought, left, margin_minor, a row a client.
    Raises ValueError for an offer that does not fit a client.
    """
    rows, is_sent = np.arange(len(offers.clients)), message >= 0
    if not offers.fits[rows, product].all():
        one = int((~offers.fits[rows, product]).argmax())
        raise ValueError(f"{offers.clients[one]}: {PRODUCTS[product[one]]!r} is not their next membership")
    chance = np.where(is_sent, offers.chance[rows, product, message], offers.base[rows, product])
    leaves = np.where(is_sent, offers.leaves_with[rows, message], offers.leaves)
    bought, left = rng.random(len(rows)) < chance, rng.random(len(rows)) < leaves
    off = np.where(is_sent, DISCOUNT_OFF[message], 0) * offers.price[rows, product]
    margin = bought * (offers.margin[rows, product] - off) - left * offers.dues - is_sent * COST[message]
    return pd.DataFrame({
        "client_id": offers.clients, "product_id": np.array(PRODUCTS, object)[product],
        "message": np.array([*MESSAGES, NOTHING], object)[message], "sent_at": offers.as_of,
        "bought": bought, "left": left, "margin_minor": np.rint(margin).astype("int64"),
    })  # fmt: skip


def seen_only(studio_world, as_of, log=None, effects=None, draws=16, seed=0):
    """(n, p, m) `worth` to somebody who knows each client's tastes, mood and plan, but not what nobody can see: its
    mean over other people of the same traits. Arguments as of `truth`."""
    house, flows, _, crowd, _ = raw.hidden(studio_world)
    t, people = house.instants(house.months).get_loc(as_of), len(crowd.joined)
    sent = recent(log, house.member_ids(range(people)), as_of)
    others = (_unseen(f"{seed}/other/{k}", house.studio_id, people) for k in range(draws))
    drawn = [_offers(studio_world, house, flows, crowd, t, sent, one, effects or Effects()) for one in others]
    return np.mean([one.worth for one in drawn], axis=0)


def more_unseen(effects, times):
    """`effects` with what nobody can see spread `times` as wide."""
    return replace(effects, unseen=tuple(times * spread for spread in effects.unseen))


def _offers(studio_world, house, flows, crowd, t, sent, unseen, effects):
    who = np.flatnonzero((crowd.joined < t) & (crowd.left >= t))
    wish = crowd.rate[who] * np.exp(crowd.mood[who, t])
    here = crowd.present(t)
    of_members = flows["visits"][t] - flows["drop_ins"][t] // 2  # the other half of the drop-ins are guests
    visits = wish * of_members / (crowd.rate[here] * np.exp(crowd.mood[here, t])).sum() * OF_MONTH
    plan, tenure = crowd.plan[who], t - crowd.joined[who]
    stays = crowd.mood[who, t] + 0.5 * np.log(crowd.rate[who] / 7)
    leaves = _chances(np.exp(-stays / 0.7), (crowd.left[who] == t).sum())
    base, interest, fits = _base(crowd, flows, who, t, visits, wish, 1 - leaves, effects.other)
    price, margin, dues = _money(studio_world, flows, crowd, who, plan, t)
    notice = expit(logit(effects.notice) + 0.5 * np.log(visits / 8))[:, None, None]
    effect = _effect(effects, plan, tenure, sent[who], [part[who] for part in unseen])
    sunk = np.clip(-stays / 0.5, 0, 2)[:, None] * np.array(effects.harm)
    stirred = expit(logit(leaves)[:, None] + sunk) - leaves[:, None]
    return Offers(
        house.studio_id, house.instants(house.months)[t], pd.Index(house.member_ids(who)), base,
        chance=base[:, :, None] + notice * (expit(logit(interest)[:, :, None] + effect) - interest[:, :, None]),
        leaves=leaves, leaves_with=leaves[:, None] + notice[:, 0] * stirred,
        price=price, margin=margin, dues=dues, fits=fits,
    )  # fmt: skip


def _base(crowd, flows, who, t, visits, wish, stays, other):
    """(n, p) chance of buying unasked, interest when asked, and what fits whom.

    Add-ons are billed with the dues, to those who stay.
    """
    each = flows["retail_revenue"][t] / (ITEM_PRICES @ ITEM_SHARE) / flows["visits"][t] * ITEM_SHARE
    retail = -np.expm1(-visits[:, None] * each)
    paying = crowd.paying(t)
    eager = np.exp(0.5 * crowd.mood[:, t] + crowd.type_taste[:, 0])
    extra = _chances(eager[paying], flows["upsold"][t] * OF_MONTH, of=eager[who]) * stays
    favourite = (crowd.type_taste[who, 1] > 0.3).astype(int) + (crowd.type_taste[who, 2] > 0)
    is_favourite = np.eye(len(ADD_ONS))[favourite]
    next_step = crowd.plan[who][:, None] == np.arange(len(STEPS))
    short = np.minimum(0.01 * wish / CREDITS[crowd.plan[who]], 0.05)
    base, interest = (
        np.concatenate([retail, share * extra[:, None], np.tile(short[:, None], len(STEPS))], axis=1)
        for share in (is_favourite, np.maximum(is_favourite, other))
    )
    fits = np.concatenate([np.ones((len(who), len(ITEMS) + len(ADD_ONS)), bool), next_step], axis=1)
    return np.clip(base, LEAST, 0.9), np.clip(interest, LEAST, 0.9), fits


def _money(studio_world, flows, crowd, who, plan, t):
    """price and margin (n, p), dues (n,), minor units; as `sales` shares out what a month brought."""
    per = flows["membership_revenue"][t] / PLAN_WEIGHT[crowd.plan[crowd.paying(t)]].sum()
    extra = float(studio_world.traits.take(0).upsell_value)
    step = per * (PLAN_WEIGHT[np.minimum(plan + 1, UNLIMITED)] - PLAN_WEIGHT[plan])
    listed = np.concatenate([ITEM_PRICES, np.full(len(ADD_ONS), extra)])
    kept = np.concatenate([ITEM_PRICES - np.rint(COST_SHARE * ITEM_PRICES), np.full(len(ADD_ONS), extra)])
    price, margin = (
        np.concatenate([np.tile(one, (len(who), 1)), np.tile(step[:, None], len(STEPS))], axis=1)
        for one in (listed, kept)
    )
    return price, margin, per * PLAN_WEIGHT[plan]


def _effect(effects, plan, tenure, sent, unseen):
    """(n, p, m) on the logit scale."""
    by_client, by_message, by_product = unseen
    client, message, product = effects.unseen
    shift = np.zeros((len(plan), len(MESSAGES)))
    shift[:, 0] = effects.newness * np.exp(-tenure / 4)
    shift[:, 1] = np.array(effects.price_sense)[plan]
    shift[:, 2] = effects.together * -np.expm1(-tenure / 12)
    shift += (client * by_client - effects.fatigue * sent)[:, None] + message * by_message
    return np.array(effects.strength)[KIND] + shift[:, None, :] + product * by_product[:, :, None]


def _unseen(seed, studio_id, people):
    """Standard normal draws by client, client and message, client and product; the same as people are added."""
    shapes = (people,), (people, len(MESSAGES)), (people, len(PRODUCTS))
    return [raw.generator(seed, studio_id, "unseen", k).standard_normal(shape) for k, shape in enumerate(shapes)]


def recent(log, ids, as_of):
    """(people,) messages of a log sent to each of `ids` in the TIRING_DAYS days before `as_of`."""
    if log is None:
        return np.zeros(len(ids), int)
    since = as_of - pd.Timedelta(days=TIRING_DAYS)
    own = log[(log["message"] != NOTHING) & (log["sent_at"] >= since) & (log["sent_at"] < as_of)]
    return own["client_id"].value_counts().reindex(ids, fill_value=0).to_numpy()


def _chances(weights, total, of=None):
    """Chances 1 - exp(-k weight) of those `of` weights, k such that those of `weights` add to `total`."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        found = -np.expm1(-np.exp(middle) * weights).sum()
        low, high = (low, middle) if found > min(total, 0.9 * len(weights)) else (middle, high)
    return np.clip(-np.expm1(-np.exp(middle) * (weights if of is None else of)), LEAST, 0.9)
