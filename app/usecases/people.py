"""Say who works here."""

from __future__ import annotations

from app.changes import Changes
from app.workspace import Workspace
from core.values import safe_text


def name_person(workspace: Workspace, name: str) -> Changes:
    """Gives the person who works here the name that others see beside their changes; "" takes it away."""
    with workspace.database.transaction():
        workspace.kv.put("person_name", safe_text(" ".join(name.split())))
    return Changes(sync=True)
