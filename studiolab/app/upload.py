"""Exports that come as bytes rather than as files (K1.31)."""

import tempfile
from pathlib import Path

from pydantic import BaseModel, Field

from studiolab.adapters.errors import StudiolabError

MOST_REASONS = 20
KINDS = (".csv", ".tsv", ".txt", ".parquet")


class Imported(BaseModel):
    """What became of the rows of a file."""

    file_name: str
    table: str
    stored: bool = Field(description="false for a preview")
    rows_read: int
    new: int
    corrected: int
    known: int
    rejected: int
    reasons: dict[str, int] = Field(description="why rows were rejected, the most frequent reasons; all are kept")
    matches: dict[str, str] = Field(description="column to the header that feeds it")
    notes: list[str]


class Upload:
    """The part of the Workbench that takes exports as bytes."""

    def import_bytes(self, name, content, preview=False, **given):
        """`Imported` of a CSV or parquet file's bytes; preview : nothing is stored.

        name : the file's own name; given : mapping (of a shipped one), table, studio_id, currency, timezone, correct,
            as of `import_files`
        Raises ValueError for a file that cannot be used.
        """
        from studiolab.adapters import imports

        if given.get("mapping") not in (None, *imports.shipped()):
            raise ValueError(f"mapping: got {given['mapping']!r}; expected one of {', '.join(imports.shipped())}")
        own = Path(name.replace("\\", "/")).name
        if Path(own).suffix.lower() not in KINDS or not own.isprintable():
            raise ValueError(f"file_name: got {name[:100]!r}; expected a name that ends in {', '.join(KINDS)}")
        seen = []
        with tempfile.TemporaryDirectory(prefix="studiolab-") as folder:
            path = Path(folder) / own
            path.write_bytes(content)
            try:
                done = self.import_files([path], confirm=lambda export: seen.append(export) or not preview, **given)
            except StudiolabError as error:
                if str(error).startswith("Database "):
                    raise
                raise ValueError(str(error).replace(f"{folder}/", "")) from None
        export = (done or seen)[0]
        reasons = export.reasons.head(MOST_REASONS)
        return Imported(
            file_name=own, table=export.table, stored=not preview, rows_read=export.rows_read, new=export.new,
            corrected=export.changed, known=export.known, rejected=len(export.rejected),
            reasons=dict(zip(reasons["reason"], map(int, reasons["rows"]), strict=True)),
            matches={row["column"]: str(row["header"]) for row in export.matches.to_dict("records")},
            notes=export.notes,
        )  # fmt: skip
