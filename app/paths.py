"""Where things are on this computer: what the program brings along, and what it keeps for the person."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
import platformdirs

PORTABLE_MARKER = "cunjiang-portable"
"""A file of this name beside the program keeps everything beside the program, for a memory stick."""


class Places(msgspec.Struct, frozen=True):
    """The folders one person's program reads and writes; none of them need exist yet."""

    data: Path
    config: Path
    cache: Path
    logs: Path

    @property
    def workspace(self) -> Path:
        """The folder that `app.workspace.open_workspace` opens."""
        return self.data / "workspace"

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.json"


def find_places(data_dir: Path | None = None, *, portable: bool = False) -> Places:
    """The folders to use: inside `data_dir` if given, else beside a portable program, else the system's."""
    if data_dir is not None:
        return _all_inside(Path(os.path.expanduser(data_dir)).absolute())  # noqa: PTH111  ~nobody stays a name
    beside = program_folder()
    if portable or (beside / PORTABLE_MARKER).exists():
        return _all_inside(beside / "cunjiang-data")
    if not os.environ.get("HOME"):
        # An empty HOME would put everything into the root folder; without one the account's own is found.
        os.environ.pop("HOME", None)
    system = platformdirs.PlatformDirs("cunjiang", appauthor=False)
    return Places(
        data=system.user_data_path,
        config=system.user_config_path,
        cache=system.user_cache_path,
        logs=system.user_log_path,
    )


def _all_inside(folder: Path) -> Places:
    return Places(data=folder, config=folder, cache=folder / "cache", logs=folder / "logs")


def program_folder() -> Path:
    """The folder of the built program's executable; from source the checkout."""
    if getattr(sys, "frozen", False):
        return Path(sys.executable).resolve().parent
    return Path(__file__).resolve().parents[1]


def resources_folder() -> Path:
    """`resources/` as the built program unpacked it, or the checkout's."""
    unpacked: str | None = getattr(sys, "_MEIPASS", None)
    return (Path(unpacked) if unpacked else program_folder()) / "resources"
