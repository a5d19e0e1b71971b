"""Experiments on offers, and who was exposed to which arm of one, once (K2.14)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade():
    """The tables experiments and exposures."""
    op.create_table(
        "experiments",
        sa.Column("experiment_id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("studio_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arms", sa.Text(), nullable=False),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text()),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("smallest_lift", sa.Float(53)),
        sa.Column("window_days", sa.BigInteger(), nullable=False),
        sa.Column("pre_days", sa.BigInteger(), nullable=False),
        sa.Column("alpha", sa.Float(53)),
        sa.Column("power", sa.Float(53)),
        sa.Column("clients", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
        sa.Column("stop_note", sa.Text()),
        sa.Column("user_name", sa.Text()),
    )
    op.create_table(
        "exposures",
        sa.Column("experiment_id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("client_id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("studio_id", sa.Text(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("exposed_at", sa.DateTime(timezone=True), nullable=False),
    )
