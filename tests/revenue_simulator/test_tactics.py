from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.revenue_simulator.tactics import (
    ASSUMED,
    COST,
    MEASURED,
    MOST,
    TACTICS,
    WEEKS_A_MONTH,
    cover,
    cover_all,
    known,
)
from studiolab.schema import LEVERS

LARGEST = {"avg_ticket_price": 40, "new_members_monthly": 20, "total_classes_held": 80}


def names(chosen):
    return {tactic.action.split()[0] for tactic in chosen}


@pytest.mark.parametrize(
    ("lever", "change", "first_words", "covered", "cost"),
    [
        ("retention_rate", 0.015, {"Re-engagement"}, 1, 150),  # one low effort covers it
        ("retention_rate", 0.03, {"Check-in"}, 1, 450),  # one medium is cheaper than two
        ("retention_rate", 0.05, {"Re-engagement", "Check-in"}, 1, 600),  # as loyalty in its place, but sooner
        ("retention_rate", 0.14, {"Check-in", "Loyalty"}, 0.5, 900),  # two at most: 0.07 of 0.14
        ("avg_ticket_price", 20, {"Premium", "Peak"}, 1, 300),
        ("staff_utilization_rate", -0.02, {"Spread"}, 1, 150),
        ("staff_utilization_rate", 0.02, set(), 0, 0),  # both of its tactics point the other way
        ("upsell_rate", -0.05, set(), 0, 0),
        ("upsell_rate", 0.0, set(), 1, 0),
    ],
)
def test_the_cheapest_that_covers_a_change_is_chosen(lever, change, first_words, covered, cost):
    found = cover(lever, change)
    assert names(found.tactics) == first_words
    assert (found.covered, found.cost) == (pytest.approx(covered), cost)
    assert found.left == pytest.approx((1 - covered) * change)


def test_only_what_shows_within_the_months_is_chosen():
    assert names(cover("retention_rate", 0.07).tactics) == {"Check-in", "Loyalty"}
    assert names(cover("retention_rate", 0.07, months=1).tactics) == {"Re-engagement"}
    assert cover("retention_rate", 0.07, months=1).left == pytest.approx(0.05)


def test_a_measured_effect_takes_the_place_of_the_assumed_one_and_says_so():
    campaign = TACTICS["retention_rate"][0].action
    found = cover("retention_rate", 0.03, measured={campaign: 0.03})
    assert [(tactic.action, tactic.evidence) for tactic in found.tactics] == [(campaign, MEASURED)]
    assert {tactic.evidence for tactic in cover("retention_rate", 0.03).tactics} == {ASSUMED}


def test_a_tactic_that_was_measured_to_do_harm_is_never_chosen():
    campaign = TACTICS["retention_rate"][0].action
    assert campaign not in {t.action for t in cover("retention_rate", 0.9, measured={campaign: -0.01}).tactics}


@pytest.mark.parametrize(
    ("measured", "sentence"),
    [({"Dance": 0.1}, "measured effects name 'Dance'; known are Re-eng"),
     ({TACTICS["upsell_rate"][0].action: float("nan")}, "the measured effect of 'Consultative .* is nan")],
)  # fmt: skip
def test_a_measured_effect_that_is_none_is_refused(measured, sentence):
    with pytest.raises(ValueError, match=sentence):
        known(measured)


def test_a_change_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="the change of upsell_rate is nan; it must be a number"):
        cover("upsell_rate", float("nan"))


def test_every_lever_has_tactics_and_every_effort_a_price():
    assert set(TACTICS) == set(LEVERS)
    assert {tactic.effort for tactics in TACTICS.values() for tactic in tactics} <= set(COST)


def test_the_first_five_levers_of_a_plan_get_tactics():
    found = cover_all(dict.fromkeys(LEVERS, 0.01))
    assert list(found) == list(LEVERS[:5])


@given(st.sampled_from(LEVERS), st.floats(-1, 1), st.sampled_from([None, 1, 2, 3]))
def test_no_other_combination_covers_as_much_for_less(lever, share, months):
    """Judged by a plain search over every combination that points the right way and is ready in time."""
    change = share * LARGEST.get(lever, 0.2)
    found = cover(lever, change, months)
    assert 0 <= found.covered <= 1
    assert len(found.tactics) <= MOST
    if abs(change) < 1e-6:
        return
    assert all(tactic.effect * change > 0 for tactic in found.tactics)
    ready = [
        t for t in TACTICS[lever] if t.effect * change > 0 and (months is None or t.weeks < months * WEEKS_A_MONTH)
    ]
    for size in (0, 1, 2):
        for other in combinations(ready, size):
            covered = min(sum(t.effect for t in other) / change, 1)
            assert covered <= found.covered + 1e-9
            if covered > found.covered - 1e-9:
                assert sum(COST[t.effort] for t in other) >= found.cost
