"""A lead's score by the points that a studio's own decided leads teach."""

import json

import pandas as pd
import pytest

from studiolab.app import lead_points
from studiolab.studio_operations.inbox import lead_past
from studiolab.studio_operations.inbox.contacts import contact_id

from .small_inbox import START, keep, small_inbox, wrote

DAY = 24 * 60
ANA = contact_id("oak", "whatsapp:49151")
VARIABLES = ("LLM_PROVIDER", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OLLAMA_HOST")


def lately(hours):
    """Minutes from START to so many hours ago."""
    return (pd.Timestamp.now("UTC").floor("s") - START) / pd.Timedelta("1min") - 60 * hours


def told(n, body, minutes=0):
    """Lead number n wrote."""
    return wrote(f"{n}-{minutes}", f"4960{n:04}", body, n * 60 + minutes)


def moved(bench, n, to, minutes, reason="as they said"):
    """Somebody moved lead number n."""
    bench.db.write("contact_events", pd.DataFrame([{
        "event_id": f"e-{n}-{to}-{minutes}", "studio_id": "oak", "kind": "stage", "user_name": "olga",
        "contact_id": contact_id("oak", f"whatsapp:4960{n:04}"), "value": json.dumps({"to": to, "reason": reason}),
        "happened_at": START + pd.Timedelta(minutes=n * 60 + minutes),
    }]))  # fmt: skip


def decide(bench, numbers):
    """Leads who wrote and, three days later, joined where they had asked for a trial (even numbers), and else not."""
    for n in numbers:
        keep(bench, told(n, "Hi, can I come to a trial class?" if n % 2 == 0 else "Hi, just looking around."))
        moved(bench, n, "CONVERTED" if n % 2 == 0 else "LOST", 3 * DAY)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    bench = small_inbox(tmp_path, wrote("a1", "49151", "Hello! Can I come to a trial class?", lately(1), name="Ana"))
    yield bench
    bench.close()


def test_usual_points_and_no_chance_until_enough_leads_are_decided(bench):
    decide(bench, range(38))
    few = bench.lead_score("oak", ANA)
    assert few.points_says == "usual points, until 20 leads have joined and 20 have not (19 and 19 so far)"
    assert (few.learned_from, few.chance) == (0, None)
    decide(bench, range(38, 60))
    many = bench.lead_score("oak", ANA)
    assert (many.points_says, many.learned_from) == ("learned from 60 leads of this studio", 60)
    assert many.score == sum(part.points for part in many.parts)
    assert 0 <= many.chance.low < many.chance.chance < many.chance.high <= 1
    most = {part.words: part.of for part in many.parts}
    assert most["asked for a trial class"] > {part.words: part.of for part in few.parts}["asked for a trial class"]
    assert bench.lead_score("oak", contact_id("oak", "whatsapp:49600001")).chance is None


def test_a_lead_who_asks_as_those_who_joined_did_has_the_better_chance(bench):
    decide(bench, range(60))
    keep(bench, wrote("b1", "49152", "Hello, I only look around.", lately(1), name="Ben"))
    asks, looks = (bench.lead_score("oak", contact_id("oak", f"whatsapp:{who}")).chance for who in ("49151", "49152"))
    assert asks.low > looks.high
    assert asks.says.startswith(f"About {asks.chance:.0%} of such leads join")


def test_points_are_learned_once_and_what_follows_a_decision_changes_nothing(bench, monkeypatch):
    times, learned = [], lead_past.learned
    monkeypatch.setattr(lead_points.lead_past, "learned", lambda *given: times.append(1) or learned(*given))
    decide(bench, range(60))
    first = bench.lead_points("oak")
    for n in range(1, 60, 2):  # who was lost says later what the others said
        keep(bench, told(n, "I come to a trial class after all, a trial class!", 4 * DAY))
    assert bench.lead_score("oak", ANA).learned_from == 60
    assert bench.lead_points("oak") is first
    assert len(times) == 1
    keep(bench, told(1, "a trial class, please", 30))
    moved(bench, 60, "LOST", DAY)
    assert bench.lead_points("oak").weights != first.weights
    assert len(times) == 2


def test_the_same_data_teach_the_same_in_another_process(bench, tmp_path):
    decide(bench, range(50))
    again = small_inbox(tmp_path / "again")
    for table in ("messages", "contact_events"):
        again.db.write(table, bench.db.read(table).sample(frac=1, random_state=3))
    one, other = bench.lead_points("oak"), again.lead_points("oak")
    assert one.weights == other.weights
    assert list(one.chances.at) == list(other.chances.at)
    again.close()


@pytest.mark.parametrize(("days", "status", "found"), [
    (3, "booked", {"booked a trial class", "has not come to a trial class"}),
    (-1, "attended", {"booked a trial class", "came to a trial class"}),
    (-1, "no_show", {"booked a trial class and did not come", "has not come to a trial class"}),
    (-1, "cancelled", {"booked no trial class", "has not come to a trial class"}),
])  # fmt: skip
def test_a_trial_class_in_the_books_counts_and_keeps_a_lead_fresh(tmp_path, days, status, found):
    bench = small_inbox(tmp_path, wrote("a1", "4915111111", "Hi!", lately(20 * 24)))
    own, visit = contact_id("oak", "whatsapp:4915111111"), pd.Timestamp.now("UTC") + pd.Timedelta(days=days)
    ana = {"studio_id": "oak", "member_id": "m1", "member_name": "Ana Ruiz", "phone": "+4915111111"}
    yoga = {"studio_id": "oak", "visit_id": "v1", "member_id": "m1", "class_name": "Yoga", "status": status}
    bench.db.write("members", pd.DataFrame([ana]))
    before = bench.lead_score("oak", own)
    bench.db.write("visits", pd.DataFrame([yoga | {"attended_at": visit}]))
    told = bench.lead_score("oak", own)
    assert found <= {part.words for part in told.parts}
    silent = [next((part.words for part in one.parts if part.kind == "decay"), "") for one in (before, told)]
    assert silent[0].startswith("silent for 18 days")
    since = {"cancelled": "silent for 18 days", "booked": ""}.get(status, "silent for 24 h")
    assert silent[1].startswith(since)
    assert bool(silent[1]) == bool(since)
    bench.close()
