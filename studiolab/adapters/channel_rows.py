"""Questions to the tables of the inbox that a frame of all rows would be too much for."""

from datetime import UTC

import sqlalchemy as sa

from studiolab.adapters import tables

AT_ONCE = 500  # ids of one query


def last_message_at(db, studio_id, channel, account):
    """datetime of the last message of an account, None where there is none."""
    rows = tables.TABLES["messages"].c
    query = sa.select(rows.sent_at).where(rows.studio_id == studio_id, rows.channel == channel)
    query = query.where(rows.account_id == account).order_by(rows.sent_at.desc()).limit(1)
    with db.engine.connect() as connection:
        at = connection.execute(query).scalar()
    return at and (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))


def short_messages(db, studio_id, letters):
    """Frame of what people wrote in so many letters at most, and of all mail, which has a signature below a word:
    message_id, handle, body, subject, sent_at."""
    rows, names = tables.TABLES["messages"].c, ["message_id", "handle", "body", "subject", "sent_at"]
    query = sa.select(*(sa.type_coerce(rows[name], sa.types.NullType()) for name in names))
    query = query.where(rows.studio_id == studio_id, rows.direction == "inbound")
    query = query.where(sa.or_(rows.channel == "email", sa.func.length(rows.body) <= letters))
    with db.engine.connect() as connection:
        return tables.from_rows("messages", connection.execute(query).cursor.fetchall(), names)


def handles_of(db, studio_id):
    """List of the handles of all who wrote to a studio or were written to, each once."""
    rows = tables.TABLES["messages"].c
    query = sa.select(rows.handle).where(rows.studio_id == studio_id).distinct()
    with db.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def known_messages(source, ids):
    """set of those of `ids` that are kept already; source : a Database or a transaction."""
    ids, known = list(ids), set()
    for first in range(0, len(ids), AT_ONCE):
        rows = source.read("messages", columns=["message_id"], message_id=ids[first : first + AT_ONCE])
        known |= set(rows["message_id"])
    return known


def known_statuses(source, ids):
    """set of (message_id, status) that are kept already of messages `ids`; source : a Database or a transaction."""
    ids, known = list(ids), set()
    for first in range(0, len(ids), AT_ONCE):
        asked = {"columns": ["message_id", "status"], "message_id": ids[first : first + AT_ONCE]}
        known |= set(source.read("message_statuses", **asked).itertuples(index=False, name=None))
    return known


def unanswered(db, studio_ids, columns, asides):
    """(last, heard): frames of every handle's last answer, `sent_at`, NaT where there is none, and of what came from
    it since, `columns` of table messages; of all the studios at once.

    asides : kinds of messages that are no answers
    """
    source = tables.TABLES["messages"]
    rows, own = source.c, source.c.studio_id.in_(studio_ids)
    answer = sa.case(((rows.direction == "outbound") & rows.kind.not_in(asides), rows.sent_at))
    last = sa.select(rows.studio_id, rows.handle, sa.type_coerce(sa.func.max(answer), sa.types.NullType()).label("at"))
    last = last.where(own).group_by(rows.studio_id, rows.handle)
    known = last.subquery()
    since = sa.select(*(sa.type_coerce(rows[one], sa.types.NullType()) for one in columns)).join_from(
        source, known, (rows.studio_id == known.c.studio_id) & (rows.handle == known.c.handle)
    )
    since = since.where(own, rows.direction == "inbound", known.c.at.is_(None) | (rows.sent_at > known.c.at))
    with db.engine.connect() as connection:
        found = [connection.execute(query).cursor.fetchall() for query in (last, since)]
    return [tables.from_rows("messages", told, names)
            for told, names in zip(found, (["studio_id", "handle", "sent_at"], columns), strict=True)]  # fmt: skip
