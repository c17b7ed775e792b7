"""What Alembic runs: the revisions, on the connection that was handed in."""

from __future__ import annotations

from alembic import context
from sqlalchemy import func, select

from unichannel.stores.sql.naming import VERSION_TABLE
from unichannel.stores.sql.tables import metadata

_given = context.config.attributes
_schema = _given["schema"]
_connection = _given["connection"]
_is_postgres = _connection.dialect.name == "postgresql"

# Revisions name no schema: it is put in here. Where there is a search path it also holds for ALTER.
if _schema and _is_postgres:
    _connection.execute(
        select(func.set_config("search_path", _connection.dialect.identifier_preparer.quote(_schema), True))
    )

context.configure(
    connection=_connection.execution_options(
        schema_translate_map={None: _schema} if _schema and not _is_postgres else {}
    ),
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=_schema,
)
with context.begin_transaction():
    context.run_migrations()
