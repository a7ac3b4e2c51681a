"""Steps from any older data file to the present one, run by Alembic inside one transaction.

A released step imports nothing of ours and is never edited again.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

STEPS = ("0001_first_tables", "0002_roles", "0003_previews", "0004_phones")


class NewerDatabaseError(Exception):
    """The file was written by a newer server; its argument is the step it is at."""


def migrate(connection: Connection) -> None:
    """Brings the tables up to date. Raises NewerDatabaseError, the file left alone."""
    context = MigrationContext.configure(connection)
    steps = [_step(name) for name in STEPS]
    known = [step.revision for step in steps]
    present = context.get_current_revision()
    if present is not None and present not in known:
        raise NewerDatabaseError(present)
    pending = steps[known.index(present) + 1 :] if present is not None else steps
    context._ensure_version_table()  # noqa: SLF001  # Alembic makes it only through its command line otherwise
    with Operations.context(context):
        for step in pending:
            step.upgrade()
    if pending:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (known[-1],))


def _step(name: str) -> ModuleType:
    return import_module(f"server.migrations.versions.{name}")
