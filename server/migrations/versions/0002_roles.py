"""Roles of devices and tickets, and where records lie."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"


def upgrade() -> None:
    """Who had joined before there were roles could do everything, and still can."""
    for table, role in (("device", "coordinator"), ("ticket", "surveyor")):
        op.add_column(table, sa.Column("role", sa.String, nullable=False, server_default=role))
        op.add_column(table, sa.Column("division", sa.String, nullable=False, server_default=""))
    op.add_column("device", sa.Column("seen_at", sa.String))
    op.add_column("op", sa.Column("subject", sa.String, nullable=False, server_default=""))
    op.create_index("op_subject", "op", ["project", "subject", "feed_seq"])
    op.create_table(
        "record",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False),
    )
    op.create_table(
        "place",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
    op.create_index("place_since", "place", ["project", "since"])
    op.create_table(
        "reference",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("target", sa.String, primary_key=True),
        sa.Column("record", sa.String, primary_key=True),
    )
