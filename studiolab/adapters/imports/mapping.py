"""What a mapping file may say about an export: which header feeds which column, and how it is written."""

import re
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from studiolab import schema
from studiolab.adapters.errors import StudiolabError

SHIPPED = Path(__file__).parent / "mappings"
IMPORTABLE = ("orders", "monthly_metrics", "members", "visits", "class_sessions", "products")


def plain(name):
    """A header without case, blanks and punctuation: "Client ID" and "ClientId" are one name."""
    return re.sub(r"[\W_]", "", str(name).lower())


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class Cell(_Strict):
    """Where a value comes from: the first header there is, several joined, or several multiplied."""

    first: list[str] = []
    join: list[str] = []
    by: str = " "
    multiply: list[str] = []

    @model_validator(mode="after")
    def _one_way(self):
        if sum(map(bool, (self.first, self.join, self.multiply))) != 1:
            raise ValueError("give a header, or exactly one of first, join, multiply")
        return self

    @property
    def headers(self):
        """The headers it reads."""
        return self.first or self.join or self.multiply

    def fitted(self, spelt):
        """The cell with headers as `spelt` (plain name to the file's spelling) has them, each once."""
        ways = {way: [spelt.get(plain(h), h) for h in getattr(self, way)] for way in ("first", "join", "multiply")}
        return self.model_copy(update={way: list(dict.fromkeys(headers)) for way, headers in ways.items()})


class Skip(_Strict):
    """Rows left out, and why: where `header` matches the regular expression (with `unless`, where it does not)."""

    header: str
    matches: str
    unless: bool = False
    reason: str


class Mapping(_Strict):
    """One export's mapping; each key is optional, and what it leaves open is found from the file."""

    table: Literal[IMPORTABLE] | None = None
    columns: dict[str, Cell] = {}
    constants: dict[str, str] = {}
    studio: dict[str, Cell] = {}
    studio_constants: dict[str, str] = {}
    timezone: str | None = None
    decimal: Literal[".", ","] | None = None
    thousands: str | None = None
    date_format: str | None = None
    dayfirst: bool | None = None
    scale: dict[str, int] = {}
    minor_units: list[str] = []
    negative: dict[str, str] = {}  # header: regular expression of the rows whose money turns negative
    values: dict[str, dict[str, str]] = {}  # column: {pattern with * and ?: value}, the first that matches
    skip: list[Skip] = []
    encoding: str | None = None
    delimiter: str | None = None
    header: list[str] | None = None
    skip_lines: int = 0

    @field_validator("columns", "studio", mode="before")
    @classmethod
    def _plain_headers(cls, given):
        return {c: cell if isinstance(cell, dict) else {"first": [cell] if not isinstance(cell, list) else cell}
                for c, cell in (given or {}).items()}  # fmt: skip

    @model_validator(mode="after")
    def _known_columns(self):
        if self.table:
            known = schema.TABLES[self.table].columns
            wrong = [c for c in (*self.columns, *self.constants, *self.scale, *self.values) if c not in known]
            if wrong:
                raise ValueError(f"{self.table} has no column {', '.join(wrong)}; it has {', '.join(known)}")
        return self

    @property
    def headers(self):
        """Every header that a column reads."""
        return {h for cell in self.columns.values() for h in cell.headers}

    def fitted(self, headers):
        """The mapping with each header spelt as the file spells it: "Client ID" finds "ClientId"."""
        spelt = {plain(h): h for h in headers}

        def cells(given):
            return {c: cell.fitted(spelt) for c, cell in given.items()}

        return self.model_copy(
            update={
                "columns": cells(self.columns),
                "studio": cells(self.studio),
                "skip": [s.model_copy(update={"header": spelt.get(plain(s.header), s.header)}) for s in self.skip],
                "negative": {spelt.get(plain(h), h): pattern for h, pattern in self.negative.items()},
            }
        )


def load_mappings(given):
    """The `Mapping`s of a YAML file (one or more documents), or of a shipped file by its name, e.g. "stripe".

    Raises StudiolabError naming the file, the key and what it should have been.
    """
    if given is None:
        return [Mapping()]
    path = SHIPPED / f"{given}.yml" if f"{given}" in shipped() else Path(given)
    try:
        documents = [d for d in yaml.safe_load_all(path.read_text(encoding="utf-8")) if d]
        return [Mapping.model_validate(document) for document in documents]
    except FileNotFoundError:
        raise StudiolabError(f"no mapping {given!r}: give a YAML file, or one of {', '.join(shipped())}.") from None
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise StudiolabError(f"mapping {given} cannot be read: {error}.") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
        raise StudiolabError(f"mapping {given}: {faults}. The keys are {', '.join(Mapping.model_fields)}.") from error


def of_table(mappings, table):
    """The `mappings` that can make `table`, told to; all of them when `table` is None. Raises StudiolabError."""
    if table is None:
        return mappings
    if table not in IMPORTABLE:
        raise StudiolabError(f"no table {table!r} can be imported: it is one of {', '.join(IMPORTABLE)}.")
    fitting = [m.model_copy(update={"table": table}) for m in mappings if m.table in (None, table)]
    if not fitting:
        raise StudiolabError(f"the mapping makes {', '.join(m.table for m in mappings)}, not {table}.")
    return fitting


def shipped():
    """Names of the mapping files that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.yml"))
