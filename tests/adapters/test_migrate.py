import sqlite3

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from studiolab.adapters import migrate
from studiolab.adapters.database import open_database
from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.tables import METADATA


def backups(folder):
    return sorted((folder / "backups").glob("*.sqlite"))


def test_a_migrated_database_is_what_the_schema_says(db):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert sa.inspect(connection).get_view_names() == ["studio_baselines"]


def test_the_newest_script_is_the_head_of_the_chain(db):
    head = ScriptDirectory(str(migrate.SCRIPTS)).get_current_head()
    with db.engine.connect() as connection:
        assert migrate.newest() == head == MigrationContext.configure(connection).get_current_revision()


def test_a_new_or_current_database_needs_no_backup(tmp_path):
    for _ in range(2):
        open_database(f"sqlite:///{tmp_path / 'new.sqlite'}").close()
    assert backups(tmp_path) == []


def test_an_older_file_is_copied_before_it_is_migrated(tmp_path):
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as old:
        old.execute("CREATE TABLE notes (said TEXT)")
        old.execute("INSERT INTO notes VALUES ('before')")
    old.close()
    open_database(f"sqlite:///{path}").close()
    [copy] = backups(tmp_path)
    with sqlite3.connect(copy) as kept, sqlite3.connect(path) as now:
        assert kept.execute("SELECT said FROM notes").fetchall() == [("before",)]
        assert kept.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)
        assert now.execute("SELECT said FROM notes").fetchall() == [("before",)]
        assert now.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_a_migration_that_fails_leaves_the_file_as_it_was_and_a_backup(tmp_path):
    path = tmp_path / "clash.sqlite"
    with sqlite3.connect(path) as old:
        old.execute("CREATE TABLE visits (something TEXT)")
    old.close()
    with pytest.raises(sa.exc.OperationalError, match="visits already exists"):
        open_database(f"sqlite:///{path}")
    with sqlite3.connect(path) as now:
        tables = {name for (name,) in now.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"visits"}
    assert len(backups(tmp_path)) == 1


def test_a_database_of_a_newer_program_is_refused_in_a_sentence_and_left_alone(tmp_path):
    path = tmp_path / "newer.sqlite"
    open_database(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as file:
        file.execute("UPDATE alembic_version SET version_num = '9001'")
    file.close()
    with pytest.raises(StudiolabError, match=r"brought to schema 9001 by a newer studiolab; this one knows .* 0009"):
        open_database(f"sqlite:///{path}")
    assert backups(tmp_path) == []
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [("9001",)]
