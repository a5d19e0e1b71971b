"""People who write to a studio, and what becomes of them: a world of leads whose true chances are known.

A lead has a hidden will to join, from interest, from what fits and from how they came. The studio's first answer takes
its time, and each doubling of it beyond the first hour costs will. Then they take turns: after an answer a person
books a trial class, joins, asks on, or is not heard of again; each of it after a delay of their own, so silence tells.
Who booked comes or not, and joins or not. `Lead.chance` is what somebody knew who saw all that is hidden.

Sources: that a late first answer loses leads, Oldroyd, McElheran & Elkington 2011, HBR 89 (3) (an hour against later:
seven times as likely to qualify); how much here is ours, and gentler, as firms that answer fast do other things well.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtr

from studiolab.world.lead_chances import ROUNDS, after_booking, outcomes, pace, round_value, trial_value

SPREAD = 1.2  # of the log of a person's delays
EFFECTS = {"is_taught": 1.6, "fits_times": 1.2, "can_pay": 0.9, "distance_km": -0.4, "source": 1.0}  # usual log odds
LATE = 0.25  # log odds that each doubling of the first answer's hours beyond one costs
SOURCES = {
    "referral": (0.15, 0.7),
    "walk-in": (0.07, 0.5),
    "website": (0.25, 0.1),
    "search": (0.13, 0.0),
    "instagram": (0.22, -0.2),
    "ad": (0.13, -0.8),
    "other": (0.05, -0.2),
}  # share, and effect on the will
CHANNELS = {"whatsapp": 0.45, "instagram": 0.25, "email": 0.2, "sms": 0.1}
LANGUAGES = {"en": 0.75, "es": 0.12, "de": 0.08, "fr": 0.05}
OPENS, CLOSES = 8, 21  # hours between which the studio answers
REVEALED, SECOND_CHANNEL, OPTS_OUT = 0.3, 0.08, 0.06
HOUR = 3600.0


class Turn(NamedTuple):
    """A message. at : seconds since the begin of the world; intents : of what it asks; tells : facts it lets out"""

    at: float
    direction: str
    channel: str
    intents: tuple = ()
    tells: tuple = ()


class Wait(NamedTuple):
    """From `at` on, something is still to come with chance `hit`, after a delay of median `hours`; if it comes, they
    join with chance `value`. Nothing is waited for where hours is None: the chance is `value`."""

    at: float
    value: float
    hit: float = 1.0
    hours: float | None = None


@dataclass
class Lead:
    """A person. will : log odds, after the first answer; the rest as `lead_score.Facts` or a table of schema has it.

    happened : list of (at, what) of "booked", "came", "missed", "joined", "opted out"; clicks : seconds each
    trials : when a trial class that they booked is
    """

    number: int
    language: str
    source: str
    channel: str
    second: str
    interest: float
    is_taught: bool
    fits_times: bool
    can_pay: bool
    distance_km: float
    first_answer_hours: float = 0.0
    will: float = 0.0
    turns: list = field(default_factory=list)
    happened: list = field(default_factory=list)
    clicks: list = field(default_factory=list)
    trials: list = field(default_factory=list)
    waits: list = field(default_factory=list)

    @property
    def converted(self):
        """Whether they joined in the end."""
        return any(what == "joined" for _, what in self.happened)

    @property
    def began(self):
        """When they first wrote, seconds since the start."""
        return self.turns[0].at

    def chance(self, at):
        """The true chance that they join, to somebody who knows all but what is still drawn, at `at` seconds."""
        now = [wait for wait in self.waits if wait.at <= at][-1]
        if now.hours is None:
            return now.value
        pending = now.hit * ndtr(-np.log(max((at - now.at) / HOUR, 1e-9) / now.hours) / SPREAD)
        return now.value * pending / (pending + 1 - now.hit)


class Studio(NamedTuple):
    """What leads of a studio have in common.

    answer_hours : its median; luck : log odds for everybody; effects : dict of what fits to log odds
    """

    answer_hours: float
    luck: float
    effects: dict


def make_leads(seed, leads=400, days=120, studio=None):
    """List of `Lead` in order of their first message, spread evenly over the days.

    seed : int; each lead has a chance of their own, so that more of them change none
    studio : Studio, drawn by default
    """
    own = np.random.default_rng([seed, 0])
    studio = studio or Studio(float(np.exp(own.normal(np.log(1.5), 0.8))), float(own.normal(0, 0.35)),
                              {name: usual * float(np.exp(own.normal(0, 0.4)))
                               for name, usual in EFFECTS.items()})  # fmt: skip
    begins = (np.arange(leads) + 0.5) * days / leads * 24 * HOUR
    return [_lead(number, at, studio, np.random.default_rng([seed, 1, number])) for number, at in enumerate(begins)]


def _lead(number, day, studio, rng):
    source = _pick(SOURCES, rng, lambda one: one[0])
    channel = _pick(CHANNELS, rng)
    others = [name for name in CHANNELS if name != channel]
    lead = Lead(number, _pick(LANGUAGES, rng), source, channel,
                str(rng.choice(others)) if rng.random() < SECOND_CHANNEL else channel,
                rng.normal(), rng.random() < 0.85, rng.random() < 0.7, rng.random() < 0.75,
                float(np.exp(rng.normal(np.log(4), 0.8))))  # fmt: skip
    at = np.floor(day / (24 * HOUR)) * 24 * HOUR + rng.triangular(7, 19, 23.5) * HOUR
    answered = _answered(at, studio, rng)
    lead.first_answer_hours = (answered - at) / HOUR
    fits = {"is_taught": lead.is_taught - 0.85, "fits_times": lead.fits_times - 0.7, "can_pay": lead.can_pay - 0.75,
            "distance_km": np.log(lead.distance_km / 4), "source": SOURCES[source][1]}  # fmt: skip
    lead.will = studio.luck - 1.0 + lead.interest - LATE * np.log2(max(lead.first_answer_hours, 1))
    lead.will += sum(studio.effects[name] * how for name, how in fits.items())
    _write(lead, at, rng, begins=True)
    lead.waits.append(Wait(at, round_value(lead.will, 0)))
    _talk(lead, answered, studio, rng)
    return lead


def _talk(lead, answered, studio, rng):
    """Turns from the studio's first answer on."""
    for turn in range(ROUNDS):
        _answer(lead, answered, rng)
        books, joins, asks = outcomes(lead.will, turn)
        lead.waits.append(Wait(answered, round_value(lead.will, turn) / (books + joins + asks), books + joins + asks,
                               pace(lead.will)))  # fmt: skip
        drawn, at = rng.random(), answered + _delay(lead.will, rng)
        if drawn < books:
            _trial(lead, at, studio, rng)
            return
        if drawn < books + joins:
            _joins(lead, at, studio, rng)
            return
        if drawn > books + joins + asks:
            _falls_silent(lead, answered, rng)
            return
        _write(lead, at, rng)
        if turn + 1 == ROUNDS:
            lead.waits.append(Wait(at, 0.0))
            return
        lead.waits.append(Wait(at, round_value(lead.will, turn + 1)))
        answered = _answered(at, studio, rng)


