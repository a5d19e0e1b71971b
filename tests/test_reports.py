import json
import re
import time

import nbformat
import papermill
import pytest

from studiolab import reports
from studiolab.app import Workbench
from studiolab.settings import settings

ATTACKS = [
    "x=1\nimport os; os.system('touch {trace}')#",
    "STUDIO_ID\nimport os; os.system('touch {trace}')#",
    "STUDIO_ID = 1; __import__('os').system('touch {trace}'); x",
    "LEVERS",
    "",
]


def notebook(folder, *sources, name="tiny"):
    """A report notebook of these code cells after a cell of parameters."""
    cells = [nbformat.v4.new_code_cell('STUDIO_ID = "ana"\nMONTH = "2026-10"', metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / f"{name}.ipynb")


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A folder of reports that holds whatever `notebook` puts there, with the real frame."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "frame.html").write_text((reports.NOTEBOOKS / "frame.html").read_text())
    monkeypatch.setattr(reports, "NOTEBOOKS", folder)
    return folder


@pytest.mark.parametrize("name", ATTACKS)
def test_a_parameter_the_notebook_does_not_declare_is_refused_by_name_and_nothing_runs(tmp_path, monkeypatch, name):
    trace = tmp_path / "pwned"
    monkeypatch.setattr(papermill, "execute_notebook", lambda *_, **__: pytest.fail("papermill was asked to run it"))
    name = name.format(trace=trace)
    with pytest.raises(reports.ReportError, match=re.escape(repr(name))):
        reports.run("monthly_owner_report", {"STUDIO_ID": "studio-001", name: 1}, tmp_path)
    time.sleep(0.1)
    assert list(tmp_path.iterdir()) == []


def test_the_attack_works_on_papermill_itself_so_the_door_is_needed(tiny, tmp_path):
    notebook(tiny, "done = True")
    trace, attack = tmp_path / "pwned", "x=1\nopen({!r}, 'w').close()#"
    papermill.execute_notebook(
        str(tiny / "tiny.ipynb"), str(tmp_path / "out.ipynb"), {attack.format(str(trace)): 1}, progress_bar=False
    )
    assert trace.exists()


@pytest.mark.parametrize("value", [{"a": 1}, object(), [["nested"]], (1, 2)])
def test_a_value_that_is_not_plain_is_refused_by_its_parameters_name(tmp_path, value):
    with pytest.raises(reports.ReportError, match="MONTH is of type"):
        reports.run("monthly_owner_report", {"MONTH": value}, tmp_path)


@pytest.mark.parametrize("name", ["no_such", "../notebooks/01_studio_world", "https://example.org/x.ipynb", ""])
def test_only_reports_of_this_house_are_run(tmp_path, name):
    with pytest.raises(reports.ReportError, match="there are campaign_list, inbox, model_card, monthly_owner_report"):
        reports.run(name, {}, tmp_path)


def test_values_reach_the_notebook_as_they_are_and_what_it_records_is_read_back(tiny, tmp_path):
    said = 'quote " and \\ and \n line; import os'
    notebook(tiny, "import numpy as np\nfrom studiolab.reports import record",
             'record("studio", STUDIO_ID)\nrecord("numbers", [np.float64(0.5), np.int64(3)])')  # fmt: skip
    pages = reports.run("tiny", {"STUDIO_ID": said}, tmp_path / "out")
    assert reports.recorded(pages["notebook"]) == {"studio": said, "numbers": [0.5, 3]}


def test_a_studio_id_cannot_lead_the_files_out_of_their_folder(tiny, tmp_path):
    notebook(tiny, "1")
    pages = reports.run("tiny", {"STUDIO_ID": "../../up/../x", "MONTH": "2026-10"}, tmp_path / "out")
    assert {path.parent for path in pages.values()} == {tmp_path / "out" / "tiny"}


def test_an_error_names_the_cell_and_leaves_the_old_report_as_it_was(tiny, tmp_path):
    notebook(tiny, "from IPython.display import HTML, display\ndisplay(HTML('<h1>first</h1>'))")
    pages = reports.run("tiny", {}, tmp_path / "out")
    before = {path: path.read_bytes() for path in pages.values()}
    notebook(tiny, "1", "2", "total = 1 / 0")
    with pytest.raises(reports.ReportError, match=r"tiny stopped in cell \d \(total = 1 / 0\): ZeroDivisionError"):
        reports.run("tiny", {}, tmp_path / "out")
    assert {path: path.read_bytes() for path in (tmp_path / "out" / "tiny").iterdir()} == before


def test_a_write_that_fails_halfway_leaves_the_old_file_and_no_other(tmp_path):
    path = reports.write_whole(tmp_path / "page.html", "old")
    with pytest.raises(UnicodeEncodeError):
        reports.write_whole(path, "new " + "\ud800")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("page.html", "old")]


