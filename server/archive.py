"""Batches kept as they came: the database can be made anew from them (`server/rebuilding.py`).

`<yyyy>/<mm>/<hex>.svb1`: one line of JSON (device, its public key, signature, time of receipt, the role it
had then, how many batches had been taken before), then the plain bytes of the batch compressed with zstd. The
name is the SHA-256 of the plain bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from core.protocol.codec import Batch, compress, decompress, read_batch
from core.protocol.roles import BEFORE_ROLES, Grant
from core.protocol.wire_errors import WireError
from server.auth import Device
from server.durable_files import disk_is_full, make_folder, write_durably


@dataclass(frozen=True)
class KeptBatch:
    """A batch read back. `path` is under the archive folder; `after`: how many were taken before it came."""

    path: str
    digest: str
    device: str
    signature: str
    received: datetime
    after: int
    grant: Grant
    batch: Batch


class _Head(msgspec.Struct):
    device: str
    device_key: str
    signature: str
    received: datetime
    grant: Grant = BEFORE_ROLES
    after: int = 0


class Archive:
    """The folder of received batches."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, batch: Batch, received: datetime) -> tuple[str, str]:
        """The digest of a batch and the path under the folder that it is kept at."""
        digest = hashlib.sha256(batch.plain).hexdigest()
        return digest, f"{received:%Y/%m}/{digest}.svb1"

    def holds(self, path: str) -> bool:
        """Whether a batch is kept at that path."""
        return (self._folder / path).exists()

    def keep(
        self, batch: Batch, signature: str, device: Device, received: datetime, after: int
    ) -> tuple[str, str]:
        """Stores a verified batch durably; returns its digest and its path under the folder.

        One that was kept and then not taken (a full disk) is replaced: the role it meets now decides.
        Raises WireError `server-full`.
        """
        digest, name = self.place(batch, received)
        target = self._folder / name
        key = base64.b64encode(device.public_key).decode("ascii")
        head = msgspec.json.encode(_Head(device.id, key, signature, received, device.grant, after))
        try:
            make_folder(target.parent)
            write_durably(target, head + b"\n" + compress(batch.plain, quick=True))
        except OSError as refused:
            if not disk_is_full(refused):
                raise
            raise WireError("server-full") from refused
        return digest, name

    def kept(self) -> Iterator[KeptBatch | Path]:
        """Every batch, checked against its name; in place of one that is damaged, the path of its file."""
        for file in sorted(self._folder.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/*.svb1")):
            yield self._read(file) or file

    def _read(self, file: Path) -> KeptBatch | None:
        first, _, packed = file.read_bytes().partition(b"\n")
        try:
            head = msgspec.json.decode(first, type=_Head)
            plain = decompress(packed)
            batch = read_batch(plain)
        except (msgspec.MsgspecError, WireError):
            return None
        digest = hashlib.sha256(plain).hexdigest()
        if digest != file.stem:
            return None
        path = file.relative_to(self._folder).as_posix()
        return KeptBatch(
            path, digest, head.device, head.signature, head.received, head.after, head.grant, batch
        )
