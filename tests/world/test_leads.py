import numpy as np
import pytest

from studiolab.world.leads import HOUR, Studio, make_leads


def test_the_same_seed_gives_the_same_people_and_more_of_them_change_none():
    few, many = make_leads(5, 20, days=5), make_leads(5, 40, days=10)
    assert [lead.turns for lead in few] == [lead.turns for lead in many[:20]]
    assert make_leads(6, 20, days=5)[0].turns != few[0].turns


def test_the_true_chance_comes_true_whenever_it_is_asked():
    rng, told, came = np.random.default_rng(1), [], []
    for seed in range(6):
        for lead in make_leads(seed, 500):
            at = lead.began + HOUR * np.exp(rng.uniform(-1, 6.5))
            if not any(when <= at and what == "joined" for when, what in lead.happened):
                told.append(lead.chance(at))
                came.append(lead.converted)
    told, came = np.array(told), np.array(came)
    for group in np.array_split(np.argsort(told), 8):
        spread = np.sqrt((told[group] * (1 - told[group])).sum()) + 1
        assert abs(told[group].sum() - came[group].sum()) < 3.5 * spread


def test_a_studio_that_answers_late_loses_leads():
    effects = make_effects()
    prompt, late = (np.mean([lead.converted for lead in make_leads(3, 1500, studio=Studio(hours, 0.0, effects))])
                    for hours in (0.2, 20.0))  # fmt: skip
    assert prompt > late + 0.03


def test_silence_lowers_the_chance_and_joining_settles_it():
    for lead in make_leads(2, 200):
        end = lead.turns[-1].at + 60 * 24 * HOUR
        if lead.converted:
            assert lead.chance(end) == 1
        else:
            assert lead.chance(end) < 0.05
            assert lead.chance(lead.began) > lead.chance(end)


def test_turns_are_in_order_and_some_people_use_two_channels():
    leads = make_leads(4, 400)
    assert all(np.diff([turn.at for turn in lead.turns]).min(initial=0) >= 0 for lead in leads)
    two = np.mean([len({turn.channel for turn in lead.turns}) > 1 for lead in leads])
    assert two == pytest.approx(0.04, abs=0.03)


def make_effects():
    from studiolab.world.leads import EFFECTS

    return dict(EFFECTS)
