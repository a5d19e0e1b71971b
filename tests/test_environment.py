"""environment.yml, pyproject.toml and what is installed say the same."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml
from packaging.requirements import Requirement

from studiolab import install

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "environment.yml").read_text()
ENVIRONMENT = yaml.safe_load(TEXT)
PIP_LINES = ENVIRONMENT["dependencies"][-1]["pip"]
PINS = [Requirement(line) for line in PIP_LINES if line != "-e ."]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_conda_gets_the_python_that_the_package_asks_for_and_the_package_itself():
    assert ENVIRONMENT["dependencies"][:2] == ["python" + PYPROJECT["project"]["requires-python"], "pip"]
    assert PIP_LINES[-1] == "-e ."


def test_every_pin_names_one_exact_version():
    assert [str(pin) for pin in PINS if not re.fullmatch(r"==[\w.]+", str(pin.specifier))] == []


def test_no_address_of_a_package_index_is_recorded():
    assert not re.search(r"://|index|find-links", TEXT)


def test_every_direct_dependency_has_the_same_version_in_both_files():
    project = PYPROJECT["project"]
    direct = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["dev"]]
    pinned = {(pin.name, str(pin.specifier), str(pin.marker)) for pin in PINS}
    assert [str(pin) for pin in direct if (pin.name, str(pin.specifier), str(pin.marker)) not in pinned] == []


def test_what_is_installed_is_what_is_pinned():
    here = [pin for pin in PINS if not pin.marker or pin.marker.evaluate()]
    assert {pin.name: version(pin.name) for pin in here} == {pin.name: str(pin.specifier)[2:] for pin in here}


def test_the_installer_reads_the_pins_as_yaml_does():
    assert install.pins(TEXT) == PIP_LINES
