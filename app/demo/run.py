"""Runs the demonstration and says with its exit code whether all of it came true."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from app.bootstrap import install_bundled_forms
from app.demo.report import print_all, write_report
from app.demo.samples import PICTURES
from app.demo.screens import take_pictures
from app.demo.server_child import running_server
from app.demo.story import Story, check_receipts, disagree, edit_apart, join_server, settle, survey
from app.i18n import tr
from app.log import subject
from app.paths import program_folder
from app.workspace import open_workspace
from core.errors import KnownError

DONE, NOT_DONE = 0, 1
_log = subject("demo")


def run_demo(out: Path) -> int:
    """0 if everything came true and is in `out`, else 1. What an earlier run left in `out` is replaced."""
    _empty(out)
    with tempfile.TemporaryDirectory(prefix="cunjiang-demo-") as work:
        story = _play(Path(work), out)
    failed = [check for check in story.checks if not check.holds]
    for check in story.checks:
        print(
            ("✓ " if check.holds else "✗ ")
            + check.statement
            + (f"（{check.seen}）" if not check.holds else "")
        )
    print(tr("demo.done" if not failed else "demo.failed", folder=out, count=len(failed)))
    return NOT_DONE if failed else DONE


def find_pictures() -> tuple[list[Path], list[Path]]:
    """Real photographs: the few that come along, and the larger set where it has been fetched."""
    folder = program_folder() / "tests" / "pictures"
    few, larger = (
        sorted(file for file in place.glob("*") if file.suffix.lower() in PICTURES)
        for place in (folder, folder / "fetched")
    )
    return few, larger


def _play(work: Path, out: Path) -> Story:
    with (
        running_server(work / "server") as server,
        open_workspace(work / "first") as first,
        open_workspace(work / "second") as second,
    ):
        for workspace in (first, second):
            install_bundled_forms(workspace)
        story = Story(first, second)
        join_server(story, server)
        survey(story, *find_pictures())
        edit_apart(story)
        disagree(story)
        take_pictures(story, work / "copy", out / "screens")
        settle(story)
        check_receipts(story)
        write_report(out, story, print_all(story, out / "pdf"))
        return story


def _empty(out: Path) -> None:
    """An empty `out` folder; only a folder that an earlier run filled is emptied."""
    if out.exists() and any(out.iterdir()):
        if not (out / "report.json").exists():
            raise KnownError("demo_folder_in_use", folder=str(out))
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
