"""A chain of studios through the years: owners set levers, `mechanism.step` answers."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.world import raw
from studiolab.world.mechanism import LEVERS, Chance, Event, Traits, step
from studiolab.world.studios import draw_studios

SPAN = 60
MEMBER_GROWTH = ((24, 0.038, 0.022), (48, -0.0018, -0.0018), (SPAN, -0.0016, -0.0016))  # until month, first, last
PRICE_GROWTH = ((24, 0.012, 0.009), (48, 0.0020, 0.0020), (SPAN, 0.0008, 0.0008))
EXPLORED = {"retention": 0.012, "price": 0.035, "attendance": 0.03, "joins": 0.10, "utilization": 0.03,
            "upsell": 0.025, "classes": 0.06}  # fmt: skip
SHOCK = {"joins": -0.6, "visits": -0.45, "stay": -0.35, "demand": -0.10}
OWN_EVENTS = (
    {"classes": -0.6, "visits": -0.4},
    {"joins": 0.45, "demand": 0.03},
    {"joins": -0.35, "stay": -0.4, "demand": -0.05},
)


@dataclass
class Chain:
    """A simulated studio chain: what anyone may see, and the hidden truth behind it.

    studios, monthly_metrics, lever_plan : the tables of `schema`
    traits, states, outcomes : hidden; states[t] opens month t, states[-1] follows the last month
    outlier : (months, n) bool, the shared shock and each studio's own event
    """

    studios: pd.DataFrame
    monthly_metrics: pd.DataFrame
    lever_plan: pd.DataFrame
    traits: Traits
    states: list
    outcomes: list
    outlier: np.ndarray
    months: pd.DatetimeIndex
    seed: int

    def studio(self, studio_id):
        """The same chain cut to one studio. Raises KeyError naming the ids there are."""
        ids = list(self.studios["studio_id"])
        if studio_id not in ids:
            raise KeyError(f"no studio {studio_id!r} in this chain; it has {ids[0]} to {ids[-1]}")
        return self._cut([ids.index(studio_id)])

    def until(self, month):
        """The same chain as it stood after `month` (YYYY-MM): nothing later is in it."""
        end = pd.Timestamp(month).replace(day=1)
        kept = int((self.months <= end).sum())
        return replace(
            self,
            monthly_metrics=self.monthly_metrics[self.monthly_metrics["month_year"] <= end].reset_index(drop=True),
            lever_plan=self.lever_plan[self.lever_plan["month"] <= end].reset_index(drop=True),
            states=self.states[: kept + 1], outcomes=self.outcomes[:kept],
            outlier=self.outlier[:kept], months=self.months[:kept],
        )  # fmt: skip

    def raw(self, studio_id):
        """Members, plans, products, orders, class sessions, visits and instructors of one studio.

        Drawn on demand and the same each time; they add up to the studio's monthly_metrics.
        Returns dict of DataFrames, tables of `schema`.
        """
        return raw.tables(self.studio(studio_id))

    def _cut(self, index):
        ids = set(self.studios["studio_id"].iloc[index])
        return replace(
            self,
            studios=self.studios.iloc[index].reset_index(drop=True),
            monthly_metrics=self.monthly_metrics[self.monthly_metrics["studio_id"].isin(ids)].reset_index(drop=True),
            lever_plan=self.lever_plan[self.lever_plan["studio_id"].isin(ids)].reset_index(drop=True),
            traits=self.traits.take(index), states=[s.take(index) for s in self.states],
            outcomes=[{k: v[index] for k, v in o.items()} for o in self.outcomes], outlier=self.outlier[:, index],
        )  # fmt: skip


def make_chain(studios=12, months=SPAN, seed=7, variant=False, end="2026-10"):
    """A studio chain whose truth is known.

    studios : int, how many; months : int, length of history; end : last month, YYYY-MM;
    variant : bool, adds referrals, delayed price reaction, workload, cannibalised drop-ins and
    upsell saturation, which no model is told of. Returns Chain.
    """
    rng = np.random.default_rng(seed)
    calendar = pd.period_range(end=pd.Period(end, "M"), periods=months, freq="M").to_timestamp()
    table, traits, state, usual = draw_studios(studios, rng, calendar[0], variant)
    owner = _Owner(usual, state, months, rng)
    events, outlier = _draw_events(studios, months, rng)
    chance, states, plans, outcomes = Chance(rng), [state], [], []
    for t, month in enumerate(calendar):
        plans.append(owner.plan(t, states[-1]))
        state, outcome = step(states[-1], plans[-1], traits, month.month, events[t], chance)
        states.append(state)
        outcomes.append(outcome)
    metrics = raw.monthly_metrics(table, calendar, outcomes, traits)
    plan = _plan_table(table, calendar, plans)
    return Chain(table, metrics, plan, traits, states, outcomes, outlier, calendar, seed)


class _Owner:
    """Sets levers: a growth path, levels tried out for a while, mild reaction to how it went."""

    def __init__(self, usual, state, months, rng):
        n = len(state.settled)
        pace = rng.normal(1, 0.06, n)
        self.usual, self.start = usual, state.members
        self.target = self.start * np.exp(np.outer(_path(MEMBER_GROWTH, months), pace))
        self.price_path = np.exp(np.outer(_path(PRICE_GROWTH, months), pace))
        self.tried = {lever: spread * _held_levels(months, n, rng) for lever, spread in EXPLORED.items()}
        self.review = rng.integers(0, 4, n)
        self.price = usual["price"]

    def plan(self, t, state):
        usual, tried, members = self.usual, {k: v[t] for k, v in self.tried.items()}, state.members
        due = (t + self.review) % 4 == 0
        self.price = np.where(
            due, np.rint(usual["price"] * self.price_path[t] * np.exp(tried["price"]) / 100) * 100, self.price
        )
        previous = self.target[t - 1] if t else self.start
        joins = (self.target[t] - 0.902 * previous) * np.clip(previous / members, 0.75, 1.35)
        classes = usual["classes"] * (members / self.start) ** 0.9 * (1 + 0.4 * np.maximum(state.crowding - 0.8, 0))
        progress = min(t / SPAN, 1)
        return {
            "retention": np.clip(usual["retention"] + 0.004 * progress + tried["retention"], 0.87, 0.965),
            "price": self.price * 1.0,
            "attendance": np.clip(usual["attendance"] + tried["attendance"], 0.5, 0.9),
            "joins": np.maximum(joins * np.exp(tried["joins"]), 6),
            "utilization": np.clip(usual["utilization"] + tried["utilization"], 0.65, 0.95),
            "upsell": np.clip(usual["upsell"] * (0.9 + 0.2 * progress) + tried["upsell"], 0.08, 0.42),
            "classes": classes * np.exp(tried["classes"]),
        }


def _path(phases, months):
    """Cumulated log growth: each phase slides from its first to its last monthly rate."""
    rates, start = [], 0
    for until, first, last in phases:
        rates += list(np.linspace(first, last, until - start))
        start = until
    rates += [rates[-1]] * max(0, months - len(rates))
    return np.cumsum(rates[:months])


def _held_levels(months, n, rng):
    """(months, n) standard levels that hold for a while: an AR(1) with memory 0.85."""
    levels = np.empty((months, n))
    levels[0] = rng.standard_normal(n)
    for t in range(1, months):
        levels[t] = 0.85 * levels[t - 1] + np.sqrt(1 - 0.85**2) * rng.standard_normal(n)
    return levels


def _draw_events(n, months, rng):
    """Two months of shared shock in year three and one own month each; list of Event, (months, n) bool."""
    shift = {f.name: np.zeros((months, n)) for f in fields(Event)}
    outlier = np.zeros((months, n), bool)
    shock = int(rng.integers(27, 32))
    depth = np.exp(rng.normal(0, 0.15, n))
    for offset, strength in enumerate((1.0, 0.5)):
        if shock + offset < months:
            outlier[shock + offset] = True
            for name, size in SHOCK.items():
                shift[name][shock + offset] += size * strength * depth
    own = rng.integers(6, max(months - 6, 7), n)
    kind = rng.integers(len(OWN_EVENTS), size=n)
    for i in np.flatnonzero(own < months):
        outlier[own[i], i] = True
        for name, size in OWN_EVENTS[kind[i]].items():
            shift[name][own[i], i] += size
    return [Event(**{name: values[t] for name, values in shift.items()}) for t in range(months)], outlier


def _plan_table(studios, calendar, plans):
    n = len(studios)
    columns = dict(zip(LEVERS, schema.LEVERS, strict=True))
    frame = pd.DataFrame({
        "studio_id": np.tile(studios["studio_id"], len(calendar)),
        "month": np.repeat(calendar, n),
        **{column: np.concatenate([plan[lever] for plan in plans]) for lever, column in columns.items()},
        "currency": np.tile(studios["currency"], len(calendar)),
    })  # fmt: skip
    frame["avg_ticket_price"] = np.rint(frame["avg_ticket_price"]).astype(int)
    return frame.sort_values(["studio_id", "month"], ignore_index=True)
