"""Other folders of records: whether one can be opened, and making one, before this one is left."""

from __future__ import annotations

from pathlib import Path

from app.storage.folder import WorkspaceFolder
from app.workspace import open_workspace


def check_folder(folder: Path) -> None:
    """Passes if this folder holds a workspace. Raises KnownError "workspace_missing", "newer_workspace"."""
    WorkspaceFolder(folder).refuse_foreign(create=False)


def make_workspace(folder: Path) -> None:
    """Makes a workspace in an empty or new folder; one that is there stays as it is.

    Raises KnownError "folder_not_empty", "newer_workspace", "disk_full", ….
    """
    open_workspace(folder).close()
