"""Runs the demonstration and says with its exit code whether all of it came true."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.bootstrap import install_bundled_forms
from app.demo.report import print_all, write_report
from app.demo.samples import PICTURES, Sample, read_samples
from app.demo.screens import LOOKS, Look, take_pictures
from app.demo.server_child import running_server
from app.demo.story import Check, Story, check_receipts, disagree, edit_apart, join_server, settle, survey
from app.i18n import tr
from app.paths import resources_folder
from app.workspace import open_workspace
from core.errors import KnownError

DONE, NOT_DONE = 0, 1
_OURS = {"pdf", "screens", "report.json", "report.md"}


@dataclass(frozen=True)
class Props:
    """What is played with: the records to fill in, photographs for them, and the looks of the window.

    The `larger_set` goes to the sample that takes any number; it may be empty.
    """

    samples: Sequence[Sample]
    pictures: Sequence[Path]
    larger_set: Sequence[Path] = ()
    looks: Sequence[Look] = LOOKS


def run_demo(out: Path, props: Props | None = None) -> int:
    """0 if everything came true and is in `out`, else 1. What an earlier run left in `out` is replaced."""
    _empty(out)
    print(tr("demo.begins"), flush=True)
    with tempfile.TemporaryDirectory(prefix="cunjiang-demo-") as work:
        story = _play(Path(work), out, props or Props(read_samples(), *find_pictures()))
    failed = [check for check in story.checks if not check.holds]
    print(tr("demo.done" if not failed else "demo.failed", folder=out, count=len(failed)))
    return NOT_DONE if failed else DONE


def find_pictures() -> tuple[list[Path], list[Path]]:
    """Real photographs: the few that come along, and the larger set where it has been fetched."""
    folder = resources_folder().parent / "tests" / "pictures"
    few, larger = (
        sorted(file for file in place.glob("*") if file.suffix.lower() in PICTURES)
        for place in (folder, folder / "fetched")
    )
    return few, larger


def _play(work: Path, out: Path, props: Props) -> Story:
    with (
        running_server(work / "server") as server,
        open_workspace(work / "first") as first,
        open_workspace(work / "second") as second,
    ):
        for workspace in (first, second):
            install_bundled_forms(workspace)
        story = Story(first, second, tell=_tell)
        join_server(story, server)
        survey(story, props.samples, props.pictures, props.larger_set)
        edit_apart(story)
        disagree(story)
        take_pictures(story, work / "copy", out / "screens", props.looks)
        settle(story)
        check_receipts(story)
        write_report(out, story, print_all(story, out / "pdf"))
        return story


def _tell(check: Check) -> None:
    print(f"✓ {check.statement}" if check.holds else f"✗ {check.statement}（{check.seen}）", flush=True)


def _empty(out: Path) -> None:
    """An empty `out` folder; one that holds anything but what an earlier run left is not touched."""
    if out.exists():
        if {path.name for path in out.iterdir()} - _OURS:
            raise KnownError("demo_folder_in_use", folder=str(out))
        shutil.rmtree(out)
    out.mkdir(parents=True)
