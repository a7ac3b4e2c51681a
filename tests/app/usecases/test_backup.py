from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from contextlib import closing

import pytest

from app.storage import backup as storage_backup
from app.storage.backup import check_backup
from app.usecases.backup import backup_plain, backup_sealed, check_workspace, keep_copy
from app.usecases.records import delete_record, keep_draft, list_records
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_photo, a_record, values_of

PHOTO = os.urandom(100_000)


@pytest.fixture
def filled(workspace):
    """One record with a photo, one in the bin, one with an unsaved answer."""
    shown = a_record(
        workspace,
        name="示例甲",
        village="甲村",
        area={"d": "12.50"},
        remark="好",
        **{"photos[p1]/photo": a_photo(workspace, PHOTO)},
    )
    deleted = a_record(workspace, name="示例乙")
    delete_record(workspace, deleted)
    keep_draft(workspace, shown, {"/remark": "还没保存"})
    return shown


def test_a_plain_backup_is_read_by_any_sqlite_and_holds_the_original_photo(workspace, filled, tmp_path):
    facts = backup_plain(workspace, tmp_path / "plain")
    assert facts.folder == tmp_path / "plain"
    assert (facts.photos, facts.photos_missing) == (1, ())
    plain = sqlite3.connect(tmp_path / "plain" / "survey.db")
    answers = dict(plain.execute("SELECT path, value FROM answers WHERE record = ?", [filled]).fetchall())
    readable = dict(
        plain.execute("SELECT question, answer FROM answers WHERE record = ?", [filled]).fetchall()
    )
    assert answers["/area"] == '{"d":"12.50"}'
    assert readable["村"] == "甲村"
    assert readable["面积"] == "12.50"
    assert plain.execute("SELECT count(DISTINCT record) FROM answers").fetchone() == (2,)
    assert plain.execute("SELECT value FROM draft WHERE path = '/remark'").fetchone() == ('"还没保存"',)
    ops = plain.execute("SELECT body FROM op ORDER BY n").fetchall()
    assert [row[0] for row in ops] == [
        line.line for line in workspace.operations.log(workspace.operations.own().id)
    ]
    plain.close()
    (photo,) = (tmp_path / "plain" / "photos").iterdir()
    assert photo.read_bytes() == PHOTO
    assert photo.name == hashlib.sha256(PHOTO).hexdigest() + ".jpg"


def test_what_was_said_in_a_row_that_is_removed_is_in_a_plain_backup(workspace, tmp_path):
    a_record(workspace, **{"hh[r]/person": "示例户主", "hh[r]/@life": "deleted"})
    backup_plain(workspace, tmp_path / "plain")
    with closing(sqlite3.connect(tmp_path / "plain" / "survey.db")) as plain:
        told = dict(plain.execute("SELECT path, answer FROM answers"))
    assert told["/hh[r]/person"] == "示例户主"


def test_the_manifest_names_every_file_with_its_sum(workspace, filled, tmp_path):
    backup_plain(workspace, tmp_path / "plain")
    manifest = json.loads((tmp_path / "plain" / "manifest.json").read_text("utf-8"))
    files = {
        p.relative_to(tmp_path / "plain").as_posix(): p
        for p in (tmp_path / "plain").rglob("*")
        if p.is_file()
    }
    del files["manifest.json"]
    assert {entry["name"] for entry in manifest["files"]} == set(files)
    for entry in manifest["files"]:
        assert entry["sha256"] == hashlib.sha256(files[entry["name"]].read_bytes()).hexdigest()
    assert check_backup(tmp_path / "plain") == []
    files["survey.db"].write_bytes(b"other")
    assert check_backup(tmp_path / "plain") == ["survey.db"]


def test_a_plain_backup_holds_no_secret(workspace, tmp_path):
    with workspace.database.transaction():
        workspace.kv.put("secret.device_key", "do not tell")
    backup_plain(workspace, tmp_path / "plain")
    assert b"do not tell" not in (tmp_path / "plain" / "survey.db").read_bytes()
    assert not (tmp_path / "plain" / "key").exists()


def test_a_sealed_backup_opens_as_a_workspace(workspace, filled, tmp_path, clock):
    backup_sealed(workspace, tmp_path / "sealed")
    with open_workspace(tmp_path / "sealed", clock=clock, create=False) as copy:
        assert list_records(copy) == list_records(workspace)
        assert values_of(copy, filled) == values_of(workspace, filled)
        (photo,) = copy.photos.here()
        assert copy.photo_files.read(photo.digest) == PHOTO


@pytest.mark.parametrize("make", [backup_plain, backup_sealed])
def test_an_existing_target_is_never_touched(workspace, tmp_path, make):
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "letter.txt").write_text("mine")
    with pytest.raises(KnownError) as caught:
        make(workspace, tmp_path / "target")
    assert caught.value.code == "target_exists"
    assert [entry.name for entry in (tmp_path / "target").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("make", [backup_plain, backup_sealed])
def test_a_backup_that_does_not_read_back_is_taken_away(workspace, filled, tmp_path, monkeypatch, make):
    monkeypatch.setattr(storage_backup, "check_backup", lambda folder: ["survey.db"])
    with pytest.raises(KnownError) as caught:
        make(workspace, tmp_path / "target")
    assert caught.value.code == "backup_failed_check"
    assert [entry.name for entry in tmp_path.iterdir()] == ["ws"]


def test_a_damaged_photo_is_named_and_the_rest_is_saved(workspace, filled, tmp_path):
    (photo,) = workspace.photos.here()
    workspace.photo_files.path(photo.digest).write_bytes(b"damaged")
    facts = backup_plain(workspace, tmp_path / "plain")
    assert facts.photos_missing == (photo.digest,)
    assert facts.photos == 0
    assert list((tmp_path / "plain" / "photos").iterdir()) == []


def test_a_check_finds_damaged_photos_and_wants_them_again(workspace, filled):
    assert check_workspace(workspace).sound
    (photo,) = workspace.photos.here()
    sealed = bytearray(workspace.photo_files.path(photo.digest).read_bytes())
    sealed[1000] ^= 1
    workspace.photo_files.path(photo.digest).write_bytes(sealed)
    result = check_workspace(workspace)
    assert result.photos == (photo.digest,)
    assert workspace.photos.here() == []
    assert workspace.photos.get(photo.digest).state == "damaged"
    assert a_photo(workspace, PHOTO)["b"] == photo.digest
    assert workspace.photo_files.read(photo.digest) == PHOTO


def test_seven_copies_are_kept_one_an_hour(workspace, clock):
    a_record(workspace)
    assert keep_copy(workspace) is not None
    made = []
    for _ in range(9):
        for copy in workspace.folder.copies.glob("survey-*.db"):
            os.utime(copy, (clock.now().timestamp(), clock.now().timestamp()))
        assert keep_copy(workspace) is None
        clock.advance(hours=1)
        made.append(keep_copy(workspace))
    kept = sorted(workspace.folder.copies.glob("survey-*.db"))
    assert kept == made[-7:]


@pytest.mark.parametrize("years", [-10, 73])
def test_a_wrong_clock_stops_no_copies_and_costs_no_fresh_one(workspace, clock, years):
    now = clock.now().timestamp()
    for hour in range(7):
        name = f"survey-{2026 + years}0101T{hour:02}0000.db"
        (workspace.folder.copies / name).write_bytes(b"made while the clock was wrong")
        os.utime(workspace.folder.copies / name, (now + years * 31_557_600 + hour,) * 2)
    made = keep_copy(workspace)
    assert made is not None and made.exists()
    assert len(list(workspace.folder.copies.glob("survey-*.db"))) == 7
