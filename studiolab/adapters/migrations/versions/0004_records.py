"""Scenarios that say who saved them and can come back; a prediction a row, with its interval in money (B-13, B-15)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    """Four columns of scenarios, and prediction_logs made anew: nothing wrote to it before."""
    for name, kind in (("user_name", sa.Text), ("model_version", sa.Text), ("data_hash", sa.Text),
                       ("is_deleted", sa.Boolean)):  # fmt: skip
        op.add_column("scenarios", sa.Column(name, kind()))
    op.drop_table("prediction_logs")
    op.create_table(
        "prediction_logs",
        sa.Column("log_id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("studio_id", sa.Text(), nullable=False),
        sa.Column("prediction_type", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("base_month", sa.Date(), nullable=False),
        sa.Column("target_month", sa.Date(), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("levers_hash", sa.Text()),
        sa.Column("predicted_revenue", sa.BigInteger(), nullable=False),
        sa.Column("revenue_low", sa.BigInteger()),
        sa.Column("revenue_high", sa.BigInteger()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("confidence_score", sa.Float(53)),
        sa.Column("predicted_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "ix_prediction_logs_studio_id_predicted_at", "prediction_logs", ["studio_id", sa.text("predicted_at DESC")]
    )
