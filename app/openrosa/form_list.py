"""What a server's lists say: its forms, and the files that belong to one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.errors import KnownError

LIST_BYTES_LIMIT: Final = 8 * 1024 * 1024
"""Ten thousand forms fit; a list larger than this is none."""
_MOST_FORMS: Final = 10_000
_MOST_FILES: Final = 2_000
_TEXT: Final = 1_000
_MD5: Final = re.compile(r"(?:md5:)?([0-9a-f]{32})", re.IGNORECASE)


class ListedForm(msgspec.Struct, frozen=True):
    """A form that a server offers. `hash` is the MD5 of its XForm, "" if the server gives none."""

    form_id: str
    name: str
    version: str
    hash: str
    url: str
    manifest_url: str = ""


class ListedFile(msgspec.Struct, frozen=True):
    """A file that belongs to a form.

    `hash` is the MD5 of the file; of an entity list it only changes when the list does (ODK Central,
    lib/formats/openrosa.js).
    """

    name: str
    hash: str
    url: str
    is_entity_list: bool = False


def read_form_list(xml: bytes) -> tuple[ListedForm, ...]:
    """The forms in a form list (https://docs.getodk.org/openrosa-form-list/).

    Raises KnownError "openrosa_bad_list".
    """
    root = _root(xml, "xforms")
    forms = [
        ListedForm(
            form_id=_text(entry, "formID"),
            name=_text(entry, "name") or _text(entry, "formID"),
            version=_text(entry, "version"),
            hash=_md5(_text(entry, "hash")),
            url=_text(entry, "downloadUrl"),
            manifest_url=_text(entry, "manifestUrl"),
        )
        for entry in _entries(root, "xform", _MOST_FORMS)
    ]
    return tuple(form for form in forms if form.form_id and form.url)


def read_manifest(xml: bytes) -> tuple[ListedFile, ...]:
    """The files in a manifest, by names without folders. Raises KnownError "openrosa_bad_list"."""
    root = _root(xml, "manifest")
    files = {}
    for entry in _entries(root, "mediaFile", _MOST_FILES):
        name = re.split(r"[/\\]", _text(entry, "filename"))[-1]
        is_entity_list = "entitylist" in entry.get("type", "").lower()
        file = ListedFile(name, _md5(_text(entry, "hash")), _text(entry, "downloadUrl"), is_entity_list)
        if name and file.url:
            files[name] = file
    return tuple(files.values())


def _root(xml: bytes, name: str) -> Element:
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise KnownError("openrosa_bad_list") from error
    if _local(root) != name:
        raise KnownError("openrosa_bad_list")
    return root


def _entries(root: Element, name: str, most: int) -> Iterator[Element]:
    for count, entry in enumerate((one for one in root if _local(one) == name), 1):
        if count > most:
            raise KnownError("openrosa_bad_list")
        yield entry


def _text(entry: Element, name: str) -> str:
    return next(((one.text or "").strip()[:_TEXT] for one in entry if _local(one) == name), "")


def _md5(text: str) -> str:
    found = _MD5.fullmatch(text)
    return found.group(1).lower() if found else ""


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
