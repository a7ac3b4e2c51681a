"""Pictures of every page of the window, light and dark, each look in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.demo.story import Story
from app.paths import program_folder
from app.usecases.backup import backup_sealed
from app.usecases.records import list_records

Look = tuple[str, str, float, tuple[str, ...]]
"""Theme, language, scale, and the forms whose records are shown; none means every form."""

SOME: Final = ("village_profile", "cluster_application", "toilet_design")
LOOKS: tuple[Look, ...] = (
    ("light", "zh", 1.0, ()),
    ("dark", "zh", 1.0, ()),
    ("light", "en", 1.0, SOME),
    ("light", "zh", 1.5, SOME),
    ("dark", "zh", 2.0, SOME),
)
PLACES = frozenset({"start", "records", "villages", "village", "conflicts", "sync", "settings"})
KINDS = ("record", "history", "preview")


def take_pictures(story: Story, copy: Path, folder: Path, looks: Sequence[Look]) -> None:
    """Writes pictures of the second designer's window, taken from a sealed copy; the story checks them."""
    backup_sealed(story.second, copy)
    said = ""
    for theme, lang, scale, forms in looks:
        child = subprocess.run(
            [
                sys.executable, "-m", "app.ui.pictures", str(copy), str(folder),
                "--theme", theme, "--lang", lang, "--scale", str(scale),
                *(f"--form={form}" for form in forms),
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=program_folder(),
        )  # fmt: skip
        if child.returncode:
            said += f"{theme}-{lang}-{scale:.0%}: exit {child.returncode} {child.stderr}"
    every = tuple({row.form_id for row in list_records(story.second)})
    taken = {file.name for file in folder.glob("*.png") if file.stat().st_size}
    wanted = {
        f"{page}-{theme}-{lang}-{scale:.0%}.png".replace("%", "")
        for theme, lang, scale, forms in looks
        for page in PLACES | {f"{kind}-{form}" for kind in KINDS for form in forms or every}
    }
    missing = " ".join([*sorted(wanted - taken), *said.split()])
    story.check("pictures", holds=not missing, seen=missing or len(taken))
