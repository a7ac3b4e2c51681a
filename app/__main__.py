"""Starts the program: without arguments the window, else what the command line asks for."""

from __future__ import annotations

import gc
import sys

from app.i18n import set_language, system_language
from app.starting import open_window, run_to_exit_code


def main(arguments: list[str] | None = None) -> int:
    """Runs one command line and returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = sys.argv[1:] if arguments is None else arguments
    if given:
        from app.command_line import run_command_line  # noqa: PLC0415  # 0.2 s that an icon need not wait for

        return run_command_line(given)
    set_language(system_language())
    gc.disable()  # nothing that a start makes is garbage yet; the window switches it on again
    try:
        return run_to_exit_code(open_window)
    finally:
        gc.enable()


if __name__ == "__main__":
    sys.exit(main())
