"""The server's signed word for what it holds, verified and held against the own log."""

from __future__ import annotations

import base64

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from app.storage.kv import KeyValues
from app.storage.photos import DAMAGED, LOCAL, ORIGINAL, PREVIEW, SENT
from app.sync.local import LocalStores
from app.sync.membership import Membership
from core.errors import KnownError
from core.protocol.endpoint import SyncEndpoint
from core.protocol.messages import SignedReceipt, SyncReplyHeader
from core.records.receipt import Receipt, ReceiptCheck, check_receipt, count_log, receipt_bytes

_RECEIPT = "sync.receipt:"
_DOMAIN = b"svp1-receipt\n"


def fetch_receipt(endpoint: SyncEndpoint, local: LocalStores, membership: Membership) -> ReceiptCheck | None:
    """Asks for the receipt for all of the own log that is acknowledged; None if nothing is yet.

    Raises as `take_receipt`.
    """
    own = local.operations.own()
    return take_receipt(endpoint.receipt(own.id, own.acked), local, membership) if own.acked else None


def receipt_in_reply(
    reply: SyncReplyHeader, local: LocalStores, membership: Membership
) -> ReceiptCheck | None:
    """The receipt that came with the reply to a sync, once that reply is applied.

    None if there is none, or it is for less than what is acknowledged by now. Raises as `take_receipt`.
    """
    own, signed = local.operations.own(), reply.receipt
    if signed is None or (signed.receipt.count.replica, signed.receipt.count.through) != (own.id, own.acked):
        return None
    return take_receipt(signed, local, membership)


def take_receipt(signed: SignedReceipt, local: LocalStores, membership: Membership) -> ReceiptCheck:
    """The receipt verified, held against the own log and kept.

    Photos that the server turns out not to hold are offered again: in the same sync if the receipt came with
    its reply, else in the next. Raises KnownError "receipt_forged".
    """
    own = local.operations.own()
    _verify(signed, membership)
    check = _check(local, signed.receipt)
    with local.database.transaction():
        local.kv.put(_RECEIPT + own.id, msgspec.json.encode(signed).decode("utf-8"))
        for digest in check.photos_missing:
            photo = local.photos.get(digest)
            if photo is not None and photo.state == SENT:
                local.photos.server_holds(digest, 0, whole=False)
    return check


def kept_receipt(kv: KeyValues, replica: str) -> SignedReceipt | None:
    """The last verified receipt for a log, or None."""
    text = kv.get(_RECEIPT + replica)
    return None if text is None else msgspec.json.decode(text, type=SignedReceipt)


def receipt_is_stale(local: LocalStores) -> bool:
    """Whether the last receipt leaves out something that the server has taken since."""
    own = local.operations.own()
    kept = kept_receipt(local.kv, own.id)
    if kept is None or kept.receipt.count.through != own.acked:
        return own.acked > 0
    not_there = sum(
        number
        for lane in (PREVIEW, ORIGINAL)
        for kind, number in local.photos.counts(lane).items()
        if kind.named and kind.state in {LOCAL, DAMAGED}
    )
    return kept.receipt.count.photos - len(kept.receipt.photos_held) > not_there


def _check(local: LocalStores, receipt: Receipt) -> ReceiptCheck:
    count = receipt.count
    lines = (line.line for line in local.operations.log(count.replica, through=count.through))
    own, digests = count_log(count.replica, lines)
    return check_receipt(receipt, own, digests)


def _verify(signed: SignedReceipt, membership: Membership) -> None:
    try:
        key = VerifyKey(base64.b64decode(membership.server_key, validate=True))
        key.verify(_DOMAIN + receipt_bytes(signed.receipt), base64.b64decode(signed.signature, validate=True))
    except (BadSignatureError, ValueError) as wrong:
        raise KnownError("receipt_forged") from wrong
    if signed.receipt.project != membership.project:
        raise KnownError("receipt_forged")
