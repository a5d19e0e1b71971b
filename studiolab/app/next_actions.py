"""The arbiter on the workbench's data: one client's next action, a studio's, and both in the ledger (KX.4, N10)."""

import hashlib
import threading
from datetime import datetime
from functools import cache
from pathlib import Path

import pandas as pd
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from studiolab import next_best_action
from studiolab.adapters.errors import StudiolabError
from studiolab.app import next_offers
from studiolab.app.plans import FAILED, SENT, SHARED
from studiolab.class_recommender import answers as classes
from studiolab.class_recommender.record import packed, unpacked
from studiolab.ledger import canonical, digest
from studiolab.next_best_action import Case, Chance, Contact, NextAction, Rules, Strict
from studiolab.product_recommender.experiment.measured import added
from studiolab.product_recommender.questions import MOST, StudioAsked
from studiolab.revenue_simulator.questions import in_words

CHOSEN = "next action chosen"
OF = ("studios", "visits", "class_sessions", "members", "plans", "instructors", "orders", "products", "experiments",
      "exposures")  # fmt: skip
SAME = pd.Timedelta(days=1)  # a choice, and what was sent for it within that time, are one contact
PRODUCTS = 3
MOST_STUDIOS = 8


class StudioActions(Strict):
    """What to do next in a whole studio."""

    studio_id: str
    as_of: datetime
    clients: int
    wins: dict[str, int] = Field(
        description="clients for whom each kind wins; limit: something new of more value was withheld"
    )
    actions: list[NextAction] = Field(description="the most valuable first")
    notes: list[str]
    rules: Rules


class Recorded(Strict):
    """The entry of the ledger that holds a choice."""

    entry_id: int
    entry_hash: str
    recorded_at: datetime
    action: NextAction


class Replayed(Strict):
    """A recorded choice made again from what was kept of it."""

    entry_id: int
    same: bool = Field(description="byte for byte the choice that was recorded")
    why: str
    action: NextAction | None


class Offered(BaseModel):
    """What of a chosen action is read again: its offer."""

    offer: str


class Choice(BaseModel):
    """What of a recorded `NextAction` says that the client was told something, and when."""

    chosen: Offered
    contact_at: AwareDatetime


