"""The pictures, sounds and films of a form: shown beside its texts, or opened with the system's program."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Final

from app.media.evidence import playable
from app.media.photo import digest_of, thumbnail
from app.media.still import still
from app.storage.opened_files import lay_out
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.model.form import Form
from core.forms.model.vector_pictures import VectorPicture, is_vector_picture, read_vector_picture

LARGEST_PX: Final = 2048
_EMBEDDED_PX: Final = 1600


def form_picture(workspace: Workspace, form: Form, name: str, side_px: int) -> bytes | VectorPicture:
    """An upright JPEG of a picture of the form, its long side at most `side_px`, on white.

    Of a GIF it is the first frame; an SVG comes as one that is safe to draw. Bounded as photos are. Raises
    KnownError "form_file_missing", "form_picture_unreadable".
    """
    data = _file(form, name)
    if is_vector_picture(data):
        try:
            return read_vector_picture(data, _embedded)
        except KnownError as error:
            raise KnownError("form_picture_unreadable", file=name) from error

    def make() -> bytes:
        try:
            return thumbnail(still(data), min(side_px, LARGEST_PX))
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


def _embedded(address: str) -> str:
    """A picture inside of an SVG as one that was decoded here, no larger than is shown; "" for none."""
    try:
        small = thumbnail(still(base64.b64decode(address.partition(",")[2])), _EMBEDDED_PX)
    except (KnownError, binascii.Error):
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(small).decode()


def _file(form: Form, name: str) -> bytes:
    if name not in form.media:
        raise KnownError("form_file_missing", file=name)
    return form.media[name]
