"""What stands around the people: a real server, what a colleague surveyed before, pictures kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from app.demo.samples import fill_in, read_samples
from app.demo.server_child import ServerChild
from app.workspace import open_workspace
from tools.sessions.screen import Screen

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "tests" / "pictures"
DESIGNERS = PICTURES / "garden.jpg"  # what the designer photographs in the village
KEPT = ROOT / "docs" / "pictures"

Show = Callable[[str], None]


@dataclass(frozen=True)
class Server:
    """A server that runs, and the port at which its clients reach it."""

    child: ServerChild
    port: int

    def ticket(self, file: Path, role: str) -> Path:
        """A ticket for this role: a QR code if `file` is a .png, which leads straight to the server."""
        kind = "--qr" if file.suffix == ".png" else "--file"
        _run("server", "ticket", "--data", str(self.child.data), "--role", role, kind, str(file))
        if kind == "--file":
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(f":{self.child.port}", f":{self.port}"), encoding="utf-8")
        return file

    def files(self) -> int:
        """How many photos and previews have arrived whole."""
        folders = (self.child.data / "blobs").glob("*/??/")
        return sum(1 for folder in folders for _ in folder.iterdir())


def survey_before(server: Server, work: Path) -> None:
    """A colleague has filled in every sample, without a window, and synced."""
    folder = ("--data-dir", str(work / "colleague"))
    _run("app", "list", *folder)  # makes the workspace
    pictures = cycle(sorted({*PICTURES.glob("*.jpg")} - {DESIGNERS}))
    records: dict[str, str] = {}
    with open_workspace(work / "colleague" / "workspace", create=False) as workspace:
        for sample in read_samples():
            taken = list(islice(pictures, sample.photo_count))
            records[sample.key] = fill_in(workspace, sample, taken, records)
    ticket = server.ticket(work / "colleague.json", "surveyor")
    _run("app", "enrol", str(ticket), "--name", "示例设计师甲", *folder)
    _run("app", "sync", *folder)


def keeper(screen: Screen, folder: Path = KEPT) -> Show:
    """Keeps what the screen shows as `session-<name>.png`, small enough for the repository."""
    folder.mkdir(parents=True, exist_ok=True)

    def show(name: str) -> None:
        picture = screen.still().quantize(192)
        picture.save(folder / f"session-{name}.png", optimize=True)

    return show


def empty(folder: Path) -> Path:
    """The folder, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _run(*words: str) -> None:
    subprocess.run([sys.executable, "-m", *words], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
