"""What phones ask, for the OpenAPI document: OpenRosa 1.0 at the root and behind `/key/{token}`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from server.errors import PROBLEM_MEDIA_TYPE
from server.openrosa.multipart_body import INCOMPLETE_PART, XML_PART

Schema = dict[str, Any]

SECURITY_SCHEME: Final = {"type": "http", "scheme": "digest"}
_XML: Final = {"text/xml": {"schema": {"type": "string"}}}
_BYTES: Final = {"type": "string", "format": "binary"}
_HEX: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_REFUSED: Final = {
    "400": "malformed",
    "401": "who is it? With a challenge (RFC 7616, MD5, qop=auth)",
    "403": "the account is shut out, or the token is nobody's",
    "404": "not here, or not for this phone",
    "413": "too large",
    "429": "too many wrong passwords from this address",
    "503": "busy: come again",
    "507": "the disk is full",
}


def phone_paths() -> dict[str, Schema]:
    """The paths, each twice: for an account with a password, and for a token in the address."""
    plain = _paths([{"phone": []}])
    token = _parameter("token", "path", {"type": "string", "minLength": 1}, "of a phone's address")
    keyed = {
        f"/key/{{token}}{path}": {**item, "parameters": [token, *item.get("parameters", [])]}
        for path, item in _paths([]).items()
    }
    return {**plain, **keyed}


def _paths(security: list[Schema]) -> dict[str, Schema]:
    operation = partial(_operation, security)
    digest = _parameter("digest", "path", _HEX, "SHA-256 of the form version")
    name = _parameter("name", "path", {"type": "string", "minLength": 1}, "of the file")
    return {
        "/formList": {
            "get": operation(
                "The newest version of each form that this phone can fill in.",
                {"200": _told("xforms", _XML)},
                [_query("formID"), _query("verbose"), _query("listAllVersions"), _query("deviceID")],
            )
        },
        "/forms/{digest}/form.xml": {
            "parameters": [digest],
            "get": operation("A form as its author left it.", {"200": _told("XForm", _XML)}),
        },
        "/forms/{digest}/manifest": {
            "parameters": [digest],
            "get": operation(
                "The files of a form, lists of divisions and records among them.",
                {"200": _told("manifest", _XML)},
            ),
        },
        "/forms/{digest}/media/{name}": {
            "parameters": [digest, name],
            "get": operation(
                "One file of a form.",
                {
                    "200": _told(
                        "as asked",
                        {"text/csv": {"schema": _BYTES}, "application/octet-stream": {"schema": _BYTES}},
                    )
                },
            ),
        },
        "/submission": {
            "head": _bodiless(
                operation("Where submissions go and how large one should be.", {"204": _told("told")})
            ),
            "post": {
                **operation(
                    "A submission, or a part of one that repeats its XML.",
                    {
                        "201": _told("it is in its record, durably", _XML),
                        "202": _told("it is kept durably and waits, for its form or for a person", _XML),
                    },
                    [_query("deviceID")],
                ),
                "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _BODY}}},
            },
        },
    }


_BODY: Final = {
    "type": "object",
    "required": [XML_PART],
    "properties": {XML_PART: _BYTES, INCOMPLETE_PART: {"type": "string"}},
    "additionalProperties": _BYTES,
}


def _operation(
    security: list[Schema], summary: str, replies: Schema, parameters: list[Schema] | None = None
) -> Schema:
    refused = {status: _told(said, _XML) for status, said in _REFUSED.items()}
    refused["500"] = _told("a defect", {PROBLEM_MEDIA_TYPE: {"schema": {"type": "object"}}})
    operation: Schema = {"summary": summary, "responses": {**replies, **refused}, "security": security}
    if parameters:
        operation["parameters"] = parameters
    return operation


def _bodiless(operation: Schema) -> Schema:
    """The same without bodies, as HEAD is answered."""
    told = {
        status: {key: one for key, one in reply.items() if key != "content"}
        for status, reply in operation["responses"].items()
    }
    return {**operation, "responses": told}


def _told(said: str, content: Schema | None = None) -> Schema:
    return {"description": said} | ({"content": content} if content is not None else {})


def _query(name: str) -> Schema:
    return _parameter(name, "query", {"type": "string"}, "see the Form List API", needed=False)


def _parameter(name: str, where: str, schema: Schema, said: str, *, needed: bool = True) -> Schema:
    return {"name": name, "in": where, "required": needed, "schema": schema, "description": said}
