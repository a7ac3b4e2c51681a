"""Sets of names as one parameter of a statement: `IN (SELECT value FROM json_each(?))`."""

from __future__ import annotations

from collections.abc import Collection

import msgspec


def json_array(names: Collection[str]) -> str:
    """The names as SQLite's json_each() takes them."""
    return msgspec.json.encode(list(names)).decode()
