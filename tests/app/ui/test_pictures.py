from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtGui import QImage


@pytest.mark.parametrize(("scale", "theme", "lang"), [("1.5", "dark", "en"), ("2", "light", "zh")])
def test_every_page_is_drawn_at_every_scale(workspace, a_village, tmp_path, checkout, scale, theme, lang):
    a_village(village_name="余村", households=326)
    place = workspace.folder.path
    workspace.close()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "app.ui.pictures",
            str(place),
            str(tmp_path / "out"),
            "--scale",
            scale,
            "--theme",
            theme,
            "--lang",
            lang,
        ],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    files = sorted((tmp_path / "out").glob("*.png"))
    names = {file.name.split(f"-{theme}")[0] for file in files}
    assert {
        "records",
        "conflicts",
        "sync",
        "settings",
        "record-village_profile",
        "preview-village_profile",
    } <= names
    for file in files:
        image = QImage(str(file))
        assert image.width() == 1360 * float(scale)
        colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
        assert len(colours) > 20, f"{file.name} is empty"
