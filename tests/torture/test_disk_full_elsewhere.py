"""A disk that fills up while something large is written: a copy, a backup, a migration, a recovery, a sync."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.errors import sentence
from app.usecases.backup import backup_plain, backup_sealed, keep_copy
from app.usecases.health import recover_workspace
from app.usecases.records import save_record
from core.errors import KnownError
from tests.builders import a_photo, a_record, a_workspace, carry, values_of
from tests.torture.contents import contents
from tests.torture.crashes import CHECKOUT
from tests.torture.test_disk_full import FULL, files_no_longer_than


def refused(act):
    """The code of the refusal, which has a sentence; None if it worked."""
    try:
        act()
    except KnownError as error:
        return told(error)
    return None


def told(error):
    assert error.code not in sentence(error)
    return error.code


@pytest.fixture
def workspace(tmp_path):
    with a_workspace(tmp_path / "ws") as opened:
        record = a_record(opened, **{"photos[p]/photo": a_photo(opened, b"x" * 300_000)})
        for number in range(10):
            save_record(opened, record, {"/remark": f"{number}" * 3000})
        yield opened


@pytest.mark.parametrize("make", [backup_sealed, backup_plain])
def test_a_backup_on_a_full_disk_is_told_and_leaves_nothing(workspace, tmp_path, make):
    target = tmp_path / "out" / "backup"
    codes = []
    for limit in range(0, 2_000_000, 40_000):
        with files_no_longer_than(limit):
            codes.append(refused(lambda: make(workspace, target)))
        if codes[-1] is None:
            break
        assert list(target.parent.iterdir()) == []
    assert set(codes[:-1]) <= FULL
    assert len(codes) > 3
    assert codes[-1] is None


def test_a_copy_on_a_full_disk_is_told_and_leaves_nothing(workspace):
    before = sorted(workspace.folder.copies.iterdir())
    for limit in range(0, 80_000, 8_192):
        with files_no_longer_than(limit):
            assert refused(lambda: keep_copy(workspace)) in FULL
        assert sorted(workspace.folder.copies.iterdir()) == before
    assert keep_copy(workspace) is not None


def test_a_migration_on_a_full_disk_is_told_and_done_the_next_time(tmp_path):
    golden = CHECKOUT / "tests" / "golden" / "workspace-1"
    shutil.copytree(golden, tmp_path / "whole")
    with a_workspace(tmp_path / "whole", name="示例甲") as workspace:
        migrated = contents(workspace.database)
    codes = set()
    for limit in range(0, 260_000, 20_000):
        folder = tmp_path / f"ws{limit}"
        shutil.copytree(golden, folder)
        with files_no_longer_than(limit):
            codes.add(refused(lambda: a_workspace(folder, name="示例甲").close()))  # noqa: B023
        with a_workspace(folder, name="示例甲") as workspace:
            assert contents(workspace.database) == migrated
            assert workspace.database.check(thorough=True) == []
    assert codes - {None}
    assert codes - {None} <= FULL


def test_what_others_send_is_taken_whole_or_not_at_all(workspace, tmp_path):
    with a_workspace(tmp_path / "other", name="另一人") as other:
        records = [a_record(other, remark="别人的" * 500) for _ in range(30)]
        codes = []
        for limit in range(0, 6_000_000, 300_000):
            before = contents(workspace.database)
            with files_no_longer_than(limit):
                codes.append(refused(lambda: carry(other, workspace)))
            if codes[-1] is None:
                break
            assert contents(workspace.database) == before
        assert set(codes[:-1]) <= FULL
        assert codes[-1] is None
        assert all(values_of(workspace, one)["/remark"] == "别人的" * 500 for one in records)


def test_a_recovery_on_a_full_disk_is_told_and_done_the_next_time(workspace, tmp_path):
    keep_copy(workspace)
    workspace.close()
    damaged = tmp_path / "damaged"
    codes = set()
    for limit in (0, 20_000, 60_000, 100_000, 140_000):
        shutil.rmtree(damaged, ignore_errors=True)
        shutil.copytree(workspace.folder.path, damaged)
        database = bytearray(Path(damaged / "survey.db").read_bytes())
        database[4096 * 3 : 4096 * 4] = bytes(4096)
        (damaged / "survey.db").write_bytes(database)
        with files_no_longer_than(limit):
            codes.add(refused(lambda: recover_workspace(damaged)))
        refused(lambda: recover_workspace(damaged))
        with a_workspace(damaged) as again:
            assert again.database.check(thorough=True) == []
            assert again.records.ids() == workspace_ids(workspace)
    assert codes - {None}
    assert codes - {None} <= FULL


def workspace_ids(closed):
    with a_workspace(closed.folder.path) as workspace:
        return workspace.records.ids()