@pytest.fixture(scope="module")
def made(home, tmp_path_factory):
    """Paths of the monthly report of a full studio and of one known by its revenue alone."""
    out = tmp_path_factory.mktemp("out")
    return {studio: reports.run("monthly_owner_report", {"STUDIO_ID": studio, "MONTH": "2026-10"}, out)
            for studio in ("studio-002", "till")}  # fmt: skip


@pytest.mark.parametrize("studio", ["studio-002", "till"])
@pytest.mark.parametrize("kind", ["html", "print"])
def test_a_report_is_drawn_without_code_errors_or_another_host(made, chromium, studio, kind):
    page = chromium.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(made[studio][kind].as_uri())
    page.wait_for_selector(".js-plotly-plot .scatterlayer")
    text = page.inner_text("body")
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    assert "October 2026" in text
    assert not re.search(r"import |workbench|[a-z]+_[a-z]+|\bnan\b|None", text)


def test_the_report_of_a_studio_shows_members_plan_and_numbers(made, chromium):
    page = chromium.new_page()
    page.goto(made["studio-002"]["html"].as_uri())
    titles = page.locator("h2").all_inner_texts()
    figures = page.locator(".js-plotly-plot").count()
    page.close()
    assert [title.split(":")[0] for title in titles] == [
        "Revenue so far, and the next three months", "What changed on the month before", "Members who came and went",
        "What to do next, what to watch", "What stands out this month", "The cheapest way to 5 % more in three months",
        "What to do, most worth first", "The numbers",
    ]  # fmt: skip
    assert figures == 3


def test_the_report_of_a_studio_of_revenue_alone_says_what_is_missing(made, chromium):
    page = chromium.new_page()
    page.goto(made["till"]["html"].as_uri())
    text = page.inner_text("body")
    page.close()
    assert "€9,290" in text
    assert "Not known for this month" in text
    assert "Members at the end" in text
    assert json.dumps(reports.recorded(made["till"]["notebook"])["plan"]) == "null"


def test_the_page_to_print_comes_out_on_paper_with_its_figures(made, chromium):
    page = chromium.new_page()
    page.goto(made["studio-002"]["print"].as_uri())
    page.wait_for_selector(".js-plotly-plot .scatterlayer")
    wide = page.evaluate("Math.max(...[...document.querySelectorAll('.js-plotly-plot')].map(f => f.offsetWidth))")
    paper = page.pdf(prefer_css_page_size=True)
    page.close()
    assert wide <= 794 - 2 * 53  # A4 at 96 dots an inch, without its margins of 14 mm
    assert b"/MediaBox [0 0 594" in paper or b"/MediaBox [0 0 595" in paper


# the weekly report ----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def weekly(home, tmp_path_factory):
    """Paths of the weekly report of the studio with visits and of one without."""
    out = tmp_path_factory.mktemp("weekly")
    asked = {"studio-001": {"AS_OF": "2026-10-19", "MOST": 4}, "studio-002": {}}
    return {studio: reports.run("weekly_class_plans", {"STUDIO_ID": studio, **more}, out)
            for studio, more in asked.items()}  # fmt: skip


@pytest.mark.parametrize("kind", ["html", "print"])
def test_the_weekly_report_is_drawn_with_lists_picture_and_plans(weekly, chromium, kind):
    page = chromium.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(weekly["studio-001"][kind].as_uri())
    page.wait_for_selector(".js-plotly-plot .heatmaplayer")
    text, titles = page.inner_text("body"), page.locator("h2").all_inner_texts()
    plans = page.locator("section.client table").count()
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    assert titles == ["Talk to these people today", "Where this week’s offers meet free places", "Offer a larger plan",
                      "Eight classes for each of them"]  # fmt: skip
    assert plans == 4
    assert "the week from Monday 19 October 2026" in text
    assert not re.search(r"import |workbench|[a-z]+_[a-z]+|\bnan\b|None", text)


