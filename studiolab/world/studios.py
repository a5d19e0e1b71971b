"""Who the studios are: names, types, sizes and the traits that `mechanism.step` reads."""

import numpy as np
import pandas as pd

from studiolab.world.mechanism import UPSELL_MEMORY, State, Traits

#            share, usual ticket in cents, spots a class
KINDS = {
    "Yoga": (0.28, 11500, 15),
    "Pilates": (0.22, 14500, 12),
    "CrossFit": (0.17, 15500, 15),
    "Wellness": (0.13, 12500, 13),
    "Boutique Fitness": (0.20, 13500, 16),
}
PLACES = (
    ("Austin, TX", "America/Chicago"),
    ("Portland, OR", "America/Los_Angeles"),
    ("Denver, CO", "America/Denver"),
    ("Boston, MA", "America/New_York"),
    ("Tucson, AZ", "America/Phoenix"),
    ("Tampa, FL", "America/New_York"),
)
NAMES = [
    "Harbor",
    "Juniper",
    "Northside",
    "Linden",
    "Copper",
    "Mill Street",
    "Riverbend",
    "Solstice",
    "Granite",
    "Orchard",
]

VARIANT = {"referral": 0.12, "delayed_price": 0.7, "workload": 1.5, "cannibalised": 0.8, "saturation": 1.2}


def draw_studios(n, rng, first_month, variant=False):
    """n studios: table `studios`, their Traits, opening State and usual lever levels.

    first_month : Timestamp of the first month of history; variant : bool, switches on the
    mechanisms that no model is told of. Returns (DataFrame, Traits, State, dict of (n,)).
    """
    kind = rng.choice(list(KINDS), n, p=[share for share, _, _ in KINDS.values()])
    place = rng.integers(len(PLACES), size=n)
    members = np.rint(np.clip(rng.normal(150, 20, n), 108, 200))
    size = (members - 150) / 20
    dear = rng.standard_normal(n)
    usual = _usual_levers(kind, members, size, dear, rng)
    spots = np.array([KINDS[k][2] for k in kind]) + rng.integers(-1, 3, n)
    traits = _traits(n, rng, usual, members, spots, variant)
    state = _opening_state(members, traits, usual)
    table = pd.DataFrame({
        "studio_id": [f"studio-{i + 1:03d}" for i in range(n)],
        "studio_name": [f"{NAMES[i % len(NAMES)]} {k}" for i, k in enumerate(kind)],
        "studio_type": kind,
        "location": [PLACES[p][0] for p in place],
        "opening_date": first_month - pd.to_timedelta(rng.integers(200, 900, n), "D"),
        "square_footage": np.rint(rng.normal(3600, 600, n)).clip(1500).astype(int),
        "max_capacity": spots * 2,
        "currency": "USD",
        "timezone": [PLACES[p][1] for p in place],
    })  # fmt: skip
    return table, traits, state, usual


def _usual_levers(kind, members, size, dear, rng):
    n = len(kind)
    price = np.array([KINDS[k][1] for k in kind]) * np.exp(0.08 * dear)
    return {
        "retention": np.clip(0.926 + 0.008 * size - 0.010 * dear + rng.normal(0, 0.006, n), 0.90, 0.948),
        "price": price,
        "attendance": np.clip(rng.normal(0.70, 0.04, n), 0.58, 0.80),
        "joins": members * 0.1,
        "utilization": np.clip(rng.normal(0.79, 0.03, n), 0.70, 0.88),
        "upsell": np.clip(rng.normal(0.23, 0.03, n), 0.15, 0.33),
        "classes": members * np.clip(rng.normal(0.80, 0.06, n), 0.68, 0.95),
    }


def _traits(n, rng, usual, members, spots, variant):
    def around(mean, spread):
        return mean * np.exp(rng.normal(0, spread, n) - spread**2 / 2)

    per_member = usual["classes"] / members
    hidden = {name: np.full(n, value if variant else 0.0) for name, value in VARIANT.items()}
    return Traits(
        spots_per_class=spots.astype(float),
        visits_per_member=usual["attendance"] * per_member * spots,
        usual_fill=usual["attendance"],
        usual_classes_per_member=per_member,
        usual_price=usual["price"],
        usual_upsell=usual["upsell"],
        join_amplitude=around(1.0, 0.2),
        visit_amplitude=around(1.0, 0.2),
        join_price_slope=around(1.1, 0.2),
        stay_price_slope=around(1.6, 0.2),
        stay_effect=rng.normal(0, 0.08, n),
        upsell_effect=rng.normal(0, 0.08, n),
        hours_per_instructor=np.rint(around(20, 0.08)),
        drop_in_share=np.clip(around(0.10, 0.2), 0.05, 0.2),
        drop_in_price=np.rint(around(16, 0.12)) * 100,
        intro_conversion=np.clip(rng.normal(0.6, 0.05, n), 0.45, 0.75),
        intro_price=np.rint(around(45, 0.15)) * 100,
        retail_per_member=np.rint(around(28, 0.2)) * 100,
        upsell_value=np.rint(around(48, 0.12)) * 100,
        **hidden,
    )


def _opening_state(members, traits, usual):
    fresh = np.rint(np.outer(members, (0.09, 0.08, 0.07)))
    zero = np.zeros(len(members))
    return State(
        settled=members - fresh.sum(axis=1), fresh=fresh, demand=zero, reference_price=usual["price"].copy(),
        crowding=traits.usual_fill.copy(), price_shock=zero, fatigue=zero, upsold=usual["upsell"] / (1 - UPSELL_MEMORY),
    )  # fmt: skip
