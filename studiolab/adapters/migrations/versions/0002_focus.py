"""What a class works on, above and below the waist (A-21)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    """Two columns of class_sessions, empty for what is there."""
    for name in ("upper_focus", "lower_focus"):
        op.add_column("class_sessions", sa.Column(name, sa.Text()))
