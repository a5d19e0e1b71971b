"""The week: what classes there are, which week is saved, and what of it is settled (D-17 to D-23)."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade():
    """The tables class_definitions, timetable_entries and timetable_pins; a room says in which site it is."""
    op.create_table(
        "class_definitions",
        *_key(),
        sa.Column("class_name", sa.Text(), nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("level", sa.Text()),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("max_capacity", sa.BigInteger(), nullable=False),
        sa.Column("min_capacity", sa.BigInteger()),
        sa.Column("price", sa.BigInteger()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("preferred", sa.Text()),
        sa.Column("features", sa.Text()),
        sa.Column("site", sa.Text()),
    )
    op.create_table("timetable_entries", *_key(), *_place(nullable=False),
                    sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False))  # fmt: skip
    op.create_table("timetable_pins", *_key(), *_place(nullable=True))
    op.add_column("rooms", sa.Column("site", sa.Text()))


def _key():
    return [sa.Column(name, sa.Text(), primary_key=True, nullable=False) for name in ("studio_id", "class_id")]


def _place(nullable):
    kinds = {"weekday": sa.Text, "start_minute": sa.BigInteger, "room_id": sa.Text, "instructor_id": sa.Text}
    return [sa.Column(name, kind(), nullable=nullable) for name, kind in kinds.items()]
