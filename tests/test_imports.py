"""Who may import whom, and what the systems may not touch; ARCHITECTURE.md's rule, read off the source."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "studiolab"

SHARED = {"schema", "studio_calendar"}  # the vocabulary, and the week that all mean
SYSTEMS = {"world", "class_recommender", "revenue_simulator", "product_recommender", "studio_operations", "metrics",
           "grounding"}  # fmt: skip
MIDDLE = {"next_best_action", "ledger", "accounts"}
FACES = {"api", "cli", "reports", "panels", "serve", "sign_in"}
MAY_IMPORT = {
    "schema": {"studio_calendar"},
    "studio_calendar": set(),
    "settings": set(),
    "install": set(),
    "users": set(),
    "adapters": {*SHARED, "settings"},
    "app": {*SHARED, "settings", "adapters", "users", *SYSTEMS, *MIDDLE},
    **{room: {*SHARED, "grounding"} for room in SYSTEMS},
    **{room: {*SHARED, "users", *SYSTEMS} for room in MIDDLE},
    **{room: {*SHARED, "settings", "app", "users", *SYSTEMS, *MIDDLE} for room in FACES},
}
MAY_IMPORT["bench"] = {
    *SHARED,
    "settings",
    "install",
    "adapters",
    "api",
    "app",
    "panels",
    "serve",
    "next_best_action",
    *SYSTEMS,
}
MAY_IMPORT["cli"] |= {"reports", "serve", "bench"}
MAY_IMPORT["__main__"] = {"cli"}
JUDGES = {"world", "bench"}  # what may look at the truth
TRUTH = tuple(f"studiolab.world.{name}" for name in ("truth", "showing", "replay", "offers"))

OUTSIDE_WORLD = set(
    "asyncio ftplib glob http httpx importlib io mlflow multiprocessing openai os pathlib pickle random redis "
    "requests secrets shutil smtplib socket sqlalchemy sqlite3 subprocess tempfile threading time urllib".split()
)
ANYTIME = {  # they stop when their processor seconds are used up
    f"studiolab.studio_operations.timetable.{name}": {"time"} for name in ("solve", "amid")
}
IMPURE_CALLS = set("now today utcnow seed read_csv read_parquet read_sql to_csv to_parquet to_sql uuid1 uuid4".split())


def modules():
    return sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.py"))


def imports(source, module):
    """Absolute names that `source`, the text of dotted `module`, imports: `from a import b` gives a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            yield from (".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names)


def room(name):
    """The part of the package that `studiolab.x.y` belongs to: x. None for other packages."""
    first, *rest = name.split(".")
    return rest[0] if first == "studiolab" and rest else None


def trespasses(source, module):
    """What `module` imports against the rule."""
    own, names = room(module), list(imports(source, module))
    allowed = MAY_IMPORT[own] | {own}
    yield from (name for name in names if room(name) and room(name) not in allowed)
    if own not in JUDGES:
        yield from (name for name in names if name.startswith(TRUTH))
    if own in SYSTEMS:
        barred = OUTSIDE_WORLD - ANYTIME.get(module, set())
        yield from (name for name in names if name.split(".")[0] in barred)


def impurities(source):
    """Calls that read the clock, a file or the global random state."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in IMPURE_CALLS or (name == "open" and isinstance(node.func, ast.Name)):
                yield f"{name} in line {node.lineno}"


def dotted(path):
    # A package's own name ends in __init__, so that one dot means the package there as in its modules.
    return ".".join(path.with_suffix("").parts)


@pytest.mark.parametrize("path", [p for p in modules() if len(p.parts) > 2 or p.stem != "__init__"], ids=str)
def test_a_module_imports_only_what_its_room_may(path):
    source = (PACKAGE.parent / path).read_text()
    assert list(trespasses(source, dotted(path))) == []


@pytest.mark.parametrize("path", [p for p in modules() if Path(p.parts[1]).stem in SYSTEMS], ids=str)
def test_a_system_reads_no_clock_no_file_and_no_global_chance(path):
    assert list(impurities((PACKAGE.parent / path).read_text())) == []


@pytest.mark.parametrize(
    ("module", "line", "caught"),
    [
        ("studiolab.metrics", "from studiolab.world import make_chain", ["studiolab.world.make_chain"]),
        ("studiolab.metrics", "from . import schema, ledger", ["studiolab.ledger"]),
        ("studiolab.metrics", "def f():\n    import sqlite3", ["sqlite3"]),
        ("studiolab.world.raw", "from .truth import rollout", []),
        ("studiolab.world.__init__", "from . import truth", []),
        ("studiolab.bench", "from studiolab.world import truth", []),
        ("studiolab.bench.lift", "from studiolab.world import showing", []),
        (
            "studiolab.class_recommender.slate",
            "from ..world.showing import lift",
            ["studiolab.world.showing.lift", "studiolab.world.showing.lift"],
        ),
        ("studiolab.panels.home", "from studiolab.world import showing", ["studiolab.world.showing"]),
        ("studiolab.cli.revenue", "from studiolab.world import truth", ["studiolab.world.truth"]),
        ("studiolab.panels.home", "from ..world.truth import rollout", ["studiolab.world.truth.rollout"]),
        ("studiolab.panels.home", "from studiolab.world import truth", ["studiolab.world.truth"]),
        ("studiolab.adapters.imports.csv", "from ... import metrics", ["studiolab.metrics"]),
        ("studiolab.api.studios", "import studiolab.adapters.database", ["studiolab.adapters.database"]),
        ("studiolab.app", "from studiolab.adapters import database\nimport pandas", []),
    ],
)
def test_the_rule_catches_what_it_should(module, line, caught):
    assert list(trespasses(line, module)) == caught


def test_impure_calls_are_caught():
    assert list(impurities("pd.Timestamp.now()\nopen('x')\nrng.normal()\nself.open()")) == [
        "now in line 1",
        "open in line 2",
    ]
