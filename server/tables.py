"""The tables as they are now. Migrations never import this file; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

SERVER = Table(
    "server",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

PROJECT = Table(
    "project",
    METADATA,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("seq", BigInteger, nullable=False, comment="feed number of the newest operation"),
    Column("sum", BigInteger, nullable=False, comment="sum mod 2^64 (kept signed) of all hashes up to seq"),
)

DEVICE = Table(
    "device",
    METADATA,
    Column("id", String, primary_key=True),
    Column("project", String, ForeignKey("project.id"), nullable=False),
    Column("user", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False, unique=True),
    Column("enrolled_at", String, nullable=False),
    Column("revoked_at", String),
    Column("role", String, nullable=False, server_default="coordinator"),
    Column("division", String, nullable=False, server_default="", comment="first digits of its divisions"),
    Column("seen_at", String, comment="when it last asked for a token: once an hour while it works"),
)

TICKET = Table(
    "ticket",
    METADATA,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("project", String, ForeignKey("project.id"), nullable=False),
    Column("expires_at", BigInteger, nullable=False, comment="unix seconds, server clock"),
    Column("device", String, ForeignKey("device.id"), comment="who used it; null = not used yet"),
    Column("role", String, nullable=False, server_default="surveyor"),
    Column("division", String, nullable=False, server_default=""),
)

TOKEN = Table(
    "token",
    METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("device", String, ForeignKey("device.id"), nullable=False),
    Column("expires_at", BigInteger, nullable=False, comment="unix seconds, server clock"),
)

REPLICA = Table(
    "replica",
    METADATA,
    Column("project", String, ForeignKey("project.id"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("device", String, ForeignKey("device.id"), nullable=False),
    Column("acked", BigInteger, nullable=False),
    Column("tip", LargeBinary, nullable=False, comment="hash of operation number `acked`"),
)

OP = Table(
    "op",
    METADATA,
    Column("project", String, primary_key=True),
    Column("replica", String, primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="the line, byte for byte"),
    Column("feed_seq", BigInteger, comment="null = held back: not readable, or not allowed"),
    Column("feed_sum", BigInteger),
    Column("received_at", String, nullable=False),
    Column("subject", String, nullable=False, server_default="", comment="the record; else the replica"),
    Index("op_feed", "project", "feed_seq", unique=True),
    Index("op_subject", "project", "subject", "feed_seq"),
)

RECORD = Table(
    "record",
    METADATA,
    Column("project", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, comment="the device whose operation came first"),
)

PLACE = Table(
    "place",
    METADATA,
    Column("project", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("place", String, primary_key=True, comment="code of a division, or own:<device>"),
    Column("since", BigInteger, nullable=False, comment="feed number"),
    Index("place_since", "project", "since"),
)

REFERENCE = Table(
    "reference",
    METADATA,
    Column("project", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("record", String, primary_key=True),
)

BATCH = Table(
    "batch",
    METADATA,
    Column("project", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("device", String, ForeignKey("device.id"), nullable=False),
    Column("replica", String, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("archive", Text, nullable=False, comment="path under the archive folder"),
    Column("received_at", String, nullable=False),
)

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("project", String, primary_key=True),
    Column("replica", String, primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("reason", String, nullable=False),
    Column("form", String, comment="the digest that is not known here, for reason unknown-form"),
    Column("held", Boolean, nullable=False, comment="kept out of the feed"),
    Column("found_at", String, nullable=False),
)

BLOB = Table(
    "blob",
    METADATA,
    Column("project", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("mime", String, nullable=False),
    Column("device", String, nullable=False),
    Column("received_at", String, nullable=False),
)

PREVIEW = Table(
    "preview",
    METADATA,
    Column("project", String, primary_key=True),
    Column("photo", String, primary_key=True),
    Column("preview", String, nullable=False, comment="digest of the small copy made at capture"),
)

FORM = Table(
    "form",
    METADATA,
    Column("project", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("package", LargeBinary, nullable=False, comment="the form file and its media, as transmitted"),
    Column("received_at", String, nullable=False),
)

PHONE = Table(
    "phone",
    METADATA,
    Column("device", String, ForeignKey("device.id"), primary_key=True),
    Column("login", String, nullable=False, unique=True),
    Column("ha1", String, nullable=False, comment="MD5 of login:realm:password, hex (RFC 7616, 3.4.2)"),
    Column("token_hash", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the address token"),
    Column("replica", String, comment="the log that the server writes for it; null = none yet"),
    Column("epoch", String, comment="in which that log was begun; another one needs another log"),
)

SUBMISSION = Table(
    "submission",
    METADATA,
    Column("project", String, primary_key=True),
    Column("digest", String, primary_key=True, comment="sha256: of the XML, which the archive keeps"),
    Column("instance", String, nullable=False),
    Column("deprecated", String, nullable=False, comment="the instance it edits, else empty"),
    Column("record", String, comment="null = not in any record"),
    Column("device", String, ForeignKey("device.id"), nullable=False),
    Column("form_id", String, nullable=False),
    Column("version", String, nullable=False),
    Column("state", String, nullable=False, comment="taken, aside or superseded"),
    Column("reason", String, nullable=False, comment="why it is set aside, else empty"),
    Column("received_at", String, nullable=False),
    Index("submission_instance", "project", "instance"),
    Index("submission_deprecated", "project", "deprecated"),
    Index("submission_state", "project", "state"),
)
