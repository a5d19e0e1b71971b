"""The one arbiter: a class, a plan, a product, a message or nothing for a client, as no two systems may ask at once.

What wins has the highest expected value to the studio less the cost of telling it, among what contact-pressure limits
and consent let through; the losers stay beside it, each with why it lost. Source: SPEC KX.4.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from studiolab.schema import major

KINDS = ("message", "class", "plan", "product")  # of two worth the same the first wins, the one that sells least
CHANNELS = ("e-mail", "text", "desk")
Kind = Literal["message", "class", "plan", "product"]
Channel = Literal["e-mail", "text", "desk"]
Lost = Literal["", "already holds", "repeated", "consent", "too late", "limit", "value"]
Minor = Annotated[int, Field(ge=0, description="minor units")]


# A Timestamp counts days by the hours of Greenwich, a datetime by the studio's clock; so all are datetimes.
Instant = Annotated[datetime, AfterValidator(lambda at: datetime.combine(at.date(), at.timetz()))]


class Chance(NamedTuple):
    """How likely a contact brings about what it is for; low to high holds it in 90 of 100 cases, where known."""

    value: float
    source: str
    low: float | None = None
    high: float | None = None


CHANCES = {
    "class": Chance(
        0.036,
        "assumption: 3.6 in 100 come once more for a class of full fit, as in simulated studios (1.1 "
        "to 6.7); a studio's own data do not tell, as nobody is held back",
        0.011,
        0.067,
    ),
    "upgrade": Chance(0.05, "assumption: one in twenty takes a larger plan that fits"),
    "downgrade": Chance(0.30, "assumption: three in ten take a smaller plan that would do"),
    "rescue": Chance(0.03, "assumption: 3 in 100 stay who would have left, had nobody talked to them"),
    "win back": Chance(0.03, "assumption: 3 in 100 come back who would not have without a message"),
    "first visit": Chance(0.10, "assumption: one in ten comes again who would not have without a message"),
    "product": Chance(0.10, "assumption: being told adds a tenth to the chance that they buy"),
}  # what an experiment measured takes their place; of classes it is `bench.contacts` in worlds 1 to 6, 18 studios


class Strict(BaseModel):
    """What takes no field it does not know, nor a number that is none."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Rules(Strict):
    """How often, when and at what cost a client may be told something."""

    in_7_days: int = Field(1, ge=0, le=50, description="contacts at most")
    in_28_days: int = Field(4, ge=0, le=200, description="contacts at most")
    same_offer_days: int = Field(28, ge=0, le=366, description="until an offer may be made again")
    quiet_from: int = Field(21, ge=0, le=23, description="hour at the studio from which nothing is written to anybody")
    quiet_until: int = Field(9, ge=0, le=23, description="hour at which that ends; the same hour for no quiet at all")
    email_cost_minor: Minor = 10
    text_cost_minor: Minor = 15
    desk_cost_minor: Minor = 100

    def cost(self, channel):
        """Minor units of one contact: sending or saying it, and the attention it uses up."""
        return {"e-mail": self.email_cost_minor, "text": self.text_cost_minor, "desk": self.desk_cost_minor}[channel]


class Candidate(Strict):
    """Something that could be offered; its offer, such as "class:c7", names it for good."""

    kind: Kind
    offer: str
    says: str = Field(description="what to tell the client, or to do, in words")
    chance: float = Field(ge=0, le=1, description="that the contact brings it about")
    chance_low: float | None = None
    chance_high: float | None = None
    chance_source: str
    worth_minor: int = Field(description="to the studio, if it comes about")
    worth_source: str
    starts_at: Instant | None = Field(None, description="of a class; it must be told before")
    is_written: bool = Field(False, description="of use only to who is away, so nobody at the desk can say it")


class Contact(Strict):
    """What a client was told already."""

    at: Instant
    offers: list[str]
    entry_id: int | None = Field(None, description="of the ledger")


class Case(Strict):
    """A client at one moment: all that a decision is made from, so that it can be made again."""

    studio_id: str
    client_id: str
    client_name: str | None = None
    as_of: Instant
    timezone: str = Field(description="IANA, of the studio")
    currency: str
    email_consent: bool
    text_consent: bool
    holds: list[str] = Field(description="offers that they have already")
    contacts: list[Contact]
    candidates: list[Candidate]
    notes: list[str] = Field([], description="a sentence for each system that had nothing to say, and why")
    rules: Rules = Rules()


class Weighed(Candidate):
    """A candidate with its value and its fate; values are expected ones less the cost of contact, minor units."""

    channel: Channel | None = Field(description="empty where there is no consent to any")
    cost_minor: int
    value_minor: int
    value_low_minor: int | None = Field(description="low to high holds the value in 90 of 100 cases, where known")
    value_high_minor: int | None
    lost: Lost = Field(description="empty for the one that is chosen")
    why: str


class NextAction(Strict):
    """What to do next about a client."""

    studio_id: str
    client_id: str
    client_name: str | None
    as_of: datetime
    currency: str
    kind: Literal["message", "class", "plan", "product", "nothing"]
    chosen: Weighed | None
    contact_at: datetime | None = Field(description="not before; on the studio's clock, after the quiet hours")
    why: str
    contacts_in_7_days: int
    contacts_in_28_days: int
    losers: list[Weighed] = Field(description="by value, each with why it lost")
    notes: list[str]
    rules: Rules


