"""Experiments in a workbench: begun, clients exposed once, reported, stopped; nothing lost where many write."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from studiolab.product_recommender.experiment.trial import UnknownExperiment, assign

from .small_studio import open_small, small

NOW = pd.Timestamp.now("UTC").floor("s")
DAY = pd.Timedelta(days=1)
ASKED = {"name": "Mat offer", "smallest_lift": 0.05, "product_id": "mat", "clients": 400, "window_days": 14}
WRITER = """
import sys
from pathlib import Path
from tests.app.small_studio import open_small
bench, (which, first, count) = open_small(Path(sys.argv[1])), sys.argv[2:5]
for n in range(int(first), int(first) + int(count)):
    (one,) = bench.expose(which, [f"m{n % 400}"]).exposed
    print(one.client_id, one.arm, one.exposed_at.isoformat(), flush=True)
"""


def member(n, agreed=True):
    return {"studio_id": "oak", "member_id": f"m{n}", "member_name": f"Member {n}", "email_consent": agreed,
            "text_consent": False}  # fmt: skip


def order(number, client, at, amount=5000, product="mat", status="paid"):
    return {"studio_id": "oak", "line_id": f"l{number}", "order_id": f"o{number}", "customer_id": client,
            "product_id": product, "amount": amount, "currency": "EUR", "status": status, "created_at": at}  # fmt: skip


@pytest.fixture
def bench(tmp_path):
    """400 members who agreed and one who did not; orders are known up to now, so that all is known of every window."""
    goods = [{"studio_id": "oak", "product_id": "mat", "product_name": "Mat", "revenue_kind": "retail", "price": 5000,
              "cost": 3000, "currency": "EUR"}]  # fmt: skip
    bench = small(
        tmp_path,
        members=[*map(member, range(400)), member("no", agreed=False)],
        products=goods,
        orders=[order("first", "m0", NOW - 200 * DAY), order("last", "somebody", NOW - 2 * pd.Timedelta(seconds=1))],
    )
    yield bench
    bench.close()


def begun(bench, days_ago=60, **asked):
    """Id of an experiment that began some days ago."""
    told = bench.begin_experiment("oak", ASKED | asked, "ana")
    row = bench.db.read("experiments", experiment_id=told.experiment_id)
    bench.db.write("experiments", row.assign(started_at=NOW - days_ago * DAY))
    return told.experiment_id


def test_an_experiment_is_begun_listed_and_stopped_and_the_ledger_says_so(bench):
    told = bench.begin_experiment("oak", ASKED, "ana")
    assert (told.experiment_id, told.control, told.clients, told.stopped_at) == ("mat-offer-1", "holdout", 400, None)
    assert bench.begin_experiment("oak", ASKED, "ana").experiment_id == "mat-offer-2"
    bench.expose("mat-offer-1", ["m1", "m2"])
    ended = bench.stop_experiment("mat-offer-1", "ben", "enough")
    assert (ended.stop_note, ended.exposed) == ("enough", 2)
    listed = {one.experiment_id: one for one in bench.experiments("oak")}
    assert {name: (one.exposed, one.stopped_at is None) for name, one in listed.items()} == {
        "mat-offer-1": (2, False), "mat-offer-2": (0, True)}  # fmt: skip
    actions = [(entry["actor"], entry["action"]) for entry in bench.ledger.entries("oak")]
    assert actions == [("ana", "experiment begun"), ("ana", "experiment begun"), ("ben", "experiment stopped")]
    with pytest.raises(ValueError, match="mat-offer-1 was stopped on"):
        bench.expose("mat-offer-1", ["m3"])
    with pytest.raises(ValueError, match=r"was stopped on .* already"):
        bench.stop_experiment("mat-offer-1", "ben")


def test_the_first_exposure_stands_and_the_arm_is_the_assigned_one(bench):
    one = begun(bench)
    first = bench.expose(one, ["m1", "m1"], NOW - 30 * DAY)
    again = bench.expose(one, ["m1", "m2"], NOW - 20 * DAY)
    assert [(e.client_id, e.is_new, e.exposed_at) for e in first.exposed + again.exposed] == [
        ("m1", True, NOW - 30 * DAY), ("m1", False, NOW - 30 * DAY), ("m2", True, NOW - 20 * DAY)]  # fmt: skip
    told = bench.experiments("oak")[0]
    assert [e.arm for e in again.exposed] == assign(one, ["m1", "m2"], told.arms)
    assert bench.experiment_arm(one, "m2") == again.exposed[1].arm
    assert bench.experiments("oak")[0].exposed == 2


def test_who_has_not_agreed_to_messages_takes_no_part(bench):
    found = bench.expose(begun(bench), ["mno", "m1", "stranger"])
    assert [one.client_id for one in found.exposed] == ["m1"]
    assert found.refused == dict.fromkeys(["mno", "stranger"], "has not agreed to e-mail or text messages, or has left")


def test_two_programs_at_once_log_each_client_once_and_lose_none(bench, tmp_path):
    one = begun(bench, days_ago=1)
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(lambda first: shell(tmp_path, one, first, 60).communicate(timeout=120)[0], (0, 20, 40)))
    lines = [line.split() for text in told for line in text.splitlines()]
    assert len(lines) == 180
    rows = bench.db.read("exposures", experiment_id=one)
    kept = {row.client_id: [row.client_id, row.arm, row.exposed_at.isoformat()] for row in rows.itertuples()}
    assert len(kept) == len(rows) == 100
    assert all(line == kept[line[0]] for line in lines)


def test_killed_in_between_it_keeps_all_that_was_acknowledged(bench, tmp_path):
    one = begun(bench, days_ago=1)
    process = shell(tmp_path, one, 0, 400)
    said = [process.stdout.readline().split() for _ in range(5)]
    os.kill(process.pid, signal.SIGKILL)
    said += [line.split() for line in process.stdout.read().splitlines() if len(line.split()) == 3]
    process.wait()
    kept = set(bench.db.read("exposures", experiment_id=one)["client_id"])
    assert {client for client, *_ in said} <= kept
    assert len(kept) <= len(said) + 1
    assert bench.expose(one, ["m399"]).exposed[0].client_id == "m399"


def shell(folder, experiment_id, first, count):
    words = [sys.executable, "-c", WRITER, str(folder), experiment_id, str(first), str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_the_report_counts_purchases_of_the_product_in_the_window_and_takes_refunds_back(bench):
    one, since = begun(bench, arms={"B": 0.5, "A": 0.5}, control="A"), NOW - 30 * DAY
    clients = [f"m{n}" for n in range(40)]
    arm = dict(zip(clients, assign(one, clients, {"B": 0.5, "A": 0.5}), strict=True))
    bench.expose(one, clients, since)
    bench.expose(one, ["m100"], NOW - 3 * DAY)  # whose window is not over
    mine = [client for client in clients if arm[client] == "B"][:5]
    lines = [
        order(1, mine[0], since + 2 * DAY), order(2, mine[1], since + 20 * DAY), order(3, mine[2], since - DAY),
        order(4, mine[3], since + 2 * DAY), order(5, mine[3], NOW - 5 * DAY, -5000),
        order(6, mine[4], since + 2 * DAY, status="failed"), order(7, "m100", NOW - 2 * DAY),
    ]  # fmt: skip
    bench.db.write("orders", pd.DataFrame(lines))
    told = bench.experiment_report(one)
    found = {part.arm: part for part in told.arms}
    assert (told.exposed, told.counted, told.state) == (41, 40, "running")
    assert (found["B"].buyers, found["A"].buyers) == (1, 0)
    assert found["B"].margin_minor == pytest.approx(2000 / found["B"].counted)
    assert told.lifts[0].low < -0.2 < 0.2 < told.lifts[0].high
    assert told.lifts[1].low is None
    assert "Keep on: at most about" in told.says


def test_a_lift_that_is_there_stops_the_experiment_in_words(bench):
    one = begun(bench, metric="conversion")
    clients, rng = [f"m{n}" for n in range(400)], np.random.default_rng(3)
    for day in range(0, 40, 2):
        bench.expose(one, clients[day * 10 : day * 10 + 20], NOW - (58 - day) * DAY)
    rows = bench.db.read("exposures", experiment_id=one)
    chance = np.where(rows["arm"] == "offer", 0.45, 0.1)
    buyers = rows[rng.random(len(rows)) < chance]
    bench.db.write("orders", pd.DataFrame([order(n, row.client_id, row.exposed_at + DAY)
                                           for n, row in enumerate(buyers.itertuples())]))  # fmt: skip
    told = bench.experiment_report(one)
    assert told.state == "decided"
    assert told.says.startswith("Stop: offer brings ")
    assert " points more than holdout" in told.says
    lift = told.lifts[0]
    assert 0 < lift.low < 0.35 < lift.high
    earlier = bench.experiment_report(one, pd.Timestamp(lift.decided_at))
    assert (earlier.lifts[0].decided_at, earlier.lifts[0].low) == (lift.decided_at, pytest.approx(lift.low))
    told = bench.product_stats("oak", policy="ladder").impact
    assert (told.basis, told.says[:11]) == ("measured", "Measured in")
    assert 0 < told.lift_low < told.estimated_revenue_lift < told.lift_high
    before = bench.product_stats("oak", policy="ladder", as_of=NOW - 55 * DAY).impact
    assert before.basis == "assumption"


def test_exposures_beyond_the_known_orders_wait_with_a_word(bench):
    one = begun(bench)
    orders = bench.db.read("orders")
    bench.db.replace("orders", orders.assign(created_at=NOW - 100 * DAY))
    bench.expose(one, ["m1"], NOW - 50 * DAY)
    told = bench.experiment_report(one)
    assert (told.exposed, told.counted) == (0, 0)
    assert "1 client was exposed after that, not counted yet" in told.note


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"arms": {"A": 0.5, "B": 0.4}}, "the shares add to 0.9; expected 1"),
        ({"arms": {"A": 1.0}}, "got A; expected two or more"),
        ({"arms": {"A": 1.5, "B": -0.5}}, "the share of B is -0.5; expected above 0"),
        ({"control": "C"}, "control: there is no arm 'C'; expected one of offer, holdout"),
        ({"product_id": "moon"}, "no product 'moon'; there are mat"),
        ({"clients": None}, "only .* clients who agreed .*; it takes 50, or say what to expect"),
    ],
)
def test_an_experiment_that_cannot_be_is_refused_and_nothing_is_kept(bench, asked, sentence):
    with pytest.raises(ValueError, match=sentence):
        bench.begin_experiment("oak", ASKED | asked, "ana")
    assert bench.db.read("experiments").empty
    assert bench.ledger.entries() == []


def test_what_is_unknown_or_lies_ahead_is_refused(bench):
    one = begun(bench)
    with pytest.raises(UnknownExperiment, match="no experiment 'moon'"):
        bench.experiment_report("moon")
    with pytest.raises(ValueError, match="lies ahead"):
        bench.expose(one, ["m1"], NOW + DAY)
    with pytest.raises(ValueError, match="is before the experiment began"):
        bench.expose(one, ["m1"], NOW - 90 * DAY)
    with pytest.raises(ValidationError, match="smallest_lift"):
        bench.begin_experiment("oak", ASKED | {"smallest_lift": 0}, "ana")


def test_the_size_says_how_many_how_long_and_whether_there_are_so_many(bench):
    size = bench.experiment_size("oak", {"smallest_lift": 0.05, "conversion": 0.1, "per_week": 100})
    assert size.basis == "given"
    assert size.clients_at_once < size.clients < 1.1 * size.clients_at_once
    assert f"at 100 a week that takes {size.days} days at most" in size.says
    assert "Only 400 clients have agreed to messages" in size.says
    assert json.loads(size.model_dump_json())["per_arm"].keys() == {"offer", "holdout"}


def test_another_workbench_reads_the_same(bench, tmp_path):
    one = begun(bench)
    bench.expose(one, ["m1"], NOW - 30 * DAY)
    other = open_small(tmp_path)
    assert other.experiment_report(one) == bench.experiment_report(one)
    other.close()


def test_who_has_left_by_then_is_not_exposed(bench):
    gone = [member(n) | {"left_at": NOW - days * DAY} for n, days in ((1, 30), (2, 90))]
    bench.db.write("members", pd.DataFrame(gone))
    one = begun(bench)
    assert set(bench.expose(one, ["m1", "m2", "m3"], NOW - 40 * DAY).refused) == {"m2"}
    assert set(bench.expose(one, ["m1", "m2", "m4"]).refused) == {"m2"}  # the first exposure of m1 stands


def test_two_experiments_on_one_offer_at_a_time_say_so(bench):
    first, other = begun(bench), begun(bench)
    bench.expose(first, ["m1", "m2"], NOW - 40 * DAY)
    assert bench.experiment_report(first).note == ""
    bench.expose(other, ["m1", "m3"], NOW - 40 * DAY)
    assert "ran also 'Mat offer'" in bench.experiment_report(first).note
    bench.expose(whole := begun(bench, product_id=None), ["m4"])
    assert "ran also" not in bench.experiment_report(whole).note
