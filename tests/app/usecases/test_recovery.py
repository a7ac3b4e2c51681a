"""A database that cannot be opened is replaced by its newest sound copy, and kept."""

from __future__ import annotations

import os

import pytest

from app.usecases.backup import keep_copy
from app.usecases.records import list_records
from app.usecases.recovery import put_back_copy
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_photo, a_record, a_workspace


@pytest.fixture
def folder(tmp_path, clock):
    """A workspace with one copy, work after it, and a log beside its database as after a crash."""
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        a_record(workspace, name="早", **{"photos[p]/photo": a_photo(workspace, b"photo")})
        keep_copy(workspace)
        a_record(workspace, name="晚")
        log = (tmp_path / "ws" / "survey.db-wal").read_bytes()
    (tmp_path / "ws" / "survey.db-wal").write_bytes(log)
    return tmp_path / "ws"


def damage(folder):
    """Beyond what the log beside it could mend."""
    (folder / "survey.db").write_bytes(bytes(100_000))
    (folder / "survey.db-wal").unlink()


def titles(folder):
    with open_workspace(folder) as workspace:
        assert workspace.database.check(thorough=True) == []
        assert workspace.photo_files.is_sound(workspace.photos.here()[0].digest)
        return sorted(row.title for row in list_records(workspace))


@pytest.mark.parametrize("loss", ["damaged", "missing"])
def test_the_newest_sound_copy_takes_the_place_and_the_old_files_stay(folder, clock, loss):
    database = folder / "survey.db"
    damage(folder) if loss == "damaged" else database.unlink()
    with pytest.raises(KnownError):
        open_workspace(folder)
    copy, aside = put_back_copy(folder, clock)
    assert copy.exists() and titles(folder) == ["早"]
    assert (aside / ("survey.db" if loss == "damaged" else "survey.db-wal")).exists()


@pytest.mark.log_warnings
def test_a_damaged_copy_is_passed_over(folder, clock):
    newer = folder / "copies" / "survey-20990101T000000.db"
    newer.write_bytes(os.urandom(8192))
    (folder / "survey.db").unlink()
    copy, _ = put_back_copy(folder, clock)
    assert copy != newer and titles(folder) == ["早"]


def test_a_sound_database_is_never_replaced(folder, clock):
    with pytest.raises(KnownError) as caught:
        put_back_copy(folder, clock)
    assert caught.value.code == "nothing_to_restore" and titles(folder) == ["早", "晚"]


def test_without_a_copy_or_a_workspace_nothing_is_touched(folder, clock, tmp_path):
    for copy in (folder / "copies").glob("*.db"):
        copy.unlink()
    damage(folder)
    for path, code in ((folder, "copy_missing"), (tmp_path / "none", "workspace_missing")):
        with pytest.raises(KnownError) as caught:
            put_back_copy(path, clock)
        assert caught.value.code == code
    assert (folder / "survey.db").exists() and not (tmp_path / "none").exists()
    with open_workspace(tmp_path / "other"), pytest.raises(KnownError) as caught:
        put_back_copy(tmp_path / "other", clock)
    assert caught.value.code == "workspace_in_use"
