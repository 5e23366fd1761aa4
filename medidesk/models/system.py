"""The system's own tables. No person holds a grant on them: definer functions serve them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

from medidesk.models.base import Base


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Its name in SQL."""
        return "xid8"


def _system(name: str, *items: sa.schema.SchemaItem, **options: Any) -> sa.Table:
    return sa.Table(name, Base.metadata, *items, info={"system": True}, **options)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")
    )


audit_seq = sa.Sequence("audit_seq", metadata=Base.metadata, cache=1)

# Who changed what, when, from where. The same record is the stations' change feed.
audit_log = _system(
    "audit_log",
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("xid", Xid8, nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Column("seq", sa.BigInteger, nullable=False, server_default=audit_seq.next_value()),
    sa.Column("nonce", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),
    sa.Column("tbl", sa.Text, nullable=False),
    sa.Column("row_id", sa.Uuid, nullable=False),
    sa.Column("org_id", sa.Uuid),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("changes", JSONB, nullable=False),
    sa.Column("login", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.Column("address", sa.Text, server_default=sa.text("host(inet_client_addr())")),
    sa.Column("station", sa.Text),
    sa.Column("op_id", sa.Uuid),
    _now("at"),
    # Whoever answers for it, where the login is the one it was done for (see schema/attested.sql).
    sa.Column("attested_by", sa.Text),
    sa.CheckConstraint("action in ('insert', 'update', 'delete')", name="action"),
    sa.Index("audit_log_feed", "epoch", "xid", "seq", postgresql_include=["tbl", "row_id"]),
    sa.Index("audit_log_by_row", "row_id", "seq"),
    # Rows lie in the order of time: this costs next to nothing, and finds a week without reading the rest.
    sa.Index("audit_log_by_time", "at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
    postgresql_partition_by="RANGE (at)",
)

# The audit trail's chain of digests: each covers the rows of one epoch between two transaction ids, and the seal
# before it (see schema/seals.sql).
audit_seal = _system(
    "audit_seal",
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("from_xid", Xid8, nullable=False),
    sa.Column("upto", Xid8, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("audit_seal_by_epoch", "epoch", "upto"),
)

# Each time that old audit rows left for a file (medidesk/server/archive.py): which seals are in it.
audit_archive = _system(
    "audit_archive",
    sa.Column("first_seal", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last_seal", sa.BigInteger, nullable=False, unique=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    # Who opened which file, of before the same day: it is not sealed.
    sa.Column("openings", sa.BigInteger, nullable=False),
    sa.Column("before", sa.DateTime(timezone=True), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    _now("archived_at"),
    sa.Column("archived_by", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.CheckConstraint("first_seal <= last_seal", name="in_order"),
)

# Exactly once: every operation that was ever applied, with the answer it was given.
applied_operation = _system(
    "applied_operation",
    sa.Column("op_id", sa.Uuid, primary_key=True),
    sa.Column("payload_sha", sa.LargeBinary, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("station_id", sa.Uuid),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("supersedes", sa.Uuid),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("xid", Xid8, nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Column("made_at", sa.DateTime(timezone=True)),
    _now("applied_at"),
    sa.Column("result", JSONB),
    sa.Column("attested_by", sa.Text),
    sa.Index("applied_operation_supersedes", "supersedes", postgresql_where="supersedes is not null"),
)

# A fact that people were told was saved and that the database could not take as it is.
held_fact = _system(
    "held_fact",
    sa.Column("op_id", sa.Uuid, primary_key=True),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("payload", JSONB, nullable=False),
    sa.Column("sqlstate", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    _now("held_at"),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    sa.Column("decided_by", sa.Text),
    sa.Column("decision", JSONB),
    sa.Index("held_fact_undecided", "held_at", postgresql_where="decided_at is null"),
)

# How an account signs in, beside what everybody may know of it.
account_sign_in = _system(
    "account_sign_in",
    sa.Column("user_account_id", sa.Uuid, sa.ForeignKey("user_account.id"), primary_key=True),
    sa.Column("must_change_password", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("password_set_at", sa.DateTime(timezone=True)),
    # Whoever signed in before is signed out.
    sa.Column("signed_out_at", sa.DateTime(timezone=True)),
)

# What an account that nobody has approved yet is to become, with the password that its person has typed.
account_request = _system(
    "account_request",
    sa.Column("user_account_id", sa.Uuid, sa.ForeignKey("user_account.id"), primary_key=True),
    sa.Column("verifier", sa.Text, nullable=False),
    sa.Column("role", sa.Text, sa.ForeignKey("role.name"), nullable=False),
    sa.Column("org_id", sa.Uuid, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False, server_default=sa.text("session_user")),
    _now("requested_at"),
)

# Each backup that was tried on the server; the sealed files lie outside (medidesk/server/backups).
backup_run = _system(
    "backup_run",
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
    _now("ended_at"),
    # The moment that it shows; none where it failed.
    sa.Column("made_at", sa.DateTime(timezone=True)),
    sa.Column("bytes", sa.BigInteger),
    # What went wrong, in a sentence: also where it is there and was not copied to the second place.
    sa.Column("problem", sa.Text, nullable=False, server_default=""),
    sa.Index("backup_run_made", "made_at"),
)

# One row: which server this is, and since which restore.
server_identity = _system(
    "server_identity",
    sa.Column("single", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("server_id", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="1"),
    sa.Column("system_identifier", sa.BigInteger, nullable=False),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("oldest_client", sa.Integer, nullable=False),
    sa.Column("sending_paused", sa.Boolean, nullable=False, server_default=sa.false()),
    # Losses of earlier epochs than this one have been dealt with; the greatest epoch that a signed paper names.
    sa.Column("settled_epoch", sa.Integer, nullable=False, server_default="1"),
    sa.Column("known_epoch", sa.Integer, nullable=False, server_default="1"),
    sa.CheckConstraint("single", name="one_row"),
)

# In each epoch, up to which transaction the feed may lack rows: a cursor that has not seen all of these compares.
feed_floor = _system(
    "feed_floor",
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("xid", Xid8, nullable=False),
    _now("cut_at"),
)

# Each PC that ever joined.
station = _system(
    "station",
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    _now("joined_at"),
    _now("last_seen_at"),
    sa.Column("last_login", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.Column("client_version", sa.Text, nullable=False, server_default=""),
    # Operations that wait to be sent, and that a person must decide, as the station said last.
    sa.Column("waiting", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attention", sa.Integer, nullable=False, server_default="0"),
)

# A PC's outbox key, sealed by that PC; only somebody who is signed in can fetch it. Anybody who knows a PC's id can
# give another one, so what anybody has given is kept, and the PC tells which of them is its own.
station_key = _system(
    "station_key",
    sa.Column("station_id", sa.Uuid, primary_key=True),
    sa.Column("sealed_key", sa.LargeBinary, primary_key=True),
    sa.Column("login", sa.Text, nullable=False, server_default=sa.text("session_user")),
    _now("given_at"),
)

# Empty but for transactions that run: whose turn it is at something (see schema/turns.sql).
turn = _system("turn", sa.Column("id", sa.Uuid, primary_key=True))

# The next number of each series, such as the file numbers of a year.
number_series = _system(
    "number_series",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
)

# Who opened whose record. Written by a definer function that returns nothing. `at` is when the server was told.
access_log = _system(
    "access_log",
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("patient_id", sa.Uuid, nullable=False),
    sa.Column("login", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.Column("station", sa.Text),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    _now("at"),
    # Named by the station, which tells of it until the server has it; and when it was, by the station's clock.
    sa.Column(
        "opening_id", sa.Uuid, nullable=False, unique=True, server_default=sa.text("gen_random_uuid()")
    ),
    _now("opened_at"),
    sa.Index("access_log_by_patient", "patient_id", "at"),
    sa.Index("access_log_by_time", "at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
)

# Who opened which restricted file, why, and until when (see schema/restricted.sql).
broken_glass = _system(
    "broken_glass",
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("patient_id", sa.Uuid, sa.ForeignKey("patient.id"), nullable=False),
    sa.Column("login", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("station", sa.Text),
    _now("at"),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("xid", Xid8, nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Index("broken_glass_open", "login", "until"),
)

# One row: what receipts and witnesses are signed with. Every backup contains it, so that a restored server knows
# its own signature again.
receipt_key = _system(
    "receipt_key",
    sa.Column("single", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("key", sa.LargeBinary, nullable=False, server_default=sa.text("public.gen_random_bytes(32)")),
    sa.CheckConstraint("single", name="one_row"),
)

# On whose behalf the owner's functions write at this moment, and who answers for it: a row lives no longer than the
# one operation that it was made for.
acting_for = _system(
    "acting_for",
    sa.Column("xid", Xid8, primary_key=True, server_default=sa.text("pg_current_xact_id()")),
    sa.Column("login", sa.Text, nullable=False),
    sa.Column("attested_by", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("numbers", JSONB, nullable=False),
    sa.Column("rights_at", sa.DateTime(timezone=True)),
)

# Each time that stations were asked for what a backup lacks, with the report of what came back.
replay = _system(
    "replay",
    sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")),
    _now("opened_at"),
    sa.Column("opened_by", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.Column("closed_at", sa.DateTime(timezone=True)),
    sa.Column("closed_by", sa.Text),
    sa.Column("report", JSONB),
    sa.Index(
        "replay_one_open", sa.text("(closed_at is null)"), unique=True, postgresql_where="closed_at is null"
    ),
)

# Which stations have handed in their journals, and the accounts that they knew.
replay_journal = _system(
    "replay_journal",
    sa.Column("replay_id", sa.Uuid, sa.ForeignKey("replay.id"), primary_key=True),
    sa.Column("station_id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("login", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("accounts", JSONB, nullable=False),
    _now("at"),
)

# What they handed in, as far as this server has signed it.
replay_entry = _system(
    "replay_entry",
    sa.Column("replay_id", sa.Uuid, sa.ForeignKey("replay.id"), primary_key=True),
    sa.Column("op_id", sa.Uuid, primary_key=True),
    sa.Column("station_id", sa.Uuid, nullable=False),
    sa.Column("payload", JSONB, nullable=False),
    sa.Column("receipt", JSONB, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="staged"),
    sa.Column("sqlstate", sa.Text),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("state in ('staged', 'applied', 'there', 'failed')", name="state"),
)

# What was handed in and is not as this server signed it.
replay_rejection = _system(
    "replay_rejection",
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("replay_id", sa.Uuid, sa.ForeignKey("replay.id"), nullable=False),
    sa.Column("station_id", sa.Uuid, nullable=False),
    sa.Column("login", sa.Text, nullable=False, server_default=sa.text("session_user")),
    sa.Column("op_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    _now("at"),
)
