"""Make .venv with the pinned packages: `python3 -I studiolab/install.py [--for-tests]`, as the Makefile does.

Runs before anything is installed, so it uses the standard library alone; it must parse on old
Pythons too, or they could not be told that they are old. Either .venv comes out whole, with a
stamp that names what went in, or it is removed. `--for-tests` also looks for Chromium, which the
tests click dashboards with, for a Redis server and for Dovecot, and installs them where it may (root on Debian).
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
NEEDED_MB = 2500
ROOT = Path(__file__).resolve().parents[1]
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


class CannotInstall(Exception):
    """Why the installation cannot go on, in one sentence for the person at the terminal."""


def main(root=ROOT, for_tests=False):
    """Bring root/.venv to the pins of root/environment.yml; at once if it is there already.

    root : Path, holds environment.yml and pyproject.toml
    for_tests : bool, also find or install Chromium, and Redis and Dovecot where that is ours to do
    Raises CannotInstall naming what is missing and what to do; a .venv that was begun is gone then.
    """
    check_python(sys.version_info, sys.executable)
    venv, wanted = root / ".venv", fingerprint(root)
    if stamp(venv) != wanted:
        check_disk(shutil.disk_usage(str(root)).free)
        ensure_venv_module()
        with removed_on_failure(venv):
            build(root, venv)
            (venv / "stamp").write_text(wanted)
    if for_tests and not browser():
        install_browser()
    if for_tests and not redis_server():
        install_redis()
    if for_tests and not dovecot():
        install_dovecot()


def check_python(version, executable):
    """Refuse a Python older than OLDEST; version is (major, minor, ...)."""
    if tuple(version[:2]) < OLDEST:
        raise CannotInstall(
            "Python {}.{} or newer is needed and {} is {}.{}: install a newer one and name it, "
            "e.g. make up PYTHON=python3.12".format(*OLDEST, executable, *version[:2])
        )


def check_disk(free_bytes):
    """Refuse to begin with less than NEEDED_MB megabytes free."""
    free_mb = free_bytes // 10**6
    if free_mb < NEEDED_MB:
        raise CannotInstall(f"the packages need {NEEDED_MB} MB of disk and {free_mb} MB are free: make room, run again")


def fingerprint(root):
    """What a finished .venv is: a hash of the two files that list it, and where it stands (its scripts know)."""
    files = [(root / name).read_bytes() for name in ("environment.yml", "pyproject.toml")]
    return f"{hashlib.sha256(b''.join(files)).hexdigest()} {root}"


def stamp(venv):
    """The fingerprint a finished .venv carries; None where it is absent, unfinished or without its Python."""
    file = venv / "stamp"
    return file.read_text() if file.exists() and (venv / "bin" / "python").exists() else None


def pins(environment):
    """Requirement lines under `pip:` in the text of an environment.yml."""
    return re.findall(r"^ {6}- (.+)$", environment, flags=re.MULTILINE)


def build(root, venv):
    """Make venv and bring it to the pins; a finished one with older pins is brought up to date in place."""
    wanted = pins((root / "environment.yml").read_text())
    uv = next(pin for pin in wanted if pin.startswith("uv=="))
    python = str(venv / "bin" / "python")
    if (stamp(venv) or "").endswith(f" {root}"):
        (venv / "stamp").unlink()
    else:
        shutil.rmtree(str(venv), ignore_errors=True)
        with step("making .venv"):
            run([sys.executable, "-m", "venv", str(venv)], "python could not make .venv")
    with step("fetching the installer " + uv):
        run([python, "-m", "pip", "install", "--quiet", "--retries", "1", uv], "pip could not fetch " + uv)
    print(f"installing {len(wanted)} packages", flush=True)
    began = time.monotonic()
    sync(root, venv, wanted)
    print(f"packages installed ... {time.monotonic() - began:.1f} s", flush=True)
    if sys.platform == "darwin":
        check_openmp(python)


def sync(root, venv, wanted):
    """Install exactly `wanted` with uv, which draws its own progress bars."""
    bytecode = dict(os.environ, UV_COMPILE_BYTECODE="1", VIRTUAL_ENV=str(venv))
    command = [str(venv / "bin" / "uv"), "pip", "sync", "-"] + ([] if sys.stderr.isatty() else ["--quiet"])
    done = subprocess.run(command, input="\n".join(wanted), text=True, cwd=str(root), env=bytecode)
    if done.returncode:
        raise CannotInstall("the packages could not be installed, for the reason above: mend it (network?), run again")


def check_openmp(python):
    """Refuse a Mac without the OpenMP library, which the tree models load."""
    if subprocess.run([python, "-c", "import lightgbm, xgboost"], capture_output=True).returncode:
        raise CannotInstall("LightGBM and XGBoost need OpenMP: brew install libomp, then run again")


def ensure_venv_module():
    """Have `python -m venv` work: Debian keeps a part of it in a package of its own."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        apt_install("python{}.{}-venv".format(*sys.version_info[:2]), "this Python cannot make environments")


