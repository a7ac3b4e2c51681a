"""The one interface between a desktop and its server. HTTP sends it, the server's service does it.

A test puts the service straight behind the client's engine: the wire adds nothing to what is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from core.protocol.codec import Batch, Run
from core.protocol.messages import BlobState, Hello, SignedReceipt, SyncHeader, SyncReplyHeader


class SyncEndpoint(Protocol):
    """A server as an enrolled device sees it. Every call may raise WireError; every call may be repeated."""

    def hello(self) -> Hello:
        """Who the server is, which versions it speaks and its limits."""
        ...

    def sync(
        self, header: SyncHeader, batch: Batch | None, signature: str
    ) -> tuple[SyncReplyHeader, list[Run]]:
        """Pushes a batch (None: nothing to send) and pulls one page of the feed in one round trip.

        Raises `replica-gap` (values: acked) and `replica-forked` (values: acked).
        """
        ...

    def blobs_have(self, digests: Sequence[str]) -> list[BlobState]:
        """What the server holds of each of at most 500 blobs."""
        ...

    def append_blob(self, digest: str, size_bytes: int, offset: int, pieces: Iterable[bytes]) -> BlobState:
        """Sends a blob from `offset` on.

        Raises `mismatching-upload-offset` (values: offset): the server holds more or less than that.
        """
        ...

    def read_blob(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a blob from `offset` on. Raises `unknown-blob`."""
        ...

    def put_form(self, digest: str, package: bytes) -> None:
        """Leaves a form version with the server.

        A package is zstd of the canonical JSON {"xml": text, "media": {name: base64}}.
        """
        ...

    def get_form(self, digest: str) -> bytes:
        """A form version as `put_form` left it. Raises `unknown-form`."""
        ...

    def receipt(self, replica: str, through: int) -> SignedReceipt:
        """What the server holds of this replica's log up to operation `through`."""
        ...
