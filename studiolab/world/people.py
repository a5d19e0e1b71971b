"""Who the members of one studio are: joining, habits, moods and leaving, month by month.

Months count from the first month of history (0); earlier ones are negative. Every draw of a month
depends on that month and the past alone, so a longer history never changes a shorter one.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

NEVER = 10**6
PLANS = ("4", "8", "unlimited")
UNLIMITED = 2
CREDITS = np.array([4, 8, NEVER])
PLAN_WEIGHT = np.array([0.68, 0.95, 1.35])
FAVOURITE_HOURS = (7, 9, 12, 17, 18, 19)
HOUR_SHARE = (0.22, 0.13, 0.10, 0.17, 0.24, 0.14)
MOOD_MEMORY, MOOD_NOISE = 0.8, 0.22

FIRST_NAMES = (
    "Ada Aisha Alma Amir Ana Ben Bruno Carla Chen Clara Dana Diego Elif Emma Farah Felix Gia Hana Hugo Ines Ivan Jonas "
    "June Kofi Lara Leo Lina Luca Maya Milo Mina Nadia Noah Nora Omar Otto Priya Rafa Rosa Sam Sana Tara Theo Uma Yuki "
    "Zoe"
).split()
LAST_NAMES = (
    "Abbas Adler Baker Berg Brandt Castro Cohen Costa Diaz Evans Fischer Flores Garcia Gupta Haas Hughes Ito Jensen "
    "Kaya Khan Klein Lang Lee Lopez Meyer Mori Nguyen Novak Okafor Olsen Park Patel Quinn Reyes Rossi Sato Silva Singh "
    "Stone Tran Vega Wagner Walsh Weber Young Zhang"
).split()


@dataclass
class People:
    """Members of one studio in order of joining; arrays of one entry (row) a person."""

    joined: np.ndarray  # month
    left: np.ndarray  # month, or NEVER
    day: np.ndarray  # day of the month of joining and, from then on, of paying
    plan: np.ndarray  # index into PLANS
    rate: np.ndarray  # visits a month wished for in a usual mood
    hour: np.ndarray  # favourite hour
    weekday_taste: np.ndarray  # (n, 7), logs
    type_taste: np.ndarray  # (n, class types), logs
    mood: np.ndarray  # (n, months), log of the wish to come against usual
    name: np.ndarray
    email_consent: np.ndarray
    text_consent: np.ndarray

    def present(self, t):
        """Index of who is a member on some day of month t."""
        return np.flatnonzero((self.joined <= t) & (self.left >= t))

    def paying(self, t):
        """Index of who is a member at the end of month t; they pay for it."""
        return np.flatnonzero((self.joined <= t) & (self.left > t))


def draw_people(state, flows, opened, types, rng):
    """People whose joining and leaving follow the hidden outcomes exactly.

    state : State of one studio (n=1) before its first month
    flows : dict of whole numbers a month: joined (months,), kept_settled (months,), kept_fresh (months, 3)
    opened : int, month of opening, < -4; types : int, how many class types there are
    rng : function of (part, month) to a Generator
    """
    fresh = state.fresh[0].astype(int)
    opening = rng("people", -1)
    joined = [np.sort(opening.integers(opened, -3, int(state.settled[0]))), np.repeat([-3, -2, -1], fresh[::-1])]
    blocks = [_habits(sum(map(len, joined)), types, opening)]
    for t, count in enumerate(flows["joined"]):
        joined.append(np.full(count, t))
        blocks.append(_habits(count, types, rng("people", t)))
    joined = np.concatenate(joined)
    habits = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    mood = _moods(joined, len(flows["joined"]), rng)
    return People(joined=joined, left=_leave(joined, mood, habits["rate"], flows, rng), mood=mood, **habits)


def _habits(n, types, rng):
    rate = np.exp(rng.normal(np.log(7), 0.45, n))
    guess = rate * np.exp(rng.normal(0, 0.25, n))
    names = zip(rng.choice(FIRST_NAMES, n), rng.choice(LAST_NAMES, n), strict=True)
    return {
        "day": rng.integers(1, 32, n),
        "plan": np.digitize(guess, (4.8, 8.5)),
        "rate": rate,
        "hour": rng.choice(FAVOURITE_HOURS, n, p=HOUR_SHARE),
        "weekday_taste": rng.normal(0, 1.0, (n, 7)),
        "type_taste": rng.normal(0, 1.0, (n, types)),
        "name": np.array([f"{first} {last}" for first, last in names], dtype=object),
        "email_consent": rng.random(n) < 0.8,
        "text_consent": rng.random(n) < 0.45,
    }


def _moods(joined, months, rng):
    """(n, months) moods that wander and come back; zero until the month of joining."""
    mood, now = np.zeros((len(joined), months)), np.zeros(len(joined))
    for t in range(months):
        here = joined <= t
        now[here] = MOOD_MEMORY * now[here] + MOOD_NOISE * rng("moods", t).standard_normal(here.sum())
        mood[:, t] = now
    return mood


def _leave(joined, mood, rate, flows, rng):
    """Month of leaving: as many of each tenure as the flows say, those who come least rather than others."""
    left = np.full(len(joined), NEVER)
    for t in range(mood.shape[1]):
        noise = rng("leaving", t).gumbel(size=(joined < t).sum())
        stays = mood[: len(noise), t] + 0.5 * np.log(rate[: len(noise)]) + 0.7 * noise
        open_now = left[: len(noise)] == NEVER
        tenure = t - joined[: len(noise)]
        for group, kept in [(tenure > 3, flows["kept_settled"][t])] + [
            (tenure == age, flows["kept_fresh"][t, age - 1]) for age in (1, 2, 3)
        ]:
            members = np.flatnonzero(group & open_now)
            left[members[np.argsort(stays[members])[: len(members) - kept]]] = t
    return left


def day_in(month, day):
    """datetime64[D] of a day of the month, the last one where the month is shorter; month is datetime64[M]."""
    first = month.astype("datetime64[D]")
    length = ((month + 1).astype("datetime64[D]") - first).astype(int)
    return first + np.minimum(day, length) - 1


def members_table(people, house):
    """Table `members`; a membership ends on the day its next payment would have been due."""
    gone = people.left < NEVER
    left = np.full(len(gone), np.datetime64("NaT"), "datetime64[D]")
    left[gone] = day_in(house.months[0] + people.left[gone], people.day[gone])
    handles = pd.Series(people.name).str.lower().str.replace(" ", ".")
    numbers = range(1, len(gone) + 1)
    return pd.DataFrame({
        "studio_id": house.studio_id,
        "member_id": house.member_ids(range(len(gone))),
        "member_name": people.name,
        "email": [f"{handle}.{number}@example.com" for number, handle in zip(numbers, handles, strict=True)],
        "phone": [f"+1555{number:07d}" for number in numbers],
        "joined_at": house.instants(day_in(house.months[0] + people.joined, people.day)),
        "left_at": house.instants(left),
        "plan_id": np.array(PLANS, dtype=object)[people.plan],
        "email_consent": people.email_consent,
        "text_consent": people.text_consent,
    })  # fmt: skip


def plans_table(prices, house):
    """Table `plans`; prices : dict of plan to minor units."""
    return pd.DataFrame({
        "studio_id": house.studio_id,
        "plan_id": PLANS,
        "plan_name": ["4 classes a month", "8 classes a month", "Unlimited"],
        "classes_per_month": pd.array([4, 8, None], dtype="Int64"),
        "price": [prices[plan] for plan in PLANS],
        "currency": house.currency,
    })  # fmt: skip
