"""What one studio sold by one moment, to whom, and what may be offered to them: looked up once, learned once."""

import threading
import time
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from studiolab.adapters import models
from studiolab.adapters.errors import StudiolabError
from studiolab.app.classes import morning_after, zone_of
from studiolab.app.experiments import told_of
from studiolab.product_recommender import catalogue, likelihood, purchases, timing, value, windows
from studiolab.product_recommender.experiment.log import contacts, log
from studiolab.product_recommender.recommend import offers
from studiolab.product_recommender.replies import Opportunities
from studiolab.product_recommender.uplift import model as adding
from studiolab.product_recommender.uplift.traits import Evidence
from studiolab.revenue_simulator.answers import UnknownStudio

TABLES = {"orders": None, "products": None, "members": None,
          "visits": ["member_id", "class_id", "class_name", "attended_at", "status"]}  # fmt: skip
LEARNED_FROM = [Path(likelihood.__file__).with_name(f"{name}.py")
                for name in ("purchases", "catalogue", "features", "windows", "chances", "likelihood")]  # fmt: skip
UPLIFT_FROM = sorted(Path(adding.__file__).parent.glob("*.py"))
WORTH_KEEPING = 1.0  # seconds of learning
TRIED = ("experiments", "exposures")
# Offers sent, from which on it is told what they add. Of one studio alone, in worlds 1 to 8 of `bench.uplift` (three
# studios each), messages to a tenth of clients added .37 of the most they could after 300 sends, .47 after 1,000 and
# .54 after 2,000; those to likely buyers .37.
ENOUGH = 1_000
MESSAGE_MINOR = 10  # of one message, as the contact rules have an e-mail by default


class NothingSold(ValueError):
    """Nothing counts as sold before the moment of asking; the message says when the first order was."""


