"""Accounts and their sign-ins (K0.7), revisions of tables, and a ledger that can only grow (K0.9)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    """Three tables, and triggers that refuse to change or remove a row of the ledger."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "accounts",
        sa.Column("user_name", sa.Text(), primary_key=True, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("wrong_passwords", sa.BigInteger()),
        sa.Column("locked_until", instant),
        sa.Column("is_closed", sa.Boolean()),
    )
    op.create_table(
        "sign_ins",
        sa.Column("session_hash", sa.Text(), primary_key=True, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
    )
    op.create_table(
        "revisions",
        sa.Column("table_name", sa.Text(), primary_key=True, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        op.execute(POSTGRES)
    for change in ("UPDATE", "DELETE"):
        op.execute((POSTGRES_TRIGGER if postgres else SQLITE_TRIGGER).format(change))


SQLITE_TRIGGER = """
CREATE TRIGGER ledger_refuses_{0} BEFORE {0} ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger only grows: no entry is changed or removed'); END
"""
POSTGRES = """
CREATE FUNCTION ledger_only_grows() RETURNS trigger AS
$$ BEGIN RAISE EXCEPTION 'the ledger only grows: no entry is changed or removed'; END $$ LANGUAGE plpgsql
"""
POSTGRES_TRIGGER = """
CREATE TRIGGER ledger_refuses_{0} BEFORE {0} ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_only_grows()
"""