def decide(case):
    """`NextAction` of a `Case`; the same case, the same answer, whatever the order of its candidates."""
    weighed = sorted((_weighed(one, case) for one in case.candidates), key=_place)
    open_ = [one for one in weighed if not one.lost]
    chosen = open_[0] if open_ and open_[0].value_minor > 0 else None
    for one in open_:
        if one is not chosen:
            one.lost, one.why = "value", _worse(one, chosen, case)
    when = chosen and _contact_at(case, chosen.channel)
    return NextAction(
        **case.model_dump(include={"studio_id", "client_id", "client_name", "currency", "notes"}), as_of=case.as_of,
        kind=chosen.kind if chosen else "nothing", chosen=chosen, contact_at=when, why=_why(case, weighed, chosen),
        contacts_in_7_days=len(_since(case, case.as_of, 7)), contacts_in_28_days=len(_since(case, case.as_of, 28)),
        losers=[one for one in weighed if one is not chosen], rules=case.rules,
    )  # fmt: skip


def of_studio(cases, top=20):
    """(list of NextAction, dict of kind to clients): the `top` most valuable of many cases, ties by client, and how
    many clients each kind wins; "limit" counts those for whom limits withheld something new of more value."""
    actions = [decide(case) for case in cases]
    counts = {kind: sum(one.kind == kind for one in actions) for kind in (*KINDS, "nothing")}
    counts["limit"] = sum(withheld(one) for one in actions)
    told = sorted((one for one in actions if one.chosen), key=lambda one: (-one.chosen.value_minor, one.client_id))
    return told[:top], counts


def withheld(action):
    """Whether something new was worth telling, more than anything that may be told now, and limits withheld it."""
    new = [one for one in action.losers if one.lost in ("limit", "value")]
    best = min([*new, *filter(None, [action.chosen])], key=_place, default=None)
    return best is not None and best.value_minor > 0 and best.lost == "limit"


# parts --------------------------------------------------------------------------------------------
def _place(one):
    return -one.value_minor, KINDS.index(one.kind), one.offer


def _weighed(one, case):
    channel = _channel(one, case)
    cost = case.rules.cost(channel or "desk")
    lost, why = _barred(one, channel, case)

    def value(chance):
        return None if chance is None else round(chance * one.worth_minor) - cost

    low, high = value(one.chance_low), value(one.chance_high)
    if low is not None and high is not None:
        low, high = sorted((low, high))  # a loss is the larger the likelier it is
    return Weighed(**one.model_dump(), channel=channel, cost_minor=cost, value_minor=value(one.chance),
                   value_low_minor=low, value_high_minor=high, lost=lost, why=why)  # fmt: skip


def _channel(one, case):
    """The cheapest way that consent leaves open; saying it at the desk needs none."""
    agreed = {"e-mail": case.email_consent, "text": case.text_consent, "desk": not one.is_written}
    return min((way for way in CHANNELS if agreed[way]), key=case.rules.cost, default=None)


def _barred(one, channel, case):
    """(lost, why) of a candidate that may not be told now, two empty texts for one that may."""
    if one.offer in case.holds:
        return "already holds", "They have it already."
    if channel is None:
        return "consent", "They agreed to neither e-mail nor text messages, and who is away is not met at the desk."
    at, rules = _contact_at(case, channel), case.rules
    told = [c.at for c in _since(case, at, rules.same_offer_days) if one.offer in c.offers]
    if told:
        return "repeated", f"Told on {_day(max(told), case)}; not again within {rules.same_offer_days} days."
    if one.starts_at is not None and one.starts_at <= at:
        return "too late", "It begins before they may be told."
    for days, most in ((7, rules.in_7_days), (28, rules.in_28_days)):
        known = _since(case, at, days)
        if not most:
            return "limit", f"The rules allow nobody to be told anything in {days} days."
        if len(known) >= most:
            last = _day(max(c.at for c in known), case)
            return "limit", f"Told something {_times(len(known))} in {days} days, the last on {last}; {most} may be."
    return "", ""


def _since(case, moment, days):
    """Contacts later than so many days before `moment`; one that lies after it counts as one just made."""
    return [contact for contact in case.contacts if contact.at > moment - timedelta(days=days)]


def _contact_at(case, channel):
    """`as_of` on the studio's clock, or the end of the quiet hours it falls in; they bind what is written."""
    local, rules = case.as_of.astimezone(ZoneInfo(case.timezone)), case.rules
    quiet = (local.hour - rules.quiet_from) % 24 < (rules.quiet_until - rules.quiet_from) % 24
    if channel == "desk" or not quiet:
        return local
    end = local.replace(hour=rules.quiet_until, minute=0, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)


def _worse(one, chosen, case):
    if one.value_minor <= 0:
        return "It costs as much to tell as it is likely to bring, or more."
    less = chosen.value_minor - one.value_minor
    return f"Worth {_money(less, case)} less than what is chosen." if less else "Worth the same; the other goes first."


def _why(case, weighed, chosen):
    if chosen:
        return f"Worth {_money(chosen.value_minor, case)} after the cost of contact, the most of what may be told now."
    if not case.candidates:
        return "There is nothing to offer."
    best = weighed[0]
    if best.value_minor <= 0 or best.lost == "value":
        return "Nothing is likely to bring more than it costs to tell."
    return f"The most valuable was withheld ({best.lost}): {best.why}"


def _day(at, case):
    return f"{at.astimezone(ZoneInfo(case.timezone)):%Y-%m-%d}"


def _money(minor, case):
    return f"{major(minor, case.currency)} {case.currency}"


def _times(count):
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
