"""A disk that fills up at any write: a clear message, nothing half-saved, and the program goes on."""

from __future__ import annotations

import hashlib
import os
import subprocess
from contextlib import contextmanager

import pytest

from app.usecases.backup import backup_plain
from app.usecases.records import list_records, save_record
from core.errors import KnownError
from core.records.operation import decode_line
from tests.builders import a_photo, a_record, a_workspace, values_of

resource = pytest.importorskip("resource")
FULL = {"disk_full", "disk_write_failed"}


@contextmanager
def files_no_longer_than(size):
    """Every write beyond `size` bytes of a file fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def try_to(act):
    """None if it worked, else the code of the refusal."""
    try:
        act()
    except KnownError as error:
        return error.code
    return None


def test_a_save_is_whole_or_refused_at_every_write(tmp_path):
    with a_workspace(tmp_path / "ws") as workspace:
        record = a_record(workspace, remark="开始")
        for number in range(20):
            save_record(workspace, record, {"/kind": f"{number}" * 200})
        largest = max(file.stat().st_size for file in workspace.folder.path.iterdir() if file.is_file())
        known, refused, saved = "开始", 0, 0
        for limit in range(0, largest + 200_000, 4096):
            wanted = f"到 {limit} 字节" + "长" * 2000
            with files_no_longer_than(limit):
                code = try_to(lambda: save_record(workspace, record, {"/remark": wanted}))  # noqa: B023
            assert code is None or code in FULL
            if code is None:
                known, saved = wanted, saved + 1
            else:
                refused += 1
            assert values_of(workspace, record)["/remark"] == known
        assert refused > 5
        assert saved > 5
        assert workspace.database.check(thorough=True) == []
        lines = list(workspace.operations.log(workspace.operations.own().id))
        assert [line.n for line in lines] == list(range(1, len(lines) + 1))
        assert sum("/remark" in decode_line(line.line).s for line in lines) == saved + 1
    with a_workspace(tmp_path / "ws") as workspace:
        assert values_of(workspace, record)["/remark"] == known


def test_a_photo_is_whole_or_refused(tmp_path):
    content = os.urandom(100_000)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    with a_workspace(tmp_path / "ws") as workspace:
        for limit in range(0, 120_000, 8192):
            with files_no_longer_than(limit):
                code = try_to(lambda: workspace.photo_files.store(digest, content))
            assert code in ({"disk_full"} if limit < 100_000 else {None, "disk_full"})
            assert workspace.photo_files.has(digest) == (code is None)
            assert list(workspace.folder.tmp.iterdir()) == []
            if code is None:
                break
        assert workspace.photo_files.read(digest) == content


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_on_a_really_full_disk_all_that_was_saved_stays_and_saving_goes_on_later(small_disk, tmp_path):
    with a_workspace(small_disk / "ws") as workspace:
        record = a_record(workspace, remark="开始")
        ballast = small_disk / "ballast"
        known = "开始"
        code = None
        with ballast.open("wb", buffering=0) as filler:
            for number in range(2000):
                wanted = f"{number}" + "长" * 1000
                code = try_to(lambda: save_record(workspace, record, {"/remark": wanted}))  # noqa: B023
                if code is not None:
                    break
                known = wanted
                if number == 20:
                    try_to_fill(filler)
        assert code == "disk_full"
        assert try_to(lambda: a_photo(workspace, os.urandom(200_000))) == "disk_full"
        assert try_to(lambda: backup_plain(workspace, small_disk / "backup")) in FULL
        assert values_of(workspace, record)["/remark"] == known
        assert list_records(workspace)[0].record_id == record
        ballast.unlink()
        save_record(workspace, record, {"/remark": "又能保存"})
        assert workspace.database.check(thorough=True) == []
    with a_workspace(small_disk / "ws") as workspace:
        assert values_of(workspace, record)["/remark"] == "又能保存"


def try_to_fill(file):
    try:
        while True:
            file.write(bytes(65536))
    except OSError:
        pass