class Shop:
    """A studio at one moment.

    as_of : Timestamp in `timezone`, the studio's IANA zone; purchases, catalogue : as of it
    members, visits : tables, of before it; names : dict of customer to name, of all members
    left : ids of who has left, by the moment that was asked about, or by now where none was
    """

    def __init__(self, db, studio_id, moment, folder):
        """db : Database; moment : Timestamp, the end of the known orders where None; folder : Path of learned models

        Raises UnknownStudio, NothingSold, BadCatalogue, and StudiolabError for a studio without orders.
        """
        studio = db.read("studios", studio_id)
        if studio.empty:
            raise UnknownStudio(f"no studio {studio_id!r}; `studiolab studios` lists them")
        tables = {name: db.read(name, studio_id, columns) for name, columns in TABLES.items()}
        orders, visits, members = tables["orders"], tables["visits"], tables["members"]
        if orders.empty:
            raise StudiolabError(f"{studio_id} has no orders yet; `studiolab import FILE` brings them.")
        self.timezone = zone_of(studio.iloc[0])
        self.as_of = (moment or morning_after(orders["created_at"], self.timezone)).tz_convert(self.timezone)
        self.purchases = purchases.purchases(orders, self.as_of)
        if not len(self.purchases.amount):
            first, why = orders["created_at"].min(), self.purchases.left_out["reason"].value_counts()
            told = "; ".join(f"{lines:,} {reason}" for reason, lines in why.items())
            raise NothingSold(
                f"{studio_id} sold nothing that counts before {self.as_of:%Y-%m-%d %H:%M}; its first order is of "
                f"{first:%Y-%m-%d}, and of its order lines {told}"
            )
        self.catalogue = catalogue.catalogue(catalogue.goods(tables["products"], orders), self.purchases)
        self.visits = visits[visits["attended_at"] < self.as_of]
        self.members = members[members["joined_at"] < self.as_of]
        self.names = dict(zip(self.members["member_id"], self.members["member_name"].fillna(""), strict=True))
        known = self.as_of if moment else max(self.as_of, pd.Timestamp.now("UTC"))  # the orders may be old
        self.left = pd.Index(self.members.loc[self.members["left_at"] <= known, "member_id"])
        self._db, self._studio_id = db, studio_id
        self._kept_in = folder / blake2b(studio_id.encode(), digest_size=8).hexdigest()
        self._alone, self._offers, self._value = threading.RLock(), {}, None
        self._says, self._instead = {}, {}  # by policy: what its chances rest on, why another stands in

    def offers(self, policy):
        """`recommend.Offers`; another policy's where this one has too little to learn from, and `noted` says so.

        Learned at most once, by uplift once more after each exposure: who asks meanwhile waits for it.
        """
        key = policy, self._db.revision(*TRIED) if policy == "uplift" else ()
        known = self._offers.get(key)
        if known is not None:
            return known
        with self._alone:
            if key not in self._offers:
                made = self._made(policy)
                self._offers = {one: kept for one, kept in self._offers.items() if one[0] != policy} | {key: made}
            return self._offers[key]

    def noted(self, answer, policy):
        """`answer` with a word in its note where another policy than the one asked for had to answer, and in that of
        Opportunities what the chances rest on."""
        stood_in = [policy, "learned"] if answer.policy != policy else []
        said = [*(self._instead.get(one, "") for one in dict.fromkeys(stood_in) if one != answer.policy), answer.note]
        if isinstance(answer, Opportunities):
            said.append(self._says[answer.policy])
        note = " ".join(filter(None, said))
        return answer if note == answer.note else answer.model_copy(update={"note": note})

    def value(self):
        """`value.Value` and `timing.Rhythm` of the customers."""
        with self._alone:
            if self._value is None:
                known = value.fit(self.purchases, self.as_of)
                self._value = known, timing.rhythm(self.purchases, known)
            return self._value

    def _made(self, policy):
        offered, products = self._offered(), len(self.catalogue.products)
        if policy == "uplift":
            return self._tried()
        if policy == "learned":
            try:
                known = self._learned()
            except likelihood.TooShort as error:
                why = f"The documents' ladder answers, for there is too little to learn from: {error}."
                self._instead[policy] = why
                return self.offers("ladder")
            self._says[policy] = known.says
            return self._to_who_is_here(offers(self.purchases, offered, self.as_of, known.chances()))
        few = len(offered.products) < products
        self._says[policy] = f"Of {products:,} products, the {len(offered.products)} most sold of late." if few else ""
        return self._to_who_is_here(offers(self.purchases, offered, self.as_of, policy=policy))

    def _tried(self):
        """Offers by what telling adds, where enough was sent and held back; else those by likelihood."""
        tried, exposures = ([told_of(row) for row in self._db.read("experiments", self._studio_id).to_dict("records")],
                            self._db.read("exposures", self._studio_id))  # fmt: skip
        tried = [one for one in tried if one.started_at < self.as_of]
        likely = self.offers("learned")
        known = log(tried, exposures, self.purchases, self.catalogue, self.members, self.as_of, MESSAGE_MINOR)
        if known.sent < ENOUGH or not known.held:
            self._instead["uplift"] = _too_few(known)
            return likely
        if likely.policy != "learned":
            return likely
        self._says["uplift"] = (f"Learnt from {known.sent:,} offers sent and {known.held:,} held back in experiments; "
                                f"only what was tried is offered.")  # fmt: skip
        evidence = Evidence(self.purchases, self.catalogue, self.visits, self.members, known.rows, self.timezone)
        model = self._kept("uplift", UPLIFT_FROM, (*self._lines(), known.rows.to_csv(), known.messages), lambda: (
            adding.fit([evidence], known.messages)))  # fmt: skip
        here = evidence.present(self.as_of)
        lately = contacts(tried, exposures, here, [self.as_of] * len(here))
        worth = model.worth(evidence, self.as_of, here, lately)
        chances = self._learned().chances()
        made = offers(self.purchases, self._offered(model.products), self.as_of, chances, "uplift", worth=worth)
        return self._to_who_is_here(made)

    def _to_who_is_here(self, offered):
        """`offered`, with nobody who has left among those to talk to; whoever looks them up gets an answer."""
        gone = np.append(self.purchases.customers.isin(self.left), False)
        return offered._replace(best=np.where(gone, -1, offered.best))

    def _offered(self, more=()):
        """The catalogue; of a large one, the products most sold of late, the ladder, and `more` ids."""
        chosen = {*windows.candidates(self.purchases, self.catalogue, self.as_of), *self.catalogue.ladder, *more}
        products = {key: one for key, one in self.catalogue.products.items() if key in chosen}
        return self.catalogue._replace(products=products)

    def _learned(self):
        """The `Likelihood`."""
        return self._kept("learned", LEARNED_FROM, self._lines(), lambda: likelihood.fit(
            self.purchases, self.catalogue, self.as_of, visits=self.visits, members=self.members))  # fmt: skip

    def _lines(self):
        """What is known of orders, as parts of a key."""
        lines = self.purchases
        parts = (lines.customer, lines.product, lines.order, lines.at, lines.amount, lines.quantity)
        return (self.as_of, self.catalogue, *(blake2b(part.tobytes()).hexdigest() for part in parts),
                list(lines.customers), list(lines.products))  # fmt: skip

    def _kept(self, name, files, of, learn):
        """What `learn` says, from disk where it took long to learn; of : what it is learnt from beside the tables."""
        folder = self._kept_in if name == "learned" else self._kept_in / name
        key = models.key([self.visits, self.members], files, of)
        known = models.load(folder, key)
        if known is None:
            began = time.monotonic()
            known = learn()
            if time.monotonic() - began > WORTH_KEEPING:
                models.save(folder, key, known)
        return known


def _too_few(known):
    """Why nothing is said of what telling adds, and what to do."""
    some = f"{known.sent:,} were sent and {known.held:,} held back" if known.sent else "none was sent"
    return " ".join([
        f"Offers by likelihood, for what telling somebody adds is learnt from {ENOUGH:,} offers sent at random to some "
        f"and held back from others, whose 28 days are over: {some} so far. Run an experiment on one product with an "
        "arm called holdout: `studiolab experiments create --product ID`.", *known.untold,
    ])  # fmt: skip
