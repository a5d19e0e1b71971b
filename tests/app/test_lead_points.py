"""A lead's score by the points that a studio's own decided leads teach."""

import pandas as pd
import pytest

from studiolab.app import Workbench, lead_points
from studiolab.settings import Settings
from studiolab.studio_operations.inbox import lead_past
from studiolab.studio_operations.inbox.contacts import contact_id
from tests.llm_server import says

from .small_inbox import keep, small_inbox, wrote
from .small_leads import DAY, decide, lately, lead_wrote, moved
from .small_studio import TOKEN

ANA = contact_id("oak", "whatsapp:49151")
VARIABLES = ("LLM_PROVIDER", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OLLAMA_HOST")


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
    said = "I come to a trial class after all, a trial class!"
    keep(bench, *(lead_wrote(n, said, 36 * DAY) for n in range(1, 60, 2)))  # the lost say later what others said
    assert bench.lead_score("oak", ANA).learned_from == 60
    assert bench.lead_points("oak") is first
    assert len(times) == 1
    keep(bench, lead_wrote(1, "a trial class, please", 30))
    moved(bench, (60, "LOST", 35 * DAY))
    assert bench.lead_points("oak").weights != first.weights
    assert len(times) == 2


def test_leads_who_wrote_lately_teach_nothing_yet_for_who_joins_is_decided_first(bench):
    decide(bench, range(60))
    first = bench.lead_points("oak")
    lately_joined = range(200, 220, 2)
    keep(bench, *(lead_wrote(n, "Hi, just looking around.", 10 * DAY) for n in lately_joined))
    moved(bench, *((n, "CONVERTED", 11 * DAY) for n in lately_joined))
    assert bench.lead_points("oak") is first
    moved(bench, (60, "LOST", 45 * DAY))
    keep(bench, lead_wrote(60, "Hi!"))
    assert bench.lead_points("oak").joined == first.joined + len(lately_joined)


def test_the_same_data_teach_the_same_in_another_process(bench, tmp_path):
    decide(bench, range(50))
    again = small_inbox(tmp_path / "again")
    for table in ("messages", "contact_events"):
        again.db.write(table, bench.db.read(table).sample(frac=1, random_state=3))
    one, other = bench.lead_points("oak"), again.lead_points("oak")
    assert one.weights == other.weights
    assert list(one.chances.at) == list(other.chances.at)
    again.close()


def test_the_chance_is_by_what_the_rules_read_whoever_reads_for_the_points(bench, llm_server, tmp_path, monkeypatch):
    decide(bench, range(60))
    alone = bench.lead_score("oak", ANA)
    monkeypatch.setenv("LLM_BASE_URL", llm_server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    found = {"name": "looks_for", "value": "trial", "message_id": "whatsapp:a1", "quote": "trial class"}
    llm_server.script(says({"features": [found]}))
    minded = Workbench(Settings(STUDIOLAB_HOME=tmp_path, STUDIOLAB_TOKEN=TOKEN))
    told = minded.lead_score("oak", ANA)
    minded.close()
    assert (told.written_by, alone.written_by) == ("language model", "rules")
    assert told.score < alone.score
    assert told.chance == alone.chance


def test_who_wants_no_message_scores_nothing_and_others_may_still_join(bench):
    decide(bench, range(60))
    keep(bench, wrote("a2", "49151", "STOP", lately(0.5), name="Ana"))
    told = bench.lead_score("oak", ANA)
    assert (told.score, told.chance) == (0, None)
    assert [part.words for part in told.parts] == ["asked not to be written to"]
    keep(bench, wrote("a3", "ana@example.com", "Hello", lately(0.4), channel="email"))
    bench.merge_contacts("oak", ANA, contact_id("oak", "email:ana@example.com"), "olga")
    assert bench.lead_score("oak", ANA).score > 0


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
