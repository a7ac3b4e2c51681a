"""What can go wrong between here and the server, as known errors."""

from __future__ import annotations

from core.errors import KnownError
from core.protocol.wire_errors import WireError


class LinkError(KnownError):
    """The server was not reached, or the line broke. Whatever was under way can be tried again as it is."""


class UnreachedError(LinkError):
    """No connection came about: another address of the same server may still answer."""


_BY_CODE = {
    "ticket-invalid": "ticket_invalid",
    "ticket-expired": "ticket_expired",
    "ticket-used": "ticket_used",
    "device-unknown": "device_unknown",
    "device-revoked": "device_revoked",
    "client-too-old": "program_too_old",
    "server-too-old": "server_too_old",
    "server-full": "server_full",
    "busy": "server_busy",
    "internal": "server_trouble",
    "scope-denied": "not_allowed",
}


def known_error(error: WireError) -> KnownError:
    """What a person is told about a server's refusal."""
    return KnownError(_BY_CODE.get(error.code.name, "sync_refused"), reason=error.code.name)
