"""Start the site: owners' dashboards (Voilà), the laboratory (JupyterLab) and the API, and stop them together.

Each listens on 127.0.0.1 only and asks for a token, made anew at each start. Dashboards and API
share one, which `STUDIOLAB_TOKEN` may fix. The laboratory always gets another: JupyterLab runs
any code for whoever may enter, while Voilà refuses code sent by a browser, so an owner's address
must not open it. Tokens travel in the environment, where other users' `ps` does not show them.
"""

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console

HOST = "127.0.0.1"
PROJECT = Path(__file__).resolve().parents[1]
SITE = Path(__file__).resolve().parent / "site"
READY_SECONDS = 120
SETTLE_SECONDS = 20
STOP_SECONDS = 5

console = Console(highlight=False, soft_wrap=True)


class CannotServe(Exception):
    """Why the site cannot start or go on, in one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Server:
    """One server of the site.

    name : str, the owner's word for it
    port : int; port_variable : str, the environment variable that moves it
    command : list of str
    pages : dict from title to path, what the terminal shows once it answers
    token : str, what opens those pages
    environment : dict, added to ours
    """

    name: str
    port: int
    port_variable: str
    command: list
    pages: dict
    token: str
    environment: dict = field(default_factory=dict)


def up(settings, prepare, project=PROJECT):
    """Prepare the data, start the three servers, show their addresses and stay until Ctrl-C or one ends.

    settings : studiolab.settings.Settings; home, token and the three ports are used
    prepare : callable without arguments, brings database, sample and models in place, which all of them read
    project : Path, holds dashboards/ and notebooks/
    Raises CannotServe if a port is taken (nothing is started then), or a server ends or stays
    silent for READY_SECONDS (the others are stopped then).
    """
    os.umask(0o077)  # logs and data are this user's alone
    site = servers(settings, project)
    for server in site.values():
        refuse_used_port(server)
    logs = settings.home / "data" / "logs"
    with stopped_at_the_end():
        prepare()
        children = []
        for server in site.values():
            children.append(Child(server, logs))
            with step(f"starting {server.name}"):
                children[-1].wait_until_ready()
                children[-1].wait_until_settled()
            show_addresses(server)
        console.print("everything is up, for this machine only; Ctrl-C stops it")
        while True:
            for child in children:
                child.check()
            time.sleep(0.5)


def servers(settings, project):
    """The three `Server` by name, with a fresh token where the settings give none."""
    token, lab_token = settings.token or secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    kernels = secrets.token_hex(24)
    dashboards = project / "dashboards"
    titles = {path.stem.replace("_", " "): f"/voila/render/{path.name}" for path in sorted(dashboards.glob("*.ipynb"))}
    return {
        "dashboards": Server(
            "dashboards",
            settings.dashboards_port,
            "STUDIOLAB_DASHBOARDS_PORT",
            [script("voila"), str(dashboards), f"--port={settings.dashboards_port}"],
            {"all dashboards": "/"} | titles,
            token,
            {
                "JUPYTER_TOKEN": token,
                "STUDIOLAB_TOKEN": token,
                "VOILA_APP_IP": f"kernel:{kernels}@{HOST}",  # a kernel's question who visits carries it (sign_in)
                "STUDIOLAB_KERNELS": kernels,
                "JUPYTER_PATH": str(SITE),
                "JUPYTER_CONFIG_PATH": str(SITE),
            },
        ),
        "api": Server(
            "api",
            settings.api_port,
            "STUDIOLAB_API_PORT",
            [
                script("uvicorn"),
                "--factory",
                "studiolab.api:app",
                "--no-access-log",
                f"--host={HOST}",
                f"--port={settings.api_port}",
            ],
            {"API": "/docs"},
            token,
            {"STUDIOLAB_TOKEN": token},
        ),
        "laboratory": Server(
            "laboratory",
            settings.lab_port,
            "STUDIOLAB_LAB_PORT",
            # Research gives way to the owners' pages when both want the processor.
            [
                "nice",
                script("jupyter-lab"),
                f"--port={settings.lab_port}",
                f"--ServerApp.root_dir={project / 'notebooks'}",
            ],
            {"JupyterLab": "/lab"},
            lab_token,
            {"JUPYTER_TOKEN": lab_token, "JUPYTER_CONFIG_PATH": str(SITE)},
        ),
    }


def script(name):
    """Path of a program that was installed beside this Python."""
    return str(Path(sys.executable).parent / name)


def refuse_used_port(server):
    """Raise CannotServe if anything listens on the server's port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, server.port))
        except OSError:
            raise CannotServe(
                f"port {server.port} for the {server.name} is in use: stop what listens there, "
                f"or set {server.port_variable} to a free port"
            ) from None


class Child:
    """A started `Server`: its process and the log it writes."""

    def __init__(self, server, logs):
        logs.mkdir(parents=True, exist_ok=True)
        self.server, self.log = server, logs / f"{server.name}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                server.command,
                env=os.environ | server.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self):
        """Raise CannotServe with the end of the log if the process has ended."""
        if self.process.poll() is not None:
            last = "\n  ".join(self.log.read_text(errors="replace").splitlines()[-10:])
            raise CannotServe(
                f"the {self.server.name} server ended with status {self.process.returncode}; "
                f"the last lines of {self.log}:\n  {last}"
            )

    def wait_until_ready(self):
        """Return once the server answers a request; raise CannotServe if it ends or READY_SECONDS pass first."""
        until = time.monotonic() + READY_SECONDS
        while not self._answers():
            self.check()
            if time.monotonic() > until:
                raise CannotServe(f"the {self.server.name} server did not answer in {READY_SECONDS} s; see {self.log}")
            time.sleep(0.1)

    def wait_until_settled(self):
        """Return once the processes below the server rest, SETTLE_SECONDS from now at the latest.

        Voilà draws each page ahead of its first visitor; one who came before that would wait longer.
        """
        until, before = time.monotonic() + SETTLE_SECONDS, -1.0
        while time.monotonic() < until:
            now = self._seconds_below()
            if now - before < 0.02:
                return
            before = now
            time.sleep(0.5)

    def _seconds_below(self):
        """Processor seconds that the processes below the server have used."""
        with contextlib.suppress(psutil.Error):
            return sum(sum(child.cpu_times()[:2]) for child in psutil.Process(self.process.pid).children(True))
        return 0.0

    def _answers(self):
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=2)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        return False


@contextlib.contextmanager
def stopped_at_the_end():
    """Run the block until Ctrl-C, SIGTERM or a closed terminal; however it ends, nothing we started stays."""

    def leave(number, frame):
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        console.print("stopping")
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        stop_descendants()
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_descendants():
    """End every process below this one: asked first, killed after STOP_SECONDS.

    A kernel leads a session of its own, so a signal to its server's group would miss it.
    """
    family = psutil.Process().children(recursive=True)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=STOP_SECONDS)


@contextlib.contextmanager
def step(title):
    """Say what is done and how many seconds it took, on one line."""
    began = time.monotonic()
    with console.status(title):
        yield
    console.print(f"{title} ... {time.monotonic() - began:.1f} s")


def show_addresses(server):
    """Print each page with the token that opens it."""
    for title, path in server.pages.items():
        console.print(f"  {title:<24}[link]http://{HOST}:{server.port}{path}?token={server.token}[/link]")
