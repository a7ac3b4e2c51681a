"""Submission files by way of the menus: chosen, taken in, written out, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QPlainTextEdit, QVBoxLayout

from app.i18n import tr
from app.instance_words import export_words, import_details, import_words
from app.jobs import Job
from app.ui.page import Page
from app.usecases.instance_export import ExportedInstances, export_instances
from app.usecases.instance_import import ImportedInstances, import_instances

_REMEMBERED: Final = "instance_folder"
_DETAILS_SIZE: Final = (720, 420)
_MOST_LINES: Final = 2_000


def choose_instances(page: Page, *, zipped: bool) -> None:
    """Ask for the folder of a phone or an export, or for a zip, and take in what is there."""
    folder = _folder_of(page)
    if zipped:
        chosen, _ = QFileDialog.getOpenFileName(
            page, tr("menu.import_instances_zip"), folder, tr("instances.zip_files")
        )
    else:
        chosen = QFileDialog.getExistingDirectory(page, tr("instances.choose_folder"), folder)
    if chosen:
        page.desk.preferences.remember(_REMEMBERED, str(Path(chosen).parent))
        take_instances(page, [Path(chosen)])


def take_instances(page: Page, sources: Sequence[Path]) -> None:
    """Take in the submission files of these folders and zips, beside the window."""
    work = partial(import_instances, page.desk.workspace, sources)
    job = Job("instances.import", tr("instances.importing"), work, must_finish=True)
    page.desk.jobs.start(page, job, partial(_tell_import, page), failed=page.show_error)


def export_records(page: Page, records: Callable[[], Sequence[str]]) -> None:
    """Ask where to, and write records there as submission files; `records` tells them off the UI thread."""
    proposed = str(Path(_folder_of(page)) / "instances.zip")
    chosen, _ = QFileDialog.getSaveFileName(
        page, tr("instances.choose_target"), proposed, tr("instances.zip_files")
    )
    if chosen:
        file = Path(chosen)
        target = file if file.suffix.lower() == ".zip" else file.with_name(f"{file.name}.zip")
        page.desk.preferences.remember(_REMEMBERED, str(target.parent))
        write_records(page, records, target)


def write_records(page: Page, records: Callable[[], Sequence[str]], target: Path) -> None:
    """Write these records there, beside the window."""
    workspace = page.desk.workspace
    job = Job(
        "instances.export",
        tr("instances.exporting"),
        lambda progress: export_instances(workspace, records(), target, progress),
        must_finish=True,
    )
    page.desk.jobs.start(page, job, partial(_tell_export, page), failed=page.show_error)


def _tell_import(page: Page, result: ImportedInstances) -> None:
    lines = import_details(result)
    bad = bool(result.refused or result.count("conflict") or lines)
    if lines:
        page.banner.show_message(
            "warn", import_words(result), tr("instances.show"), partial(_show_details, page, lines)
        )
    else:
        page.banner.show_message("warn" if bad else "good", import_words(result))


def _tell_export(page: Page, done: ExportedInstances) -> None:
    page.banner.show_message("warn" if done.missing else "good", export_words(done))


def _show_details(page: Page, lines: list[str]) -> None:
    dialog = QDialog(page)
    dialog.setWindowTitle(tr("instances.details"))
    dialog.resize(*_DETAILS_SIZE)
    text = QPlainTextEdit("\n".join(lines[:_MOST_LINES]), readOnly=True)
    text.setAccessibleName(tr("instances.details"))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    column = QVBoxLayout(dialog)
    column.addWidget(text)
    column.addWidget(buttons)
    dialog.open()


def _folder_of(page: Page) -> str:
    return page.desk.preferences.remembered(_REMEMBERED, page.desk.preferences.last_folder)
