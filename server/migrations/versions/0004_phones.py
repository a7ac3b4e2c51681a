"""Accounts of phones, and the submissions they send."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "phone",
        sa.Column("device", sa.String, sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("login", sa.String, nullable=False, unique=True),
        sa.Column("ha1", sa.String, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("replica", sa.String),
        sa.Column("epoch", sa.String),
    )
    op.create_table(
        "submission",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("instance", sa.String, nullable=False),
        sa.Column("deprecated", sa.String, nullable=False),
        sa.Column("record", sa.String),
        sa.Column("device", sa.String, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("form_id", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("received_at", sa.String, nullable=False),
    )
    op.create_index("submission_instance", "submission", ["project", "instance"])
    op.create_index("submission_deprecated", "submission", ["project", "deprecated"])
    op.create_index("submission_state", "submission", ["project", "state"])
