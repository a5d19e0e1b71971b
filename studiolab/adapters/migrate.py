"""Bring a database to the newest schema; an older SQLite file is copied first."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine):
    """Path of the backup, or None: `engine`'s database is at the newest revision, in one transaction.

    A database that is already there is only looked at; an SQLite file with tables in it is
    copied into `backups` beside it before the first change.
    """
    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
        tables = sa.inspect(connection).get_table_names()
    if at == ScriptDirectory(str(SCRIPTS)).get_current_head():
        return None
    backup = _back_up(engine.url, at) if tables else None
    with engine.execution_options(writes=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return backup


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