class NextActions:
    """The part of the Workbench that decides what to do next about a client."""

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._offers, self._offering = {}, threading.Lock()

    @property
    def contact_rules(self):
        """The `next_best_action.Rules` of STUDIOLAB_CONTACT_RULES. Raises StudiolabError for what is none."""
        try:
            return Rules.model_validate_json(self.settings.contact_rules or "{}")
        except ValidationError as error:
            raise StudiolabError(f"STUDIOLAB_CONTACT_RULES is no set of rules: {in_words(error.errors())}") from None

    def next_action(self, studio_id, client_id, as_of=None, rules=None, measured=None):
        """`next_best_action.NextAction` of a client.

        as_of : moment, the end of the known visits by default; of contacts, those before it then, else all known
        rules : Rules; measured : dict of next_best_action.CHANCES' names, or of offers such as "product:mat", to
            Chance; what the studio's own experiments measured by then where not given
        Raises UnknownStudio, UnknownClient, StudiolabError.
        """
        return next_best_action.decide(self._case(studio_id, client_id, as_of, rules, measured))

    def next_actions(self, studio_id, top=20, as_of=None, rules=None, measured=None):
        """`StudioActions`: the `top` most valuable of all running members, and how many each kind wins."""
        question = _asked(studio_id, "-", as_of)
        offers = self._offers_of(question, measured)
        rules = rules or self.contact_rules
        told = self._contacts(question, rules, offers.desk.as_of)
        said = self.marketing_consent(studio_id)
        cases = [
            self._of(question, offers, client, eight, told.get(client, []), rules, said.get(client, {}))
            for client, eight in offers.eights(offers.running())
        ]
        actions, counts = next_best_action.of_studio(cases, top)
        return StudioActions(studio_id=studio_id, as_of=offers.desk.as_of, clients=len(cases), wins=counts,
                             actions=actions, notes=offers.notes, rules=rules)  # fmt: skip

    def record_next_action(self, studio_id, client_id, actor, as_of=None, rules=None, measured=None, note=""):
        """`Recorded`: what `next_action` chooses is in the ledger, with the losers and all it was chosen from.

        From then on it counts as a contact, unless it is nothing. actor : user name; note : why, in the user's words
        """
        asked = studio_id, client_id, as_of, rules, measured
        self._case(*asked)  # what takes long is done before others have to wait
        with self.db.transaction() as changes:
            changes.alone("ledger")  # two who record at once do not both tell the client
            case = self._case(*asked)
            action, kept = next_best_action.decide(case), case.model_dump(mode="json")
            payload = {"client_id": client_id, "client_name": action.client_name, "note": note,
                       "choice": action.model_dump(mode="json"), "case": packed(kept)}  # fmt: skip
            entry = self.ledger.enter(changes, actor, CHOSEN, payload, studio_id, digest(kept), arbiter_version())
        told = {name: entry[name] for name in ("entry_id", "entry_hash", "recorded_at")}
        return Recorded(**told, action=action)

    def replay(self, entry_id):
        """As `Plans.replay`; of a recorded choice `Replayed`, the choice made again from what was kept of it."""
        entry = self.ledger.entry(entry_id)
        if entry["action"] != CHOSEN:
            return super().replay(entry_id)
        if not {"case", "choice"} <= entry["payload"].keys():
            raise ValueError(f"entry {entry_id} does not hold what was chosen and from what; it cannot be made again")
        kept = unpacked(entry["payload"]["case"])
        if digest(kept) != entry["data_hash"]:
            why = "What was kept of the data is not what the entry's hash says."
            return Replayed(entry_id=entry_id, same=False, why=why, action=None)
        action = next_best_action.decide(Case.model_validate(kept))
        same = canonical(action.model_dump(mode="json")) == canonical(entry["payload"]["choice"])
        made, now = entry["model_version"], arbiter_version()
        if same:
            why = "The same choice, byte for byte."
        elif made == now:
            why = "The same arbiter chooses otherwise from the same data; that is a fault, please report it."
        else:
            why = f"It was made by arbiter {made}; this is {now}, which chooses otherwise."
        return Replayed(entry_id=entry_id, same=same, why=why, action=action)

    # parts --------------------------------------------------------------------------------------
    def _case(self, studio_id, client_id, as_of, rules, measured):
        question = _asked(studio_id, client_id, as_of)
        self._desk(question)  # refuses who is not known here
        offers, rules = self._offers_of(question, measured), rules or self.contact_rules
        told = self._contacts(question, rules, offers.desk.as_of).get(client_id, [])
        _, eight = next(offers.eights([client_id]))
        said = self.marketing_consent(studio_id).get(client_id, {})
        return self._of(question, offers, client_id, eight, told, rules, said)

    def _of(self, question, offers, client_id, eight, told, rules, said):
        """`Case` of one client. eight : of `Offers.eights`; told : list of Contact; said : of `marketing_consent`"""
        products, note = self._products_of(question.studio_id, client_id, offers)
        name = offers.names.get(client_id)
        return Case(
            studio_id=question.studio_id, client_id=client_id, client_name=None if pd.isna(name) else name,
            as_of=offers.desk.as_of, timezone=offers.desk.timezone, currency=offers.currency,
            **offers.consent(client_id) | said, holds=offers.holds(client_id), contacts=told,
            candidates=offers.candidates(client_id, eight, products), notes=[*offers.notes, *note], rules=rules,
        )  # fmt: skip

    def _offers_of(self, question, measured):
        """The `Offers` of a studio, made once for the same data, moment and measured chances."""
        room = self._room(question.studio_id, question.moment, question.horizon_days)
        now = self.db.revision(*OF), self._file_stamp()
        key = (*now, question.studio_id, room.desk.as_of, canonical(measured))
        with self._offering:
            if key not in self._offers:
                members, plans, orders, studio = (
                    self.db.read(table, question.studio_id) for table in ("members", "plans", "orders", "studios")
                )
                names, currency = room.people.clients.to_dict(), studio["currency"].iloc[0]
                tried = (measured, []) if measured is not None else self._tried(question.studio_id, room.desk.as_of)
                self._offers[key] = next_offers.Offers(
                    room.desk, members, plans, orders, tried[0], names, currency, tried[1]
                )
                while len(self._offers) > MOST_STUDIOS:
                    self._offers.pop(next(iter(self._offers)))
            return self._offers[key]

    def _tried(self, studio_id, as_of):
        """(dict of offers to Chance, list of sentences on what cannot be taken): of the latest experiment on each."""
        found, untold = {}, {}
        for one in self.experiments(studio_id):
            offer = "product" if one.product_id is None else f"product:{one.product_id}"
            if offer in found or one.started_at >= as_of:
                continue
            try:
                told = self.experiment_report(one.experiment_id, min(as_of, pd.Timestamp.now("UTC")))
                usual = self._usual(studio_id, one.experiment_id, as_of) if one.product_id is None else None
                value, low, high, says = added(told, usual)
            except (ValueError, StudiolabError) as error:
                untold.setdefault(offer, f"{one.name!r}, for {error}")
            else:
                found[offer] = Chance(value, says, low, high)
        told = "; ".join(why for offer, why in untold.items() if offer not in found)
        return found, [f"Experiments that are not reckoned with: {told}."] if told else []

    def _usual(self, studio_id, experiment_id, as_of):
        """Mean chance that those who took part buy the product that they would be offered first."""
        offers = self._shop(StudioAsked(studio_id=studio_id, as_of=as_of)).offers("learned")
        clients = self.db.read("exposures", columns=["client_id"], experiment_id=experiment_id)["client_id"]
        rows = offers.purchases.customers.get_indexer(clients)
        rows = rows[(rows >= 0) & (offers.best[rows] >= 0)]
        if not len(rows):
            raise ValueError("nobody who took part can be offered anything any more")
        return float(offers.chance[rows, offers.best[rows]].mean())

    def _products_of(self, studio_id, client_id, offers):
        """(list of product_recommender Recommendation, list of sentences why there is none): the likeliest, and all
        that an experiment of their own has measured."""
        asked = {"studio_id": studio_id, "customer": client_id, "as_of": offers.desk.as_of}
        try:
            told = self.product_recommendations(**asked, limit=PRODUCTS)
            found = told.recommendations
            if offers.tried:
                more = self.product_recommendations(**asked, limit=MOST).recommendations[PRODUCTS:]
                found = found + [one for one in more if one.product_id in offers.tried]
        except (ValueError, StudiolabError) as error:
            return [], [f"No product is weighed: {error}"]
        return found, [f"Products: {told.note}"] if told.note else []

    def _contacts(self, question, rules, moment):
        """dict of client to list of Contact: sets of classes handed on and recorded choices, from the ledger, and what
        the inbox sent that answered nobody.

        moment : as_of of the answer; what is too old by then to count is left out. Where a moment is asked about, what
        was not yet recorded then is left out too; else nothing is, for the data may be older than the ledger.
        """
        rows = self.ledger.entries(question.studio_id, (SHARED, SENT, FAILED, CHOSEN))
        failed = [row["payload"].get("entry_id") for row in rows if row["action"] == FAILED]
        if question.moment is not None:
            rows = [row for row in rows if row["recorded_at"] < question.moment]
        told, since = {}, pd.Timedelta(days=max(28, rules.same_offer_days) + 1)
        for row in rows:
            contact = None if row["entry_id"] in failed else _contact(row)
            own = told.setdefault(str(row["payload"].get("client_id")), [])
            if contact is not None and contact.at > moment - since and not any(_same(contact, one) for one in own):
                own.append(contact)
        for client, moments in self.marketing_sent(question.studio_id, moment - since, question.moment).items():
            own = told.setdefault(client, [])
            known = [one.at for one in own]
            own += [Contact(at=at, offers=[]) for at in moments if not any(abs(at - one) <= SAME for one in known)]
        return told


