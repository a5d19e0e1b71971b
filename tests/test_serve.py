import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import uuid
from contextlib import closing, suppress

import httpx
import nbformat
import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from studiolab import serve
from studiolab.app import Workbench
from studiolab.settings import Settings
from studiolab.users import start_cookie

OWNERS_TOKEN = "an-owners-token-of-some-length"
UP = """
import pathlib, sys
from studiolab import serve
from studiolab.app import Workbench
from studiolab.settings import settings
serve.up(settings(), lambda: print("prepared"), project=pathlib.Path(sys.argv[1]))
"""
DASHBOARD = """
import ipywidgets as widgets
import plotly.graph_objects as go
lever, chart = widgets.IntSlider(value=3), go.FigureWidget(go.Figure(go.Scatter(y=[1, 3, 2])))
said = widgets.Label()
def move(change):
    said.value = f"the lever stands at {lever.value}"
    chart.data[0].y = [1, lever.value, 2]
lever.observe(move, "value")
widgets.VBox([lever, said, chart])
"""
WHO = """
import ipywidgets as widgets
from studiolab.app import Workbench
from studiolab.panels.asked import visitor
widgets.Label("{0.name} is {0.role}".format(visitor(Workbench())))
"""
PASSWORD = "correct horse battery"


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def folders(project, *cells):
    """A project with one dashboard of these cells."""
    (project / "dashboards").mkdir(parents=True)
    (project / "notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), project / "dashboards" / "tiny_planner.ipynb")
    return project


class Site:
    """`serve.up` in a process of its own, as a person starts it, up to its word that everything is up."""

    def __init__(self, project):
        self.dashboards_port, self.lab_port, self.api_port = free_ports(3)
        environment = os.environ | {
            "STUDIOLAB_HOME": str(project),
            "STUDIOLAB_TOKEN": OWNERS_TOKEN,
            "STUDIOLAB_DASHBOARDS_PORT": str(self.dashboards_port),
            "STUDIOLAB_LAB_PORT": str(self.lab_port),
            "STUDIOLAB_API_PORT": str(self.api_port),
        }
        command = [sys.executable, "-u", "-c", UP, str(project)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if "everything is up" in line:
                break
        assert self.process.poll() is None, self.said
        self.lab_token = re.search(rf":{self.lab_port}/lab\?token=(\S+)", self.said)[1]
        self.dashboard = f"http://127.0.0.1:{self.dashboards_port}/voila/render/tiny_planner.ipynb"

    def family(self):
        """Every process below the one that was started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number):
        """The family as it was when signal `number` came to the one that was started, which has ended now."""
        family = self.family()
        self.process.send_signal(number)
        self.process.wait(30)
        return family


@pytest.fixture(scope="module")
def other_host():
    """A server that the pages must never ask, with the list of what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.asked = asked
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory, other_host):
    picture = f"<img src='http://127.0.0.1:{other_host.server_port}/spy.png'>"
    project = folders(
        tmp_path_factory.mktemp("site"),
        nbformat.v4.new_markdown_cell(f"# Tiny planner\nIt costs $x^2$ {picture}"),
        nbformat.v4.new_code_cell(DASHBOARD),
        nbformat.v4.new_code_cell(WHO),
    )
    bench = Workbench(Settings(STUDIOLAB_HOME=project))
    for name, role in (("olga", "owner"), ("kim", "front desk")):
        bench.accounts.add(name, role, PASSWORD)
    bench.close()
    site = Site(project)
    yield site
    with suppress(ProcessLookupError):
        site.end(signal.SIGTERM)


def requests_of(page):
    """Addresses that the page asks for over the network, growing as it does."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def of_another_host(asked, port):
    return [url for url in asked if not url.startswith((f"http://127.0.0.1:{port}/", "data:", "blob:"))]


def test_a_dashboard_is_drawn_and_its_slider_moves_and_no_other_host_hears_of_it(site, chromium, other_host):
    page = chromium.new_page()
    asked = requests_of(page)
    page.goto(f"{site.dashboard}?token={OWNERS_TOKEN}", timeout=90_000)
    page.wait_for_selector(".js-plotly-plot", timeout=90_000)
    page.locator(".widget-slider .noUi-handle").press("ArrowRight")
    page.get_by_text("the lever stands at 4").wait_for()
    page.close()
    assert other_host.asked == []
    spy = f"http://127.0.0.1:{other_host.server_port}/spy.png"
    assert set(of_another_host(asked, site.dashboards_port)) <= {spy}


def test_a_page_asks_at_once_for_all_parts_of_its_script(site, chromium):
    """Another Voilà has other parts: those named here belong into scripts.html.j2, or out of it."""
    page, missing = chromium.new_page(), []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
    page.goto(f"{site.dashboard}?token={OWNERS_TOKEN}", timeout=90_000)
    page.wait_for_selector(".js-plotly-plot", timeout=90_000)
    parts = page.evaluate("""performance.getEntriesByType("resource").filter(r => r.name.includes("/voila/static/"))
        .map(r => [r.initiatorType, r.name.split("/").pop()])""")
    page.close()
    assert len(parts) > 20
    assert [name for kind, name in parts if kind != "link"] == []
    assert missing == []


@pytest.mark.parametrize("path", ["/", "/login", "/voila/render/no_such.ipynb"])
def test_lists_and_errors_ask_no_other_host(site, chromium, path):
    page = chromium.new_page()
    asked = requests_of(page)
    page.goto(f"http://127.0.0.1:{site.dashboards_port}{path}?token={OWNERS_TOKEN}")
    page.close()
    assert asked
    assert of_another_host(asked, site.dashboards_port) == []


def test_the_list_leads_to_the_dashboard(site):
    page = httpx.get(f"http://127.0.0.1:{site.dashboards_port}/?token={OWNERS_TOKEN}", timeout=60).text
    assert '<a href="/voila/render/tiny_planner.ipynb">tiny planner</a>' in page


def test_the_laboratory_opens_and_asks_no_other_host(site, chromium):
    page = chromium.new_page()
    asked = requests_of(page)
    page.goto(f"http://127.0.0.1:{site.lab_port}/lab?token={site.lab_token}")
    page.wait_for_selector(".jp-Launcher", timeout=90_000)
    page.close()
    assert of_another_host(asked, site.lab_port) == []


def test_without_the_token_dashboards_and_laboratory_show_their_login(site):
    for address in (site.dashboard, f"http://127.0.0.1:{site.lab_port}/lab"):
        answer = httpx.get(address, timeout=60)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (302, "/login")


def test_no_login_page_offers_to_set_a_password_that_would_outlive_the_token(site):
    for port in (site.dashboards_port, site.lab_port):
        page = httpx.get(f"http://127.0.0.1:{port}/login", timeout=60).text
        assert "Sign in" in page
        assert "new_password" not in page


def test_an_owners_token_does_not_open_the_laboratory(site):
    address = f"http://127.0.0.1:{site.lab_port}/api/contents"
    assert httpx.get(address, params={"token": OWNERS_TOKEN}, timeout=60).status_code == 403
    assert httpx.get(address, params={"token": site.lab_token}, timeout=60).status_code == 200


def sign_in(page, port, name, password=PASSWORD):
    page.goto(f"http://127.0.0.1:{port}/login?next=%2Fvoila%2Frender%2Ftiny_planner.ipynb")
    page.fill("[name=user]", name)
    page.fill("[name=password]", password)
    page.click("button")


def test_one_sign_in_opens_dashboards_and_api_and_the_laboratory_to_its_role_alone(site, chromium):
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, site.dashboards_port, "kim")
    page.wait_for_selector("text=kim is front desk", timeout=90_000)
    api, lab = f"http://127.0.0.1:{site.api_port}", f"http://127.0.0.1:{site.lab_port}/lab"
    assert page.request.get(f"{api}/api/v1/me").json() == {"user": "kim", "role": "front desk"}
    refused = page.request.get(f"{api}/api/v1/studios")
    assert (refused.status, refused.json()["detail"]) == (
        403, "kim is front desk and may not see revenue; that takes owner or manager or read-only")  # fmt: skip
    page.goto(lab)
    assert "kim is front desk and may not open the laboratory" in page.inner_text("[role=alert]")
    sign_in(page, site.lab_port, "olga")
    assert page.request.get(f"{api}/api/v1/me").json()["role"] == "owner"
    page.goto(lab)
    page.wait_for_selector(".jp-Launcher", timeout=90_000)
    page.goto(f"http://127.0.0.1:{site.lab_port}/logout")
    assert page.request.get(f"{api}/api/v1/me").status == 401
    page.goto(site.dashboard)
    assert page.inner_text("h1") == "studiolab"
    context.close()


def test_whoever_started_the_site_is_known_in_the_dashboard(site, chromium):
    context = chromium.new_context()
    page = context.new_page()
    for address in (f"{site.dashboard}?token={OWNERS_TOKEN}", site.dashboard):
        page.goto(address)
        page.wait_for_selector("text=terminal is owner", timeout=90_000)
    [cookie] = [cookie for cookie in context.cookies() if cookie["name"] == start_cookie(OWNERS_TOKEN)]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert OWNERS_TOKEN not in cookie["value"]
    context.close()


def test_the_laboratorys_address_does_not_end_the_sign_in_to_the_dashboards(site, chromium):
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, site.dashboards_port, "kim")
    page.goto(f"http://127.0.0.1:{site.lab_port}/lab?token={site.lab_token}")
    page.goto(site.dashboard)
    page.wait_for_selector("text=kim is front desk", timeout=90_000)
    context.close()


def test_a_token_made_up_in_the_address_gives_no_more_rights(site, chromium):
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, site.dashboards_port, "kim")
    page.goto(f"{site.dashboard}?token=x")
    page.wait_for_selector("text=kim is front desk", timeout=90_000)
    context.close()


def test_who_visits_is_told_to_kernels_alone(site):
    page = httpx.get(site.dashboard, params={"token": OWNERS_TOKEN}, timeout=90).text
    kernel = re.search(r'"kernelId": ?"([\w-]+)"', page)[1]
    for query in ("", f"?token={OWNERS_TOKEN}"):
        address = f"ws://127.0.0.1:{site.dashboards_port}/voila/query/{kernel}{query}"
        with pytest.raises(InvalidStatus, match="403"), connect(address, proxy=None):
            pass


def test_a_wrong_password_is_refused_in_words_and_no_other_site_can_send_the_form(site, chromium):
    page = chromium.new_page()
    sign_in(page, site.dashboards_port, "kim", "not the password")
    assert page.inner_text("[role=alert]").startswith("User name or password is wrong.")
    page.close()
    form = {"user": "kim", "password": PASSWORD}
    address = f"http://127.0.0.1:{site.dashboards_port}/login"
    assert httpx.post(address, data=form, timeout=60).status_code == 403  # the form's own secret is missing


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_a_sign_in_leads_to_no_other_host(site, elsewhere):
    with httpx.Client(base_url=f"http://127.0.0.1:{site.dashboards_port}", timeout=60) as browser:
        secret = re.search(r'name="_xsrf" value="([^"]+)"', browser.get("/login").text)[1]
        form = {"user": "kim", "password": PASSWORD, "_xsrf": secret}
        answer = browser.post("/login", params={"next": elsewhere}, data=form)
        assert (answer.status_code, answer.headers["location"]) in [(302, "/"), (302, "/%5Cevil.example")]


def test_every_server_listens_on_this_machine_only(site):
    ports = {site.dashboards_port, site.lab_port, site.api_port}
    listening = [c.laddr for p in site.family() for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert ports <= {address.port for address in listening}


def message(kind, **content):
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": "s", "version": "5.4"}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}


def as_text(message):
    return json.dumps(message)


def as_bytes(message):
    """The binary form that the newer websocket protocol of Jupyter carries."""
    parts = [message["channel"].encode()]
    parts += [json.dumps(message[k]).encode() for k in ("header", "parent_header", "metadata", "content")]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return b"".join(n.to_bytes(8, "little") for n in [len(offsets), *offsets]) + b"".join(parts)


def send_code(port, kernel, token, code, protocol):
    """Send code to a kernel as a browser would, and wait for its answer to a harmless question sent after it."""
    packed = as_bytes if protocol else as_text
    question = message("comm_info_request", target_name="jupyter.widget")
    address = f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels?token={token}"
    with connect(address, subprotocols=[protocol] if protocol else None, proxy=None) as kernel_line:
        kernel_line.send(packed(message("execute_request", code=code, silent=False)))
        kernel_line.send(packed(question))
        while not {"comm_info_reply", question["header"]["msg_id"]} <= words(kernel_line.recv(timeout=60)):
            pass


def words(answer):
    return set(re.findall(r"[\w-]+", answer if isinstance(answer, str) else answer.decode(errors="replace")))


@pytest.mark.parametrize("protocol", [None, "v1.kernel.websocket.jupyter.org"])
def test_a_browser_cannot_send_code_to_a_dashboards_kernel_as_it_can_in_the_laboratory(site, tmp_path, protocol):
    page = httpx.get(site.dashboard, params={"token": OWNERS_TOKEN}, timeout=90).text
    kernel = re.search(r'"kernelId": ?"([\w-]+)"', page)[1]
    code = "open({!r}, 'w').close()"
    send_code(site.dashboards_port, kernel, OWNERS_TOKEN, code.format(str(tmp_path / "dashboards")), protocol)
    lab = f"http://127.0.0.1:{site.lab_port}/api/kernels"
    kernel = httpx.post(lab, params={"token": site.lab_token}, timeout=90).json()["id"]
    send_code(site.lab_port, kernel, site.lab_token, code.format(str(tmp_path / "laboratory")), protocol)
    assert [trace.name for trace in tmp_path.iterdir()] == ["laboratory"]


@pytest.mark.parametrize("path", ["/api/kernels", "/api/sessions", "/api/terminals", "/api/contents/x.ipynb"])
def test_a_browser_cannot_make_a_kernel_or_a_file_at_the_dashboards(site, path):
    address = f"http://127.0.0.1:{site.dashboards_port}{path}"
    for send in (httpx.post, httpx.put):
        answer = send(address, params={"token": OWNERS_TOKEN}, json={"name": "python3"}, timeout=60)
        assert answer.status_code in (403, 404, 405)


def is_kernel(process):
    with suppress(psutil.NoSuchProcess):
        return "ipykernel_launcher" in process.cmdline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_leave_nothing_running(tmp_path, number):
    site = Site(folders(tmp_path, nbformat.v4.new_code_cell("1 + 1")))
    while not any(map(is_kernel, site.family())):
        assert site.process.poll() is None
    family = site.end(number)
    assert site.process.returncode == 0
    assert len(family) >= 4
    assert [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []


def settings_with(monkeypatch, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))
    return Settings()


def test_a_port_in_use_is_named_with_its_variable_before_anything_starts(monkeypatch, tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        settings = settings_with(monkeypatch, STUDIOLAB_API_PORT=port, STUDIOLAB_HOME=tmp_path)
        with pytest.raises(serve.CannotServe, match=rf"port {port} for the api .* set STUDIOLAB_API_PORT"):
            serve.up(settings, prepare=lambda: pytest.fail("prepared all the same"))
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_dies_at_its_start_is_named_with_the_end_of_its_log(tmp_path):
    says = [sys.executable, "-c", "print('no such table: studios'); raise SystemExit(3)"]
    child = serve.Child(serve.Server("api", *free_ports(1), "STUDIOLAB_API_PORT", says, {}, ""), tmp_path)
    with pytest.raises(serve.CannotServe, match=r"(?s)the api server ended with status 3.*no such table: studios"):
        child.wait_until_ready()


def test_tokens_are_new_at_each_start_and_never_on_a_command_line(monkeypatch, tmp_path):
    settings = settings_with(monkeypatch, STUDIOLAB_TOKEN="")
    starts = [serve.servers(settings, tmp_path) for _ in range(2)]
    tokens = [server.token for site in starts for server in site.values()]
    assert len(set(tokens)) == 4
    assert all(len(token) >= 32 for token in tokens)
    assert not any(token in part for token in tokens for site in starts for s in site.values() for part in s.command)


def test_a_token_from_the_environment_opens_dashboards_and_api_but_not_the_laboratory(monkeypatch, tmp_path):
    site = serve.servers(settings_with(monkeypatch, STUDIOLAB_TOKEN=OWNERS_TOKEN), tmp_path)
    assert (site["dashboards"].token, site["api"].token) == (OWNERS_TOKEN, OWNERS_TOKEN)
    assert site["laboratory"].token != OWNERS_TOKEN
