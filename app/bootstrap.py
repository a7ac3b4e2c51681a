"""Builds the program up: the workspace with the forms that came along, and the window on top."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from app.errors import sentence
from app.i18n import tr
from app.log import subject
from app.paths import Places, resources_folder
from app.settings import load_settings
from app.usecases.forms import install_form
from app.workspace import Workspace, open_workspace
from core.errors import KnownError

_log = subject("start")
RECOVERABLE = {
    "database_damaged",
    "database_lags",
    "database_missing",
    "database_unreadable",
    "key_damaged",
    "key_missing",
}
"""Why a workspace does not open though what is in it can be brought back."""


def open_data(places: Places) -> Workspace:
    """The person's workspace, made at the first start, with every form that the program brings along."""
    return open_folder(places.workspace)


def open_folder(folder: Path) -> Workspace:
    """The workspace in this folder, made if there is none, with every form that the program brings along."""
    workspace = open_workspace(folder)
    try:
        install_bundled_forms(workspace)
    except BaseException:
        workspace.close()
        raise
    return workspace


def install_bundled_forms(workspace: Workspace) -> None:
    """Installs `resources/forms/*/form.xml`; those that are there already cost a digest each."""
    for form in sorted((resources_folder() / "forms").glob("*/form.xml")):
        if install_form(workspace, form):
            _log.info("form installed", form=form.parent.name)


def show_window(places: Places) -> int:
    """Opens the workspace in a window until it is closed; the program's exit code.

    A workspace that does not open, or in which a check found damage, is recovered in a window of its own.
    """
    if not _has_display():
        raise KnownError("no_display")
    from app.ui.application import (  # noqa: PLC0415  # Qt is loaded only for a window
        WANTS_RECOVERY,
        WANTS_WORKSPACE,
        run_application,
    )

    other, notice = _last_opened(places.settings_file)
    while True:
        folder = other or places.workspace
        try:
            with open_folder(folder) as workspace:
                code = run_application(workspace, places.settings_file, other, notice)
            if code == WANTS_WORKSPACE:
                other, notice = _last_opened(places.settings_file)
                continue
            if code != WANTS_RECOVERY:
                return code
            damage = KnownError("database_damaged")
        except KnownError as error:
            if error.code not in RECOVERABLE:
                if other is None:
                    raise
                other, notice = None, sentence(error)
                continue
            damage = error
        from app.ui.recovery import recover_in_window  # noqa: PLC0415  # only the damaged pay for it

        gc.enable()
        if not recover_in_window(folder, places.settings_file, damage):
            return 0
        notice = ""


def _last_opened(settings_file: Path) -> tuple[Path | None, str]:
    """The folder that was open last, None for the program's own; and what to say if it is not there."""
    last = next(iter(load_settings(settings_file).workspaces), "")
    if not last:
        return None, ""
    folder = Path(last)
    return (folder, "") if folder.exists() else (None, tr("workspaces.gone", folder=last))


def _has_display() -> bool:
    """Whether Qt would find a screen; without one it would end the whole program."""
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in wanted)
