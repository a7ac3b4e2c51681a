"""Makes the reference pictures of printed pages anew: `python -m tools.page_pictures`.

Look at them before committing. They stand in tests/app/reports/pages/ and are compared
by tests/app/reports/test_page_pictures.py.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from app.workspace import open_workspace
from tests.conftest import FakeClock
from tests.page_pictures import FOLDER, pictures_of, printed_pages, save_picture
from tests.sampled import make_sampled, sampled_records


def main() -> int:
    """0 once every page has its picture; those of pages that are no more are gone."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="cunjiang-pages-") as work:
        folder = Path(work) / "ws"
        make_sampled(folder, FakeClock())
        with open_workspace(folder, clock=FakeClock()) as workspace:
            for name, printed in printed_pages(workspace, sampled_records(folder)):
                for number, picture in enumerate(pictures_of(printed), 1):
                    save_picture(picture, FOLDER / f"{name}-{number}.png")
    size = sum(file.stat().st_size for file in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {size:,} bytes, in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
