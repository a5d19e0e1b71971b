"""Real exports in: CSV and parquet files to tables of the schema, nothing lost silently, nothing doubled.

`import_files` is the whole road; `read_export` and `store` are its two halves, for a face that
shows a preview in between.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pandas as pd

from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.imports import values
from studiolab.adapters.imports.headers import choose
from studiolab.adapters.imports.mapping import IMPORTABLE, Mapping, load_mappings, of_table, shipped
from studiolab.adapters.imports.reading import read_source
from studiolab.adapters.imports.shaping import Given, cell_of, local_zones, shape

MANY = 10

__all__ = ["IMPORTABLE", "Export", "import_files", "load_mappings", "read_export", "shipped", "store"]


@dataclass(frozen=True)
class Export:
    """One file, read but not yet stored; after `store` also what the database made of it."""

    path: Path
    file_hash: str
    table: str
    matches: pd.DataFrame
    frame: pd.DataFrame
    rejected: pd.DataFrame
    studios: pd.DataFrame
    notes: list  # sentences about what could have been read otherwise
    new: int = 0
    changed: int = 0
    known: int = 0

    @property
    def rows_read(self):
        """Rows of the file: what goes in and what is rejected."""
        return len(self.frame) + len(self.rejected)

    @property
    def preview(self):
        """The first rows as they would go in, without the columns that stay empty."""
        return self.frame.head(5).dropna(axis=1, how="all")

    @property
    def reasons(self):
        """DataFrame reason, rows: why rows were rejected, most frequent first."""
        why = self.rejected["reason"].str.split(": ").str[0]
        said = (self.rejected["column"] + ": " + why).fillna(why)
        return said.value_counts().rename_axis("reason").reset_index(name="rows")


def import_files(
    db, paths, mapping=None, studio_id=None, currency=None, timezone=None, progress=None, confirm=None, at=None,
    table=None, then=None, correct=False,
):  # fmt: skip
    """The stored `Export` of each file, in order; a file that `confirm` refuses is left out.

    db : adapters.database.Database; paths : files; mapping : YAML file or the name of a shipped one
    studio_id, currency, timezone : for files that do not say, above what a mapping says
    progress : called with (path, step) as "read", "store"; confirm : called with each Export before it is stored
    at : instant of the import, now by default; table : which of IMPORTABLE the files are, found from them by default
    then, correct : as for `store`
    Each file is one transaction. Raises StudiolabError for a file that cannot be used.
    """
    mappings, done = of_table(load_mappings(mapping), table), []
    for path in paths:
        say = progress or (lambda path, step: None)
        say(path, "read")
        export = read_export(path, mappings, Given(studio_id, currency, timezone, db.read("studios")))
        if confirm is None or confirm(export):
            say(path, "store")
            done.append(store(db, export, at, then, correct))
    return done


def read_export(path, mappings=None, given=Given()):  # noqa: B008 (immutable)
    """The `Export` of a file: read, matched, shaped and judged; nothing is written.

    mappings : list of Mapping, the one that explains most is taken; all by names when None
    given : what the caller and the database know. Raises StudiolabError for a file that cannot be used.
    """
    path, mappings = Path(path), mappings or [Mapping()]
    how = mappings[0]
    source = read_source(path, how.delimiter, how.header, how.skip_lines, how.encoding)
    mapping, table, matches = choose(source.rows, [m.fitted(source.rows.columns) for m in mappings])
    if not given.studio_id and "studio_id" not in set(matches["column"]):
        raise StudiolabError(
            f"{path.name} does not say which studio it is of. Give --studio, or studio_id in the mapping's constants."
        )
    frame, rejected = shape(source, mapping, table, matches, given)
    digest = sha256(path.read_bytes()).hexdigest()
    studios = _new_studios(source.rows, frame, mapping, given)
    return Export(path, digest, table, matches, frame, rejected, studios, _notes(source.rows, mapping, matches))


def store(db, export, at=None, then=None, correct=False):
    """`export` with its counts, written in one transaction: rows, new studios, rejected rows, the import's record.

    then : called with (transaction, export) at the end, for what must be kept or lost together with the rows
    correct : False refuses a file that would change every row that is known of it, MANY or more
    A second import of the same file finds every row and leaves even the record as it was.
    Raises StudiolabError, with nothing stored, for what `correct` refuses.
    """
    source = {"file_hash": export.file_hash, "table_name": export.table}
    import_id = f"{export.file_hash[:16]}:{export.table}"
    with db.transaction() as changes:
        changes.write("studios", export.studios)
        written = changes.write(export.table, export.frame, judged=True)
        if written.changed >= MANY and not written.known and not correct:
            raise StudiolabError(
                f"{export.path.name} would change every one of the {written.changed:,} rows that are known of it, as "
                "a file does that is read with another mapping or currency than before. Nothing was stored. "
                "Give the --map of the first time, or --correct if they are corrections."
            )
        changes.replace("rejected_rows", export.rejected.assign(file_name=export.path.name, **source), **source)
        if written.new + written.changed or import_id not in set(changes.read("imports")["import_id"]):
            known = written.known + written.changed
            record = source | {
                "import_id": import_id,
                "file_name": export.path.name,
                "imported_at": at or datetime.now(UTC),
            }
            counts = {"rows_read": export.rows_read, "rows_new": written.new, "rows_rejected": len(export.rejected)}
            changes.write("imports", pd.DataFrame([record | counts | {"rows_known": known}]))
        if then is not None:
            then(changes, export)
    return replace(export, new=written.new, changed=written.changed, known=written.known)


def _new_studios(rows, frame, mapping, given):
    """A row of `studios` for each studio of the file that the database does not know yet."""
    first = frame[~frame["studio_id"].isin(given.studios["studio_id"])].drop_duplicates("studio_id")
    said = pd.DataFrame({"studio_id": first["studio_id"], "studio_name": first["studio_id"]})
    said["timezone"] = local_zones(first["studio_id"], mapping, given)
    fixed = given.currency or mapping.constants.get("currency")
    said["currency"] = first.get("currency", fixed)
    if said["currency"].isna().any():
        raise StudiolabError(
            f"studio {said['studio_id'].iloc[0]} is new and its currency unknown. Give --currency, e.g. USD."
        )
    for column, cell in mapping.studio.items():
        said[column] = cell_of(rows.loc[first.index], cell)
    return said.assign(**mapping.studio_constants)


def _notes(rows, mapping, matches):
    if mapping.date_format or mapping.dayfirst is not None:
        return []
    dates = matches[matches["column"].isin(["created_at", "attended_at", "starts_at", "joined_at", "month_year"])]
    found = [(header, values.two_ways(rows[header].dropna().unique())) for header in dates["header"] if header in rows]
    return [
        f"{header}: {text} was read as month/day/year. If the day comes first, say `dayfirst: true` in a mapping file."
        for header, text in found
        if text
    ]