def _trial(lead, at, studio, rng, again=False):
    """A trial class is booked at `at`."""
    comes, joins, rebooks = after_booking(lead.will, again)
    lead.turns.append(Turn(at, "inbound", lead.second, ("book",)))
    lead.happened.append((at, "booked"))
    _answer(lead, _answered(at, studio, rng), rng, ("booked",))
    begins = (np.floor(at / (24 * HOUR)) + rng.integers(1, 6)) * 24 * HOUR + int(rng.choice([9, 12, 17, 18, 19])) * HOUR
    lead.trials.append(begins)
    lead.waits.append(Wait(at, trial_value(lead.will, again)))
    if rng.random() < comes:
        lead.happened.append((begins, "came"))
        lead.waits.append(Wait(begins, 1.0, joins, 2 * pace(lead.will)))
        if rng.random() < joins:
            _joins(lead, begins + 2 * _delay(lead.will, rng), studio, rng)
        return
    lead.happened.append((begins, "missed"))
    lead.waits.append(Wait(begins, trial_value(lead.will, True), rebooks, 3 * pace(lead.will)) if rebooks
                      else Wait(begins, 0.0))  # fmt: skip
    if rng.random() < rebooks:
        _trial(lead, begins + 3 * _delay(lead.will, rng), studio, rng, again=True)


def _joins(lead, at, studio, rng):
    lead.turns.append(Turn(at, "inbound", lead.second, ("join",)))
    lead.happened.append((at, "joined"))
    lead.waits.append(Wait(at, 1.0))
    _answer(lead, _answered(at, studio, rng), rng, ("welcome",))


def _falls_silent(lead, answered, rng):
    if rng.random() < OPTS_OUT:
        at = answered + rng.uniform(12, 96) * HOUR
        lead.turns.append(Turn(at, "inbound", lead.channel, ("stop",)))
        lead.happened.append((at, "opted out"))
        lead.waits.append(Wait(at, 0.0))


# parts --------------------------------------------------------------------------------------------
def _delay(will, rng):
    return HOUR * pace(will) * np.exp(SPREAD * rng.standard_normal())


def _answered(at, studio, rng):
    """When the studio answers what came at `at`: in its hours."""
    done = at + HOUR * studio.answer_hours * np.exp(rng.standard_normal())
    hour = done / HOUR % 24
    if OPENS <= hour < CLOSES:
        return float(done)
    opens = (np.floor(done / (24 * HOUR)) + (hour >= CLOSES)) * 24 * HOUR + OPENS * HOUR
    return float(opens + rng.exponential(0.5) * HOUR)


def _answer(lead, at, rng, intents=()):
    lead.turns.append(Turn(at, "outbound", lead.turns[-1].channel, intents or lead.turns[-1].intents))
    if rng.random() < 0.5 * expit(0.8 * lead.interest - 0.2):
        lead.clicks.append(at + rng.exponential(2) * HOUR)


def _write(lead, at, rng, begins=False):
    """A message of theirs: what it asks depends on interest, what it lets out on chance."""
    wanted = {"trial": expit(0.8 * lead.interest - 1.2), "price": expit(0.3 * lead.interest - 0.7),
              "timetable": expit(0.5 * lead.interest - 0.9), "location": 0.1, "level": 0.15}  # fmt: skip
    asked = tuple(name for name, chance in wanted.items() if rng.random() < chance)[:3]
    said = {fact for turn in lead.turns for fact in turn.tells}
    facts = [name for name in ("is_taught", "fits_times", "can_pay", "distance_km") if name not in said]
    tells = tuple(name for name in facts if rng.random() < (0.8 if begins and name == "is_taught" else REVEALED))
    lead.turns.append(Turn(float(at), "inbound", lead.channel if len(lead.turns) < 3 else lead.second,
                           asked or ("hello",), tells))  # fmt: skip


def _pick(options, rng, share=lambda one: one):
    shares = np.array([share(one) for one in options.values()])
    return str(rng.choice(list(options), p=shares / shares.sum()))
