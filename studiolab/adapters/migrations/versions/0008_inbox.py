"""The inbox: what was said and became of it, what happened to whom, what waits to be sent (D-01 to D-09, K3.7)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# column:type, with * for a part of the key and ! for never empty
TABLES = {
    "messages": """
        message_id:text* studio_id:text! channel:text! account_id:text! handle:text! sender_name:text direction:text!
        kind:text! subject:text body:text found_by:text about:text media:text sent_at:instant! received_at:instant!""",
    "message_statuses": """
        message_id:text* status:text* studio_id:text! told_at:instant! reason:text
        outbox_id:text""",
    "contact_events": """
        event_id:text* studio_id:text! contact_id:text! kind:text! value:text! happened_at:instant! user_name:text""",
    "outbox": """
        outbox_id:text* studio_id:text! contact_id:text! handle:text! channel:text! account_id:text! kind:text!
        subject:text body:text! template:text about:text user_name:text! created_at:instant! send_after:instant!
        unless_reply_since:instant sequence:text state:text! attempts:whole! claimed_at:instant message_id:text
        reason:text""",
    "inbox_settings": """
        studio_id:text* kind:text* name:text* value:text! changed_at:instant! user_name:text""",
}
TYPES = {"text": sa.Text, "whole": sa.BigInteger, "instant": lambda: sa.DateTime(timezone=True)}
INDEXES = (("messages", "studio_id", "handle", "sent_at"), ("messages", "studio_id", "sent_at"),
           ("contact_events", "studio_id", "happened_at"), ("outbox", "state", "send_after"))  # fmt: skip


def upgrade():
    """The five tables of the inbox in the place of three that were planned and never written to."""
    for name in ("messages", "conversations", "contacts"):
        op.drop_table(name)
    for name, columns in TABLES.items():
        op.create_table(name, *map(_column, columns.split()))
    for name, *columns in INDEXES:
        *first, last = columns
        op.create_index("ix_" + "_".join((name, *columns)), name, [*first, sa.text(f"{last} DESC")])


def _column(word):
    name, kind = word.split(":")
    return sa.Column(name, TYPES[kind.rstrip("*!")](), primary_key="*" in kind, nullable=kind[-1] not in "*!")
