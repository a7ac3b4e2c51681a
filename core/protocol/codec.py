"""The bytes of batches and feed pages: lines of canonical JSON, compressed with zstd.

Operation lines are carried verbatim. What comes in is bounded before it is unpacked.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from backports import zstd
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from core.protocol.messages import BatchHeader, RunHeader, SyncHeader, SyncReplyHeader
from core.protocol.versions import BATCH_OPS_LIMIT, BATCH_PLAIN_LIMIT, BATCH_VERSION, PAGE_PLAIN_LIMIT
from core.protocol.wire_errors import WireError
from core.records.operation import OPERATION_LIMIT, chain_hash
from core.values import encode_canonical

SMALL_BATCH_BYTES = 512 * 1024
_WINDOW_LOG_LIMIT = 23  # 8 MB
_BATCH_DOMAIN = b"svp1-batch\n"

AnyMessage = TypeVar("AnyMessage", bound=msgspec.Struct)


@dataclass(frozen=True)
class Batch:
    """Some consecutive operations of one replica. `plain` is what is hashed, signed and archived."""

    header: BatchHeader
    lines: tuple[bytes, ...]
    plain: bytes


@dataclass(frozen=True)
class Run:
    """Consecutive operations of one replica in a feed page; no lines if they are the caller's own."""

    header: RunHeader
    lines: tuple[bytes, ...]

    def hashes(self) -> list[bytes]:
        """The chain hash of each line."""
        hashes, previous = [], bytes.fromhex(self.header.prev)
        for line in self.lines:
            previous = chain_hash(previous, line)
            hashes.append(previous)
        return hashes


def make_batch(
    replica: str, first: int, lines: Sequence[bytes], previous: bytes, *, forms: Iterable[str] = ()
) -> Batch:
    """The batch of these lines; `previous` is the hash of operation first-1."""
    last = previous
    for line in lines:
        last = chain_hash(last, line)
    header = BatchHeader(
        v=BATCH_VERSION,
        rep=replica,
        first=first,
        to=first + len(lines) - 1,
        prev=previous.hex(),
        last=last.hex(),
        form=sorted(set(forms)),
    )
    return Batch(header, tuple(lines), b"\n".join([encode_message(header), *lines]) + b"\n")


def read_batch(plain: bytes) -> Batch:
    """The batch of these bytes, with its numbers, sizes and hash chain verified.

    Raises WireError `malformed` or `too-large`; `bad-signature` if the lines do not chain to the header.
    """
    header_line, lines = _split(plain)
    header = decode_message(header_line, BatchHeader)
    if (
        header.v != BATCH_VERSION
        or header.first < 1
        or header.to != header.first + len(lines) - 1
        or not lines
    ):
        raise WireError("malformed")
    if len(lines) > BATCH_OPS_LIMIT or any(len(line) > OPERATION_LIMIT for line in lines):
        raise WireError("too-large")
    current = _hash_of_hex(header.prev)
    for n, line in enumerate(lines, header.first):
        current = chain_hash(current, line)
        if _number_of(line) != n:
            raise WireError("malformed")
    if current.hex() != header.last:
        raise WireError("bad-signature")
    return Batch(header, lines, plain)


def sign_batch(plain: bytes, key: SigningKey) -> str:
    """The `Signature` header of a batch."""
    signature = key.sign(_BATCH_DOMAIN + hashlib.sha256(plain).digest()).signature
    return "ed25519=" + base64.b64encode(signature).decode("ascii")


def verify_batch(plain: bytes, signature: str, key: VerifyKey) -> None:
    """Raises WireError `bad-signature` unless this device signed these bytes."""
    try:
        scheme, _, encoded = signature.partition("=")
        if scheme != "ed25519":
            raise WireError("bad-signature")
        key.verify(_BATCH_DOMAIN + hashlib.sha256(plain).digest(), base64.b64decode(encoded, validate=True))
    except (BadSignatureError, ValueError, TypeError) as wrong:
        raise WireError("bad-signature") from wrong


