"""Instance documents in a folder or zip that a person names, as Collect and Briefcase lay them down."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from app.errors import known_os_error
from app.given_files import read_given
from core.errors import KnownError
from core.forms.submission.xml import INSTANCE_BYTES_LIMIT

_MOST_FILES: Final = 200_000
_MOST_UNPACKED: Final = 32 * 1024**3
"""Bytes of a zip; a phone with 10,000 photos of 3 MB has as many."""


@dataclass(frozen=True)
class GivenInstance:
    """An XML file that may be an instance; the files that it names lie beside it."""

    file: Path

    def xml(self) -> bytes:
        """Its bytes. Raises KnownError "instance_unreadable"."""
        try:
            return read_given(self.file, INSTANCE_BYTES_LIMIT)
        except OSError as error:
            raise KnownError("instance_unreadable", file=self.file.name) from error

    def beside(self, name: str) -> Path | None:
        """The file of that name in the same folder; None if there is none, or the name leads elsewhere."""
        if not name or name in (".", "..") or set(name) & set("/\\:\0"):
            return None
        found = self.file.with_name(name)
        try:
            return found if found.is_file() and not found.is_symlink() else None
        except OSError:  # a name that no file can have here
            return None


@contextmanager
def given_instances(sources: Sequence[Path]) -> Iterator[list[GivenInstance]]:
    """The XML files in these folders and zips (and those named themselves), in the order of their paths.

    What is unpacked goes away at the end. Raises KnownError "zip_broken", "zip_too_large", "disk_full" and
    its like.
    """
    with TemporaryDirectory(prefix="cunjiang-") as unpacked:
        found: dict[Path, None] = {}
        for number, source in enumerate(sources):
            place = source
            if source.suffix.lower() == ".zip" and source.is_file():
                place = Path(unpacked) / str(number)
                _unpack(source, place)
            found.update(dict.fromkeys(_xml_files(place)))
        yield [GivenInstance(file) for file in found]


def may_hold_instances(place: Path) -> bool:
    """Whether a folder or zip has XML files in it and no sheets of a form."""
    if place.is_dir():
        return not (place / "survey.csv").is_file() and bool(_xml_files(place))
    try:
        with ZipFile(place) as packed:
            names = [name.rpartition("/")[2].lower() for name in packed.namelist()]
    except (OSError, BadZipFile, ValueError):
        return False
    return "survey.csv" not in names and any(name.endswith(".xml") for name in names)


def _xml_files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    files: list[Path] = []
    for folder, _, names in os.walk(place):
        files += [Path(folder, name) for name in names if name.lower().endswith(".xml")]
        if len(files) > _MOST_FILES:
            break
    return sorted(files)


def _unpack(file: Path, folder: Path) -> None:
    try:
        with ZipFile(file) as packed:
            entries = [one for one in packed.infolist() if not one.is_dir()]
            if len(entries) > _MOST_FILES or sum(one.file_size for one in entries) > _MOST_UNPACKED:
                raise KnownError("zip_too_large", file=file.name)
            for entry in entries:
                _unpack_one(packed, entry, folder)
    except (BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise KnownError("zip_broken", file=file.name) from error
    except OSError as error:
        raise known_os_error(error, file) from error


def _unpack_one(packed: ZipFile, entry: ZipInfo, folder: Path) -> None:
    """One file of it, never outside of the folder, never more than it says it is."""
    parts = [part for part in entry.filename.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or any(":" in part for part in parts):
        return
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(entry) as inside, target.open("wb") as outside:
        shutil.copyfileobj(inside, outside)
