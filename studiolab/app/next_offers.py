"""What could be offered to each client of a studio, as the systems say it, with a chance and a worth for the arbiter.

Worths are what comes about adds, not what would have come anyway; where a figure is an assumption its source says so.
"""

import numpy as np
import pandas as pd

from studiolab.class_recommender import behaviour, upsell, watch
from studiolab.class_recommender.slate import EIGHT
from studiolab.next_best_action import CHANCES, Candidate
from studiolab.product_recommender.catalogue import RECURRING
from studiolab.product_recommender.purchases import purchases

CLASSES = "classes"  # the offer of the next classes, one whichever they are
SHOWN = 3  # classes named in words
KEPT_MONTHS = 6  # assumption: so long a changed or kept plan lasts
WOULD_LEAVE = 0.3  # assumption: of those who take a smaller plan, so many would have left otherwise
WEEKLY = 4  # assumption: visits a month of who has no plan and comes back
RECENT = pd.Timedelta(days=91)
DUES = pd.Timedelta(days=35)  # a monthly membership was paid within these
CONSENT = ["email_consent", "text_consent"]
OF_VISITS = ("membership", "class_pack", "intro")


class Offers:
    """Candidates of a studio's clients at one moment."""

    def __init__(self, desk, members, plans, orders, chances=None, names=None, currency="XXX", untold=()):
        """desk : class_recommender.Desk; members, plans, orders : tables of the studio; names : dict of client to name
        chances : dict of names of CHANCES, or of offers such as "product:mat", to Chance: measured ones instead of the
            assumptions; untold : sentences on what was tried and cannot be reckoned with
        """
        self.desk, self.chances, self.untold = desk, CHANCES | (chances or {}), list(untold)
        self.tried = {offer.removeprefix("product:") for offer in self.chances if offer.startswith("product:")}
        self.names, self.currency = names or {}, currency
        self.members = members.drop_duplicates("member_id").set_index("member_id")
        self._agreed = self.members[CONSENT].fillna(False).astype(bool).to_dict("index")
        self.prices = plans.set_index("plan_id")["price"].astype("float64").to_dict()
        self.plan_names = plans.set_index("plan_id")["plan_name"].to_dict()
        as_of, zone = desk.as_of, desk.timezone
        self.advice = upsell.advise(desk.visits, members, plans, as_of, zone).to_dict("index") if len(plans) else {}
        watched = watch.lists(desk.visits, members, plans, as_of, zone)
        self.watched = {row.member_id: row for row in watched[watched["list"] != "low balance"].itertuples()}
        bought = purchases(orders, as_of)
        kinds = orders.dropna(subset=["product_id"]).drop_duplicates("product_id").set_index("product_id")
        kind = kinds["revenue_kind"].reindex(bought.products).to_numpy(object)
        self.visit_worth = _visit_worth(bought, kind, desk)
        self.held = _held(bought, kind, as_of)

    @property
    def notes(self):
        """Sentences on what cannot be valued."""
        unknown = "What a visit is worth is not known, so no class is offered; import orders of the last three months."
        return [unknown] * (self.visit_worth is None) + self.untold

    def running(self):
        """Ids of the members whose membership runs, in order."""
        since, until = self.members["joined_at"], self.members["left_at"]
        here = ~(since > self.desk.as_of) & ~(until <= self.desk.as_of)
        return sorted(self.members.index[here])

    def holds(self, client_id):
        """List of offers that a client has already."""
        plan = self.members["plan_id"].get(client_id)
        own = [] if pd.isna(plan) else [f"plan:{plan}"]
        return own + self.held.get(client_id, [])

    def consent(self, client_id):
        """dict email_consent, text_consent; no word of it is none."""
        return self._agreed.get(client_id, dict.fromkeys(CONSENT, False))

    def candidates(self, client_id, classes, products=()):
        """List of Candidate; classes : the client's row of `eights`; products : product_recommender Recommendations."""
        found = [self._classes(classes), self._plan(client_id), self._message(client_id)]
        return [one for one in found if one is not None] + [self._product(one) for one in products if one.confidence]

    def eights(self, clients):
        """Iterator of (client, [(fit, class's place in `desk.slate`)]) of these ids, the best fit first."""
        desk = self.desk
        for ids, picked in desk.everyone(pd.Index(clients, dtype=object), EIGHT):
            rows = desk.tastes.clients.get_indexer(ids)
            fit = behaviour.fit_score(behaviour.parts(desk.tastes, rows, desk.columns, desk.fresh, desk.weights))
            for row, client in enumerate(ids):
                own = picked[row][picked[row] >= 0].tolist()
                yield client, sorted(((float(fit[row, at]), at) for at in own), key=lambda one: (-one[0], one[1]))

    # parts --------------------------------------------------------------------------------------
    def _classes(self, eight):
        if not eight or self.visit_worth is None:
            return None
        slate, zone = self.desk.shown, self.desk.timezone
        named = sorted(at for _, at in eight[:SHOWN])
        starts = {at: slate["starts_at"][at].tz_convert(zone) for at in named}
        words = ", ".join(f"{slate['class_name'][at] or 'a class'} on {starts[at]:%a %d %b, %H:%M}" for at in named)
        more = f" and {len(eight) - len(named)} more" if len(eight) > len(named) else ""
        each = self.chances["class"]

        def any_of(chance):
            return None if chance is None else float(1 - np.prod([1 - chance * fit for fit, _ in eight]))

        return Candidate(
            kind="class", offer=CLASSES, says=f"Offer {words}{more}.", chance=any_of(each.value),
            chance_low=any_of(each.low), chance_high=any_of(each.high), chance_source=each.source,
            worth_minor=self.visit_worth, starts_at=max(slate["starts_at"][at] for _, at in eight),
            worth_source="what the last three months' visits brought on average",
        )  # fmt: skip

    def _plan(self, client_id):
        told = self.advice.get(client_id)
        if told is None or told["decision"] == "keep":
            return None
        decision, now, to = told["decision"], self.prices[told["plan_id"]], self.prices[told["to_plan_id"]]
        month = {"upgrade": to - now, "rescue": now, "downgrade": WOULD_LEAVE * to + (1 - WOULD_LEAVE) * (to - now)}
        if np.isnan(month[decision]):
            return None
        sources = {
            "upgrade": "what the larger plan brings more",
            "rescue": "the plan's dues",
            "downgrade": f"what the smaller plan brings less, or keeps of the {WOULD_LEAVE:.0%} who would leave",
        }
        name = self.plan_names[told["to_plan_id"]]
        seen = told["reason"].partition(";")[0]
        words = f"Ask whether {name} still suits them: {seen}." if decision == "rescue" else f"Offer {name}: {seen}."
        offer = f"plan:{told['to_plan_id']}" if decision != "rescue" else "rescue"
        return self._one("plan", offer, words, decision, KEPT_MONTHS * month[decision],
                         f"{sources[decision]}, for {KEPT_MONTHS} months (assumption)",
                         client_id in self.watched)  # fmt: skip

    def _message(self, client_id):
        row = self.watched.get(client_id)
        if row is None:
            return None
        visit = self.visit_worth
        if row.list == "first visit":
            words = f"Ask how it was: {row.reason}."
            source = "one more visit, as the last three months' brought on average"
            return None if visit is None else self._one("message", "first visit", words, "first visit", visit, source)
        words = f"Ask how they are, and offer a class they liked: {row.reason}."
        price = self.prices.get(self.members["plan_id"].get(client_id), np.nan)
        if np.isnan(price) and visit is None:
            return None
        month, of = (WEEKLY * visit, f"{WEEKLY} visits a month") if np.isnan(price) else (price, "the plan's dues")
        source = f"{of}, for {KEPT_MONTHS} months (assumption)"
        return self._one("message", "win back", words, "win back", KEPT_MONTHS * month, source, True)

    def _one(self, kind, offer, words, name, worth, source, is_written=False):
        known = self.chances[name]
        return Candidate(
            kind=kind, offer=offer, says=words, chance=known.value, chance_low=known.low, chance_high=known.high,
            chance_source=known.source, worth_minor=round(worth), worth_source=source, is_written=is_written,
        )  # fmt: skip

    def _product(self, one):
        offer = f"product:{one.product_id}"
        added = self.chances.get(offer, self.chances["product"])
        chance = min(max(added.value, 0) * one.confidence, 1 - one.confidence)
        own = chance / one.confidence  # times the chance that they buy
        less, more = (0, 0) if added.low is None else (added.value - added.low, added.high - added.value)
        low = chance - np.hypot(own * (one.confidence - one.confidence_low), less * one.confidence)
        high = chance + np.hypot(own * (one.confidence_high - one.confidence), more * one.confidence)
        return Candidate(
            kind="product", offer=offer, says=f"Offer {one.product}: {one.reason}", chance=chance,
            chance_low=float(low), chance_high=float(min(high, 1.0)),
            chance_source=f"{added.source}; they buy it unasked in {100 * one.confidence:.1f} of 100 cases",
            worth_minor=round(one.expected_value_minor / one.confidence), worth_source="its margin",
        )  # fmt: skip


def _visit_worth(bought, kind, desk):
    """Minor units that a signed-in visit of the last RECENT brought in dues and single classes, None where unknown."""
    since = (desk.as_of - RECENT).tz_convert("UTC").tz_localize(None).to_datetime64()
    of_visits = np.isin(kind, OF_VISITS)[bought.product] & (bought.at >= since)
    at, status = desk.visits["attended_at"], desk.visits["status"]
    visits = int(((status == "attended") & (at < desk.as_of) & (at >= desk.as_of - RECENT)).sum())
    taken = int(bought.amount[of_visits].sum())
    return round(taken / visits) if visits and taken else None


def _held(bought, kind, as_of):
    """dict of client to the offers of recurring products that they paid for within DUES."""
    since = (as_of - DUES).tz_convert("UTC").tz_localize(None).to_datetime64()
    lines = np.isin(kind, RECURRING)[bought.product] & (bought.at >= since) & (bought.customer >= 0)
    held = {}
    for customer, product in sorted(
        set(zip(bought.customer[lines].tolist(), bought.product[lines].tolist(), strict=True))
    ):
        held.setdefault(bought.customers[customer], []).append(f"product:{bought.products[product]}")
    return held
