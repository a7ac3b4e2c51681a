"""A zip file, which an .xlsx is, looked at before anything in it is read: within bounds, without entities."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Final

from core.errors import KnownError

ZIP_BEGINS: Final = b"PK\x03\x04"
UNPACKED_LIMIT: Final = 128 * 1024 * 1024
"""Bytes a workbook may have unpacked: a form of 20,000 rows has a tenth of it."""
_MEMBERS_LIMIT = 2_000
_HOSTILE = (b"<!DOCTYPE", b"<!ENTITY")
_LOCKED = 1
"""The bit of a member that needs a password ("encrypted", APPNOTE.TXT 4.4.4)."""


def refuse_beyond_bounds(members: Sequence[zipfile.ZipInfo]) -> None:
    """Raises KnownError "workbook_password", or "workbook_hostile" for too many of them or too large ones."""
    if any(one.flag_bits & _LOCKED for one in members):
        raise KnownError("workbook_password")
    if len(members) > _MEMBERS_LIMIT or sum(one.file_size for one in members) > UNPACKED_LIMIT:
        raise KnownError("workbook_hostile", reason="size")


def refuse_hostile(content: bytes) -> None:
    """Looks at the packed file before anything of it is read as XML, and believes none of its sizes.

    Raises KnownError "workbook_password", or "workbook_hostile" for one that is beyond bounds or declares
    entities, and what zipfile raises for a broken file.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = packed.infolist()
        refuse_beyond_bounds(members)
        left = UNPACKED_LIMIT
        for member in members:
            with packed.open(member) as opened:
                unpacked = opened.read(left + 1)
            left -= len(unpacked)
            if left < 0:
                raise KnownError("workbook_hostile", reason="size")
            start = unpacked[:4096].replace(b"\0", b"").upper()
            if any(word in start for word in _HOSTILE):
                raise KnownError("workbook_hostile", reason="entities")
