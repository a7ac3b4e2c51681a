"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"


def upgrade() -> None:
    """Makes every table of the first release."""
    op.create_table(
        "server",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("sum", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("project", sa.String, sa.ForeignKey("project.id"), nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("enrolled_at", sa.String, nullable=False),
        sa.Column("revoked_at", sa.String),
    )
    op.create_table(
        "ticket",
        sa.Column("code_hash", sa.LargeBinary, primary_key=True),
        sa.Column("project", sa.String, sa.ForeignKey("project.id"), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("device", sa.String, sa.ForeignKey("device.id")),
    )
    op.create_table(
        "token",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("device", sa.String, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "replica",
        sa.Column("project", sa.String, sa.ForeignKey("project.id"), primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("device", sa.String, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("acked", sa.BigInteger, nullable=False),
        sa.Column("tip", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "op",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("replica", sa.String, primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("feed_seq", sa.BigInteger),
        sa.Column("feed_sum", sa.BigInteger),
        sa.Column("received_at", sa.String, nullable=False),
    )
    op.create_index("op_feed", "op", ["project", "feed_seq"], unique=True)
    op.create_table(
        "batch",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("device", sa.String, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("replica", sa.String, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("archive", sa.Text, nullable=False),
        sa.Column("received_at", sa.String, nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("replica", sa.String, primary_key=True),
        sa.Column("n", sa.BigInteger, primary_key=True),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("form", sa.String),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("found_at", sa.String, nullable=False),
    )
    op.create_table(
        "blob",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mime", sa.String, nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("received_at", sa.String, nullable=False),
    )
    op.create_table(
        "form",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("package", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.String, nullable=False),
    )
