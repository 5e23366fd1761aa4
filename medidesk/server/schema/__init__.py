"""The database as the models and the matrix say it must be, as a list of SQL statements.

`statements()` is what a freshly built database runs. Migrations hold their own frozen copies; a test compares
`pg_dump --schema-only` of both, so that neither can drift.
"""

from medidesk.server.schema.build import EXTENSIONS, OWNER, SCHEMA, SCHEMA_VERSION, build, statements

__all__ = ["EXTENSIONS", "OWNER", "SCHEMA", "SCHEMA_VERSION", "build", "statements"]
