"""The key of a workspace whose key files are damaged: tried on the files that it should open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import islice, product
from pathlib import Path

from app.storage.durable_files import write_durably
from app.storage.folder import WorkspaceFolder
from app.storage.sealed_pages import PAGE_BYTES, SealedPages
from core.errors import KnownError

_DIGITS = 64
_KEY = re.compile(rb"[0-9a-f]{64}\s*\Z")
_TRIES = 4096
"""Two damaged files that differ in up to twelve digits are put together."""


def surviving_key(folder: WorkspaceFolder, elsewhere: Path | None = None) -> bytes:
    """The key that opens this workspace, from either key file, from both together or from `elsewhere`.

    `elsewhere` is another folder with a key: a sealed backup. Raises KnownError "key_missing", "key_damaged",
    "key_foreign" (the key from elsewhere opens nothing here).
    """
    places = [folder.key, folder.second_key] if elsewhere is None else [elsewhere / "key"]
    lines = [place.read_bytes() for place in places if place.is_file()]
    if not lines:
        raise KnownError("key_missing", folder=str(elsewhere or folder.path))
    whole = [line for line in lines if _KEY.match(line)]
    sealed = _sealed_files(folder)
    for digits in dict.fromkeys([*(line[:_DIGITS] for line in whole), *islice(_mixed(lines), _TRIES)]):
        key = bytes.fromhex(digits.decode())
        if any(_opens(folder, file, key) for file in sealed):
            return key
    alike = len({line[:_DIGITS] for line in whole}) == 1 and len(whole) == len(lines)
    if elsewhere is None and alike and not _could_prove(folder):
        return bytes.fromhex(whole[0][:_DIGITS].decode())
    raise KnownError("key_damaged" if elsewhere is None else "key_foreign", folder=str(folder.path))


def keep_key(folder: WorkspaceFolder, key: bytes) -> bool:
    """The key stands in both of its places; whether it did not before."""
    line = key.hex().encode() + b"\n"
    wrong = [
        place
        for place in (folder.key, folder.second_key)
        if not place.is_file() or place.read_bytes().strip() != line.strip()
    ]
    for place in wrong:
        write_durably(place, [line], folder.tmp)
    return bool(wrong)


def _mixed(lines: list[bytes]) -> Iterator[bytes]:
    """Keys of which each digit stands in one of the files."""
    choices = [
        sorted({line[at : at + 1] for line in lines} & {bytes([digit]) for digit in b"0123456789abcdef"})
        for at in range(_DIGITS)
    ]
    if all(choices):
        yield from (b"".join(digits) for digits in product(*choices))


def _sealed_files(folder: WorkspaceFolder) -> list[Path]:
    copies = sorted(folder.copies.glob("*.db"), reverse=True)
    return [file for file in (folder.database, *copies) if file.is_file()]


def _could_prove(folder: WorkspaceFolder) -> bool:
    """Whether something is here that the right key would open: a copy, or the database last written to."""
    if any(folder.copies.glob("*.db")):
        return True
    marked = folder.mark.read()
    if marked is None or not folder.database.is_file():
        return False
    with folder.database.open("rb") as file:
        head = file.read(PAGE_BYTES)
    return len(head) == PAGE_BYTES and head.startswith(bytes.fromhex(marked.salt))


def _opens(folder: WorkspaceFolder, file: Path, key: bytes) -> bool:
    marked = folder.mark.read()
    salts = () if marked is None else (bytes.fromhex(marked.salt),)
    with closing(SealedPages(file, Path(f"{file}-wal"), key, salts)) as pages:
        return pages.key_fits()
