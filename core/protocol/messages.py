"""What goes over the wire, as data. Every member is part of the format.

Unknown members are passed over, absent ones take their default, so that an older end understands a newer one.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from core.protocol.roles import Grant
from core.records.receipt import Receipt


class Hello(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a server says to anybody: who it is and what it speaks."""

    svp: list[int]
    project: str
    project_name: str
    epoch: str  # 32 hex digits; another one means: created anew or restored from a copy
    server_time: str
    limits: dict[str, int] = {}


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device asks to belong to the project of a ticket."""

    code: str
    device: str
    device_key: str  # Ed25519 public key, base64
    user: str
    name: str


class Enrolled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The device now belongs. `server_key` (Ed25519, base64) verifies receipts."""

    device: str
    project: str
    project_name: str
    epoch: str
    server_key: str
    grant: Grant | None = None


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Without `nonce`: asks for one, which problem `nonce-required` brings. With it: signed by the device."""

    device: str
    nonce: str | None = None
    signature: str | None = None  # base64 over b"svp1-token\n" + nonce


class Token(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a device shows with each request for `expires_s` seconds."""

    token: str
    expires_s: int


class SyncHeader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line of a sync request; a batch may follow it."""

    replica: str
    have: str | None = None  # the cursor of the last page that was applied
    want_bytes: int = 65536
    app: str = ""
    receipt: bool = False  # the reply is to carry the receipt for all that is acknowledged of `replica`


class BatchHeader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"first": "from"}):
    """The first line of a batch: operations `first`…`to` of one replica."""

    v: int
    rep: str
    first: int
    to: int
    prev: str  # hex of the hash of operation first-1 (the genesis hash before operation 1)
    last: str  # hex of the hash of operation `to`
    scope: str | None = None
    form: list[str] = []


class OpResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one operation that could not simply be applied."""

    n: int
    result: Literal["quarantined"]
    reason: str


class Ack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server holds: `acked` is committed there, `durable` also in a copy elsewhere."""

    epoch: str
    acked: dict[str, int]
    durable: dict[str, int] = {}
    results: list[OpResult] = []
    server_time: str = ""


class PageHeader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`cursor` stands after this page. `sum` (16 hex digits) adds up the hashes of all that came to there.

    `anew`: the page begins at the first operation, whatever the client had; the sum does too.
    """

    cursor: str
    more: bool
    sum: str
    anew: bool = False


class RunHeader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"first": "from"}):
    """Operations `first`…`to` of one replica follow, a line each; none if they are the caller's own."""

    rep: str
    first: int
    to: int
    prev: str
    own: bool = False


class SignedReceipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A receipt and the server's Ed25519 signature (base64).

    Signed is `svp1-receipt`, a line end, and the receipt's canonical bytes.
    """

    receipt: Receipt
    signature: str


class SyncReplyHeader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line of a sync reply; runs of operations follow it."""

    ack: Ack
    page: PageHeader
    grant: Grant | None = None  # what the caller may do and see; None: from a server that knows no roles
    receipt: SignedReceipt | None = None  # None: not asked for, nothing acknowledged, or from an older server


class BlobState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server holds of a blob. `offset` is what it has fsynced of a part."""

    digest: str
    state: Literal["full", "part", "none", "rejected"]
    offset: int = 0
    reason: str = ""


class HaveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks what the server holds of at most 500 blobs."""

    digests: list[str]


class HaveReply(msgspec.Struct, frozen=True, kw_only=True):
    """One state a digest, in the order asked."""

    blobs: list[BlobState]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457: `type` is `urn:svp:problem:<code>`; `values` are numbers and offsets, never answers."""

    type: str
    status: int
    retry: Literal["never", "later", "now"] = "never"
    values: dict[str, Any] = {}
