from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from studiolab.world import make_chain, raw, showing

SEED, DRAWS = 4, 120


@pytest.fixture(scope="module")
def studio():
    return make_chain(1, 8, seed=21).studio("studio-001")


@pytest.fixture(scope="module")
def as_of(studio):
    return first_of(studio)


def first_of(studio):
    return studio.months[-1].tz_localize(studio.studios["timezone"].iloc[0]).tz_convert("UTC")


@pytest.fixture(scope="module")
def coming(studio, as_of):
    return showing.coming(studio, as_of, DRAWS, SEED)


@pytest.fixture(scope="module")
def whole(coming):
    """`coming` without what a membership that ends or begins cuts off."""
    keep = np.isfinite(coming.appeal).all(axis=1)
    return taking(coming, keep)


def taking(coming, clients):
    """`coming` with these rows of clients only."""
    cut = {name: getattr(coming, name)[clients] for name in ("clients", "appeal", "rhythm", "since")}
    return replace(coming, **cut, busy=coming.busy[:, clients], spare=coming.spare[:, clients])


def to_all(coming, at):
    """Classes `at`, the same for everybody."""
    return {client: list(coming.classes[np.atleast_1d(at)]) for client in coming.clients}


def eager(coming, **change):
    """`coming` where everybody would and may take what is shown: what is left is what `change` forbids."""
    free = {"appeal": np.full_like(coming.appeal, 50.0), "spare": np.full_like(coming.spare, 99),
            "room": np.full_like(coming.room, 10**6), "busy": np.zeros_like(coming.busy)}  # fmt: skip
    return replace(coming, **free | change)


ALWAYS = showing.Response(notice=1, hesitation=0, fatigue=0)


def test_showing_nothing_lifts_exactly_nothing(studio, as_of, coming):
    found = showing.lift(studio, as_of, {client: [] for client in coming.clients}, DRAWS, SEED)
    assert (found["lift"] == 0).all()
    assert (found["error"] == 0).all()
    assert (found["with_shown"] == found["base"]).all()
    assert found["base"].sum() > 0


def test_a_full_class_lifts_nothing(coming):
    room = coming.room.copy()
    room[:, 7] = 0
    assert (showing.answer(eager(coming, room=room), to_all(coming, 7), SEED, ALWAYS)["lift"] == 0).all()
    assert (showing.answer(eager(coming), to_all(coming, 7), SEED, ALWAYS)["lift"] == 1).all()


def test_a_class_never_takes_more_than_its_places(coming):
    room = np.full_like(coming.room, 3)
    found = showing.answer(eager(coming, room=room), to_all(coming, 7), SEED, ALWAYS)
    assert found["lift"].sum() == pytest.approx(3)


def test_a_date_the_client_comes_anyway_lifts_nothing(coming):
    always = np.ones_like(coming.busy)
    found = showing.answer(eager(coming, busy=always), to_all(coming, np.arange(len(coming.classes))), SEED, ALWAYS)
    assert (found["lift"] == 0).all()


def test_the_surer_a_client_is_to_come_on_a_date_the_less_a_class_on_it_lifts(coming):
    comes = coming.busy[:, :, coming.day[7]].mean(axis=0)
    found = showing.answer(eager(coming, busy=coming.busy), to_all(coming, 7), SEED, ALWAYS)
    np.testing.assert_allclose(found["lift"], 1 - comes)


def test_nobody_books_twice_a_day_nor_beyond_credits_and_purse(coming):
    every = to_all(coming, np.arange(len(coming.classes)))
    dates = len(np.unique(coming.day))
    assert (showing.answer(eager(coming), every, SEED, ALWAYS)["lift"] == dates).all()
    spare = np.full_like(coming.spare, 2)
    assert (showing.answer(eager(coming, spare=spare), every, SEED, ALWAYS)["lift"] == 2).all()
    found = showing.answer(coming, every, SEED)
    assert (found["with_shown"] <= dates).all()
    assert (found["lift"] <= coming.spare.mean(axis=0)).all()


def test_better_liked_classes_lift_more(whole):
    shown = {}
    for rank in ("best", "worst"):
        order = np.argsort(whole.appeal, axis=1)
        at = order[:, -6:] if rank == "best" else order[:, :6]
        shown[rank] = {client: list(whole.classes[own]) for client, own in zip(whole.clients, at, strict=True)}
    alone = replace(whole, room=np.full_like(whole.room, 10**6))
    best, worst = (showing.answer(alone, shown[rank], SEED)["lift"].mean() for rank in ("best", "worst"))
    assert best > 5 * worst
    assert best > 0


def test_a_class_beside_another_visit_lifts_less_than_one_apart_from_any(coming):
    day = coming.day[7]
    beside = np.zeros_like(coming.busy)
    beside[:, :, day + 1] = True
    rhythm = np.full_like(coming.rhythm, 7.0)
    usual = np.zeros_like(coming.appeal)
    near, far = (
        showing.answer(eager(coming, appeal=usual, busy=busy, rhythm=rhythm), to_all(coming, 7), SEED)["lift"].mean()
        for busy in (beside, np.zeros_like(beside))
    )
    assert 0 < near < 0.5 * far


