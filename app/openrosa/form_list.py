"""What a server's lists say: its forms, and the files that belong to one."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

import msgspec

from app.openrosa.documents import named, root_of
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
    forms = [
        ListedForm(
            form_id=_text(entry, "formID"),
            name=_text(entry, "name") or _text(entry, "formID"),
            version=_text(entry, "version"),
            hash=_md5(_text(entry, "hash")),
            url=_text(entry, "downloadUrl"),
            manifest_url=_text(entry, "manifestUrl"),
        )
        for entry in _entries(xml, "xforms", "xform", _MOST_FORMS)
    ]
    return tuple(form for form in forms if form.form_id and form.url)


def read_manifest(xml: bytes) -> tuple[ListedFile, ...]:
    """The files in a manifest, by names without folders. Raises KnownError "openrosa_bad_list"."""
    files = {}
    for entry in _entries(xml, "manifest", "mediaFile", _MOST_FILES):
        name = re.split(r"[/\\]", _text(entry, "filename"))[-1]
        is_entity_list = "entitylist" in entry.get("type", "").lower()
        file = ListedFile(name, _md5(_text(entry, "hash")), _text(entry, "downloadUrl"), is_entity_list)
        if name and file.url:
            files[name] = file
    return tuple(files.values())


def _entries(xml: bytes, name: str, entry: str, most: int) -> list[Element]:
    root = root_of(xml, name)
    entries = [] if root is None else named(root, entry)
    if root is None or len(entries) > most:
        raise KnownError("openrosa_bad_list")
    return entries


def _text(entry: Element, name: str) -> str:
    return next(((one.text or "").strip()[:_TEXT] for one in named(entry, name)), "")


def _md5(text: str) -> str:
    found = _MD5.fullmatch(text)
    return found.group(1).lower() if found else ""
