"""A submission as POSTs: which files go into which, and the bytes of each.

https://docs.getodk.org/openrosa-form-submission/: the XML comes first in every POST, under the name
`xml_submission_file`; every POST but the last says `*isIncomplete*`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

_MIME: Final = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,80}", re.ASCII)
_MOST_FILES: Final = 100
"""In one POST, as ODK Collect splits (OkHttpConnection.java)."""
_XML_HEAD: Final = (
    b'Content-Disposition: form-data; name="xml_submission_file"; filename="submission.xml"\r\n'
    b"Content-Type: text/xml; charset=utf-8\r\n\r\n"
)
_MORE_TO_COME: Final = (
    b'Content-Disposition: form-data; name="*isIncomplete*"\r\n'
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nyes"
)
_AROUND_BYTES: Final = 512
"""More than what stands around the parts of a body: the boundaries and `*isIncomplete*`."""


@dataclass(frozen=True)
class SentFile:
    """A file to send. `read` gives its bytes in pieces, `size` of them, as often as it is called."""

    name: str
    mime: str
    size: int
    read: Callable[[], Iterable[bytes]]

    @property
    def head(self) -> bytes:
        """What stands before it in a body."""
        mime = self.mime if _MIME.fullmatch(self.mime) else "application/octet-stream"
        quoted = self.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        return (
            f'Content-Disposition: form-data; name="{quoted}"; filename="{quoted}"\r\n'
            f"Content-Type: {mime}\r\n\r\n"
        ).encode()


@dataclass(frozen=True)
class Post:
    """One POST: the XML and these files. It can be read more than once, for a login that is asked again."""

    xml: bytes
    files: tuple[SentFile, ...]
    more: bool
    boundary: str

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def size(self) -> int:
        """Bytes of the whole body."""
        return sum(part.size if isinstance(part, SentFile) else len(part) for part in self._parts())

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts():
            if isinstance(part, SentFile):
                yield from part.read()
            else:
                yield part

    def _parts(self) -> Iterator[bytes | SentFile]:
        begin = f"--{self.boundary}\r\n".encode()
        yield begin + _XML_HEAD
        yield self.xml
        for file in self.files:
            yield b"\r\n" + begin + file.head
            yield file
        if self.more:
            yield b"\r\n" + begin + _MORE_TO_COME
        yield f"\r\n--{self.boundary}--\r\n".encode()


def plan_posts(xml: bytes, files: Sequence[SentFile], limit: int) -> list[Post]:
    """The POSTs of a submission, each at most `limit` bytes; a file that alone is more goes alone."""
    groups: list[list[SentFile]] = [[]]
    filled = start = len(xml) + _AROUND_BYTES
    for file in files:
        taken = len(file.head) + file.size + _AROUND_BYTES
        if groups[-1] and (filled + taken > limit or len(groups[-1]) >= _MOST_FILES):
            groups.append([])
            filled = start
        groups[-1].append(file)
        filled += taken
    boundary = uuid4().hex
    return [
        Post(xml, tuple(group), more=at < len(groups), boundary=boundary)
        for at, group in enumerate(groups, 1)
    ]
