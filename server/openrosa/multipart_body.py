"""The body of a submission taken from the wire: the XML into memory, files onto the disk, all bounded.

Names of parts and files are labels and nothing else: they never become paths.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from core.protocol.versions import BLOB_LIMIT
from core.protocol.wire_errors import WireError
from server.durable_files import disk_is_full
from server.openrosa.kept import XML_LIMIT

XML_PART: Final = "xml_submission_file"
INCOMPLETE_PART: Final = "*isIncomplete*"
BODY_LIMIT: Final = BLOB_LIMIT + XML_LIMIT + 1024 * 1024
_PARTS_MOST: Final = 250  # Collect sends 101 files at once and says how many follow
_FIELD_BYTES: Final = 1024
_NAME_CHARS: Final = 255
_EXTENDED_NAME: Final = re.compile(
    r";\s*filename\*\s*=\s*([\w.-]+)'[\w-]*'([^;\s]+)", re.ASCII | re.IGNORECASE
)
_PLAIN: Final = frozenset({"7bit", "8bit", "binary"})


@dataclass
class IncomingFile:
    """A file on its way: its name, its place on the disk, and what has come of it."""

    name: str
    path: Path
    opened: BinaryIO
    size: int = 0
    hashed: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def digest(self) -> str:
        return f"sha256:{self.hashed.hexdigest()}"

    def write(self, piece: bytes) -> None:
        """Adds a piece. Raises WireError `too-large`, `server-full`."""
        self.size += len(piece)
        if self.size > BLOB_LIMIT:
            raise WireError("too-large", limit=BLOB_LIMIT)
        try:
            self.opened.write(piece)
        except OSError as refused:
            if not disk_is_full(refused):
                raise
            raise WireError("server-full") from refused
        self.hashed.update(piece)


class SubmissionBody:
    """What has come of one POST. Whoever holds it must `close` it, however it ends."""

    def __init__(self, content_type: str, folder: Path) -> None:
        """Raises WireError `malformed` for a type that is no multipart/form-data with a boundary."""
        kind, options = parse_options_header(content_type)
        boundary = options.get("boundary", "")
        if kind != "multipart/form-data" or not 0 < len(boundary) <= 200:
            raise WireError("malformed")
        self.files: list[IncomingFile] = []
        self.incomplete = False
        self._folder = folder
        self._xml: bytearray | None = None
        self._total = 0
        self._sink: Callable[[bytes], None] = _nothing
        try:
            self._parser = PushMultipartParser(
                boundary, max_segment_count=_PARTS_MOST, header_charset="latin-1"
            )
        except MultipartError as broken:
            raise WireError("malformed") from broken

    @property
    def xml(self) -> bytes:
        """The submission. Raises WireError `malformed` if none came."""
        if not self._xml:
            raise WireError("malformed")
        return bytes(self._xml)

    def write(self, piece: bytes) -> None:
        """Takes a piece of the body. Raises WireError `malformed`, `too-large`, `server-full`."""
        self._total += len(piece)
        if self._total > BODY_LIMIT:
            raise WireError("too-large", limit=BODY_LIMIT)
        try:
            for event in self._parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._sink = _nothing
                else:
                    self._sink(bytes(event))
        except ParserLimitReached as large:
            raise WireError("too-large", limit=BODY_LIMIT) from large
        except MultipartError as broken:
            raise WireError("malformed") from broken

    def end(self) -> None:
        """The body is over. Raises WireError `malformed` if it is cut off."""
        try:
            self._parser.close()
        except MultipartError as broken:
            raise WireError("malformed") from broken

    def close(self) -> None:
        """Leaves no file behind but those that were adopted."""
        for file in self.files:
            file.opened.close()
            file.path.unlink(missing_ok=True)

    def _begin(self, segment: MultipartSegment) -> None:
        if segment.header("Content-Transfer-Encoding", "binary").lower() not in _PLAIN:
            raise WireError("malformed")
        if segment.name == XML_PART:
            if self._xml is not None:
                raise WireError("malformed")
            self._xml = bytearray()
            self._sink = self._take_xml
        elif segment.name == INCOMPLETE_PART:
            self.incomplete = True
            self._sink = _Field().write
        elif (name := _file_name(segment)) is None:
            self._sink = _Field().write
        else:
            self._sink = self._begin_file(name).write

    def _begin_file(self, name: str) -> IncomingFile:
        name = name.replace("\\", "/").rpartition("/")[2][:_NAME_CHARS]
        path = self._folder / f"phone-{secrets.token_hex(8)}"
        file = IncomingFile(name, path, path.open("wb"))
        self.files.append(file)
        return file

    def _take_xml(self, piece: bytes) -> None:
        assert self._xml is not None
        if len(self._xml) + len(piece) > XML_LIMIT:
            raise WireError("too-large", limit=XML_LIMIT)
        self._xml += piece


class _Field:
    """A small field that says nothing more than that it is there."""

    def __init__(self) -> None:
        self._size = 0

    def write(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > _FIELD_BYTES:
            raise WireError("too-large", limit=_FIELD_BYTES)


def _file_name(segment: MultipartSegment) -> str | None:
    """What a part calls its file, also as RFC 5987 or RFC 2047 write names; None for a part that is no file.

    A part with a type of its own is one; without another name it is called as the part.
    """
    extended = _EXTENDED_NAME.search(segment.header("Content-Disposition", ""))
    try:
        if extended is not None:
            return unquote(extended[2], extended[1], "strict")
        of_part, name = _as_written(segment.name or ""), _as_written(segment.filename or "")
        decoded = str(make_header(decode_header(name))) if name.startswith("=?") else name
    except (LookupError, ValueError, HeaderParseError) as unknown:
        raise WireError("malformed") from unknown
    typed = segment.filename is not None or segment.header("Content-Type") is not None
    return (decoded or of_part) if typed else None


def _as_written(latin: str) -> str:
    """A name whose bytes were taken for Latin-1: UTF-8, else as older Chinese programs write."""
    raw = latin.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _nothing(piece: bytes) -> None:
    """Outside of parts nothing is taken."""
    del piece
