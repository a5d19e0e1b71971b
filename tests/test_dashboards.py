"""Every dashboard, served as a person gets it and used in a real Chromium."""

import re
import socket
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import psutil
import pytest

from studiolab import serve
from studiolab.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
DASHBOARDS = sorted(path.name for path in (PROJECT / "dashboards").glob("*.ipynb"))
FAREWELL = "/voila/api/shutdown/"  # sent by Voilà 0.5 as a page is left, without the XSRF token its server wants
PATIENCE = 90_000  # milliseconds, on a machine that is busy with other tests


@contextmanager
def serving(project, logs):
    """The Server of a project's dashboards, started by its own command; all it began ends with the block."""
    with pytest.MonkeyPatch.context() as patch, closing(socket.create_server(("127.0.0.1", 0))) as probe:
        patch.setenv("STUDIOLAB_DASHBOARDS_PORT", str(probe.getsockname()[1]))
        server = serve.servers(Settings(), project)["dashboards"]
    child = serve.Child(server, logs)
    child.wait_until_ready()
    yield server
    family = [psutil.Process(child.process.pid), *psutil.Process(child.process.pid).children(recursive=True)]
    child.process.terminate()
    _, left = psutil.wait_procs(family, timeout=10)
    for process in left:
        process.kill()


@pytest.fixture(scope="module")
def site(home, tmp_path_factory):
    """The dashboards of this project, on `home`."""
    with serving(PROJECT, tmp_path_factory.mktemp("logs")) as server:
        yield server


def is_error(message):
    return message.type == "error" and FAREWELL not in message.location["url"]


@pytest.fixture
def visit(site, chromium):
    """Opens a dashboard and gives its page; no error and no other host may have been seen at the end."""
    host, asked, errors, pages = f"http://127.0.0.1:{site.port}/", [], [], []

    def go(name, **query):
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE)
        pages.append(page)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        words = "&".join(f"{key}={value}" for key, value in query.items() | {("token", site.token)})
        page.goto(f"{host}voila/render/{name}?{words}", timeout=PATIENCE)
        return page

    yield go
    for page in pages:
        page.close()
    assert asked
    assert [url for url in asked if not url.startswith((host, "data:", "blob:"))] == []
    assert errors == []


# Waits ask every 100 ms: a page that Chromium does not paint on a busy machine would otherwise not be asked at all.
LINES = "[...document.querySelectorAll('.scatterlayer .js-line')].map(line => line.getAttribute('d')).join()"


@pytest.mark.parametrize("name", DASHBOARDS)
@pytest.mark.parametrize("width", [1400, 420])
def test_a_dashboard_is_drawn_within_the_width_of_its_window(visit, name, width):
    page = visit(name)
    page.set_viewport_size({"width": width, "height": 1000})
    page.wait_for_selector(".sl .card")
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.querySelector('.sl').scrollWidth <= window.innerWidth")
    assert "Traceback" not in page.inner_text("body")


def test_a_lever_moves_the_chart_and_the_cards(visit):
    page = visit("revenue_planner.ipynb", studio="studio-002")
    page.wait_for_selector(".js-plotly-plot .scatterlayer .js-line")
    lines, cards = page.evaluate(LINES), page.locator(".cards").inner_text()
    page.locator(".sl-lever-avg_ticket_price .noUi-handle").press("ArrowRight")
    page.wait_for_function(f"before => {LINES} !== before", arg=lines, polling=100)
    page.wait_for_function("before => document.querySelector('.cards').innerText !== before", arg=cards, polling=100)


MOVES = """count => new Promise(done => {
    const lines = () => %s, handle = document.querySelector(".sl-lever-avg_ticket_price .noUi-handle");
    const waits = [];
    let before, began;
    const press = () => {
        [before, began] = [lines(), performance.now()];
        handle.dispatchEvent(new KeyboardEvent("keydown", {key: waits.length % 2 ? "Left" : "Right", bubbles: true}));
    };
    new MutationObserver(() => {
        if (lines() === before) return;
        waits.push(performance.now() - began);
        before = lines();
        waits.length < count ? setTimeout(press, 300) : done(waits);
    }).observe(document.querySelector(".js-plotly-plot"), {subtree: true, attributes: true, childList: true});
    press();
})""".replace("%s", LINES)


def test_each_move_of_a_slider_moves_the_chart(visit, capsys):
    """Prints how long a move takes to reach the chart; run alone with `pytest -k each_move --no-cov`."""
    page = visit("revenue_planner.ipynb", studio="studio-002")
    page.wait_for_selector(".js-plotly-plot .scatterlayer .js-line")
    page.wait_for_load_state("networkidle")
    waits = page.evaluate(MOVES, 20)
    assert len(waits) == 20
    with capsys.disabled():
        print(
            f" slider to chart: median {median(waits):.0f} ms, worst {max(waits):.0f} ms of {len(waits)} moves ", end=""
        )


def test_a_target_brings_a_plan_that_moves_the_levers_and_undo_brings_them_back(visit):
    page = visit("revenue_planner.ipynb", studio="studio-002")
    page.wait_for_selector(".js-plotly-plot .scatterlayer .js-line")
    today = page.locator(".cards").inner_text()
    page.get_by_role("button", name="Find the cheapest plan").click()
    page.get_by_text("can be reached by moving").wait_for()
    target = float(page.locator(".sl-bar input[type=number]").input_value())
    page.get_by_role("button", name="Apply this plan").click()
    page.get_by_text("Following the plan").wait_for()
    promised = re.search(r"\$([\d,]+) instead of", page.locator(".cards").inner_text())[1]
    assert float(promised.replace(",", "")) == pytest.approx(target, rel=1e-3)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Following the plan").wait_for(state="detached")
    assert page.locator(".cards").inner_text() == today


def test_the_address_chooses_the_studio_and_one_of_revenue_alone_says_what_is_missing(visit, workbench):
    page = visit("revenue_planner.ipynb", studio="till")
    page.get_by_text("Only revenue is known").wait_for()
    assert page.locator(".sl-bar select").first.evaluate("box => box.selectedOptions[0].text") == "Till"
    assert page.locator(".sl-lever [disabled]").count() >= 7
    page.wait_for_selector(".js-plotly-plot .scatterlayer .js-line")
    lines = page.evaluate(LINES)
    page.locator(".sl-bar select").first.select_option(label=workbench.studios()[1].studio_name)
    page.wait_for_function(f"before => {LINES} !== before", arg=lines, polling=100)
    page.get_by_text("Only revenue is known").wait_for(state="detached")


def test_the_first_page_leads_to_a_studios_planner(visit, workbench):
    page = visit("home.ipynb")
    page.get_by_role("link", name=re.compile("^Till$")).click()
    page.get_by_text("Only revenue is known").wait_for()
    assert "studio=till" in page.url
