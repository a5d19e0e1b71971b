"""Alembic's door: runs the revisions on the connection that `adapters.migrate` hands over."""

from alembic import context

from studiolab.adapters.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