def pack_sync_request(header: SyncHeader, batch: Batch | None) -> bytes:
    """The plain body of a sync request."""
    return encode_message(header) + b"\n" + (batch.plain if batch is not None else b"")


def unpack_sync_request(plain: bytes) -> tuple[SyncHeader, bytes]:
    """The header, and the plain bytes of the batch (empty if none came)."""
    header, _, batch = plain.partition(b"\n")
    return decode_message(header, SyncHeader), batch


def pack_sync_reply(header: SyncReplyHeader, runs: Iterable[Run]) -> bytes:
    """The plain body of a sync reply."""
    pieces = [encode_message(header)]
    for run in runs:
        pieces.append(encode_message(run.header))
        pieces.extend(run.lines)
    return b"\n".join(pieces) + b"\n"


def unpack_sync_reply(plain: bytes) -> tuple[SyncReplyHeader, list[Run]]:
    """The header and the runs. Raises WireError `malformed`."""
    header_line, lines = _split(plain)
    header = decode_message(header_line, SyncReplyHeader)
    runs, position = [], 0
    while position < len(lines):
        run = decode_message(lines[position], RunHeader)
        count = 0 if run.own else run.to - run.first + 1
        body = lines[position + 1 : position + 1 + count]
        if run.first < 1 or run.to < run.first or len(body) != count:
            raise WireError("malformed")
        if any(_number_of(line) != n for n, line in enumerate(body, run.first)):
            raise WireError("malformed")
        _hash_of_hex(run.prev)
        runs.append(Run(run, tuple(body)))
        position += 1 + count
    return header, runs


def compress(plain: bytes, *, quick: bool = False) -> bytes:
    """zstd: level 19 for small bodies, 9 above 512 kB; `quick` (3) for what stays on a disk."""
    return zstd.compress(plain, level=3 if quick else 19 if len(plain) < SMALL_BATCH_BYTES else 9)


def compress_page(plain: bytes) -> bytes:
    """A page of the feed: level 15 comes within 2 % of 19 in half its time, and a server is shared."""
    return zstd.compress(plain, level=15 if len(plain) < SMALL_BATCH_BYTES else 9)


def decompress(packed: bytes, *, limit: int = BATCH_PLAIN_LIMIT) -> bytes:
    """The plain bytes, at most `limit`. Raises WireError `too-large` or `malformed`."""
    options = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG_LIMIT}
    unpacker = zstd.ZstdDecompressor(options=options)
    try:
        plain = unpacker.decompress(packed, limit + 1)
    except zstd.ZstdError as broken:
        raise WireError("malformed") from broken
    if len(plain) > limit:
        raise WireError("too-large", limit=limit)
    if not unpacker.eof or unpacker.unused_data:
        raise WireError("malformed")
    return plain


def decompress_page(packed: bytes) -> bytes:
    """As `decompress`, with the bound for feed pages."""
    return decompress(packed, limit=PAGE_PLAIN_LIMIT)


def encode_message(message: msgspec.Struct) -> bytes:
    """The canonical bytes of a message."""
    return encode_canonical(msgspec.to_builtins(message))


def decode_message(data: bytes, kind: type[AnyMessage]) -> AnyMessage:
    """The message in these bytes. Raises WireError `malformed`."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as broken:
        raise WireError("malformed") from broken


def _split(plain: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    if not plain.endswith(b"\n"):
        raise WireError("malformed")
    first, *rest = plain[:-1].split(b"\n")
    return first, tuple(rest)


class _Numbered(msgspec.Struct):
    n: int


_decode_numbered = msgspec.json.Decoder(_Numbered).decode


def _number_of(line: bytes) -> int:
    """Only the number: a line that a newer program wrote in a way we cannot read must not block its log."""
    try:
        return _decode_numbered(line).n
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as broken:
        raise WireError("malformed") from broken


def _hash_of_hex(text: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError as broken:
        raise WireError("malformed") from broken
    if len(value) != 32:
        raise WireError("malformed")
    return value
