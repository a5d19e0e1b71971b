"""Who waits for an answer: counted by the database as the inbox itself counts."""

import numpy as np
import pandas as pd
import pytest

from studiolab.app import Workbench
from studiolab.settings import Settings
from studiolab.studio_operations.inbox.contacts import contact_id
from studiolab.world import make_chain

from .small_inbox import at, keep, small_inbox, wrote

WAYS = ("inbound", "inbound", "outbound")
TEXTS = ("Is there a class on Monday?", "STOP", "Thank you", "unsubscribe", "START")


@pytest.fixture
def bench(tmp_path):
    made = small_inbox(tmp_path)
    yield made
    made.close()


def agree(bench):
    """How many wait by the inbox, by the count of all studios, and by the metrics, which count what is put off too."""
    counted = bench.waiting_conversations(["oak"])
    assert counted == bench.conversations("oak", state="waiting").total == bench.conversations("oak").waiting
    return counted


def test_who_asks_not_to_be_written_to_waits_for_no_answer(bench):
    keep(bench, wrote("1", "491", "When is yoga?"), wrote("2", "491", "STOP", 1),
         wrote("3", "492", "STOP"), wrote("4", "492", "When is yoga?", 1),
         wrote("5", "493", "START"), wrote("6", "494", "Please do not stop the class", 2))  # fmt: skip
    waits = {row.name: row.waiting_since for row in bench.conversations("oak").conversations}
    assert waits == {"491": None, "492": at(1), "493": at(0), "494": at(2)}
    assert agree(bench) == 3
    assert bench.inbox_metrics("oak", end=at(60)).waiting == 3
    assert bench.conversations("oak", state="unread").total == 4


def test_thanks_alone_wait_for_no_answer_and_answer_nothing_that_was_asked_before(bench):
    keep(bench, wrote("1", "491", "Thank you, that was a great class!"),
         wrote("2", "492", "When is yoga?"), wrote("3", "492", "Thanks!", 1),
         wrote("4", "493", "Thanks! And when is yoga?", 2),
         wrote("5", "494", "Thanks!", 2), wrote("6", "494", "When is yoga?", 3, kind="edit", about="5"))  # fmt: skip
    waits = {row.name: row.waiting_since for row in bench.conversations("oak").conversations}
    assert waits == {"491": None, "492": at(0), "493": at(2), "494": at(2)}
    assert agree(bench) == 3
    assert bench.conversations("oak", state="unread").total == 4


def test_a_no_over_one_channel_leaves_what_was_asked_over_another(bench):
    keep(bench, wrote("1", "491", "When is yoga?", 1), wrote("2", "ana@example.org", "Unsubscribe", 2, channel="email"))
    phone, mail = contact_id("oak", "whatsapp:491"), contact_id("oak", "email:ana@example.org")
    bench.merge_contacts("oak", phone, mail, "olga")
    assert bench.conversation("oak", phone).waiting_since == at(1)
    assert agree(bench) == 1


def test_what_is_joined_parted_closed_put_off_and_taken_back_is_counted_alike(bench):
    who = [f"491511111{k}" for k in range(6)]
    keep(bench, wrote("1", who[1], "Yoga?"), wrote("2", who[2], "Salsa?"), wrote("3", who[2], "At six", 3, "outbound"),
         wrote("4", who[3], "Jazz?", 1), wrote("5", who[4], "Tango?", 1),
         wrote("6", who[4], None, 2, kind="deletion", about="5"), wrote("7", who[5], "Ballet?"),
         wrote("8", who[5], "👍", 4, "outbound", "reaction", about="7"),
         wrote("9", f"+{who[1]}", "Over SMS too", 0, channel="sms"))  # fmt: skip
    one, two, three, five = (contact_id("oak", f"whatsapp:{who[k]}") for k in (1, 2, 3, 5))
    assert agree(bench) == 3  # the first, who is one person, the third, and the fifth
    [merge] = [each for each in bench.merge_contacts("oak", one, two, "olga").merges if two in
               (each.contact_id, each.with_contact_id)]  # fmt: skip
    assert agree(bench) == 2
    bench.close_conversation("oak", three, True, "olga")
    bench.snooze("oak", five, pd.Timestamp("2100-01-01", tz="UTC"), "olga")
    assert agree(bench) == 0
    bench.unmerge_contacts("oak", one, merge.merge_id, "olga")
    later = pd.Timestamp.now("UTC") + pd.Timedelta(hours=1)
    keep(bench, wrote("a", who[3], "Still there?") | {"sent_at": later})
    assert agree(bench) == 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_talk_is_counted_alike_by_list_count_and_metrics(bench, seed):
    rng, people = np.random.default_rng(seed), [f"49{k}" for k in range(12)]
    keep(bench, *(wrote(str(k), str(rng.choice(people)), str(rng.choice(TEXTS)), int(rng.integers(400)),
                        str(rng.choice(WAYS)), channel=str(rng.choice(["whatsapp", "sms"])))
                  for k in range(60)))  # fmt: skip
    ids = sorted({row.contact_id for row in bench.conversations("oak", state="all").conversations})
    for low, high in zip(ids[::4], ids[1::4], strict=False):
        bench.merge_contacts("oak", low, high, "olga")
    assert agree(bench) == bench.inbox_metrics("oak", end=at(10_000)).waiting > 0


def test_a_month_of_samples_is_counted_alike_over_all_studios_and_only_those_asked_for(tmp_path):
    bench, chain = Workbench(Settings(STUDIOLAB_HOME=tmp_path, DATABASE_URL="")), make_chain(2, 4, seed=3)
    bench.db.write("studios", chain.studios)
    for studio in ("studio-001", "studio-002"):
        bench.db.write("members", chain.raw(studio)["members"])
        bench.fill_demo_inbox(studio)
    each = [bench.conversations(one, state="waiting").total for one in ("studio-001", "studio-002")]
    assert min(each) > 0
    assert bench.waiting_conversations(["studio-001", "studio-002"]) == sum(each)
    assert bench.waiting_conversations(["studio-002"]) == each[1]
    assert bench.waiting_conversations([]) == bench.waiting_conversations(["studio-009"]) == 0
    bench.close()
