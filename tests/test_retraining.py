"""Retraining: a job in a process of its own that a restart finds, and a model that answers if it is better."""

import os
import signal
import threading
import time

import pandas as pd
import pytest

from studiolab.app import Busy, StudiolabError, UnknownJob, Workbench, core, retraining
from studiolab.app.jobs import GONE, this_process
from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.settings import Settings

STUDIO = "studio-001"
WHAT_IF = {"studio_id": STUDIO, "levers": {"upsell_rate": 0.3}}


@pytest.fixture
def bench(own):
    yield own
    for process in own._at_work:
        process.kill()
        process.wait()


def until(true, seconds=120):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def queued(bench, job_id="j", **request):
    """A job that waits for `retrain_now`, in this process."""
    bench.jobs.enter(job_id, "retrain", request, "ana", pd.Timedelta(minutes=1))
    return job_id


# the process --------------------------------------------------------------------------------------
def test_a_job_runs_in_a_process_of_its_own_and_says_where_it_is_and_how_it_ended(bench):
    accepted = bench.retrain({"retrain_strategy": "full", "studio_id": STUDIO}, "ana")
    assert accepted.status == "queued"
    assert accepted.estimated_completion.tzinfo is not None
    until(lambda: bench.retrain_job(accepted.job_id).status == "running")
    pid = int(bench.jobs.found(accepted.job_id)["process"].split()[1])
    assert pid == bench._at_work[0].pid != os.getpid()
    until(lambda: bench.retrain_job(accepted.job_id).status not in ("queued", "running"))
    done = bench.retrain_job(accepted.job_id)
    assert (done.status, done.progress, done.user_name) == ("done", 1.0, "ana")
    assert done.message == done.result.why == "Kept the present model: from the same data, the candidate is the same."
    assert done.result.candidate_version == done.result.present_version == bench.model.version
    assert [job.job_id for job in bench.retrain_jobs()] == [accepted.job_id]


def test_a_killed_job_is_found_interrupted_with_what_to_do_and_another_may_begin(bench):
    first = bench.retrain({}, "ana").job_id
    until(lambda: bench.retrain_job(first).status == "running")
    os.kill(bench._at_work[0].pid, signal.SIGKILL)
    after = Workbench(bench.settings)  # as after a restart
    until(lambda: after.retrain_job(first).status == "interrupted", 10)
    assert after.retrain_job(first).message == GONE
    assert after.retrain_job(first).finished_at is not None
    assert bench.forward(WHAT_IF).predictions
    second = bench.retrain({}, "ana").job_id
    assert bench.retrain_job(second).status in ("queued", "running")
    after.close()


def test_of_many_who_ask_at_once_one_gets_the_job_and_the_others_its_name(bench):
    others = [Workbench(bench.settings) for _ in range(3)]
    got, refused = [], []

    def ask(one):
        try:
            got.append(one.retrain({}, "ana").job_id)
        except Busy as error:
            refused.append(str(error))

    threads = [threading.Thread(target=ask, args=(one,)) for one in (bench, *others) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)
    assert all(f"job {got[0]} is at work already" in sentence for sentence in refused)
    for one in others:
        bench._at_work += one._at_work
        one.close()


@pytest.mark.parametrize(
    ("process", "seen", "status"),
    [("here", "1h", "queued"), (None, "10s", "queued"), (None, "2min", "interrupted"),
     ("elsewhere 1 2.00", "5min", "queued"), ("elsewhere 1 2.00", "11min", "interrupted")],
)  # fmt: skip
def test_a_job_is_given_up_when_its_process_cannot_be_there_any_more(bench, process, seen, status):
    named = this_process() if process == "here" else process
    job_id = queued(bench)
    row = bench.db.read("jobs").assign(process=named, seen_at=pd.Timestamp.now("UTC") - pd.Timedelta(seen))
    bench.db.write("jobs", row)
    assert bench.jobs.found(job_id)["status"] == status


