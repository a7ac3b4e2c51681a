"""sqlite-utils over our engine. It takes 70 ms to load, so only who writes imports this."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import sqlcipher3
import sqlcipher3.dbapi2

# sqlite-utils catches the exceptions of the engine it imports: it must be this one, before its first import.
sys.modules["pysqlite3"] = sqlcipher3
sys.modules["pysqlite3.dbapi2"] = sqlcipher3.dbapi2

import sqlite_utils as sqlite_utils  # noqa: E402, PLC0414  after the alias above; the way to it for others
import sqlite_utils.db  # noqa: E402

if TYPE_CHECKING:
    from sqlite3 import Connection

if sqlite_utils.db.sqlite3 is not sqlcipher3:  # type: ignore[attr-defined,unused-ignore]
    raise ImportError("sqlite-utils was imported before app.storage.tables and has another engine")


def wrap(connection: Connection) -> sqlite_utils.Database:
    """The connection as sqlite-utils sees it, without plugins from the user's machine."""
    return sqlite_utils.Database(connection, execute_plugins=False)
