"""Batches kept as they came: the database can be made anew from them alone.

`<yyyy>/<mm>/<hex>.svb1`: one line of JSON (device, its public key, signature, time of receipt), then the
plain bytes of the batch compressed with zstd. The name is the SHA-256 of the plain bytes.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from core.clock import iso_seconds
from core.protocol.codec import Batch, compress
from core.protocol.wire_errors import WireError
from server.auth import Device
from server.durable_files import disk_is_full, make_folder, write_durably


class Archive:
    """The folder of received batches."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, batch: Batch, signature: str, device: Device, received: datetime) -> tuple[str, str]:
        """Stores a verified batch durably; returns its digest and its path under the folder.

        Raises WireError `server-full`.
        """
        digest = hashlib.sha256(batch.plain).hexdigest()
        name = f"{received:%Y/%m}/{digest}.svb1"
        target = self._folder / name
        head = msgspec.json.encode(
            {
                "device": device.id,
                "device_key": base64.b64encode(device.public_key).decode("ascii"),
                "signature": signature,
                "received": iso_seconds(received),
            }
        )
        try:
            if not target.exists():
                make_folder(target.parent)
                write_durably(target, head + b"\n" + compress(batch.plain))
        except OSError as refused:
            if not disk_is_full(refused):
                raise
            raise WireError("server-full") from refused
        return digest, name