def browser():
    """Path of a Chromium or Chrome on this machine, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def install_browser():
    """Install Chromium where that is ours to do, else say how."""
    if sys.platform == "darwin":
        raise CannotInstall(
            "the tests need Chromium or Google Chrome: brew install --cask google-chrome, then run again"
        )
    apt_install("chromium", "the tests need Chromium")


def redis_server():
    """(path of a Redis server's program, the name to start it under), or None; Debian's tools hold it as well."""
    named = shutil.which("redis-server")
    checks = shutil.which("redis-check-rdb")  # the same file: what it is called says what it does
    return (named, "redis-server") if named else (checks, "redis-server") if checks else None


def install_redis():
    """Install Redis's programs on Debian as root; anybody else is told, and the tests that need them are skipped.

    `redis-tools` rather than `redis-server`: the same program, and no service that starts with the machine.
    """
    try:
        apt_install("redis-tools", "the tests of the shared cache need Redis")
    except CannotInstall as reason:
        print(f"{reason}; they are skipped")


def dovecot():
    """Path of the IMAP server Dovecot, which may lie where only root looks, or None."""
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


def install_dovecot():
    """Install Dovecot on Debian as root; anybody else is told, and the tests that need it are skipped.

    Debian begins to serve what it installs, to everybody: that is ended, for the tests start their own.
    """
    try:
        apt_install("dovecot-imapd", "the tests of the mail channel need Dovecot")
        if shutil.which("systemctl"):
            run(["systemctl", "disable", "--now", "dovecot"], "Dovecot was installed, but serves")
    except CannotInstall as reason:
        print(f"{reason}; they are skipped")


def apt_install(package, why):
    """Install a Debian package as root; anybody else is told the command."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotInstall(f"{why}: sudo apt-get install {package} (or your system's like of it), then run again")
    with step("installing " + package):
        failed = f"apt-get could not install {package}"
        run(["apt-get", "update", "-qq"], failed)
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        run(["apt-get", "install", "-qq", "--no-install-recommends", package], failed, env=quiet)


def run(command, failed, env=None):
    """Run command silently; raise CannotInstall with `failed` and its last line if it fails."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["no reason given"])[-1]
        raise CannotInstall(f"{failed} ({last}): check the network and the disk, then run again")


@contextlib.contextmanager
def step(title):
    """Say what is done and how many seconds it took, on one line."""
    print(title, end=" ... ", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


@contextlib.contextmanager
def removed_on_failure(folder):
    """Whatever goes wrong inside, Ctrl-C too, takes the folder with it."""
    try:
        yield
    except BaseException:
        shutil.rmtree(str(folder), ignore_errors=True)
        raise


if __name__ == "__main__":
    try:
        main(for_tests="--for-tests" in sys.argv[1:])
    except CannotInstall as reason:
        sys.exit(f"studiolab: {reason}")
    except KeyboardInterrupt:
        sys.exit("studiolab: stopped, nothing is left half-made")
