"""A file that a person gives for a question: what it is, told by its bytes, and read a piece at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.given_files import read_given
from app.jobs import Progress
from app.media.photo import thumbnail
from core.documents import (
    DOCUMENT_BYTES_LIMIT,
    DOCUMENT_KINDS,
    FILM_KINDS,
    HEAD_BYTES,
    RECORDING_BYTES_LIMIT,
    SOUND_KINDS,
    document_mime,
    recording_mime,
)
from core.errors import KnownError

PIECE_BYTES: Final = 1024 * 1024
PICTURES: Final = {
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
    ".heic": "image/heic", ".heif": "image/heic", ".hif": "image/heic",
}  # fmt: skip
_SOUNDS: Final = {ending: mime for ending, (mime, _) in SOUND_KINDS.items()}
_FILMS: Final = {ending: mime for ending, (mime, _) in FILM_KINDS.items()}
_DOCUMENTS: Final = {ending: mime for ending, (mime, _) in DOCUMENT_KINDS.items()}
_TAKEN: Final[dict[str, Mapping[str, str]]] = {
    "audio": {**_SOUNDS, ".3gp": "audio/3gpp", ".mp4": "audio/mp4", ".webm": "audio/webm"},
    "video": _FILMS,
    "file": {**_DOCUMENTS, **PICTURES, **_SOUNDS, **_FILMS},
}
_BEGINS: Final = {
    ending: begins for ending, (_, begins) in (SOUND_KINDS | FILM_KINDS | DOCUMENT_KINDS).items()
}
_UNKNOWN: Final = {"audio": "sound_kind_unknown", "video": "film_kind_unknown", "file": "file_kind_unknown"}
_LOOKED_AT_PX: Final = 32


@dataclass(frozen=True)
class Evidence:
    """A file that is one of the kinds we take; `pieces` reads it anew."""

    file: Path
    digest: str
    size_bytes: int
    mime: str

    def pieces(self) -> Iterator[bytes]:
        """Its bytes. Raises KnownError "file_unreadable" where they can not be read any more."""
        return _pieces(self.file, self.size_bytes, Progress())


def endings_taken(kind: str) -> tuple[str, ...]:
    """How files end that a question of that kind (audio, video, file) takes."""
    return tuple(_TAKEN[kind])


def playable(name: str, head: bytes) -> bool:
    """Whether a file is a sound or film by its name and by how it begins, and no program."""
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    begins = (SOUND_KINDS | FILM_KINDS).get(ending, ("", None))[1]
    return begins is not None and recording_mime(head[:HEAD_BYTES]) == begins


def look_at_evidence(file: Path, kind: str, progress: Progress) -> Evidence:
    """What the file is, for a question of that kind. But for pictures, only a piece of it is in memory.

    Raises KnownError "file_kind_unknown", "sound_kind_unknown", "film_kind_unknown", "file_too_large",
    "file_unreadable", "file_empty", "file_not_its_kind" and those of a photo; JobCancelledError.
    """
    ending = file.suffix.lower()
    mime = _TAKEN[kind].get(ending)
    if mime is None:
        raise KnownError(_UNKNOWN[kind], file=file.name)
    limit = DOCUMENT_BYTES_LIMIT if ending in DOCUMENT_KINDS or ending in PICTURES else RECORDING_BYTES_LIMIT
    size = _size(file)
    if size > limit:
        raise KnownError("file_too_large", file=file.name, limit_mb=limit // 1_000_000)
    if size == 0:
        raise KnownError("file_empty", file=file.name)
    if ending in PICTURES:
        thumbnail(_whole(file, limit), _LOOKED_AT_PX)
    hashed, head = hashlib.sha256(), b""
    for piece in _pieces(file, size, progress):
        head = head or piece[:HEAD_BYTES]
        if ending in _BEGINS and _BEGINS[ending] not in {document_mime(head), recording_mime(head)}:
            raise KnownError("file_not_its_kind", file=file.name)
        hashed.update(piece)
    return Evidence(file, f"sha256:{hashed.hexdigest()}", size, mime)


def _size(file: Path) -> int:
    try:
        if not file.is_file():  # to open a pipe would wait for ever
            raise KnownError("file_unreadable", file=file.name)
        return file.stat().st_size
    except OSError as error:
        raise KnownError("file_unreadable", file=file.name) from error


def _whole(file: Path, limit: int) -> bytes:
    try:
        return read_given(file, limit)
    except OSError as error:
        raise KnownError("file_unreadable", file=file.name) from error


def _pieces(file: Path, size: int, progress: Progress) -> Iterator[bytes]:
    """Exactly `size` bytes; a file that has become another one meanwhile can not be read."""
    try:
        with file.open("rb") as opened:
            while size > 0 and (piece := opened.read(min(PIECE_BYTES, size))):
                progress.raise_if_cancelled()
                size -= len(piece)
                yield piece
    except OSError as error:
        raise KnownError("file_unreadable", file=file.name) from error
    if size > 0:  # shorter than it was
        raise KnownError("file_unreadable", file=file.name)
