"""Which preview belongs to which photo, so that a reader who knows only the photo can ask for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"


def upgrade() -> None:
    """Makes the table, filled from the operations that are held."""
    op.create_table(
        "preview",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("photo", sa.String, primary_key=True),
        sa.Column("preview", sa.String, nullable=False),
    )
    op.execute(
        """INSERT OR IGNORE INTO preview
        SELECT line.project, json_extract(answer.value, '$.b'), json_extract(answer.value, '$.pv')
        FROM (SELECT project, CAST(body AS TEXT) AS body FROM op WHERE feed_seq IS NOT NULL) AS line,
            json_each(CASE WHEN json_valid(line.body) THEN line.body ELSE '{}' END, '$.s') AS answer
        WHERE answer.type = 'object'
            AND json_type(answer.value, '$.b') = 'text' AND json_type(answer.value, '$.pv') = 'text'"""
    )
