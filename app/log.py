"""One logger per subject, one line per finished thing with its numbers.

Lines carry ids and counts, never names, answers or positions: a text that does not look like an id is written
as its length only, so that a log file can be sent to anybody.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Level = Literal["debug", "info", "warning", "error"]

_ROOT = "cunjiang"
_ID = re.compile(r"[A-Za-z0-9_.:/@+\-]{0,80}")
_ABOUT_CODE = (ImportError, NameError, AttributeError, TypeError)  # these messages name code, not data
_FILE_BYTES = 1_000_000
_FILES_KEPT = 5


class Subject:
    """The log of one subject: `log.info("batch sent", ops=12, bytes=4096)`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"{_ROOT}.{name}")

    def debug(self, what: str, **numbers: object) -> None:
        self._line(logging.DEBUG, what, numbers)

    def info(self, what: str, **numbers: object) -> None:
        self._line(logging.INFO, what, numbers)

    def warning(self, what: str, **numbers: object) -> None:
        """Someone should look."""
        self._line(logging.WARNING, what, numbers)

    def defect(self, what: str, error: BaseException, **numbers: object) -> None:
        """A defect of ours: its kind and places in the code; its message if it cannot quote answers."""
        places = "".join(traceback.format_tb(error.__traceback__))
        places += f"  {error}" if isinstance(error, _ABOUT_CODE) else ""
        self._line(logging.ERROR, what, {**numbers, "kind": type(error).__name__}, f"\n{places.rstrip()}")

    def _line(self, level: int, what: str, numbers: dict[str, object], rest: str = "") -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(
                level, "%s%s%s", what, "".join(f" {k}={_shown(v)}" for k, v in numbers.items()), rest
            )


logging.getLogger(_ROOT).addHandler(logging.NullHandler())  # before `start_log` nothing goes to the terminal


def subject(name: str) -> Subject:
    """The log of the subject `name` ("storage", "sync"); before `start_log` nothing is written."""
    return Subject(name)


def start_log(folder: Path, level: Level = "info") -> None:
    """Lets all subjects write to `folder`/cunjiang.log (UTC, 1 MB a file, five older ones kept)."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "cunjiang.log", maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8", delay=True
    )
    lines = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    lines.converter = time.gmtime
    handler.setFormatter(lines)
    stop_log()
    root = logging.getLogger(_ROOT)
    root.addHandler(handler)
    root.setLevel(level.upper())


def stop_log() -> None:
    """Closes the files that `start_log` opened."""
    root = logging.getLogger(_ROOT)
    for handler in list(root.handlers):
        if isinstance(handler, RotatingFileHandler):
            root.removeHandler(handler)
            handler.close()


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    text = str(value)
    return text if _ID.fullmatch(text) else f"<{len(text)} characters>"
