import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from studiolab.bench import leads, leads_bank, leads_world


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_is_that_of_scikit_learn(drawn):
    told, came = (np.array(part) for part in zip(*drawn, strict=True))
    if came.all() or not came.any():
        assert np.isnan(leads.auc(told, came))
    else:
        assert leads.auc(told, came) == pytest.approx(roc_auc_score(came, told))


def test_the_calibration_error_is_the_mean_distance():
    told, came = np.repeat([0.2, 0.6], 50), np.repeat([False, True], 50)
    assert leads.calibration_error(told, came) == pytest.approx(0.3)


def test_in_worlds_the_score_tells_more_than_counting_messages_and_less_than_the_truth():
    cases = pd.concat([leads_world.world_cases(seed, 200, 200).assign(world=seed) for seed in (1, 2, 3)])
    found = leads.rows(cases, "world", leads_world.MODELS, "w", [("AUC", leads.auc_within)])
    value = {row["model"]: row["value"] for row in found}
    assert value["number of messages"] < value[leads_world.OURS] < value["true chance"]
    assert all(row["low"] <= row["value"] <= row["high"] for row in found)


def test_without_data_the_bank_is_skipped_and_says_so():
    told = leads.table(seeds=(1, 2), learned=(150,))
    assert told["model"].iloc[-1] == "skipped: no data"
    assert not told["reached"].iloc[-1]


@pytest.fixture
def calls():
    """Calls of 300 days: who converts depends on the loan and on the season, which turns on day 200."""
    rng = np.random.default_rng(1)
    days = np.sort(rng.integers(0, 300, 3000))
    dates = pd.Timestamp("2008-05-05") + pd.to_timedelta(days, "D")
    frame = pd.DataFrame(dict.fromkeys(leads_bank.CATEGORIES, "a"), index=range(3000)).assign(
        loan=np.where(rng.random(3000) < 0.5, "yes", "no"), contact=rng.choice(["cell", "home"], 3000),
        age=rng.integers(20, 70, 3000), balance=0, campaign=1, pdays=-1, previous=0, duration=1, day=dates.day,
        month=dates.strftime("%b").str.lower(),
    )  # fmt: skip
    chance = np.where(frame["loan"] == "no", 0.3, 0.1) * np.where(days > 200, 2, 1)
    return frame.assign(y=np.where(rng.random(3000) < chance, "yes", "no")), dates


def test_the_year_is_read_off_the_order_of_months_and_the_length_of_the_call_is_not_looked_at(calls, tmp_path):
    frame, dates = calls
    frame.to_csv(tmp_path / "calls.csv", index=False)
    read = leads_bank.read(tmp_path / "calls.csv")
    assert list(read["at"]) == list(dates)
    assert "duration" not in read


def test_what_is_told_of_a_day_does_not_change_with_what_comes_of_it(calls, tmp_path):
    frame, _ = calls
    frame.to_csv(tmp_path / "calls.csv", index=False)
    read = leads_bank.read(tmp_path / "calls.csv")
    since = read["at"].iloc[2400]
    turned = read.assign(converted=read["converted"] ^ (read["at"] >= since))

    def day(leads_):
        return leads_bank.told(leads_, since, again=False).query("at == @since")[list(leads_bank.MODELS)]

    pd.testing.assert_frame_equal(day(read), day(turned))
    found = leads_bank.told(read, since)
    assert leads.auc(found[leads_bank.OURS].to_numpy(), found["converted"].to_numpy()) > 0.6
    assert (found["at"] >= since).all()
    assert len(found) == (read["at"] >= since).sum()
