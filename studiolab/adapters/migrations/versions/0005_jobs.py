"""Work that goes on in a process of its own, kept so that a restart finds it (B-59)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade():
    """The table jobs."""
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("studio_id", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("step", sa.Text()),
        sa.Column("progress", sa.Float(53)),
        sa.Column("message", sa.Text()),
        sa.Column("result", sa.Text()),
        sa.Column("user_name", sa.Text()),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("estimated_completion", sa.DateTime(timezone=True)),
        sa.Column("process", sa.Text()),
    )
