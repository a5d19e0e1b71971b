import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from studiolab import bench, cli, reports, serve
from studiolab.bench import inbox as inbox_bench

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture
def run(home):
    """Run `studiolab` with these words; the result has exit_code, stdout, stderr."""
    return lambda *words: CliRunner().invoke(cli.app, [str(word) for word in words], prog_name="studiolab")


def commands(command, *before):
    """Every command as its words: ("bench", "world")."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, *before, name)
    if before and not hasattr(command, "commands"):
        yield before


def said(text):
    return re.sub(r"\s+", " ", text)


def test_every_command_is_in_the_readme():
    text = README.read_text()
    words = [" ".join(("studiolab", *words)) for words in commands(get_command(cli.app))]
    assert len(words) >= 10
    assert [command for command in words if command not in text] == []


def test_help_imports_none_of_the_heavy_parts():
    heavy = {"pandas", "numpy", "sklearn", "sqlalchemy", "fastapi", "papermill", "plotly"}
    code = f"import sys, studiolab.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("words", list(commands(get_command(cli.app))), ids=" ".join)
def test_every_command_has_a_help_that_says_what_it_does(run, words):
    result = run(*words, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"Usage: studiolab {' '.join(words)}" in said(result.stdout)


def test_the_parts_of_the_inboxs_measurements_are_in_help_and_readme(run):
    told, readme = said(run("bench", "inbox", "--help").stdout), README.read_text()
    row = next(line for line in readme.splitlines() if "studiolab bench inbox" in line and "FOLDER" in line)
    assert [part for part in inbox_bench.PARTS if not re.search(rf"\b{part}\b", told)] == []
    assert [part for part in inbox_bench.PARTS if not re.search(rf"`(--part )?{part}`", row)] == []


def test_a_wrong_option_is_said_with_the_usage(run):
    result = run("forecast", "--mnths", "3")
    assert result.exit_code == 2
    assert "No such option: --mnths" in said(result.stderr)


# asking -------------------------------------------------------------------------------------------
def test_studios_are_listed_with_what_they_can_be_asked(run):
    lines = run("studios").stdout.splitlines()
    assert re.search(r"studio-001 .* 2025-03 to 2026-10 .* USD +forecast, scenario, plan", said(lines[1]))
    assert said(lines[4]).strip() == "till Till – 2024-05 to 2026-10 9,290 EUR forecast"


def test_a_studio_begins_before_anything_of_it_is_imported(run, own):
    said = run("studios", "add", "Rhythm Dance", "--currency", "EUR", "--timezone", "Europe/Berlin")
    assert said.stdout.startswith("Rhythm Dance is there as rhythm-dance. `studiolab inbox connect email --studio")
    assert re.search(r"rhythm-dance +Rhythm Dance +– +– +– +inbox", run("studios").stdout)
    assert "rhythm-dance" in [one["studio_id"] for one in json.loads(run("studios", "--json").stdout)]
    assert "not connected" in run("inbox", "status", "--studio", "rhythm-dance").stdout
    taken = run("studios", "add", "rhythm dance", "--currency", "EUR", "--timezone", "Europe/Berlin")
    assert (taken.exit_code, "there is 'Rhythm Dance' already" in taken.stderr) == (2, True)
    assert "no monthly figures yet" in run("report", "monthly", "--studio", "rhythm-dance").stderr
    assert "has no classes yet" in run("timetable", "show", "--studio", "rhythm-dance").stdout


def test_a_forecast_is_a_table_with_units_and_the_months_before(run):
    text = run("forecast", "--studio", "till", "--months", 2).stdout
    assert "till, after 2026-10" in text
    assert "Revenue EUR" in text
    assert re.search(r"2026-12 +[\d,]+ +[\d,]+ to [\d,]+ +– +– +\d+%", text)
    assert "24 months, then 2 predicted" in text


def test_without_a_studio_all_are_forecast(run, workbench):
    answers = json.loads(run("forecast", "--json").stdout)
    assert [answer["studio_id"] for answer in answers] == [studio.studio_id for studio in workbench.studios()]


def test_levers_may_be_set_one_by_one_or_as_json(run):
    asked = ("scenario", "--studio", "studio-001", "--json")
    one = run(*asked, "--set", "avg_ticket_price=170", "--set", "upsell_rate=.25").stdout
    other = run(*asked, "--levers", '{"avg_ticket_price": 170, "upsell_rate": 0.25}').stdout
    assert one == other != run(*asked).stdout


def test_a_scenario_beyond_the_data_says_so(run):
    text = run("scenario", "--studio", "studio-001", "--set", "avg_ticket_price=900").stdout
    assert "Beyond what the data covers, so less certain than it says: avg_ticket_price" in text


def test_a_plan_says_what_to_do_or_what_holds_it_back(run):
    text = said(run("plan", "--studio", "studio-001", "--target", 150_000, "--max-ticket-increase", 3).stdout)
    assert "avg_ticket_price" in text
    assert "effects are assumed" in text
    assert "Not reached under these limits: the best is" in text


def test_levers_are_explained_strongest_first_with_what_to_do(run):
    lines = run("explain", "--studio", "studio-001").stdout.splitlines()
    assert "1 % brings USD" in said(lines[1])
    assert re.search(r"retention_rate +0\.\d+ +\+[\d,]+ .* 1\.00 +High impact - 1 % more brings", lines[2])


def test_a_plan_is_shared_out_among_its_levers(run):
    text = said(run("explain", "--studio", "studio-001", "--by", "shapley", "--set", "upsell_rate=.3").stdout)
    assert re.search(r"upsell_rate 0\.\d+ 0\.3 \+[\d,]+ ", text)
    assert text.count("Not moved") == 6
    assert re.search(r"[\d,]+ USD expected as held, [\d,]+ under the plan", text)


def test_insights_are_three_tables_with_money_chance_and_how(run):
    text = said(run("insights", "--studio", "studio-001").stdout)
    assert "What to do next USD a month Chance How" in text
    assert re.search(r"\+[\d,]+ \d\d% \d weeks, (low|medium|high) effort", text)
    assert "the cheapest tactics bring" in text


def test_insights_of_revenue_alone_say_what_to_import_and_words_without_a_model_why(run):
    text = said(run("insights", "--studio", "till", "--words").stdout)
    assert "Import its members, visits and classes." in text
    assert "Plain insights because" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["scenario", "--studio", "nobody"], "no studio 'nobody'; there are 4: studio-001"),
        (["scenario", "--studio", "studio-001", "--set", "price=1"], "levers.price: no such key"),
        (["scenario", "--studio", "studio-001", "--set", "price"], "--set 'price': expected LEVER=NUMBER"),
        (["scenario", "--studio", "studio-001", "--levers", "{"], "--levers is no JSON"),
        (["explain", "--studio", "nobody"], "no studio 'nobody'; there are 4: studio-001"),
        (["explain", "--studio", "till"], "studio 'till' has no 9 months of member"),
        (["explain", "--studio", "studio-001", "--by", "guess"], "analysis_type: Input should be 'sensitivity'"),
        (["explain", "--studio", "studio-001", "--by", "shapley"], "levers names no lever; shapley shares out"),
        (
            ["explain", "--studio", "studio-001", "--set", "upsell_rate=nan"],
            "levers.upsell_rate: Input should be a finite number, got nan",
        ),
        (["plan", "--studio", "till", "--target", "9000"], "studio 'till' has no 9 months of member"),
        (["forecast", "--studio", "till", "--months", "13"], "projection_months: Input should be less than"),
        (["import", "no_such.csv"], "no_such.csv cannot be read"),
        (["insights", "--studio", "nobody"], "no studio 'nobody'; there are 4: studio-001"),
        (["insights", "--studio", "till", "--months", "0"], "projection_months: Input should be greater than"),
        (["report", "monthly", "--studio", "nobody"], "no studio 'nobody'; there are studio-001"),
        (["report", "weekly", "--studio", "nobody"], "no studio 'nobody'; there are studio-001"),
        (["report", "campaign", "--studio", "nobody"], "no studio 'nobody'; `studiolab studios` lists them"),
        (["products", "stats"], "studio_id: is missing; there are 4: studio-001"),
        (["products", "customer", "x", "--studio", "till"], "till has no orders yet; `studiolab import FILE` brings"),
        (["products", "customer", "x", "--studio", "studio-001"], "'x' is neither a customer nor a receipt"),
        (
            ["products", "opportunities", "--studio", "studio-001", "--segment", "rich"],
            "segment: Input should be 'new'",
        ),
        (["products", "churn", "--studio", "studio-001", "--limit", "0"], "limit: Input should be greater than"),
        (["bench", "series", "no_such.csv"], "no_such.csv cannot be read"),
    ],
)
def test_an_error_is_one_sentence_on_stderr_and_status_2(run, words, sentence):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"studiolab: {sentence}")
    assert result.stderr.count("\n") == 1


def test_a_fault_of_ours_is_said_to_be_one_with_its_place(run, monkeypatch):
    monkeypatch.setattr(bench, "world", lambda *_, **__: {}["gone"])
    result = run("bench", "world")
    assert result.exit_code == 2
    assert "this is a fault of studiolab itself, please report it: KeyError: 'gone' (test_cli.py line" in result.stderr


# doing --------------------------------------------------------------------------------------------
@pytest.fixture
def sales(tmp_path):
    file = tmp_path / "sales.csv"
    file.write_text("order_id,created_at,amount\n1,2026-01-05,10.00\n2,2026-01-30,5.50\n3,someday,7.00\n")
    return file


def test_a_preview_shows_matches_rows_and_reasons_and_stores_nothing(run, workbench, sales):
    text = said(run("import", sales, "--studio", "basel", "--currency", "CHF", "--preview").stdout)
    assert "sales.csv: rows of orders" in text
    assert "amount amount 100% name" in text
    assert "2 rows would go in, 1 would not" in text
    assert "1 created_at: cannot be read" in text
    assert "basel" not in set(workbench.db.read("studios")["studio_id"])


def test_an_import_says_what_became_of_each_row_and_a_second_one_finds_them(run, sales, tmp_path, monkeypatch):
    from studiolab.settings import settings

    monkeypatch.setenv("STUDIOLAB_HOME", str(tmp_path))
    settings.cache_clear()
    words = ("import", sales, "--studio", "basel", "--currency", "CHF", "--timezone", "Europe/Zurich")
    first, second = run(*words), run(*words, "--yes")
    assert "sales.csv: 3 rows read, 2 new, 0 corrected, 0 known already, 1 rejected" in first.stdout
    assert "sales.csv: 3 rows read, 0 new, 0 corrected, 2 known already, 1 rejected" in second.stdout
    assert "basel" in run("studios").stdout
    settings.cache_clear()


def test_up_serves_with_a_prepared_workbench(run, monkeypatch):
    called = []
    monkeypatch.setattr(serve, "up", lambda settings, prepare: called.append((settings.home, prepare())))
    assert run("up").exit_code == 0
    assert len(called) == 1


def test_a_report_is_of_the_last_month_unless_another_is_asked_for(run, monkeypatch):
    asked = []
    monkeypatch.setattr(reports, "run", lambda name, given: asked.append(given) or {"html": "page.html"})
    assert run("report", "monthly", "--studio", "till").stdout == "page.html\n"
    run("report", "monthly", "--studio", "till", "--month", "2026-05")
    assert asked == [{"STUDIO_ID": "till", "MONTH": "2026-10"}, {"STUDIO_ID": "till", "MONTH": "2026-05"}]


def test_a_weekly_report_is_of_the_end_of_the_visits_unless_a_day_is_asked_for(run, monkeypatch):
    asked = []
    monkeypatch.setattr(reports, "run", lambda name, given: asked.append((name, given)) or {"html": "page.html"})
    assert run("report", "weekly", "--studio", "till").stdout == "page.html\n"
    run("report", "weekly", "--studio", "till", "--as-of", "2026-10-19", "--most", "5")
    assert asked == [("weekly_class_plans", {"STUDIO_ID": "till", "AS_OF": "", "MOST": 20}),
                     ("weekly_class_plans", {"STUDIO_ID": "till", "AS_OF": "2026-10-19", "MOST": 5})]  # fmt: skip


# products -----------------------------------------------------------------------------------------
@pytest.fixture
def products(run):
    """Run `studiolab products` of the studio that has orders."""
    return lambda *words: run("products", *words, "--studio", "studio-001")


def test_opportunities_are_a_table_with_chance_worth_and_why(products):
    text = said(products("opportunities", "--policy", "ladder", "--limit", 3).stdout)
    assert re.search(r"studio-001, from 2026-11-01: [\d,]+ new, [\d,]+ repeat, [\d,]+ high value, [\d,]+ lapsed", text)
    assert "Customer Segment Spent USD Orders Product Chance Worth Why" in text
    assert len(re.findall(r"\d+\.\d% \(\d+\.\d% to \d+\.\d%\)", text)) == 3


def test_a_customer_is_shown_by_name_with_what_is_left_open(products):
    found = json.loads(products("opportunities", "--policy", "ladder", "--limit", 1, "--json").stdout)
    first = found["opportunities"][0]
    text = said(products("customer", first["receipt"], "--policy", "ladder").stdout)
    assert text.startswith(f"{first['customer_name']}, {first['segment']}, ")
    assert first["recommended_product"] in text
    assert "None of these is bought in" in text
    assert "Scores rank by the documents' rules and are no chances." in text


def test_products_are_told_with_what_each_brought_and_statistics_with_their_basis(products):
    text = said(products("performance").stdout)
    assert "Product Orders Revenue USD Customers An order Two years" in text
    assert re.search(r"Single visit +[\d,]+ +[\d,]+\.\d\d", text)
    text = products("stats", "--policy", "ladder").stdout
    assert re.search(r"[\d,]+ customers, [\d,.]+ USD kept from them so far", text)
    assert "\nAssumption: " in text


def test_an_export_is_printed_or_written_as_it_is(products, tmp_path):
    printed = products("export", "--policy", "ladder").stdout
    assert printed.startswith("\ufeffcustomer_id,customer_name,email,")
    assert (
        products("export", "--policy", "ladder", "--to", tmp_path / "list.csv").stdout == f"{tmp_path / 'list.csv'}\n"
    )
    assert (tmp_path / "list.csv").read_bytes().decode().replace("\r\n", "\n") == printed.replace("\r\n", "\n")


def test_values_and_churn_are_tables_of_money_and_chances(products):
    assert "Customer Worth USD Orders An order Still there Last Next" in said(products("values", "--limit", 2).stdout)
    text = said(products("churn", "--limit", 2).stdout)
    assert re.search(r"Customer At risk USD Still there Why .* ordered every \d+ days, silent for \d+", text)


def test_a_campaign_is_of_the_end_of_the_orders_unless_a_day_is_asked_for(run, monkeypatch):
    asked = []
    monkeypatch.setattr(reports, "run", lambda name, given: asked.append((name, given)) or {"csv": "page.csv"})
    assert run("report", "campaign", "--studio", "studio-001").stdout == "page.csv\n"
    run("report", "campaign", "--studio", "till", "--as-of", "2026-10-19", "--limit", "5", "--segment", "new")
    first = {"STUDIO_ID": "studio-001", "POLICY": "learned", "SEGMENT": "", "LIMIT": 20}
    other = {"STUDIO_ID": "till", "POLICY": "learned", "SEGMENT": "new", "LIMIT": 5, "AS_OF": "2026-10-19"}
    assert asked == [("campaign_list", first), ("campaign_list", other)]
