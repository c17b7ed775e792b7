"""What Alembic runs: the revisions, on the connection that was handed in."""

from __future__ import annotations

from alembic import context

from unichannel.stores.sql.naming import VERSION_TABLE
from unichannel.stores.sql.tables import metadata

_given = context.config.attributes
_schema = _given["schema"]

context.configure(
    # Revisions name no schema: it is put in here.
    connection=_given["connection"].execution_options(schema_translate_map={None: _schema} if _schema else {}),
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=_schema,
)
with context.begin_transaction():
    context.run_migrations()
