"""A device and its log without a client program: what a server test pushes."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any

from nacl.signing import SigningKey

from core.protocol.codec import Batch, make_batch, sign_batch
from core.protocol.messages import EnrolRequest, TokenRequest
from core.records.operation import Operation, chain_hash, encode_line, genesis_hash
from server.auth import TOKEN_DOMAIN
from server.sync_service import Server, SyncService

RECORD = "01890000-0000-7000-8000-000000000001"


@dataclass
class DeviceLog:
    """One device's log; `endpoint` speaks for it."""

    endpoint: SyncService
    key: SigningKey
    replica: str = field(default_factory=lambda: secrets.token_hex(16))
    lines: list[bytes] = field(default_factory=list)

    def write(self, **fields: Any) -> bytes:
        """A put of these fields, appended."""
        op = Operation(
            k="put", n=len(self.lines) + 1, t="2026-11-21T08:00:00+08:00", r=RECORD,
            s={f"/{name}": value for name, value in fields.items()},
        )  # fmt: skip
        return self.append(encode_line(op))

    def append(self, line: bytes) -> bytes:
        self.lines.append(line)
        return line

    def hash_at(self, n: int) -> bytes:
        current = genesis_hash(self.replica)
        for line in self.lines[:n]:
            current = chain_hash(current, line)
        return current

    def batch(self, first: int = 1, last: int | None = None) -> tuple[Batch, str]:
        lines = self.lines[first - 1 : last]
        made = make_batch(self.replica, first, lines, self.hash_at(first - 1))
        return made, sign_batch(made.plain, self.key)


def a_device(server: Server) -> DeviceLog:
    """An enrolled device with an empty log."""
    auth, key = server.auth, SigningKey.generate()
    code, _ = auth.make_ticket_code(server.identity.project)
    return DeviceLog(SyncService(server, auth.enrol(an_enrolment(code, key))), key)


def a_token(server: Server, device: DeviceLog) -> str:
    """A token for this device, got as it would over the wire."""
    asked, auth = device.endpoint._device.id, server.auth
    nonce = auth.nonce(asked)
    signature = base64.b64encode(device.key.sign(TOKEN_DOMAIN + nonce.encode()).signature).decode()
    return auth.token(TokenRequest(device=asked, nonce=nonce, signature=signature)).token


def an_enrolment(code: str, key: SigningKey, device: str | None = None) -> EnrolRequest:
    return EnrolRequest(
        code=code, device=device or secrets.token_hex(8), user="u", name="示例",
        device_key=base64.b64encode(bytes(key.verify_key)).decode(),
    )  # fmt: skip
