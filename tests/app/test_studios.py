"""A studio that begins here: what it is called, what it is refused for, and that every system bears it without data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab import schema
from studiolab.app import StudiolabError, Workbench
from studiolab.app.studios import CURRENCIES, studio_id_of
from studiolab.panels import home, inbox_state, planner_state, timetable_state
from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.settings import Settings

OWN = {"studio_name": "Rhythm Dance Studio", "currency": "EUR", "timezone": "Europe/Berlin"}


@pytest.fixture
def bench(tmp_path):
    bench = Workbench(Settings(STUDIOLAB_HOME=tmp_path))
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Rhythm Dance Studio", "rhythm-dance-studio"), ("  Café & Straße 3 ", "cafe-strasse-3"), ("瑜伽 馆", "瑜伽-馆"),
     ("Ålborg_Øst", "alborg-øst")],
)  # fmt: skip
def test_the_id_can_be_read_and_typed(name, expected):
    assert studio_id_of(name) == expected


@given(st.text(max_size=100))
def test_an_id_is_the_same_for_good_and_fits_an_address_and_a_file_name(name):
    if not any(sign.isalnum() for sign in name):
        with pytest.raises(ValueError, match="needs a letter or a digit"):
            studio_id_of(name)
        return
    made = studio_id_of(name)
    assert 1 <= len(made) <= 60
    assert not set(made) & set(" /\\?#%:*\"'<>|\0._")
    assert studio_id_of(name) == made != schema.UNPLACED


def test_a_new_studio_is_listed_and_in_the_ledger_and_may_be_asked_for_its_inbox(bench):
    made = bench.add_studio(OWN, "olga")
    assert (made.studio_id, made.currency, made.plannable) == ("rhythm-dance-studio", "EUR", False)
    assert bench.studios() == [made]
    assert bench.conversations(made.studio_id).total == 0
    entry = bench.ledger.entries()[-1]
    assert (entry["actor"], entry["action"], entry["studio_id"]) == ("olga", "studio added", made.studio_id)
    assert entry["payload"] == OWN
    assert bench.activity()[0].about == "Rhythm Dance Studio"


def test_what_all_the_others_share_need_not_be_said(bench):
    bench.add_studio(OWN)
    assert bench.add_studio({"studio_name": "Zwei"}).currency == "EUR"
    assert set(bench.db.read("studios")["timezone"]) == {"Europe/Berlin"}
    bench.add_studio({"studio_name": "Drei", "currency": " inr", "timezone": "Asia/Kolkata"})
    with pytest.raises(ValueError, match="currency: is missing; expected an ISO 4217 code such as EUR"):
        bench.add_studio({"studio_name": "Vier"})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"currency": "EURO"}, "currency: got 'EURO'; expected an ISO 4217 code"), ({"currency": "XXX"}, "currency: got"),
     ({"currency": None}, "currency: is missing"), ({"timezone": None}, "timezone: is missing"),
     ({"timezone": "berlin"}, "timezone: got 'berlin'; expected an IANA zone such as Europe/Berlin"),
     ({"timezone": "new york"}, "such as America/New_York"), ({"timezone": "../../etc/passwd"}, "timezone: got"),
     ({"studio_name": " — "}, "needs a letter or a digit"), ({"studio_name": "a\u202eb"}, "signs that can be seen")],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_kept(bench, wrong, said):
    with pytest.raises(ValueError, match=said):
        bench.add_studio(OWN | wrong)
    assert bench.db.read("studios").empty
    assert bench.ledger.entries() == []


@pytest.mark.parametrize("name", ["Rhythm Dance Studio", "rhythm dance  STUDIO", "Rhythm: dance studio!"])
def test_a_name_that_is_taken_is_refused_with_the_one_that_has_it(bench, name):
    bench.add_studio(OWN)
    with pytest.raises(ValueError, match="there is 'Rhythm Dance Studio' already, with the id rhythm-dance-studio"):
        bench.add_studio(OWN | {"studio_name": name})


def test_an_account_and_its_studio_are_made_together_or_not_at_all(bench):
    with pytest.raises(ValueError, match="currency: is missing"):
        bench.register("ana@oak.example", "correct horse battery", "manager", {}, {"studio_name": "Oak"})
    assert bench.accounts.listed().empty
    assert bench.register("ana@oak.example", "correct horse battery", "manager", {"full_name": "Ana Roth"}) is None
    assert bench.ledger.entries()[-1]["payload"]["full_name"] == "Ana Roth"


def test_every_currency_with_another_unit_than_cents_is_one_that_a_studio_may_have():
    odd = {code for code in CURRENCIES if schema.minor_per_major(code) != 100}
    assert odd == set("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF "
                      "BHD IQD JOD KWD LYD OMR TND".split())  # fmt: skip


# without data -------------------------------------------------------------------------------------
@pytest.fixture
def begun(bench):
    bench.add_studio(OWN)
    return bench


LEVERS = {"levers": {"upsell_rate": 0.3}}
ASKED = {
    "forecast": lambda bench, studio: bench.forecast({"studio_id": studio}),
    "forward": lambda bench, studio: bench.forward({"studio_id": studio} | LEVERS),
    "inverse": lambda bench, studio: bench.inverse({"studio_id": studio, "target_revenue": 1000}),
    "insights": lambda bench, studio: bench.insights({"studio_id": studio}),
    "scenario": lambda bench, studio: bench.save_scenario(
        {"studio_id": studio, "scenario_name": "x", "scenario_type": "forward", "inputs": LEVERS}, "olga"),
    "retrain": lambda bench, studio: bench.retrain({"studio_id": studio}, "olga"),
}  # fmt: skip


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_beside_others_what_it_lacks_is_said_and_not_that_it_is_unknown(own, ask):
    own.add_studio(OWN)
    with pytest.raises(StudiolabError, match="rhythm-dance-studio has no monthly figures yet; `studiolab import FILE`"):
        ask(own, "rhythm-dance-studio")
    with pytest.raises(UnknownStudio, match="no studio 'nobody'"):
        ask(own, "nobody")


def test_the_site_comes_up_without_a_sample_and_without_a_model(begun):
    begun.prepare(sample=lambda: pytest.fail("a studio that has begun gets no sample beside it"))
    assert begun.model_version is None
    with pytest.raises(StudiolabError, match="No studio has monthly figures yet; `studiolab import FILE` brings them"):
        begun.forecast({"studio_id": "rhythm-dance-studio"})


def test_every_system_answers_or_says_what_brings_its_data(begun):
    studio = "rhythm-dance-studio"
    for ask in (begun.next_actions, begun.product_stats, begun.customer_values, begun.watched):
        with pytest.raises(StudiolabError, match=f"{studio} has no (visits|orders) yet; `studiolab import FILE`"):
            ask(studio)
    with pytest.raises(ValueError, match="has no monthly figures yet; `studiolab import FILE`"):
        begun.baseline(studio)
    assert begun.timetable_week(studio).placements == []
    assert begun.inbox_metrics(studio).says == "Everybody has an answer."


def test_pages_show_it_and_the_way_to_its_inbox(begun):
    page = home.State(begun).load()
    assert (page.status, 'href="inbox.ipynb?studio=rhythm-dance-studio"' in page.html) == ("ready", True)
    assert "studiolab import FILE --studio rhythm-dance-studio" in page.html
    assert "No studios yet" not in page.html
    planner = planner_state.State(begun).load()
    assert (planner.status, "studiolab import FILE" in planner.problem) == ("failed", True)
    for State in (inbox_state.State, timetable_state.State):
        assert State(begun).load().status == "ready"


def test_the_first_page_shows_it_below_those_with_figures(own):
    own.add_studio(OWN)
    html = home.overview(own)
    assert html.index("revenue_planner.ipynb?studio=studio-001") < html.index("inbox.ipynb?studio=rhythm-dance-studio")
    state = planner_state.State(own)
    state.studio_id = "rhythm-dance-studio"
    assert state.load().problem.startswith("“rhythm-dance-studio” has no monthly figures yet; this is ")