@cache
def arbiter_version():
    """A name for the arbiter as it is: it changes with every change of its code."""
    return f"next-{hashlib.sha256(Path(next_best_action.__file__).read_bytes()).hexdigest()[:12]}"


def _asked(studio_id, client_id, as_of):
    try:
        return classes.ClientRequest(studio_id=studio_id, client_id=client_id, as_of=as_of)
    except ValidationError as error:
        raise ValueError(in_words(error.errors())) from None


def _contact(row):
    """`Contact` that an entry tells of, None where it tells of none."""
    if row["action"] in (SHARED, SENT):
        return Contact(at=row["recorded_at"], offers=[next_offers.CLASSES], entry_id=row["entry_id"])
    choice = row["payload"].get("choice")
    if not choice or (isinstance(choice, dict) and not choice.get("chosen")):
        return None
    try:
        told = Choice.model_validate(choice)
    except ValidationError:  # written by hand: somebody was told something, nobody knows what
        return Contact(at=row["recorded_at"], offers=[], entry_id=row["entry_id"])
    at = max(row["recorded_at"], pd.Timestamp(told.contact_at))
    return Contact(at=at, offers=[told.chosen.offer], entry_id=row["entry_id"])


def _same(contact, before):
    """Whether a contact is what was sent for a choice just recorded."""
    return contact.offers == before.offers and abs(contact.at - before.at) <= SAME
