"""Submissions kept as they came, byte for byte, beside the archive of batches.

`submissions/<ab>/<hex>.sbm1`: one line of JSON (who sent it, when), then the XML compressed with zstd; the
name is the SHA-256 of the XML. `submissions/<ab>/<hex>.files/`: JSON about each file that came with it. By
these the tables can be made anew, and what could not be taken in waits here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from core.protocol.codec import compress, decompress
from core.protocol.wire_errors import WireError
from server.durable_files import disk_is_full, make_folder, write_durably

XML_LIMIT = 16 * 1024 * 1024
"""Bytes of one submission; 2,500 rows of 40 questions are half of it."""
_FOLDER = "submissions"


class FileOf(msgspec.Struct, frozen=True):
    """A file of a submission: the name it has in the XML, its digest in the blob store and its preview's.

    Of two files of one name the one that came first is the answer, the other stands against it.
    """

    name: str
    blob: str
    received: datetime
    preview: str | None = None


class _Head(msgspec.Struct):
    device: str
    received: datetime


@dataclass(frozen=True)
class KeptSubmission:
    """A submission read back. `digest` is `sha256:…` of its XML."""

    digest: str
    device: str
    received: datetime
    xml: bytes
    files: tuple[FileOf, ...]


class KeptSubmissions:
    """The folder of submissions."""

    def __init__(self, archive: Path) -> None:
        self._folder = archive / _FOLDER

    def keep(self, xml: bytes, device: str, received: datetime) -> str:
        """Stores an XML durably, once; returns its digest. Raises WireError `server-full`.

        What a disk has damaged meanwhile is written anew.
        """
        digest = digest_of(xml)
        if self.read(digest) is None:
            head = msgspec.json.encode(_Head(device, received))
            _write(self._file(digest), head + b"\n" + compress(xml, quick=True))
        return digest

    def keep_file(self, digest: str, file: FileOf) -> None:
        """Notes durably which blob a name of the submission stands for. Raises WireError `server-full`."""
        named = hashlib.sha256(file.name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        place = self._files(digest) / f"{file.blob.removeprefix('sha256:')}-{named}"
        if _read_file(place) is None:
            _write(place, msgspec.json.encode(file))

    def read(self, digest: str) -> KeptSubmission | None:
        """A submission with all its files; None if it is not here or does not read back."""
        try:
            first, _, packed = self._file(digest).read_bytes().partition(b"\n")
            head, xml = msgspec.json.decode(first, type=_Head), decompress(packed, limit=XML_LIMIT)
        except (OSError, msgspec.MsgspecError, WireError):
            return None
        if digest_of(xml) != digest:
            return None
        return KeptSubmission(digest, head.device, head.received, xml, tuple(self._read_files(digest)))

    def all(self) -> Iterator[str]:
        """The digests of all that are kept."""
        for file in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*.sbm1")):
            yield f"sha256:{file.stem}"

    def _read_files(self, digest: str) -> Iterator[FileOf]:
        files = [file for file in self._files(digest).glob("*") if file.suffix != ".new"]
        found = [one for file in files if (one := _read_file(file)) is not None]
        yield from sorted(found, key=lambda one: (one.received.timestamp(), one.blob))

    def _file(self, digest: str) -> Path:
        name = digest.removeprefix("sha256:")
        return self._folder / name[:2] / f"{name}.sbm1"

    def _files(self, digest: str) -> Path:
        return self._file(digest).with_suffix(".files")


def digest_of(content: bytes) -> str:
    """`sha256:…`, by which submissions and files are known."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _read_file(place: Path) -> FileOf | None:
    try:
        return msgspec.json.decode(place.read_bytes(), type=FileOf)
    except (OSError, msgspec.MsgspecError):
        return None


def _write(place: Path, content: bytes) -> None:
    try:
        make_folder(place.parent)
        write_durably(place, content)
    except OSError as refused:
        if not disk_is_full(refused):
            raise
        raise WireError("server-full") from refused
