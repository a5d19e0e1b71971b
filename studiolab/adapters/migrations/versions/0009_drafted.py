"""A message on its way tells the agent's draft that it began as, so that the ledger can say so once it is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade():
    """One column that may be empty."""
    op.add_column("outbox", sa.Column("draft", sa.Text()))
