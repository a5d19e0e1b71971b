import numpy as np
import pytest

from studiolab.studio_operations.timetable import tastes

# Two sets: a day with classes 0 and 1 (kinds 0, 1 at 9 and 18), and a day with class 0 alone.
OFFERS = tastes.Offers(
    first=np.array([0, 2]), set_of=np.array([0, 0, 1]), kind=np.array([0, 1, 0]), weekday=np.array([0, 0, 1]),
    hour=np.array([9, 18, 9]), kinds=2,
)  # fmt: skip


def chosen(pull, days, rng):
    """(people, 3) how often each class was taken, by the rule the module states."""
    found = np.zeros((len(pull), 3))
    for person, own in enumerate(pull):
        for classes in ([0, 1], [2]):
            weight = np.append(own[classes], 1.0)
            found[person, classes] += rng.multinomial(days, weight / weight.sum())[:-1]
    return found


def expected(every, own, days):
    run = tastes._Run(OFFERS, days, np.zeros((len(days), 3)))
    run.pull = run.plain(every, own)
    return run.expected()


def test_what_is_expected_is_the_share_of_the_day_that_a_pull_has():
    every = {term: np.ones(OFFERS.code(term)[1]) for term in tastes.EVERYBODY}
    own = {term: np.ones((1, OFFERS.code(term)[1])) for term in tastes.PERSON}
    own["rate"][:] = 2.0
    found = expected(every, own, np.array([[10.0, 6.0]]))
    assert found == pytest.approx(np.array([[4.0, 4.0, 4.0]]))  # 2/5 and 2/5 of ten days, 2/3 of six


def test_two_kinds_of_people_are_told_apart_and_what_they_do_is_nearer_the_truth_than_what_was_seen():
    rng, days = np.random.default_rng(0), np.full((200, 2), 20.0)
    pull = np.repeat([[0.4, 0.1, 0.4], [0.1, 0.4, 0.1]], 100, axis=0)
    taken = chosen(pull, 20, rng)
    every, own = tastes.fit(OFFERS, days, taken, 1.0)
    leaning = own["kind"][:, 0] / own["kind"][:, 1]
    assert leaning[:100].mean() > 1.5 * leaning[100:].mean()
    found = expected(every, own, days)
    truth = 20 * pull / np.stack([np.full(200, 1.5), np.full(200, 1.5), 1 + pull[:, 2]], axis=1)
    assert np.abs(found - truth).sum() < 0.85 * np.abs(taken - truth).sum()
    assert found.sum() == pytest.approx(taken.sum(), rel=0.02)


def test_rates_are_of_the_time_they_are_asked_for_and_leave_tastes_alone():
    rng, days = np.random.default_rng(1), np.full((20, 2), 200.0)
    taken = chosen(np.full((20, 3), 0.3), 200, rng)
    every, own = tastes.fit(OFFERS, days, taken, 1.0)
    half = taken / 2
    half[0] = 0.0
    own["rate"] = tastes.rates(OFFERS, days, half, every, own)
    found = expected(every, own, days).sum(axis=1)
    np.testing.assert_allclose(found[1:], half[1:].sum(axis=1), rtol=0.01)
    assert found[0] < 0.5


def test_who_took_one_class_is_drawn_to_what_others_like():
    days, taken = np.full((30, 2), 50.0), np.tile([5.0, 20.0, 5.0], (30, 1))
    days[0], taken[0] = 1.0, [1.0, 0.0, 0.0]
    every, own = tastes.fit(OFFERS, days, taken, 1.0)
    found = expected(every, own, days)
    assert found[0, 1] > found[0, 0]
