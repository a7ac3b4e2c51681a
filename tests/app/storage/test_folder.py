from __future__ import annotations

import shutil
import stat
import subprocess
import sys

import pytest

from app.storage.durable_files import write_durably
from app.storage.folder import FORMAT, WorkspaceFolder
from app.storage.folder_lock import FolderLock
from core.errors import KnownError


@pytest.fixture
def folder(tmp_path):
    return WorkspaceFolder(tmp_path / "ws")


def refusal(folder, *, create=True):
    with pytest.raises(KnownError) as caught:
        folder.refuse_foreign(create=create)
    return caught.value.code


def test_a_new_folder_gets_a_key_that_only_its_owner_reads(folder):
    folder.refuse_foreign(create=True)
    key = folder.complete()
    assert len(key) == 32
    assert folder.key.read_text() == key.hex() + "\n"
    assert stat.S_IMODE(folder.key.stat().st_mode) == 0o600
    assert folder.format.read_text() == FORMAT
    assert folder.complete() == key


@pytest.mark.parametrize("missing", ["format", "tmp", "blobs", "copies"])
def test_a_half_made_folder_is_completed_with_the_same_key(folder, missing):
    key = folder.complete()
    part = folder.path / missing
    part.unlink() if part.is_file() else shutil.rmtree(part)
    folder.refuse_foreign(create=False)
    assert folder.complete() == key
    assert part.exists()


def test_a_folder_with_only_a_lock_may_become_a_workspace(folder):
    folder.path.mkdir()
    folder.lock.touch()
    folder.refuse_foreign(create=True)


def test_a_database_without_its_key_is_never_given_a_new_one(folder):
    folder.complete()
    folder.database.write_bytes(b"sealed")
    folder.key.unlink()
    folder.second_key.unlink()
    assert refusal(folder) == "key_missing"


@pytest.mark.parametrize("loss", ["missing", "damaged"])
@pytest.mark.parametrize("place", ["key", "second_key"])
def test_either_key_file_is_made_again_from_the_other(folder, place, loss):
    key = folder.complete()
    folder.database.write_bytes(b"sealed")
    lost = getattr(folder, place)
    lost.unlink() if loss == "missing" else lost.write_bytes(bytes(65))
    folder.refuse_foreign(create=True)
    assert folder.complete() == key
    assert lost.read_text() == key.hex() + "\n"


@pytest.mark.parametrize("left", ["copies/survey-20261121T080000.db", "blobs/ab/ab12"])
def test_an_empty_database_never_hides_work_whose_database_is_gone(folder, left):
    folder.complete()
    (folder.path / left).parent.mkdir(exist_ok=True)
    (folder.path / left).write_bytes(b"sealed")
    assert refusal(folder) == "database_missing"
    folder.key.unlink()
    folder.second_key.unlink()
    assert refusal(folder) == "key_missing"


def test_a_damaged_key_is_refused(folder):
    folder.complete()
    folder.key.write_text("not a key")
    folder.second_key.write_text("not a key")
    with pytest.raises(KnownError) as caught:
        folder.complete()
    assert caught.value.code == "key_damaged"


def test_other_peoples_folders_are_left_alone(folder):
    folder.path.mkdir()
    (folder.path / "holiday.jpg").write_bytes(b"a picture")
    assert refusal(folder) == "folder_not_empty"
    assert [entry.name for entry in folder.path.iterdir()] == ["holiday.jpg"]


def test_a_file_in_place_of_the_folder_is_refused(folder):
    folder.path.write_text("a file")
    assert refusal(folder) == "folder_not_empty"


def test_a_newer_layout_is_refused(folder):
    folder.complete()
    folder.format.write_text("cunjiang-workspace 2\n")
    assert refusal(folder) == "newer_workspace"


def test_without_create_nothing_is_made(folder):
    assert refusal(folder, create=False) == "workspace_missing"
    assert not folder.path.exists()


def test_a_second_program_is_kept_out_until_the_first_has_gone(folder):
    folder.complete()
    lock = FolderLock(folder.lock)
    other = (
        "import sys; from pathlib import Path; from app.storage.folder_lock import FolderLock; "
        "from core.errors import KnownError\n"
        "try: FolderLock(Path(sys.argv[1]))\n"
        "except KnownError as e: print(e.code)\n"
        "else: print('held')"
    )

    def ask():
        return subprocess.run(
            [sys.executable, "-c", other, str(folder.lock)], capture_output=True, text=True, check=True
        ).stdout.strip()

    assert ask() == "workspace_in_use"
    with pytest.raises(KnownError):
        FolderLock(folder.lock)
    lock.release()
    assert ask() == "held"


def test_a_durable_file_is_whole_or_not_there(tmp_path):
    target = tmp_path / "deep" / "file"

    def breaking():
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_durably(target, breaking(), tmp_path)
    assert not target.exists()
    write_durably(target, [b"one", b"two"], tmp_path)
    assert target.read_bytes() == b"onetwo"
    assert [entry.name for entry in tmp_path.iterdir()] == ["deep"]
