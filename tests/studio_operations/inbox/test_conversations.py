"""Threads as they stand: the same for any order and repetition of messages and statuses."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_operations.inbox.conversations import Line, delivered, overview, standing, thread

START = pd.Timestamp("2026-01-05T09:00Z")
KINDS = ("text", "text", "reaction", "edit", "deletion")


def said(name, minute, side="inbound", kind="text", about=None, handle="whatsapp:1", body="hello"):
    """A row of table messages."""
    return {"message_id": name, "studio_id": "oak", "channel": "whatsapp", "account_id": "1", "handle": handle,
            "sender_name": None, "direction": side, "kind": kind, "subject": None, "body": body, "found_by": body,
            "about": about, "media": None, "sent_at": START + pd.Timedelta(minutes=minute),
            "received_at": START}  # fmt: skip


def lines(*rows):
    return [Line(row["message_id"], row["sent_at"].value, row["handle"], row["direction"], row["kind"], row["about"])
            for row in rows]  # fmt: skip


def frames(rows, statuses):
    told = pd.DataFrame(statuses, columns=["message_id", "status"]).assign(reason="because")
    return pd.DataFrame(rows), told


@st.composite
def talks(draw):
    """Rows of messages that edit, react to and take back one another, some of them before they are known."""
    count = draw(st.integers(1, 10))
    names = [f"m{n}" for n in range(count)]
    return [said(name, draw(st.integers(0, 6)), draw(st.sampled_from(["inbound", "outbound"])),
                 draw(st.sampled_from(KINDS)), draw(st.sampled_from([*names, "elsewhere", None])),
                 draw(st.sampled_from(["whatsapp:1", "sms:+2"])), f"text of {name}") for name in names]  # fmt: skip


@given(talks(), st.lists(st.tuples(st.sampled_from(["m0", "m1", "m9"]),
                                   st.sampled_from(["sent", "delivered", "read", "failed"]))),
       st.randoms(use_true_random=False))  # fmt: skip
def test_any_order_and_repetition_gives_the_same_thread(rows, statuses, chance):
    again, told = [*rows, *chance.choices(rows, k=4)], [*statuses, *statuses[:2]]
    chance.shuffle(again)
    chance.shuffle(told)
    assert thread(*frames(again, told), {}) == thread(*frames(rows, statuses), {})
    assert overview(standing(lines(*again))) == overview(standing(lines(*rows)))


def test_a_status_only_moves_up_and_a_failure_counts_where_nothing_arrived():
    def status(*told):
        return delivered(frames([], [("m", one) for one in told])[1])["m"]

    assert status("sent", "failed") == status("failed", "sent") == ("failed", "because")
    assert status("delivered", "failed") == ("delivered", None)
    assert status("read", "sent", "delivered") == ("read", None)


def test_only_who_wrote_a_message_changes_it():
    rows = [said("a", 0), said("x", 1, "outbound", "deletion", "a"),
            said("y", 2, kind="edit", about="a", handle="sms:+2"),
            said("z", 3, kind="edit", about="a", body="better"), said("r", 4, "outbound", "reaction", "a", body="👍"),
            said("s", 5, "outbound", "reaction", "a", body=None)]  # fmt: skip
    (one,) = thread(*frames(rows[:5], []), {})
    assert (one["body"], one["deleted_at"], one["reactions"]) == (
        "better", None, [{"direction": "outbound", "emoji": "👍"}])  # fmt: skip
    assert thread(*frames(rows, []), {})[0]["reactions"] == []


def test_who_waits_since_when_and_how_long_the_first_answer_took():
    talk = [said("a", 0), said("b", 5), said("c", 20, "outbound"), said("d", 30), said("e", 40),
            said("r", 50, kind="reaction", about="c")]  # fmt: skip
    sight = overview(standing(lines(*talk)))
    minutes = [
        (one - START.value) // 60_000_000_000 for one in (sight.asked_at, sight.answered_at, sight.waiting_since)
    ]
    assert (minutes, sight.unread, sight.last.message_id) == ([0, 20, 30], 2, "e")
    closed = overview(standing(lines(*talk)), None, (START + pd.Timedelta(minutes=60)).value)
    assert closed.waiting_since is None
    read = overview(standing(lines(*talk)), (START + pd.Timedelta(minutes=35)).value)
    assert (read.unread, read.waiting_since) == (1, sight.waiting_since)
    assert overview(standing([])).last is None


def test_what_somebody_calls_unread_is_so_until_it_is_answered():
    at = {minutes: (START + pd.Timedelta(minutes=minutes)).value for minutes in (10, 25)}
    talk = [said("a", 0), said("b", 10), said("c", 20, "outbound")]
    assert overview(standing(lines(*talk)), at[10] - 1).unread == 0
    assert overview(standing(lines(*talk)), at[10] - 1, unread_at=at[25]).unread == 1
    later = [*talk, said("d", 40, "outbound")]
    assert overview(standing(lines(*later)), at[10] - 1, unread_at=at[25]).unread == 0
