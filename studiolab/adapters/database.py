"""The workbench's database: SQLite in one file, or PostgreSQL by URL; migrated, transactional, in frames."""

import json
import re
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from studiolab import schema
from studiolab.adapters import migrate, tables
from studiolab.adapters.errors import StudiolabError
from studiolab.settings import settings

WAIT_SECONDS = 15
_JSON = json.JSONEncoder(check_circular=False)


class Written(NamedTuple):
    """How many rows of a frame were new, known under their key with other values, and known as they are."""

    new: int
    changed: int
    known: int


def open_database(url=None):
    """The `Database` at SQLAlchemy `url` (the settings' by default), migrated to the newest schema.

    An SQLite file that is older is first copied into the folder `backups` beside it.
    Raises StudiolabError when the database cannot be opened, written or migrated.
    """
    address = sa.make_url(url or settings().database)
    with _plain_words(address):
        if _is_file(address):
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = _engine(address)
        migrate.upgrade(engine)
        if _is_file(address):
            with suppress(OSError):  # names, addresses and password hashes are its owner's alone
                Path(address.database).chmod(Path(address.database).stat().st_mode & ~0o077)
    return Database(engine)


class Database:
    """Tables of the schema in, tables of the schema out; one transaction for each call.

    patience : seconds that `revision` may lag behind what other programs write, and as long as it takes to ask; never
        behind what this one does.
        A server of many sets it: to ask the file for every request costs it more than the answers.
    """

    patience = 0.0

    def __init__(self, engine):
        self.engine = engine
        self._watching = threading.Lock()
        self._watcher, self._version, self._revisions = None, None, ({}, 0.0, 0)
        self._count, self._writes = count(1), 0

    @contextmanager
    def transaction(self):
        """A `Transaction`: all that it writes is kept when the block ends, nothing when it raises or dies."""
        try:
            with _plain_words(self.engine.url), self.engine.execution_options(writes=True).begin() as connection:
                yield Transaction(connection)
        finally:
            self._writes = next(self._count)

    def read(self, table, studio_id=None, columns=None, since=None, **where):
        """Rows of `table` as a frame with the schema's dtypes, ordered by key.

        studio_id : one id or a list of ids, all by default; columns : names, all by default
        since : (name of a column of instants, Timestamp), rows of that moment or later; all by default
        where : another column = text or list of texts, e.g. scenario_id="a"
        """
        with _plain_words(self.engine.url), self.engine.connect() as connection:
            return Transaction(connection).read(table, studio_id, columns, since, **where)

    def count(self, table, studio_id):
        """How many rows a studio has."""
        source = tables.TABLES[table]
        query = sa.select(sa.func.count()).select_from(source).where(source.c.studio_id == studio_id)
        with _plain_words(self.engine.url), self.engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def distinct(self, table, column):
        """List of the values of one column."""
        query = sa.select(tables.TABLES[table].c[column]).distinct()
        with _plain_words(self.engine.url), self.engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def write(self, table, frame):
        """`Written` counts after inserting rows of unknown key and correcting known rows that say something else."""
        with self.transaction() as changes:
            return changes.write(table, frame)

    def replace(self, table, frame, **where):
        """`Written` counts after `frame` took the place of the rows that `where` names, or of all rows.

        where : column = value or list of values, e.g. studio_id=["a", "b"]
        """
        with self.transaction() as changes:
            return changes.replace(table, frame, **where)

    def log(self, table, rows):
        """Rows of unknown key, on the disk when this returns; a known row stays as it is. `rows` as `Transaction.add`.

        In SQLite one statement that is its own transaction: its driver lets other threads in at each statement and
        waits until they let it in again, so that to begin, to count a revision and to end cost as much as the rows.
        """
        dialect = self.engine.dialect
        if dialect.name != "sqlite":
            with self.transaction() as changes:
                changes.add(table, rows)
            return
        try:
            with _plain_words(self.engine.url), self.engine.execution_options(alone=True).connect() as line:
                if table not in line.info.setdefault("logs", set()):
                    for statement in _log_view(table, dialect):
                        line.exec_driver_sql(statement)
                    line.info["logs"].add(table)
                line.exec_driver_sql(f"INSERT INTO log_of_{table} VALUES (?)", (_as_json(table, rows),))
        finally:
            self._writes = next(self._count)

    def revision(self, *names):
        """A value that differs after any program wrote to one of the tables `names` through a Database."""
        with _plain_words(self.engine.url):
            fresh = self._fresh(names, being_asked=self.patience > 0 and self._watching.locked())
            return self._ask(names) if fresh is None else fresh

    def _fresh(self, names, being_asked=False):
        """The revision that is known of `names`, or None where it has to be asked for."""
        known, until, writes = self._revisions
        return known.get(names) if writes == self._writes and (being_asked or time.monotonic() < until) else None

    def _ask(self, names):
        with self._watching:
            fresh = self._fresh(names)
            if fresh is not None:
                return fresh
            until, writes, version = time.monotonic() + self.patience, self._writes, self._data_version()
            known = {} if version is None or version != self._version else self._revisions[0]
            if names not in known:
                known = known | {names: self._read_revision(names)}
            self._version, self._revisions = version, (known, until, writes)
            return known[names]

    def _read_revision(self, names):
        known = tables.REVISIONS
        query = sa.select(known).where(known.c.table_name.in_(names)).order_by(known.c.table_name)
        with self.engine.connect() as connection:
            return tuple(map(tuple, connection.execute(query)))

    def _data_version(self):
        """A number that any commit to an SQLite file changes, a hundred times cheaper than a query; else None."""
        if not _is_file(self.engine.url):
            return None
        if self._watcher is None:
            self._watcher = self.engine.raw_connection()
            self._watcher.detach()  # it sees the commits of all connections but itself, so it is nobody else's
        return self._watcher.cursor().execute("PRAGMA data_version").fetchone()[0]

    def last(self, table, count=1, studio_id=None):
        """The rows of the greatest keys, `count` at most, in order of key; of one studio, or of all."""
        with _plain_words(self.engine.url), self.engine.connect() as connection:
            return Transaction(connection).last(table, count, studio_id)

    def close(self):
        """Let go of the file or server."""
        with self._watching:
            if self._watcher is not None:
                self._watcher.close()
                self._watcher = self._version = None
        self.engine.dispose()


