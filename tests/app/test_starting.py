from __future__ import annotations

import os
import subprocess
import sys

from app.bootstrap import open_data
from app.paths import find_places
from app.usecases.records import create_record, save_record
from benchmarks.startup import OURS

# Each costs a start 10 to 200 ms and is wanted only by what a person does later.
NOT_FOR_THE_FIRST_PAGE = {
    "PIL", "app.recovering", "backports.zstd", "click", "core.forms.xpath", "cryptography", "cyclopts",
    "dateutil", "elementpath", "email", "http.client", "httpx2", "litestar", "numpy", "openpyxl", "pandas",
    "pypdfium2", "pyxform", "reportlab", "shapely", "sqlalchemy", "sqlite_utils", "ssl", "urllib.request", "xml.sax",
}  # fmt: skip


def test_the_first_page_opens_without_the_heavy_libraries(tmp_path, checkout):
    with open_data(find_places(tmp_path)) as workspace:
        save_record(workspace, create_record(workspace, "village_profile"), {"/village_name": "示例村"})
    end = "print(*sys.modules, flush=True); os._exit(0)"
    started = subprocess.run(
        [sys.executable, "-c", OURS.replace("os._exit(0)", end), tmp_path, "numbers"],
        cwd=checkout,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(started.stdout.split())
    assert "app.ui.pages.start" in loaded
    assert loaded & NOT_FOR_THE_FIRST_PAGE == set()
