"""The floor of following: what any program must do to keep an encrypted copy of changed rows.

One blocking connection that listens, the statements of a pull in two round trips, an upsert of each row and
of the cursor in one transaction, at most every 40 ms. No search text, no overlays, no deadlines, no repositories.
"""

import threading
import time
from multiprocessing.connection import Connection
from typing import Any

import psycopg

from benchmarks.followers import Followed, Sightings
from benchmarks.timing import imported
from medidesk.sync import sqlcipher
from medidesk.sync.codec import codecs
from medidesk.sync.connection import Login
from medidesk.sync.cursor import Snapshot

LEAST_BETWEEN_PULLS = 0.04
POLL_SECONDS = 1.0


def bare_follower(followed: Followed, pipe: Connection) -> None:
    """Follow until whoever asks has been answered."""
    imported()
    seen, stop = Sightings(), threading.Event()
    server = psycopg.connect(
        Login(followed.address, followed.user, followed.password).conninfo(
            options="-c search_path=medidesk,public"
        ),
        autocommit=True,
        prepare_threshold=1,
    )
    file = sqlcipher.connect(followed.replica, followed.key)
    server.execute("listen medidesk")
    following = _Following(server, file, seen)
    following.pull()
    thread = threading.Thread(target=following.run, args=(stop,))
    thread.start()
    try:
        seen.answer(pipe)
    finally:
        stop.set()
        thread.join()
        server.close()
        file.close()


class _Following:
    def __init__(self, server: psycopg.Connection, file: Any, seen: Sightings) -> None:
        self.server, self.file, self.seen = server, file, seen
        self.cursor = file.execute("select value from sync_state where key = 'cursor'").fetchone()[0]
        self.codec = codecs()["patient"]
        self.upsert = f"{self.codec.force} where excluded.version > patient.version"
        self.view: dict[bytes, tuple[Any, ...]] = {}

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            for _ in self.server.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass
            began = time.monotonic()
            self.pull()
            time.sleep(max(0.0, began + LEAST_BETWEEN_PULLS - time.monotonic()))

    def pull(self) -> None:
        with self.server.pipeline():
            self.server.execute("begin isolation level repeatable read, read only")
            asked = self.server.execute(
                "select snapshot, tbl, row_id, xid::text "
                "from pull_head() left join feed_since(%s::pg_snapshot) on true",
                (self.cursor,),
            )
        news = asked.fetchall()
        changes = [row[1:] for row in news if row[1] is not None]
        with self.server.pipeline():
            found = self.server.execute(
                f"select {self.codec.wire} from patient where id = any(%s)",
                ([row_id for table, row_id, _ in changes if table == "patient"],),
                binary=True,
            )
            self.server.execute("commit")
        if not changes:
            return
        rows = found.fetchall()
        # Clamped as a station's cursor is: a bare one that lost rows would be no floor.
        greatest = max(int(xid) for _, _, xid in changes)
        self.cursor = str(
            Snapshot.parse(news[0][0]).clamped(max(greatest, Snapshot.parse(self.cursor).xmax - 1))
        )
        self.file.execute("begin immediate")
        self.file.executemany(self.upsert, rows)
        self.file.execute("insert or replace into sync_state values ('cursor', ?)", (self.cursor,))
        self.file.execute("commit")
        phone = self.codec.columns.index("phone")
        for row in rows:
            self.view[row[0]] = row
            self.seen.saw(row[phone])
