"""What goes out: the next batch of operations, signed, and the form versions it was written in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from nacl.signing import SigningKey

from app.log import subject
from app.storage.operations import LOCAL, LogLine, Replica
from app.sync.local import LocalStores
from core.protocol.codec import Batch, make_batch, sign_batch
from core.protocol.endpoint import SyncEndpoint
from core.protocol.form_package import pack_form
from core.protocol.versions import BATCH_OPS_LIMIT
from core.protocol.wire_errors import WireError
from core.records.operation import decode_line

LOG = subject("sync")
_FORMS_LEFT = "sync.forms_left"
_FORM_REFUSED = {"too-large", "malformed", "digest-mismatch"}


@dataclass(frozen=True)
class Outgoing:
    """One batch of one own log, with the signature that goes with it."""

    replica: Replica
    batch: Batch
    signature: str


def next_batch(
    local: LocalStores, key: SigningKey, plain_bytes: int, skip: frozenset[str]
) -> Outgoing | None:
    """The next unacknowledged operations, about `plain_bytes` of them but at least one; None: all is there.

    Former own logs come first: after a server was put back from a copy they may have to be sent again. `skip`
    names logs that the server refuses.
    """
    own_logs = [replica for replica in local.operations.replicas() if replica.role in {"former", "own"}]
    for replica in sorted(own_logs, key=lambda one: one.role == "own"):
        lines = [] if replica.id in skip else _waiting(local, replica, plain_bytes)
        if lines:
            batch = make_batch(
                replica.id, lines[0].n, [line.line for line in lines], lines[0].prev, forms=_forms_of(lines)
            )
            return Outgoing(replica, batch, sign_batch(batch.plain, key))
    return None


def leave_forms(endpoint: SyncEndpoint, local: LocalStores, epoch: str, digests: Iterable[str]) -> None:
    """The server has these form versions, as far as they are here; each is sent once an epoch.

    One that the server refuses holds nothing up: operations written in it are taken and set aside there.
    """
    left = _forms_left(local, epoch)
    for digest in sorted(set(digests) - left):
        source = local.forms.source(digest)
        if source is None:
            continue
        try:
            endpoint.put_form(digest, pack_form(*source))
        except WireError as refused:
            if refused.code.name not in _FORM_REFUSED:
                raise
            LOG.warning("the server does not take a form version", digest=digest, code=refused.code.name)
        left.add(digest)
    if left != _forms_left(local, epoch):
        with local.database.transaction():
            local.kv.put(_FORMS_LEFT, msgspec.json.encode([epoch, sorted(left)]).decode("ascii"))


def _waiting(local: LocalStores, replica: Replica, plain_bytes: int) -> list[LogLine]:
    lines, total = list[LogLine](), 0
    for line in local.operations.log(replica.id, state=LOCAL, limit=BATCH_OPS_LIMIT):
        if line.n != replica.acked + 1 + len(lines):  # what follows a lost operation cannot be chained
            break
        total += len(line.line) + 1
        if lines and total > plain_bytes:
            break
        lines.append(line)
    return lines


def _forms_of(lines: Iterable[LogLine]) -> set[str]:
    return {form for line in lines if (form := decode_line(line.line).f) is not None}


def _forms_left(local: LocalStores, epoch: str) -> set[str]:
    text = local.kv.get(_FORMS_LEFT)
    if text is None:
        return set()
    noted_epoch, digests = msgspec.json.decode(text, type=tuple[str, list[str]])
    return set(digests) if noted_epoch == epoch else set()