class Transaction:
    """Reads and writes on one connection; made by `Database.transaction`."""

    def __init__(self, connection):
        self._connection = connection

    def read(self, table, studio_id=None, columns=None, since=None, **where):
        """As `Database.read`."""
        source = tables.TABLES[table]
        names = list(columns or schema.TABLES[table].columns)
        query = sa.select(*(sa.type_coerce(source.c[c], sa.types.NullType()) for c in names))
        if studio_id is not None:
            where = where | {"studio_id": studio_id}
        query = query.where(*(_among(source.c[column], values) for column, values in where.items()))
        if since is not None:
            query = query.where(source.c[since[0]] >= since[1].to_pydatetime())
        query = query.order_by(*(source.c[c] for c in schema.key(table)))
        return tables.from_rows(table, self._connection.execute(query).cursor.fetchall(), names)

    def write(self, table, frame, judged=False):
        """As `Database.write`, inside this transaction. Raises ValueError as `schema.validate`.

        judged : the caller has coerced the frame and put it to every check of the schema
        """
        if frame.empty:
            return Written(0, 0, 0)
        dialect = self._connection.dialect
        valid = frame if judged else schema.validate(table, frame)
        rows = tables.to_rows(table, valid, dialect.name)
        before = self._count(table)
        touched = self._connection.exec_driver_sql(_upsert(table, dialect), rows).rowcount
        new = self._count(table) - before
        if touched:
            self._connection.execute(_NEXT_REVISION, {"name": table})
        return Written(new, touched - new, len(rows) - touched)

    def add(self, table, rows):
        """Rows of unknown key; a known row stays as it is. For a log: `rows`, a list of dicts, are judged by the
        caller, and nothing is counted."""
        if not rows:
            return
        told = _as_json(table, rows)
        self._connection.execute(_NEXT_REVISION, {"name": table})  # first: writers wait for each other here
        self._connection.exec_driver_sql(_insert_json(table, self._connection.dialect), (told,))

    def replace(self, table, frame, **where):
        """As `Database.replace`, inside this transaction."""
        target = tables.TABLES[table]
        gone = sa.delete(target).where(*(_among(target.c[column], values) for column, values in where.items()))
        if self._connection.execute(gone).rowcount:
            self._connection.execute(_NEXT_REVISION, {"name": table})
        return self.write(table, frame)

    def last(self, table, count=1, studio_id=None, columns=None):
        """As `Database.last`; columns : names, all by default."""
        source = tables.TABLES[table]
        names = list(columns or source.c.keys())
        query = sa.select(*(sa.type_coerce(source.c[c], sa.types.NullType()) for c in names))
        if studio_id is not None:
            query = query.where(_among(source.c.studio_id, studio_id))
        query = query.order_by(*(source.c[c].desc() for c in schema.key(table))).limit(count)
        return tables.from_rows(table, self._connection.execute(query).cursor.fetchall()[::-1], names)

    def alone(self, table):
        """Wait until no other program writes to `table`, and keep it so until the end of this transaction."""
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer in all
            self._connection.execute(sa.text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))

    def _count(self, table):
        return self._connection.execute(sa.select(sa.func.count()).select_from(tables.TABLES[table])).scalar_one()


_COUNTED = (
    "INSERT INTO revisions (table_name, revision) VALUES ({}, 1) "
    "ON CONFLICT (table_name) DO UPDATE SET revision = revisions.revision + 1"
)
_NEXT_REVISION = sa.text(_COUNTED.format(":name"))


def _among(column, values):
    return column.in_([values] if isinstance(values, str) else list(values))


