"""The server's word for what it holds, which a designer can check against the own log.

A receipt counts records, fields and photos of one replica's log up to one operation and names each photo
by its SHA-256. The chain hash stands for every byte of every operation before it: equal hashes, equal logs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from core.records.operation import Operation, chain_hash, decode_line, genesis_hash
from core.values import encode_canonical, photo_digests


class LogCount(msgspec.Struct, frozen=True, kw_only=True):
    """What a log holds up to operation `through`: the same count on both sides if nothing is missing."""

    replica: str
    through: int
    chain: str  # hex of the chain hash of operation `through`
    ops: int
    records: int
    fields: int  # field settings, a field set twice counts twice
    photos: int  # distinct digests
    photo_sum: str  # SHA-256 over the sorted digests, one a line


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A `LogCount` by the server, with the photos whose bytes it holds whole and verified."""

    v: int
    project: str
    epoch: str
    count: LogCount
    photos_held: list[str]
    at: str  # the server's time


@dataclass(frozen=True)
class ReceiptCheck:
    """How a receipt compares with the own log.

    `log_matches`: every operation through `through` is at the server, byte for byte. `photos_missing`:
    digests that these operations name and the server does not hold yet.
    """

    through: int
    records: int
    fields: int
    log_matches: bool
    photos_held: int
    photos_missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return self.log_matches and not self.photos_missing


def count_log(replica: str, lines: Iterable[bytes]) -> tuple[LogCount, list[str]]:
    """The count of a log from its first line on, and its photo digests sorted."""
    chain, through, fields = genesis_hash(replica), 0, 0
    records: set[str] = set()
    digests: set[str] = set()
    for line in lines:
        chain, through = chain_hash(chain, line), through + 1
        try:
            op = decode_line(line)
        except ValueError:  # kept and set aside: the chain vouches for it
            continue
        fields += len(op.s)
        if op.r is not None:
            records.add(op.r)
        digests.update(operation_digests(op))
    ordered = sorted(digests)
    count = LogCount(
        replica=replica,
        through=through,
        chain=chain.hex(),
        ops=through,
        records=len(records),
        fields=fields,
        photos=len(ordered),
        photo_sum=hashlib.sha256("\n".join(ordered).encode()).hexdigest(),
    )
    return count, ordered


def operation_digests(op: Operation) -> set[str]:
    """The blobs that an operation refers to."""
    return {digest for value in op.s.values() for digest in photo_digests(value)}


def check_receipt(receipt: Receipt, own: LogCount, own_digests: Iterable[str]) -> ReceiptCheck:
    """The receipt held against the own count of the same log through the same operation."""
    held = set(receipt.photos_held)
    named = sorted(set(own_digests))
    return ReceiptCheck(
        through=receipt.count.through,
        records=receipt.count.records,
        fields=receipt.count.fields,
        log_matches=receipt.count == own,
        photos_held=len(held.intersection(named)),
        photos_missing=tuple(digest for digest in named if digest not in held),
    )


def receipt_bytes(receipt: Receipt) -> bytes:
    """The canonical bytes that the server signs."""
    return encode_canonical(msgspec.to_builtins(receipt))


def sum_of_hashes(hashes: Iterable[bytes], start: int = 0) -> int:
    """Sum modulo 2^64 of the first 8 bytes of operation hashes.

    Equal sums tell two sides quickly that they hold the same set.
    """
    total = start
    for op_hash in hashes:
        total = (total + int.from_bytes(op_hash[:8], "big")) % 2**64
    return total


def heads_digest(values: Mapping[str, object]) -> str:
    """SHA-256 of the values of a record: equal on two machines that merged the same operations."""
    return hashlib.sha256(encode_canonical(dict(values))).hexdigest()
