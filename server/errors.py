"""Errors as RFC 9457 problem details."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from core.protocol.codec import encode_message
from core.protocol.messages import Problem
from core.protocol.wire_errors import PROBLEM_PREFIX, WireError

PROBLEM_MEDIA_TYPE = "application/problem+json"
BUSY_S = 2
FULL_S = 300
_BY_SQLITE = {"SQLITE_FULL": "server-full", "SQLITE_BUSY": "busy"}


def problem_of(error: WireError) -> Problem:
    """What the wire says about an error."""
    code = error.code
    return Problem(
        type=PROBLEM_PREFIX + code.name, status=code.status, retry=code.retry, values=dict(error.values)
    )


def problem_body(error: WireError) -> bytes:
    """The body of a problem reply."""
    return encode_message(problem_of(error))


def problem_headers(error: WireError) -> dict[str, str]:
    """When to come again, and limits and offsets where the resumable-upload draft wants them as headers."""
    headers = {}
    if error.code.name == "busy":
        headers["Retry-After"] = str(BUSY_S)
    if error.code.name == "server-full":
        headers["Retry-After"] = str(FULL_S)
    if error.code.name == "mismatching-upload-offset":
        headers["Upload-Offset"] = str(error.values["offset"])
    if error.code.name == "too-large" and "limit" in error.values:
        headers["Upload-Limit"] = f"max-size={error.values['limit']}"
    return headers


def wire_error(error: Exception) -> WireError:
    """Any exception as what the wire may say about it: nothing of its words."""
    if isinstance(error, WireError):
        return error
    if isinstance(error, OperationalError):
        return WireError(_BY_SQLITE.get(getattr(error.orig, "sqlite_errorname", ""), "internal"))
    return WireError("internal")
