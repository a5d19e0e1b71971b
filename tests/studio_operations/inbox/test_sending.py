import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_operations.inbox import sending

NOW = pd.Timestamp("2026-05-04 12:00", tz="UTC")


def rows(*given):
    """Frame of outbox rows: (outbox_id, handle, seconds from now that it is due, seconds ago it was claimed)."""
    claimed = [NOW - pd.Timedelta(seconds=one[3]) if one[3] is not None else None for one in given]
    return pd.DataFrame({
        "outbox_id": [one[0] for one in given], "handle": [one[1] for one in given],
        "channel": [one[1].partition(":")[0] for one in given], "account_id": "1",
        "send_after": pd.to_datetime([NOW + pd.Timedelta(seconds=one[2]) for one in given], utc=True),
        "claimed_at": pd.to_datetime(claimed, utc=True),
    })  # fmt: skip


def test_one_person_gets_one_whatsapp_message_in_six_seconds():
    waiting = rows(("b", "whatsapp:1", -1, None), ("a", "whatsapp:1", -3, None), ("c", "whatsapp:2", -2, None))
    assert list(sending.due(waiting, rows(), NOW)["outbox_id"]) == ["a", "c"]
    assert list(sending.due(waiting, rows(("z", "whatsapp:2", 0, 5)), NOW)["outbox_id"]) == ["a"]
    assert list(sending.due(waiting, rows(("z", "whatsapp:2", 0, 7)), NOW)["outbox_id"]) == ["a", "c"]


def test_what_is_due_later_waits():
    waiting = rows(("a", "email:x@y", 1, None), ("b", "email:x@y", 0, None))
    assert list(sending.due(waiting, rows(), NOW)["outbox_id"]) == ["b"]


@given(st.lists(st.integers(0, 40), max_size=120), st.integers(0, 80))
def test_an_account_never_sends_more_in_a_second_than_its_channel_takes(people, claimed):
    waiting = rows(*((f"w{k}", f"whatsapp:{who}", -1, None) for k, who in enumerate(people)))
    lately = rows(*((f"l{k}", f"whatsapp:x{k}", 0, 0.5) for k in range(claimed)))
    found = sending.due(waiting, lately, NOW)
    assert found["handle"].is_unique
    assert len(found) == min(len(set(people)), sending.A_SECOND["whatsapp"] - claimed)


def test_pauses_grow_to_an_end_and_are_never_shorter_than_the_channel_asked():
    pauses = [sending.pause(tries) for tries in range(1, sending.MOST_TRIES)]
    assert pauses == sorted(pauses)
    assert pauses[0] == sending.FIRST_PAUSE
    assert sending.pause(1, 100).total_seconds() == 100
    assert sending.pause(sending.MOST_TRIES) is None


def test_who_has_been_sending_for_long_was_ended():
    both = rows(("a", "sms:1", 0, 299), ("b", "sms:1", 0, 301)).assign(state="sending")
    assert list(sending.stale(both, NOW)["outbox_id"]) == ["b"]
