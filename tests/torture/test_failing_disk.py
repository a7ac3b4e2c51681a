"""A disk that stops taking anything at some call, for a while or for good: told, nothing half-saved, no end.

strace makes the calls of a real program fail, as they do when a stick is pulled out or a disk wears out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.builders import a_record, a_workspace
from tests.torture.contents import contents
from tests.torture.crashes import CHECKOUT
from tests.torture.promises import PROMISED
from tests.torture.recorder import why_not_traced

WRITING = "pwrite64,fsync,fdatasync,ftruncate,rename"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_not_traced() != "", reason=why_not_traced() or "programs can be traced"),
]


def work_on(root, error, when):
    """What the program said while its writing calls failed with `error`, those of the numbers `when`."""
    script = CHECKOUT / "tests" / "torture" / "stories.py"
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={WRITING}:error={error}:when={when}"]
    done = subprocess.run(
        [*strace, sys.executable, str(script), "stubborn", str(root), "5"],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )
    return done, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def root(tmp_path):
    with a_workspace(tmp_path / "ws") as workspace:
        a_record(workspace, remark="起初")
    return tmp_path


@pytest.mark.parametrize(
    ("error", "when", "codes"),
    [
        ("EIO", "25+", {"disk_write_failed"}),
        ("EIO", "40+", {"disk_write_failed"}),
        ("EIO", "61+", {"disk_write_failed"}),
        ("ENOSPC", "47+", {"disk_full"}),
        ("EIO", "33..36", {"disk_write_failed"}),
        ("EIO", "52..54", {"disk_write_failed"}),
        ("ENOSPC", "44..45", {"disk_full"}),
    ],
)
def test_what_a_disk_refuses_is_told_and_what_it_took_is_there_afterwards(root, error, when, codes):
    done, said = work_on(root, error, when)
    assert done.returncode == 0, done.stderr[-2000:]
    refused = [value for kind, value in said if kind == "refused"]
    assert {code for code, _ in refused} <= codes | {"disk_write_failed"}
    assert refused
    assert all("请" in sentence for _, sentence in refused)  # what to do
    promised = [value for kind, value in said if kind == PROMISED]
    if ".." in when:
        assert [kind for kind, _ in said][-1] == PROMISED, "after the fault the work goes on"
    with a_workspace(root / "ws") as workspace:
        assert workspace.database.check(thorough=True) == []
        if ".." in when:
            assert contents(workspace.database) == promised[-1]
        rows = contents(workspace.database)["op"].partition(":")[0]
        assert int(rows) >= max((int(held["op"].partition(":")[0]) for held in promised), default=0)
        own = workspace.operations.log(workspace.operations.own().id)
        assert [line.n for line in own] == list(range(1, workspace.operations.own().last_n + 1))
        assert all(workspace.photo_files.is_sound(photo.digest) for photo in workspace.photos.here())
        a_record(workspace, remark="又能保存")