def walked(coming, row, shown, seed):
    """Bookings a draw that one client adds, walked through day by day: the mechanism told once more, slowly."""
    answer, added = showing.Response(), []
    for draw in range(len(coming.busy)):
        visits = [day for day in range(showing.DAYS) if coming.busy[draw, row, day]] + [-coming.since[row]]
        own, taken = set(visits), 0
        for at in sorted(coming.classes.get_loc(one) for one in shown):
            day = coming.day[at]
            if day in visits or taken >= coming.spare[draw, row] or coming.room[draw, at] < 1:
                continue
            before = [day - other for other in visits if other < day]
            after = [other - day for other in own if other > day]
            short = sum(max(1 - min(gaps) / coming.rhythm[row], 0) for gaps in (before, after) if gaps)
            logit = coming.appeal[row, at] - answer.hesitation - answer.fatigue * short
            chance = raw.generator(seed, coming.studio_id, "noticed", int(at)).random(coming.spare.shape)[draw, row]
            if chance < answer.notice / (1 + np.exp(-logit)):
                visits.append(day)
                taken += 1
        added.append(taken)
    return np.mean(added)


def test_a_lift_is_what_walking_through_each_day_gives(coming):
    few = replace(coming, busy=coming.busy[:30], room=coming.room[:30], spare=coming.spare[:30])
    rows = np.argsort(-showing.gains(few).max(axis=1))[:6]
    likes = np.argsort(-few.appeal, axis=1)[:, :25]
    shown = {few.clients[row]: list(few.classes[likes[row]]) for row in rows}
    found = {client: showing.answer(few, {client: own}, SEED)["lift"].item() for client, own in shown.items()}
    told = {few.clients[row]: walked(few, row, shown[few.clients[row]], SEED) for row in rows}
    assert found == pytest.approx(told)
    assert sum(found.values()) > 0


def test_a_class_shown_alone_lifts_its_expected_gain(coming):
    at = int(showing.gains(coming).sum(axis=0).argmax())
    alone = replace(coming, room=np.where(coming.room > 0, 10**6, 0))
    found = showing.answer(alone, to_all(coming, at), SEED)
    error = np.hypot.reduce(found["error"])
    assert found["lift"].sum() == pytest.approx(showing.gains(coming)[:, at].sum(), abs=4 * error)


def test_lists_shown_together_lift_by_the_same_chance_as_shown_apart(coming):
    alone = replace(coming, room=np.full_like(coming.room, 10**6))
    every = to_all(alone, [3, 40, 80])
    together = showing.answer(alone, every, SEED).set_index("member_id")
    client = together["lift"].idxmax()
    apart = showing.answer(alone, {client: every[client][::-1]}, SEED).set_index("member_id")
    pd.testing.assert_frame_equal(apart, together.loc[[client]])


def test_what_clients_do_unasked_is_what_the_world_counts(studio, coming):
    visits = studio.raw("studio-001")["visits"]
    start = first_of(studio)
    held = visits["status"].isin(["attended", "no_show", "late_cancelled"]) & visits["member_id"].isin(coming.clients)
    ahead = (visits["attended_at"] >= start) & (visits["attended_at"] < start + pd.Timedelta(days=showing.DAYS))
    assert coming.busy.sum(axis=(1, 2)).mean() == pytest.approx((held & ahead).sum(), rel=0.05)
    assert (coming.room >= 0).all()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(studio, as_of, coming):
    shown = to_all(coming, [3, 40, 80])
    one, again, other = (showing.lift(studio, as_of, shown, 20, seed).to_numpy().tolist() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_tables_that_were_tampered_with_do_not_change_the_truth(coming, as_of):
    studio, shown = make_chain(1, 8, seed=21).studio("studio-001"), to_all(coming, [3, 40, 80])
    before = showing.lift(studio, as_of, shown, 20)
    visits = studio.raw("studio-001")["visits"]
    visits[["class_name", "status", "class_id"]] = "lost"
    studio.monthly_metrics.loc[:, "total_class_attendance"] = 0
    pd.testing.assert_frame_equal(showing.lift(studio, as_of, shown, 20), before)


@pytest.mark.parametrize(("change", "told"), [
    ({"as_of": pd.Timestamp("2026-10-10T12:00Z")}, "first instant of a month"),
    ({"shown": {"nobody": []}}, "no client 'nobody'"),
    ({"shown": {"studio-001-m00001": ["c0"]}}, r"no client|no class 'c0'"),
])  # fmt: skip
def test_what_the_studio_does_not_have_is_named(studio, as_of, change, told):
    with pytest.raises(ValueError, match=told):
        showing.lift(**{"studio_world": studio, "as_of": as_of, "shown": {}, "draws": 1} | change)