def test_a_process_that_got_the_number_of_one_that_is_gone_is_not_taken_for_it(bench):
    job_id = queued(bench)
    machine, pid, _ = this_process().split()
    bench.jobs.change(job_id, process=f"{machine} {pid} 1.00")
    assert bench.jobs.found(job_id)["status"] == "interrupted"


def test_a_job_that_was_given_up_does_nothing_when_it_comes_after_all(bench, monkeypatch):
    job_id = queued(bench)
    bench.jobs.change(job_id, status="interrupted")
    monkeypatch.setattr(retraining.retraining, "train", None)
    bench.retrain_now(job_id)
    assert bench.jobs.found(job_id)["status"] == "interrupted"


# what comes of it ---------------------------------------------------------------------------------
def test_a_better_candidate_answers_from_then_on_in_every_process_until_the_data_change(bench, monkeypatch):
    other = Workbench(bench.settings)
    before, told = other.model.version, other.told("inverse", {"studio_id": STUDIO, "target_revenue": 45_000.0})
    monkeypatch.setattr(retraining.retraining, "decision", lambda found: (True, "Promoted: so the test wants it."))
    bench.retrain_now(queued(bench, retrain_strategy="incremental", include_latest_months=1))
    job = bench.retrain_job("j")
    assert (job.status, job.result.promoted, job.result.present_version) == ("done", True, before)
    assert job.result.judged.predictions > 0
    assert other.model.version == job.result.candidate_version != before
    assert other.recipe == {"strategy": "incremental", "months": 1}
    assert other.told("inverse", {"studio_id": STUDIO, "target_revenue": 45_000.0}) != told
    entry = other.ledger.entries(actions=["model promoted"])[-1]
    assert (entry["actor"], entry["model_version"]) == ("retraining", job.result.candidate_version)
    metrics = bench.db.read("monthly_metrics", "till")
    bench.db.write("monthly_metrics", metrics.assign(total_revenue=metrics["total_revenue"] + 1))
    assert other.recipe == {"strategy": "incremental", "months": 1}
    assert other.model.version not in (before, job.result.candidate_version)
    assert other.recipe == core.FULL
    other.close()


def test_a_candidate_of_data_that_changed_meanwhile_is_not_promoted(bench, monkeypatch):
    def late(found):
        metrics = bench.db.read("monthly_metrics", "till")
        bench.db.write("monthly_metrics", metrics.assign(total_revenue=metrics["total_revenue"] + 1))
        return True, "Promoted."

    monkeypatch.setattr(retraining.retraining, "decision", late)
    bench.retrain_now(queued(bench, retrain_strategy="incremental", include_latest_months=1))
    result = bench.retrain_job("j").result
    assert (result.promoted, result.why[:52]) == (False, "Kept the present model: the data changed meanwhile; ")
    assert bench.db.read("model_performance").empty


def test_a_training_that_fails_says_why_and_changes_nothing(bench, monkeypatch):
    monkeypatch.setattr(retraining.retraining, "train", lambda *_, **__: {}["gone"])
    with pytest.raises(KeyError):
        bench.retrain_now(queued(bench))
    job = bench.retrain_job("j")
    assert (job.status, job.message) == ("failed", "Nothing was changed: 'gone'")


def test_a_wrong_request_begins_nothing(bench, tmp_path):
    with pytest.raises(UnknownStudio, match="no studio 'nobody'; there are 4: studio-001"):
        bench.retrain({"studio_id": "nobody"}, "ana")
    with pytest.raises(ValueError, match="less than or equal to 12"):
        bench.retrain({"include_latest_months": 13}, "ana")
    with pytest.raises(UnknownJob, match="no job 'x'"):
        bench.retrain_job("x")
    empty = Workbench(Settings(STUDIOLAB_HOME=tmp_path / "empty", DATABASE_URL=""))
    with pytest.raises(StudiolabError, match="There are no monthly figures to learn from"):
        empty.retrain({}, "ana")
    assert bench.retrain_jobs() == []
    empty.close()
