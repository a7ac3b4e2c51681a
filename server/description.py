"""SVP/1 and what phones ask as an OpenAPI 3.1 document; `docs/openapi.json` is a copy of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from core.protocol import messages, versions
from core.protocol.form_package import PACKAGE_LIMIT
from core.protocol.wire_errors import WIRE_CODES
from server.errors import PROBLEM_MEDIA_TYPE
from server.openrosa_description import SECURITY_SCHEME, phone_paths

_MESSAGES = (
    messages.Hello,
    messages.EnrolRequest,
    messages.Enrolled,
    messages.TokenRequest,
    messages.Token,
    messages.HaveRequest,
    messages.HaveReply,
    messages.SignedReceipt,
    messages.SyncHeader,
    messages.SyncReplyHeader,
    messages.Problem,
)
_GUARDED = ("token-expired", "device-revoked", "device-unknown")
_DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_BYTES = {"type": "string", "format": "binary"}
_JSON = "application/json"
_OCTETS = "application/octet-stream"

Schema = dict[str, Any]


def describe() -> Schema:
    """The whole document."""
    _, components = msgspec.json.schema_components(_MESSAGES, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SVP/1",
            "version": "1",
            "description": "Survey sync protocol. A reply without `SVP: 1` comes from a stranger.",
        },
        "paths": {f"/svp/1/{path}": item for path, item in _paths().items()} | phone_paths(),
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}, "phone": SECURITY_SCHEME},
        },
    }


def description_file() -> bytes:
    """The document as it is served and kept."""
    return msgspec.json.format(msgspec.json.encode(describe(), order="deterministic"), indent=1) + b"\n"


def _paths() -> dict[str, Schema]:
    digest = _parameter("digest", "path", _DIGEST, "SHA-256 of the plain bytes")
    return {
        "hello": {
            "get": _operation("Versions, project, epoch and limits.", {200: _json("Hello")}, token=False)
        },
        "healthz": {
            "get": _operation(
                "Whether data can be read and written.",
                {200: _content(_JSON, {})},
                ["server-full"],
                token=False,
            )
        },
        "metrics": {
            "get": _operation(
                "Figures for Prometheus, told on the server's own machine only.",
                {200: _content("text/plain", {"type": "string"})},
                token=False,
            )
        },
        "openapi.json": {"get": _operation("This document.", {200: _content(_JSON, {})}, token=False)},
        "ca": {
            "get": _operation(
                "The private CA, for who holds its SHA-256 from a ticket.",
                {200: _content("application/x-pem-file", {"type": "string"})},
                token=False,
            )
        },
        "enrol": {
            "post": _operation(
                "Lets a device in by the code of its ticket.",
                {201: _json("Enrolled")},
                ["ticket-invalid", "ticket-expired", "ticket-used", "device-revoked", "too-large"],
                body=_json("EnrolRequest"),
                token=False,
            )
        },
        "token": {
            "post": _operation(
                "Without `nonce` a nonce to sign (problem `nonce-required`), with it signed a token.",
                {201: _json("Token")},
                ["nonce-required", "device-unknown", "device-revoked", "bad-signature", "too-large"],
                body=_json("TokenRequest"),
                token=False,
            )
        },
        "sync": {
            "post": _operation(
                "Pushes and pulls: zstd of a `SyncHeader` line, then the batch if there is one.",
                {201: _content(versions.FEED_MEDIA_TYPE, _BYTES)},
                ["replica-gap", "replica-forked", "epoch-gone", "too-large", "bad-signature", "server-full"],
                body=_content(versions.BATCH_MEDIA_TYPE, _BYTES),
                parameters=[
                    _parameter("Signature", "header", {"type": "string"}, "ed25519=base64", needed=False)
                ],
            )
        },
        "feed": {
            "get": _operation(
                "A page of the feed, as `sync` without a batch: zstd of a `SyncReplyHeader` line and runs.",
                {200: _content(versions.FEED_MEDIA_TYPE, _BYTES)},
                ["epoch-gone"],
                parameters=[
                    _replica("whose own lines are left out"),
                    _parameter(
                        "cursor", "query", {"type": "string"}, "where the last page ended", needed=False
                    ),
                    _parameter("bytes", "query", {"type": "integer", "minimum": 1}, "wanted", needed=False),
                ],
            )
        },
        "receipts": {
            "get": _operation(
                "The signed count of what is held of a log.",
                {200: _json("SignedReceipt")},
                ["replica-gap"],
                parameters=[
                    _replica("whose log"),
                    _parameter("through", "query", {"type": "integer", "minimum": 1}, "its last operation"),
                ],
            )
        },
        "forms/{digest}": {
            "parameters": [digest],
            "get": _operation(
                "A form version.", {200: _content("application/zstd", _BYTES)}, ["unknown-form"]
            ),
            "put": _operation(
                f"Leaves a form version, at most {PACKAGE_LIMIT} bytes.",
                {201: {"description": "kept"}},
                ["too-large", "digest-mismatch", "server-full"],
                body=_content("application/zstd", _BYTES),
            ),
        },
        "blobs/have": {
            "post": _operation(
                f"What is held of at most {versions.HAVE_LIMIT} blobs.",
                {200: _json("HaveReply")},
                ["too-large"],
                body=_json("HaveRequest"),
            )
        },
        "blobs/{digest}": {"parameters": [digest], **_blob()},
    }


def _blob() -> Schema:
    """The append part of the IETF draft on resumable uploads, interop version 8, and ranged reading."""
    where = ["Upload-Offset", "Upload-Complete", "Upload-Limit"]
    number = {"type": "integer", "minimum": 0, "maximum": 10**12 - 1}
    return {
        "options": _operation("Limits of an upload.", {204: _headers("limits", where[2:])}, token=False),
        "head": _operation("How far it has come; ends one that hangs.", {204: _headers("so far", where)}),
        "patch": _operation(
            "Goes on with an upload; ends one that hangs.",
            {201: _headers("whole and verified", where), 204: _headers("so far", where)},
            ["mismatching-upload-offset", "too-large", "digest-mismatch", "not-an-image", "server-full"],
            body=_content("application/partial-upload", _BYTES),
            parameters=[
                _parameter("Upload-Offset", "header", number, "where this goes on"),
                _parameter("Upload-Length", "header", number, "size of the whole"),
                _parameter("Upload-Complete", "header", {"enum": ["?0", "?1"]}, "to the end", needed=False),
            ],
        ),
        "get": _operation(
            "The bytes, or with `v=preview` those of the small copy made at capture.",
            {200: _content(_OCTETS, _BYTES), 206: _content(_OCTETS, _BYTES)},
            ["unknown-blob"],
            parameters=[
                _parameter("Range", "header", {"type": "string"}, "bytes=from-to", needed=False),
                _parameter("v", "query", {"enum": ["preview"]}, "the small copy", needed=False),
            ],
        ),
    }


def _operation(
    summary: str,
    replies: dict[int, Schema],
    problems: Iterable[str] = (),
    *,
    token: bool = True,
    **more: Any,
) -> Schema:
    """An operation; anybody may be told `malformed`, and `busy` when asking too often."""
    names = ["malformed", *problems, *(_GUARDED if token else ()), "busy"]
    statuses = {WIRE_CODES[name].status for name in names}
    by_status = {
        status: ", ".join(sorted({name for name in names if WIRE_CODES[name].status == status}))
        for status in sorted(statuses)
    }
    refusals = {
        str(status): {
            "description": said,
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, said in by_status.items()
    }
    operation: Schema = {
        "summary": summary,
        "responses": {**{str(status): reply for status, reply in replies.items()}, **refusals},
        "security": [{"token": []}] if token else [],
    }
    if "body" in more:
        operation["requestBody"] = {"required": True, "content": more["body"]["content"]}
    if "parameters" in more:
        operation["parameters"] = more["parameters"]
    return operation


def _json(message: str) -> Schema:
    return _content(_JSON, {"$ref": f"#/components/schemas/{message}"})


def _content(media_type: str, schema: Schema) -> Schema:
    return {"description": "as asked", "content": {media_type: {"schema": schema}}}


def _headers(said: str, names: Iterable[str]) -> Schema:
    return {"description": said, "headers": {name: {"schema": {"type": "string"}} for name in names}}


def _parameter(name: str, where: str, schema: Schema, said: str, *, needed: bool = True) -> Schema:
    return {"name": name, "in": where, "required": needed, "schema": schema, "description": said}


def _replica(said: str) -> Schema:
    return _parameter("replica", "query", {"type": "string", "pattern": "^[0-9a-f]{32}$"}, said)
