"""What every start goes through: the log and the language, the last door for errors, and the exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable

from app.errors import known_os_error, sentence
from app.i18n import Language, set_language
from app.log import Level, start_log, subject
from app.paths import Places, find_places
from app.settings import load_settings
from core.errors import KnownError

_log = subject("start")

DONE, NOT_DONE, NOT_UNDERSTOOD, INTERRUPTED = 0, 1, 2, 130


def prepare(places: Places, level: Level, speak: Language | None) -> None:
    """Starts the log and speaks the language asked for, or the person's own, or the system's."""
    try:
        start_log(places.logs, level)
    except OSError as e:
        raise known_os_error(e, places.logs) from e
    if speak is None and places.settings_file.exists():
        set_language(load_settings(places.settings_file).language)


def open_window() -> int:
    """Opens the window on the person's own data until it is closed."""
    places = find_places()
    prepare(places, "info", None)
    from app.bootstrap import show_window  # noqa: PLC0415  # --version and --help need no database

    return show_window(places)


def run_to_exit_code(run: Callable[[], int], *, as_json: Callable[[], bool] = lambda: False) -> int:
    """What `run` returns; where it fails, one sentence (or its JSON) is told and the code says so."""
    try:
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except KnownError as e:
        _log.info("refused", code=e.code)
        return _tell(e, as_json=as_json())
    except Exception as e:  # noqa: BLE001  # the last door: a defect is logged and owned, never a trace
        _log.defect("command failed", e)
        return _tell(e, as_json=as_json())


def _tell(error: Exception, *, as_json: bool) -> int:
    said, code = sentence(error), error.code if isinstance(error, KnownError) else "defect"
    if as_json:
        import json  # noqa: PLC0415  # 1 ms that a window need not wait for

        print(json.dumps({"ok": False, "error": code, "sentence": said}, ensure_ascii=False))
    else:
        print(said, file=sys.stderr)
    return NOT_DONE
