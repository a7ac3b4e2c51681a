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
    "PIL", "app.recovering", "app.storage.arriving", "app.storage.division_index", "app.storage.division_search",
    "app.storage.sealed_photo", "backports.zstd", "click", "core.division_matching", "core.forms.workbook.workbook",
    "core.forms.workbook.reading",
    "core.forms.workbook.xlsform", "core.forms.xpath.compiling", "cryptography", "cyclopts", "dateutil", "elementpath", "email",
    "http.client", "httpx2", "litestar", "nacl", "numpy", "openpyxl", "pandas", "pypdfium2", "pyxform", "regex",
    "reportlab", "shapely", "sqlalchemy", "sqlite_utils", "ssl", "urllib.request", "xml.sax",
}  # fmt: skip
# Wanted once the numbers stand and the forms are read.
NOT_FOR_THE_FIRST_PICTURE = {
    "core.forms.xpath.expressions", "core.forms.filling.graph", "core.forms.model.items", "core.forms.model.form", "core.forms.secondary",
    "core.forms.filling.session",
    "core.forms.xform.reading", "csv", "json",
}  # fmt: skip


def test_the_first_page_opens_without_the_heavy_libraries(tmp_path, checkout):
    with open_data(find_places(tmp_path)) as workspace:
        save_record(workspace, create_record(workspace, "village_profile"), {"/village_name": "示例村"})
    tell = "print(*sys.modules, flush=True)"
    program = OURS.replace("    window.grab()\n", f"    window.grab()\n    {tell}\n", 1)
    started = subprocess.run(
        [sys.executable, "-c", program.replace("os._exit(0)", f"{tell}; os._exit(0)"), tmp_path, "numbers"],
        cwd=checkout,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = started.stdout.splitlines()
    painted, counted = set(lines[0].split()), set(lines[-1].split())
    assert "app.ui.pages.start" in painted
    assert counted & NOT_FOR_THE_FIRST_PAGE == set()
    assert painted & NOT_FOR_THE_FIRST_PICTURE == set()
