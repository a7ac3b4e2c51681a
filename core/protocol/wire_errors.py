"""Errors as codes on the wire. Sentences are made on screen; nothing is decided by words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PROBLEM_PREFIX = "urn:svp:problem:"
Retry = Literal["never", "later", "now"]


@dataclass(frozen=True)
class WireCode:
    """One way a request can fail: its HTTP status and whether to try again."""

    name: str
    status: int
    retry: Retry


_CODES = (
    WireCode("malformed", 400, "never"),
    WireCode("nonce-required", 401, "now"),
    WireCode("token-expired", 401, "now"),
    WireCode("device-unknown", 401, "never"),
    WireCode("device-revoked", 401, "never"),
    WireCode("ticket-invalid", 403, "never"),
    WireCode("ticket-expired", 403, "never"),
    WireCode("ticket-used", 403, "never"),
    WireCode("scope-denied", 403, "never"),
    WireCode("unknown-blob", 404, "now"),
    WireCode("unknown-form", 404, "later"),
    WireCode("replica-gap", 409, "now"),
    WireCode("replica-forked", 409, "now"),
    WireCode("mismatching-upload-offset", 409, "now"),
    WireCode("epoch-gone", 410, "now"),
    WireCode("too-large", 413, "never"),
    WireCode("bad-signature", 422, "never"),
    WireCode("digest-mismatch", 422, "now"),
    WireCode("not-an-image", 422, "never"),
    WireCode("client-too-old", 426, "never"),
    WireCode("server-too-old", 426, "never"),
    WireCode("busy", 503, "later"),
    WireCode("server-full", 507, "later"),
    WireCode("internal", 500, "later"),
)
WIRE_CODES: Mapping[str, WireCode] = {code.name: code for code in _CODES}


class WireError(Exception):
    """A request was answered with a problem. `values` never hold answers: offsets, limits, numbers."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = WIRE_CODES[code]
        self.values = values
