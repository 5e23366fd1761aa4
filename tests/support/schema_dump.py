"""A database's schema as text, to compare one with another."""

import os
import re
import subprocess

from medidesk.server.cluster import Cluster


def dump(cluster: Cluster, database: str) -> str:
    """`pg_dump --schema-only`, without alembic's own table and without the lines that differ each time."""
    made = subprocess.run(
        [
            *(cluster.binaries.path("pg_dump"), "--schema-only", "--exclude-table=*.alembic_version"),
            *("--dbname", cluster.url(database, cluster.superuser, "").replace(":@", "@")),
        ],
        env={**os.environ, "PGPASSWORD": cluster.superuser_password},
        capture_output=True,
        text=True,
        check=True,
    )
    return re.sub(r"(?m)^(\\(un)?restrict .*|--.*)?\n", "", made.stdout)
