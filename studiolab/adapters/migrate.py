"""Bring a database to the newest schema; an older SQLite file is copied first."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from studiolab.adapters.errors import StudiolabError

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine):
    """Path of the backup, or None: `engine`'s database is at the newest revision, in one transaction.

    A database that is already there is only looked at; an SQLite file with tables in it is
    copied into `backups` beside it before the first change. Raises StudiolabError for one of a newer program.
    """
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        at = None
        if "alembic_version" in tables:
            at = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if at == newest():
        return None
    if at is not None and at not in known():
        raise StudiolabError(
            f"The database {engine.url.render_as_string(hide_password=True)} was brought to schema {at} by a newer "
            f"studiolab; this one knows schemas up to {newest()}. Install the newer one, or put a copy from the folder "
            "`backups` beside it back."
        )
    from alembic import command  # 0.3 s that a current database does not need
    from alembic.config import Config

    backup = _back_up(engine.url, at) if tables else None
    with engine.execution_options(writes=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return backup


def newest():
    """The newest revision: scripts are named by their number."""
    return max(known())


def known():
    """Set of the revisions that there are scripts of."""
    return {path.stem.split("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py")}


def _back_up(url, revision):
    source = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not source.is_file():
        return None
    folder = source.parent / "backups"
    folder.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    copy = folder / f"{source.stem}-{revision or 'unversioned'}-{stamp}{source.suffix}"
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    return copy
