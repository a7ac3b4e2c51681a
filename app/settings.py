"""What a person set up, in one small JSON file that a program of any version can open."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from app.i18n import Language
from app.log import subject

_log = subject("settings")


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings and their defaults; change one with `msgspec.structs.replace`."""

    language: Language = "zh"
    last_folder: str = ""
    """Where the person last opened or saved a file; empty: nowhere yet."""
    workspaces: tuple[str, ...] = ()
    """The folders of records opened last, the present one first; "" is the program's own."""
    window: dict[str, str] = msgspec.field(default_factory=dict)
    """What the window remembers of itself, in its own words: place, column widths."""


def load_settings(file: Path) -> Settings:
    """The settings in `file`, or the defaults. A broken file is kept beside as `….broken` and not used."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as e:
        _log.warning("settings unreadable, defaults used", error=type(e).__name__)
        _keep_aside(file)
        return Settings()


def save_settings(settings: Settings, file: Path) -> None:
    """Writes beside and renames, so that a cut leaves the old settings or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.new")
    with beside.open("wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(settings), indent=2))
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def _keep_aside(file: Path) -> None:
    try:
        file.replace(file.with_name(f"{file.name}.broken"))
    except OSError as e:
        _log.warning("broken settings could not be kept aside", error=type(e).__name__)
