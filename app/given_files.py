"""Files that a person names: read up to a limit, written whole, with names that every system takes."""

from __future__ import annotations

import errno
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from app.errors import known_os_error
from core.errors import KnownError

_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*\s]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_LONGEST = 120
"""Characters of a name; the longest that Windows, Linux and zip tools all take in folders of usual depth."""
_MOST_BYTES = 240
"""Of a name in UTF-8; file systems of Linux take 255 (limits.h, NAME_MAX)."""


def file_name(text: str, ending: str) -> str:
    """The text as a file name, shortened where needed, and the `ending` whole.

    NFC, no character and no name that Windows refuses.
    """
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip("._")[: _LONGEST - len(ending)]
    stem = name.encode()[: _MOST_BYTES - len(ending.encode())].decode(errors="ignore").rstrip("._") or "_"
    return f"_{stem}{ending}" if _RESERVED.match(stem + ending) else f"{stem}{ending}"


def read_given(file: Path, limit: int) -> bytes:
    """All bytes of a file. Raises OSError, also for more than `limit` bytes and for what is no file.

    A pipe would be waited for, and a device has no end.
    """
    if not file.is_file():
        raise OSError(errno.ENOENT, "no file", str(file))
    with file.open("rb") as opened:
        content = opened.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, "too large", str(file))
    return content


def write_given(file: Path, content: bytes) -> None:
    """The file is there with this content, or as it was before.

    Raises KnownError "no_permission", "disk_full", …; "file_in_use" where the folder takes a file and yet not
    this one: on Windows another program has it open.
    """
    try:
        with replacing(file) as beside:
            beside.write_bytes(content)
    except OSError as error:
        raise known_os_error(error, file) from error


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Where to write what takes the place of a file at the end; after an error it is as it was before.

    Raises OSError, and KnownError "file_in_use" as `write_given`.
    """
    beside = file.with_name(f".{uuid4().hex[:8]}.part")
    try:
        yield beside
        _put(beside, file)
    except BaseException:
        if beside.is_file():
            beside.unlink()
        raise


def _put(beside: Path, file: Path) -> None:
    try:
        beside.replace(file)
    except PermissionError as error:
        raise KnownError("file_in_use", file=file.name) from error
