"""Pictures of every page of the window, light and dark, each look in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app.demo.story import Story
from app.paths import program_folder
from app.usecases.backup import backup_sealed
from app.usecases.records import list_records

Look = tuple[str, str, float]
"""Theme, language and scale."""

LOOKS: tuple[Look, ...] = (
    ("light", "zh", 1.0),
    ("dark", "zh", 1.0),
    ("light", "en", 1.0),
    ("light", "zh", 1.5),
    ("dark", "zh", 2.0),
)
PLACES = frozenset({"records", "conflicts", "sync", "settings"})


def take_pictures(story: Story, copy: Path, folder: Path, looks: Sequence[Look]) -> None:
    """Writes pictures of the second designer's window, taken from a sealed copy; the story checks them."""
    backup_sealed(story.second, copy)
    said = ""
    for theme, lang, scale in looks:
        child = subprocess.run(
            [
                sys.executable, "-m", "app.ui.pictures", str(copy), str(folder),
                "--theme", theme, "--lang", lang, "--scale", str(scale),
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=program_folder(),
        )  # fmt: skip
        said += child.stderr if child.returncode else ""
    forms = {row.form_id for row in list_records(story.second)}
    pages = PLACES | {f"{page}-{form}" for page in ("record", "history", "preview") for form in forms}
    taken = {file.name for file in folder.glob("*.png") if file.stat().st_size}
    wanted = {
        f"{page}-{theme}-{lang}-{scale:.0%}.png".replace("%", "")
        for page in pages
        for theme, lang, scale in looks
    }
    missing = " ".join([*sorted(wanted - taken), *said.split()])
    story.check("pictures", holds=not missing, seen=missing or len(taken))
