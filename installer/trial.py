"""Tries the built program as on a machine without Python.

Nothing of Python, of this checkout or of its packages is to be seen, the environment is empty, and the
program's own folder can not be written to.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.paths import PORTABLE_MARKER
from installer.contents import ROOT

HIDDEN: Final = ("usr/lib/python3*", "usr/local/lib/python3*", "usr/lib/pypy*", "opt")
LONGEST_S: Final = 600
STARTED_WITHIN_S: Final = 60


class TrialError(Exception):
    """The program did not do what it should; its argument says what was seen."""


class Trial:
    """One built program, copied to where nothing else is."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "program"
        shutil.copytree(program, self.program, symlinks=True)
        (folder / "home").mkdir()

    def start(self, program: str, *arguments: str, read_only: bool = True) -> subprocess.Popen[str]:
        """A program, where only the system and our own folder are to be seen."""
        home, own = f"{self.folder}/home", shlex.quote(str(self.program))
        hide = [f"mount -t tmpfs none {shlex.quote(place)}" for place in _hidden()]
        if read_only:
            hide += [f"mount --bind {own} {own}", f"mount -o remount,bind,ro {own}"]
        environment = f"HOME={shlex.quote(home)} QT_QPA_PLATFORM=offscreen LANG=C.UTF-8"
        run = f"exec env -i {environment} {shlex.join([program, *arguments])}"
        return subprocess.Popen(
            [*_unshare(), "sh", "-ec", "\n".join([*hide, f"cd {shlex.quote(home)}", run])],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, name: str, *arguments: str, read_only: bool = True) -> str:
        """What one of our programs, or the system's, says. Raises TrialError unless it ends with 0."""
        ours = self.program / name
        program = str(ours) if ours.exists() else name
        running = self.start(program, *arguments, read_only=read_only)
        try:
            said, wrong = running.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            running.kill()
            raise TrialError(f"{name} {shlex.join(arguments)}: still running after {LONGEST_S} s") from None
        if running.returncode:
            raise TrialError(
                f"{name} {shlex.join(arguments)}: {running.returncode}\n{said[-2000:]}{wrong[-2000:]}"
            )
        return said


def try_program(program: Path) -> None:
    """Tells what was tried and how long it took; ends the process with 1 when something did not work."""
    if why := reason_not_to():
        print(f"skipped: {why}")
        return
    failed = False
    with tempfile.TemporaryDirectory(prefix="cunjiang-trial-") as folder:
        trial = Trial(program, Path(folder))
        for step in STEPS:
            begun = time.monotonic()
            try:
                step(trial)
                outcome = "ok"
            except (TrialError, OSError, ValueError) as error:
                failed, outcome = True, f"FAILED {error}"
            print(f"{time.monotonic() - begun:6.1f} s  {step.__doc__}  {outcome}", flush=True)
    if failed:
        sys.exit(1)


def reason_not_to() -> str:
    """Why things can not be hidden from the program here; empty if they can."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return "hiding Python needs unshare of Linux"
    tried = subprocess.run([*_unshare(), "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "this account may not make a mount namespace"


def _unshare() -> list[str]:
    return ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount"]


def _hidden() -> list[str]:
    """The folders that are covered: every Python, and this checkout with its packages."""
    pythons = {place for pattern in HIDDEN for place in Path("/").glob(pattern)}
    places = {ROOT, Path(sys.base_prefix), Path(sys.prefix), *pythons} - {Path("/usr")}
    inner = {place for place in places if places & set(place.parents)}
    return sorted(str(place) for place in places - inner if place.is_dir())


def _nothing_of_python_is_seen(trial: Trial) -> None:
    """No Python is to be seen"""
    seen = trial.run("ls", "-A", *_hidden())
    left = [line for line in seen.splitlines() if line and not line.endswith(":")]
    _expect(not left, " ".join(left))


def _versions(trial: Trial) -> None:
    """The version of both programs"""
    version = json.loads((trial.program / "version.json").read_text("utf-8"))["version"]
    for name in ("cunjiang", "cunjiang-server"):
        said = trial.run(name, "--version").strip()
        _expect(said == version, f"{name} says {said}")


def _demo(trial: Trial) -> None:
    """The demo, with its server and its pictures"""
    trial.run("cunjiang", "demo", "--out", f"{trial.folder}/demo")
    pictures = list((trial.folder / "demo").rglob("*.png"))
    papers = list((trial.folder / "demo").rglob("*.pdf"))
    _expect(len(pictures) > 50 and len(papers) > 2, f"{len(pictures)} pictures, {len(papers)} PDFs")


def _window(trial: Trial) -> None:
    """A window starts and closes"""
    running = trial.start(str(trial.program / "cunjiang"), "--data-dir", f"{trial.folder}/data")
    log = trial.folder / "data" / "logs"
    until = time.monotonic() + STARTED_WITHIN_S
    while running.poll() is None and time.monotonic() < until and not list(log.glob("*")):
        time.sleep(0.1)
    time.sleep(5)
    running.send_signal(signal.SIGTERM)
    _, wrong = running.communicate(timeout=STARTED_WITHIN_S)
    _expect(running.returncode == 0 and not wrong, f"{running.returncode} {wrong}")


def _backup_and_check(trial: Trial) -> None:
    """Backup and check of what the window made"""
    data = ("--data-dir", f"{trial.folder}/data", "--json")
    trial.run("cunjiang", *data, "backup", f"{trial.folder}/copy")
    _expect(json.loads(trial.run("cunjiang", *data, "check"))["ok"] is True, "check found something")
    _expect(any((trial.folder / "copy").iterdir()), "the copy is empty")


def _portable(trial: Trial) -> None:
    """Beside a marker everything stays beside the program"""
    before = set(trial.folder.joinpath("home").rglob("*"))
    (trial.program / PORTABLE_MARKER).touch()
    trial.run("cunjiang", "list", read_only=False)
    _expect((trial.program / "cunjiang-data" / "workspace").is_dir(), "no data beside the program")
    _expect(
        set(trial.folder.joinpath("home").rglob("*")) == before, "something was written to the home folder"
    )


def _expect(holds: bool, seen: str) -> None:
    if not holds:
        raise TrialError(seen)


STEPS: Final[tuple[Callable[[Trial], None], ...]] = (
    _nothing_of_python_is_seen,
    _versions,
    _demo,
    _window,
    _backup_and_check,
    _portable,
)
