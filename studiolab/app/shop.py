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
from studiolab.product_recommender import catalogue, likelihood, purchases, timing, value, windows
from studiolab.product_recommender.recommend import offers
from studiolab.product_recommender.replies import Opportunities
from studiolab.revenue_simulator.answers import UnknownStudio

TABLES = {"orders": None, "products": None, "members": None,
          "visits": ["member_id", "class_id", "class_name", "attended_at", "status"]}  # fmt: skip
LEARNED_FROM = [Path(likelihood.__file__).with_name(f"{name}.py")
                for name in ("purchases", "catalogue", "features", "windows", "chances", "likelihood")]  # fmt: skip
WORTH_KEEPING = 1.0  # seconds of learning


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
        self.why_ladder = ""  # a sentence, where the ladder stands in
        self._kept_in = folder / blake2b(studio_id.encode(), digest_size=8).hexdigest()
        self._alone, self._offers, self._value, self._says = threading.RLock(), {}, None, {}

    def offers(self, policy):
        """`recommend.Offers`; where purchases are too few to learn from, the ladder's, and `why_ladder` says so.

        Learned at most once: who asks meanwhile waits for it.
        """
        known = self._offers.get(policy)
        if known is not None:
            return known
        with self._alone:
            if policy not in self._offers:
                self._offers[policy] = self._made(policy)
            return self._offers[policy]

    def noted(self, answer, policy):
        """`answer` with a word in its note where another policy than the one asked for had to answer, and in that of
        Opportunities what the chances rest on."""
        said = [self.why_ladder if answer.policy != policy else "", answer.note]
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
        if policy == "learned":
            try:
                known = self._learned()
            except likelihood.TooShort as error:
                self.why_ladder = f"The documents' ladder answers, for there is too little to learn from: {error}."
                return self.offers("ladder")
            self._says[policy] = known.says
            return self._to_who_is_here(offers(self.purchases, offered, self.as_of, known.chances()))
        few = len(offered.products) < products
        self._says[policy] = f"Of {products:,} products, the {len(offered.products)} most sold of late." if few else ""
        return self._to_who_is_here(offers(self.purchases, offered, self.as_of, policy=policy))

    def _to_who_is_here(self, offered):
        """`offered`, with nobody who has left among those to talk to; whoever looks them up gets an answer."""
        gone = np.append(self.purchases.customers.isin(self.left), False)
        return offered._replace(best=np.where(gone, -1, offered.best))

    def _offered(self):
        """The catalogue; of a large one, the products most sold of late and the ladder."""
        chosen = {*windows.candidates(self.purchases, self.catalogue, self.as_of), *self.catalogue.ladder}
        products = {key: one for key, one in self.catalogue.products.items() if key in chosen}
        return self.catalogue._replace(products=products)

    def _learned(self):
        """The `Likelihood`, from disk where it took long to learn."""
        lines = self.purchases
        key = models.key([self.visits, self.members], LEARNED_FROM, (
            self.as_of, self.catalogue, *(blake2b(part.tobytes()).hexdigest() for part in (
                lines.customer, lines.product, lines.order, lines.at, lines.amount, lines.quantity)),
            list(lines.customers), list(lines.products)))  # fmt: skip
        known = models.load(self._kept_in, key)
        if known is None:
            began = time.monotonic()
            known = likelihood.fit(lines, self.catalogue, self.as_of, visits=self.visits, members=self.members)
            if time.monotonic() - began > WORTH_KEEPING:
                models.save(self._kept_in, key, known)
        return known