@pytest.mark.parametrize("width", [1200, 420])
def test_nothing_of_the_weekly_report_is_wider_than_the_window(weekly, chromium, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(weekly["studio-001"]["html"].as_uri())
    page.wait_for_selector(".js-plotly-plot .heatmaplayer")
    wide = page.evaluate("Math.max(...[...document.querySelectorAll('table, h1, .card')].map(e => e.scrollWidth))")
    page.close()
    assert wide <= width


def test_the_weekly_report_is_named_by_studio_and_day_and_the_newest_by_studio(weekly):
    assert weekly["studio-001"]["html"].name == "studio-001-2026-10-19.html"
    assert weekly["studio-002"]["html"].name == "studio-002.html"


def test_the_weekly_report_of_a_studio_without_visits_says_what_to_do(weekly, chromium):
    page = chromium.new_page()
    page.goto(weekly["studio-002"]["html"].as_uri())
    text = page.inner_text("body")
    page.close()
    assert "No visit to this studio is known yet" in text
    assert "studiolab import FILE --studio studio-002" in text
    assert reports.recorded(weekly["studio-002"]["notebook"])["plans"] == {}


# the campaign ----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def campaign(home, tmp_path_factory):
    """Paths of the campaign list of the studio with orders and of one without."""
    out = tmp_path_factory.mktemp("campaign")
    asked = {"studio-001": {"POLICY": "ladder", "SEGMENT": "high value", "LIMIT": 4, "AS_OF": "2026-10-19"},
             "studio-002": {}}  # fmt: skip
    return {studio: reports.run("campaign_list", {"STUDIO_ID": studio, **more}, out) for studio, more in asked.items()}


@pytest.mark.parametrize("kind", ["html", "print"])
@pytest.mark.parametrize("width", [1200, 420])
def test_the_campaign_is_drawn_within_its_window_with_cards_picture_list_and_counts(campaign, chromium, kind, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(campaign["studio-001"][kind].as_uri())
    page.wait_for_selector(".js-plotly-plot .barlayer")
    text, titles = page.inner_text("body"), page.locator("h2").all_inner_texts()
    wide = page.evaluate("Math.max(...[...document.querySelectorAll('table, h1, .card')].map(e => e.scrollWidth))")
    rows = page.locator("table").first.locator("tbody tr").count()
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    assert titles == ["What each product may bring", "Who gets what, and why", "Whom it reaches"]
    assert rows == 4
    assert wide <= width
    assert "campaign from Monday 19 October 2026" in text
    assert "segment “high value” by e-mail, by the documents' ladder" in text
    assert "Did not agree to e-mail" in text
    assert not re.search(r"import |workbench|[a-z]+_[a-z]+|\bnan\b|None", text)


def test_the_campaigns_csv_is_beside_its_pages_and_no_other_report_leaves_a_file(campaign, weekly):
    path = campaign["studio-001"]["csv"]
    assert path.name == "studio-001-2026-10-19-ladder-high_value.csv"
    assert path.parent == campaign["studio-001"]["html"].parent
    assert path.read_bytes().startswith(b"\xef\xbb\xbfcustomer_id,customer_name,email,")
    assert "customer_id,customer_name" not in campaign["studio-001"]["html"].read_text()
    assert set(weekly["studio-001"]) == {"html", "print", "notebook"}


def test_the_campaign_of_a_studio_without_orders_says_what_to_do(campaign, chromium):
    page = chromium.new_page()
    page.goto(campaign["studio-002"]["html"].as_uri())
    text = page.inner_text("body")
    page.close()
    assert "No order of this studio is known yet" in text
    assert "csv" not in campaign["studio-002"]


@pytest.mark.parametrize("ending", ["csv", ".CSV", "./../x.csv", ".csv.sh", ""])
def test_a_file_beside_a_report_has_a_plain_ending(ending):
    with pytest.raises(reports.ReportError, match="expected a dot and small letters"):
        reports.attach(ending, "text")


# the model card --------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def model_card(copied, tmp_path_factory):
    """Paths of the model card of a small workbench with small learners, scored from one earlier month."""
    folder = tmp_path_factory.mktemp("card")
    (folder / "few.yaml").write_text(
        "xgboost: {n_estimators: 20}\nlightgbm: {n_estimators: 20}\nrandom_forest: {n_estimators: 10}"
    )
    copied(folder)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STUDIOLAB_HOME", str(folder))
            patch.setenv("STUDIOLAB_MODEL_CONFIG", str(folder / "few.yaml"))
            settings.cache_clear()
            yield reports.run("model_card", {"ORIGINS": 1})
    finally:
        settings.cache_clear()


@pytest.mark.parametrize("width", [1200, 420])
def test_the_model_card_is_drawn_within_its_window_with_figures_and_no_raw_name(model_card, chromium, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(model_card["html"].as_uri())
    page.wait_for_selector(".js-plotly-plot .scatterlayer")
    text, titles = page.inner_text("body"), page.locator("h2").all_inner_texts()
    wide = page.evaluate(
        "Math.max(...[document.documentElement, ...document.querySelectorAll('.prose table')].map(e => e.scrollWidth))"
    )
    figures = page.locator(".js-plotly-plot").count()
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    assert titles == [
        "What it is for", "What it is not for", "What it learned from", "How far off its forecasts were",
        "Does the 90 % interval keep its word?", "What it is made of", "What counts in the stack", "What learners see",
        "Its limits",
    ]  # fmt: skip
    assert figures == 2
    assert wide <= width
    assert not re.search(r"import |workbench|[a-z]+_[a-z]+|\bnan\b|None", text)


def test_the_model_card_tells_of_the_model_that_answers_and_of_its_data(model_card):
    known = reports.recorded(model_card["notebook"])
    assert known["version"] == Workbench().model.version
    assert known["run"] is None
    assert known["studios"] == 4
    assert {name.split(",")[0] for name in known["errors"]} == {
        "structural", "ensemble", "stack", "same as last month", "same as a year ago"
    }  # fmt: skip
