"""What the world around a workspace does to it: the sentence a person gets, and that nothing is lost."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from datetime import timedelta

import pytest

from app.errors import sentence
from app.storage import durable_files
from app.usecases.backup import backup_sealed, keep_copy
from app.usecases.records import keep_draft, list_records, open_session, save_record
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_photo, a_record, a_workspace, values_of


def refusal(act):
    """What the person is told; the act must be refused by a known error with words."""
    with pytest.raises(KnownError) as caught:
        act()
    told = sentence(caught.value)
    assert caught.value.code not in told
    return caught.value.code, told


# ---- the folder goes away


def test_a_workspace_that_vanishes_and_comes_back_loses_nothing(tmp_path):
    """As when a stick is pulled out and put in again: the program still holds files that have no name."""
    with a_workspace(tmp_path / "ws") as workspace:
        record = a_record(workspace, remark="以前")
        (tmp_path / "ws").rename(tmp_path / "pulled")
        code, told = refusal(lambda: save_record(workspace, record, {"/remark": "拔出以后"}))
        assert code == "folder_gone"
        assert "拔出" in told
        assert refusal(lambda: a_photo(workspace, b"x" * 1000))[0] == "folder_gone"
        assert refusal(lambda: keep_draft(workspace, record, {"/kind": "稿"}))[0] == "folder_gone"
        assert refusal(lambda: keep_copy(workspace))[0] in {"folder_gone", "database_cannot_open"}
        assert list((tmp_path / "pulled" / "tmp").iterdir()) == []
        (tmp_path / "pulled").rename(tmp_path / "ws")
        save_record(workspace, record, {"/remark": "又在"})
        a_photo(workspace, b"x" * 1000)
    with a_workspace(tmp_path / "ws") as workspace:
        assert workspace.database.check(thorough=True) == []
        assert values_of(workspace, record)["/remark"] == "又在"


def test_another_folder_in_its_place_is_not_written_to(tmp_path):
    a_workspace(tmp_path / "other").close()
    with a_workspace(tmp_path / "ws") as workspace:
        record = a_record(workspace, remark="以前")
        (tmp_path / "ws").rename(tmp_path / "pulled")
        (tmp_path / "other").rename(tmp_path / "ws")
        assert refusal(lambda: save_record(workspace, record, {"/remark": "写错地方"}))[0] == "folder_gone"
    with a_workspace(tmp_path / "ws") as other:
        assert list_records(other) == []
        assert other.photos.here() == []


# ---- nothing may be written


@pytest.fixture
def read_only_disk(tmp_path):
    """A workspace with one record on a disk that then only reads."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(disk)]
    if not sys.platform.startswith("linux") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    with a_workspace(disk / "ws") as workspace:
        a_record(workspace, remark="以前")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_read_only_disk_is_told_and_left_as_it_is(read_only_disk, tmp_path):
    before = sorted(read_only_disk.rglob("*"))
    code, told = refusal(lambda: open_workspace(read_only_disk / "ws"))
    assert code == "folder_read_only"
    assert "没有改动" in told
    assert sorted(read_only_disk.rglob("*")) == before
    with a_workspace(tmp_path / "ws") as workspace:
        a_record(workspace)
        assert refusal(lambda: backup_sealed(workspace, read_only_disk / "backup"))[0] == "folder_read_only"
    shutil.copytree(read_only_disk / "ws", tmp_path / "copied")  # what the sentence advises
    with a_workspace(tmp_path / "copied") as workspace:
        assert [row.title for row in list_records(workspace)] == ["示例记录"]


# ---- two programs


def test_the_same_folder_by_another_path_is_still_one_workspace(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "ws")
    with a_workspace(tmp_path / "ws"):
        for path in (tmp_path / "link", tmp_path / "x" / ".." / "ws", tmp_path / "ws"):
            (tmp_path / "x").mkdir(exist_ok=True)
            code, told = refusal(lambda: open_workspace(path))  # noqa: B023
            assert code == "workspace_in_use"
            assert "关闭" in told
    open_workspace(tmp_path / "link").close()


def test_the_lock_of_a_killed_program_is_free_at_once(tmp_path, checkout):
    a_workspace(tmp_path / "ws").close()
    program = (
        "import sys; from pathlib import Path; from app.workspace import open_workspace\n"
        "opened = open_workspace(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "ws")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
    ) as other:
        assert other.stdout.readline() == b"open\n"
        assert refusal(lambda: open_workspace(tmp_path / "ws"))[0] == "workspace_in_use"
        other.kill()
    open_workspace(tmp_path / "ws").close()


# ---- clocks, paths and poor file systems


@pytest.mark.parametrize("days", [-3650, -1, 1, 3650])
def test_a_clock_that_jumps_while_working_loses_and_reorders_nothing(tmp_path, clock, days):
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        record = a_record(workspace, remark="跳之前")
        keep_draft(workspace, record, {"/kind": "稿"})
        assert keep_copy(workspace) is not None
        clock.time += timedelta(days=days)
        clock.ticks_ms = 0
        save_record(workspace, record, {"/remark": "跳之后"})
        later = a_record(workspace, name="示例：后来")
        assert keep_copy(workspace) is not None
        assert [row.record_id for row in list_records(workspace)] == [later, record]
        assert dict(values_of(workspace, record)).items() >= {"/remark": "跳之后", "/kind": "稿"}.items()
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        own = workspace.operations.own()
        assert [line.n for line in workspace.operations.log(own.id)] == list(range(1, own.last_n + 1))


def test_a_long_path_with_chinese_spaces_and_signs_is_a_folder_like_any_other(tmp_path):
    folder = (
        tmp_path / "乡村 风貌（改观）" / "100% 'x' #1 ?a=b&c" / ("很长 的 " * 8) / ("long name " * 9) / "ws"
    )
    assert len(str(folder)) > 200
    with a_workspace(folder) as workspace:
        photo = a_photo(workspace, b"x" * 1000)
        record = a_record(workspace, remark="深处", **{"photos[p]/photo": photo})
        assert keep_copy(workspace) is not None
        backup_sealed(workspace, folder.with_name("备份 一"))
    for place in (folder, folder.with_name("备份 一")):
        with a_workspace(place) as workspace:
            assert open_session(workspace, record).value("/remark") == "深处"
            assert workspace.photo_files.read(photo["b"]) == b"x" * 1000


def test_a_path_that_sqlite_could_not_open_is_refused_before_anything_is_made(tmp_path):
    code, told = refusal(lambda: open_workspace(tmp_path / ("村" * 80) / ("庄" * 80) / "ws"))
    assert code == "path_too_long"
    assert "400" in told
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_fsync_of_folders_is_worked_on(tmp_path, monkeypatch):
    real = os.fsync

    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(durable_files.os, "fsync", fsync)
    with a_workspace(tmp_path / "ws") as workspace:
        a_photo(workspace, b"x" * 1000)
        assert keep_copy(workspace) is not None
        backup_sealed(workspace, tmp_path / "backup")
