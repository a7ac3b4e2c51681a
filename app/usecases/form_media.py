"""The pictures, sounds and films of a form: shown beside its texts, or opened with the system's program."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.media.evidence import playable
from app.media.photo import digest_of, thumbnail
from app.storage.opened_files import lay_out
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.model import Form

LARGEST_PX: Final = 2048


def form_picture(workspace: Workspace, form: Form, name: str, side_px: int) -> bytes:
    """An upright JPEG of a picture of the form, its long side at most `side_px`, on white.

    Bounded as photos are. Raises KnownError "form_file_missing", "form_picture_unreadable".
    """
    data = _file(form, name)

    def make() -> bytes:
        try:
            return thumbnail(data, min(side_px, LARGEST_PX))
        except KnownError as error:
            raise KnownError("form_picture_unreadable", file=name) from error

    return workspace.thumbnails.get(f"{form.digest} {name}", side_px, make)


def lay_form_file_out(workspace: Workspace, form: Form, name: str) -> Path:
    """A plain read-only copy of a sound or film of the form; it goes when the workspace is closed.

    Raises KnownError "form_file_missing", "disk_full", and "form_file_unplayable" for what the system might
    start as a program.
    """
    data = _file(form, name)
    if not playable(name, data):
        raise KnownError("form_file_unplayable", file=name)
    return lay_out(workspace.folder.opened, digest_of(data), name, data)


def _file(form: Form, name: str) -> bytes:
    if name not in form.media:
        raise KnownError("form_file_missing", file=name)
    return form.media[name]