def _upsert(name, dialect):
    """INSERT that corrects a row of known key where a value differs."""
    quote, key = dialect.identifier_preparer.quote, schema.key(name)
    other = [quote(c) for c in schema.TABLES[name].columns if c not in key]
    differs = "IS NOT" if dialect.name == "sqlite" else "IS DISTINCT FROM"
    changed = " OR ".join(f"{quote(name)}.{c} {differs} excluded.{c}" for c in other)
    return _insert(name, dialect) + f"DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in other)} WHERE {changed}"


def _insert(name, dialect):
    """INSERT in the driver's own parameter style, up to what becomes of a row of known key."""
    quote = dialect.identifier_preparer.quote
    columns = [quote(c) for c in schema.TABLES[name].columns]
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    return (
        f"INSERT INTO {quote(name)} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))}) "
        f"ON CONFLICT ({', '.join(map(quote, schema.key(name)))}) "
    )


def _as_json(name, rows):
    return _JSON.encode(tables.from_dicts(name, rows))


def _log_view(name, dialect):
    """What `Database.log` inserts into: a view of this connection alone that hands everything on."""
    return (
        f"CREATE TEMP VIEW log_of_{name} AS SELECT '' AS told",
        f"CREATE TEMP TRIGGER log_of_{name}_kept INSTEAD OF INSERT ON log_of_{name} BEGIN "
        f"{_insert_json(name, dialect, 'new.told')}; {_COUNTED.format(repr(name))}; END",
    )


@cache
def _insert_json(name, dialect, text=None):
    """INSERT of unknown rows from one JSON `text`, a parameter by default. A driver lets other threads in at every row
    that it hands over, and waits for them to let it in again; one text is handed over once."""
    quote, columns = dialect.identifier_preparer.quote, tables.TABLES[name].c
    if dialect.name == "sqlite":
        values = [f"json_extract(value, '$[{k}]')" for k in range(len(columns))]
        source = f"json_each({text or '?'}) WHERE true"
    else:
        instant = "((value->>{k}) || '+00')::timestamptz"
        values = [(instant if isinstance(column.type, sa.DateTime) else "(value->>{k})::{kind}").format(
            k=k, kind=column.type.compile(dialect)) for k, column in enumerate(columns)]  # fmt: skip
        source = "json_array_elements(%s::json)"
    return (
        f"INSERT INTO {quote(name)} ({', '.join(quote(c.name) for c in columns)}) SELECT {', '.join(values)} "
        f"FROM {source} ON CONFLICT ({', '.join(map(quote, schema.key(name)))}) DO NOTHING"
    )


def _is_file(address):
    is_sqlite = address.get_backend_name() == "sqlite"
    return is_sqlite and address.database not in (None, "", ":memory:") and "uri" not in address.query


def _engine(address):
    if address.get_backend_name() != "sqlite":
        return sa.create_engine(address)
    engine = sa.create_engine(address, connect_args={"timeout": WAIT_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection, _record):
    """WAL lets readers go on while one writes; FULL keeps what was committed when the power fails."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.create_aggregate("stddev_samp", 1, _SampleDeviation)


def _begin_sqlite(connection):
    """A writer takes the lock at once: waiting is safe then, a later upgrade of a read lock is not. A statement that
    is `alone` begins and ends by itself."""
    options = connection.get_execution_options()
    if not options.get("alone"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


class _SampleDeviation:
    """SQL's stddev_samp, which SQLite lacks (Welford's running form)."""

    def __init__(self):
        self.n, self.mean, self.squares = 0, 0.0, 0.0

    def step(self, value):
        if value is None:
            return
        self.n += 1
        gap = value - self.mean
        self.mean += gap / self.n
        self.squares += gap * (value - self.mean)

    def finalize(self):
        return (self.squares / (self.n - 1)) ** 0.5 if self.n > 1 else None


_ADVICE = (
    (r"database is locked",
     f"another program has been writing for {WAIT_SECONDS} seconds; let it finish, then repeat"),
    (r"disk is full|No space left|could not extend file|disk I/O error",
     "the disk is full and nothing was changed; free some space, then repeat"),
    (r"readonly|read-only|Permission denied",
     "it may not be written; give this user the right to write the file and its folder"),
    (r"not a database|malformed",
     "the file is not a healthy SQLite database; put the newest copy from the folder `backups` beside it back"),
    (r"unable to open|Not a directory|File exists",
     "it cannot be opened; check that the folder exists and DATABASE_URL is right"),
    (r"Connection refused|could not translate|failed to resolve|authentication failed|does not exist",
     "the server does not let us in; check that it runs and that DATABASE_URL is right"),
    (r"No module named", "its driver is not installed; PostgreSQL's comes with `pip install psycopg[binary]`"),
)  # fmt: skip


@contextmanager
def _plain_words(address):
    """Turn the errors of disks and servers into one sentence that says what to do."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.DatabaseError, OSError, ModuleNotFoundError) as error:
        came = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        for pattern, advice in _ADVICE:
            if re.search(pattern, str(error), re.IGNORECASE):
                where = address.render_as_string(hide_password=True)
                raise StudiolabError(f"Database {where}: {advice} ({came}).") from error
        raise
