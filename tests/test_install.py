import ast
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from studiolab import install

SOURCE = Path(install.__file__)


@pytest.fixture
def root(tmp_path):
    """A project whose one pin no package index can have."""
    (tmp_path / "environment.yml").write_text("dependencies:\n  - pip:\n      - uv==0.0.0\n")
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def finished(root, fingerprint):
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").touch()
    (root / ".venv" / "stamp").write_text(fingerprint)


def test_an_old_python_is_told_so_with_the_way_out():
    with pytest.raises(
        install.CannotInstall, match=r"3\.11 or newer is needed and /old/python3 is 3\.9.*make up PYTHON="
    ):
        install.check_python((3, 9, 6), "/old/python3")


def test_an_old_python_can_read_the_file_that_tells_it():
    ast.parse(SOURCE.read_text(), feature_version=(3, 8))


def test_the_installer_imports_the_standard_library_alone():
    imports = [
        node for node in ast.walk(ast.parse(SOURCE.read_text())) if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    names = {alias.name for n in imports if isinstance(n, ast.Import) for alias in n.names}
    names |= {n.module for n in imports if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_a_full_disk_is_refused_with_both_figures():
    with pytest.raises(install.CannotInstall, match="2500 MB of disk and 1000 MB are free"):
        install.check_disk(10**9)


def test_a_finished_environment_is_left_alone(root, monkeypatch):
    finished(root, install.fingerprint(root))
    monkeypatch.setattr(install, "build", lambda *_: pytest.fail("built again"))
    install.main(root)


@pytest.mark.parametrize("changed", ["environment.yml", "pyproject.toml"])
def test_a_changed_list_of_packages_is_noticed(root, monkeypatch, changed):
    finished(root, install.fingerprint(root))
    (root / changed).write_text("# more")
    built = []
    monkeypatch.setattr(install, "build", lambda *places: built.append(places))
    install.main(root)
    assert built == [(root, root / ".venv")]
    assert install.stamp(root / ".venv") == install.fingerprint(root)


def test_an_environment_of_a_project_that_was_moved_does_not_count_as_finished(root, tmp_path_factory):
    finished(root, install.fingerprint(root))
    moved = tmp_path_factory.mktemp("elsewhere") / "project"
    shutil.copytree(root, moved)
    assert install.stamp(moved / ".venv") != install.fingerprint(moved)


def test_an_environment_without_its_python_does_not_count_as_finished(root):
    finished(root, "stamp")
    (root / ".venv" / "bin" / "python").unlink()
    assert install.stamp(root / ".venv") is None


def test_a_package_that_cannot_be_fetched_leaves_nothing_behind(root, monkeypatch, capsys):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(install.CannotInstall, match=r"pip could not fetch uv==0\.0\.0 \(.+\): check the network"):
        install.main(root)
    assert not (root / ".venv").exists()
    assert "making .venv ... " in capsys.readouterr().out


def test_ctrl_c_leaves_nothing_behind(root, monkeypatch):
    (root / "studiolab").mkdir()
    script = shutil.copy(SOURCE, root / "studiolab")
    silent = socket.create_server(("127.0.0.1", 0))  # a registry that never answers, so that pip is still at it
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/simple")
    child = subprocess.Popen(
        [sys.executable, "-I", "-u", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        process_group=0, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert child.stdout.read(len("making .venv")) == "making .venv"
    while not (root / ".venv").exists():
        assert child.poll() is None
    os.killpg(child.pid, signal.SIGINT)
    _, complaint = child.communicate(timeout=60)
    silent.close()
    assert complaint == "studiolab: stopped, nothing is left half-made\n"
    assert child.returncode == 1
    assert not (root / ".venv").exists()


def test_whoever_is_not_root_is_told_the_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(install.CannotInstall, match=r"sudo apt-get install python3\.\d+-venv"):
        install.ensure_venv_module()


def test_root_on_debian_gets_the_browser_installed(monkeypatch):
    ran = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(install, "run", lambda command, *_, **__: ran.append(command[:2] + command[-1:]))
    install.install_browser()
    assert ran == [["apt-get", "update", "-qq"], ["apt-get", "install", "chromium"]]


def test_root_on_debian_gets_a_mail_server_that_does_not_serve_others(monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(install, "run", lambda command, *_, **__: ran.append(command))
    install.install_dovecot()
    assert [command[-1] for command in ran] == ["-qq", "dovecot-imapd", "dovecot"]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    install.install_dovecot()
    assert "sudo apt-get install dovecot-imapd" in capsys.readouterr().out


def test_a_mac_without_a_browser_is_told_how_to_get_one(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(install.CannotInstall, match="brew install --cask google-chrome"):
        install.install_browser()


def test_the_browser_is_found_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(install, "BROWSERS", ("chromium", "google-chrome"))
    assert install.browser() is None
    (tmp_path / "google-chrome").touch(mode=0o755)
    assert install.browser() == str(tmp_path / "google-chrome")


def test_a_mac_without_openmp_is_told_how_to_get_it(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(install.CannotInstall, match="brew install libomp"):
        install.check_openmp(str(python))
