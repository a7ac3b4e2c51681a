"""Checks that run beside the work: what they find, what they want again, how they go on."""

from __future__ import annotations

import os

import pytest

from app.jobs import JobCancelledError, Progress
from app.usecases.backup import keep_copy
from app.usecases.health import check_at_start, health_of, scrub, scrub_is_due
from app.usecases.records import save_record
from core.errors import KnownError
from tests.builders import a_photo, a_record, a_workspace


@pytest.fixture
def photos(workspace):
    made = [a_photo(workspace, bytes([number]) * 70_000) for number in range(4)]
    record = a_record(workspace)
    for number, photo in enumerate(made):
        save_record(workspace, record, {f"/photos[p{number}]/photo": photo})
    return [photo["b"] for photo in made]


def spoil(workspace, digest, at=1000):
    file = workspace.photo_files.path(digest)
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def scrub_to_the_end(workspace):
    pieces = 1
    while not scrub(workspace, Progress(), piece_s=0):
        pieces += 1
    return pieces


def damage_pages(workspace):
    """Zeros over the last pages, as a bad disk gives them back."""
    workspace.close()
    with workspace.folder.database.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size // 4096 // 2 * 4096)
        file.write(bytes(size - size // 4096 // 2 * 4096))


def test_a_sound_workspace_is_found_sound_and_says_when(workspace, photos, clock):
    assert health_of(workspace).checked is None
    health = check_at_start(workspace, Progress())
    assert health.sound and health.checked == clock.now().isoformat()


def test_photo_files_that_are_gone_or_cut_are_found_at_the_start_and_wanted_again(workspace, photos):
    workspace.photo_files.path(photos[0]).unlink()
    file = workspace.photo_files.path(photos[1])
    file.write_bytes(file.read_bytes()[:-1])
    health = check_at_start(workspace, Progress())
    assert set(health.photos) == health.changes.photos == set(photos[:2])
    assert {photo.digest for photo in workspace.photos.to_fetch()} == set(photos[:2])


def test_damaged_pages_are_found_and_no_copy_is_taken_of_them(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        for number in range(30):
            a_record(workspace, remark=f"{number}" * 500)
        good = keep_copy(workspace)
        damage_pages(workspace)
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        assert not check_at_start(workspace, Progress()).sound
        clock.advance(days=2)
        with pytest.raises(KnownError) as caught:
            keep_copy(workspace)
        assert caught.value.code in {"database_damaged", "copy_damaged"}
        assert [copy.file for copy in health_of(workspace).copies] == [good]


def test_damage_is_found_in_the_file_though_memory_still_has_it_right(workspace):
    a_record(workspace, remark="在内存里")
    with workspace.database.transaction() as tables:
        tables.conn.execute("SELECT count(*) FROM op").fetchall()
    workspace.database._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert check_at_start(workspace, Progress()).sound
    with workspace.folder.database.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(bytes(4096))
    workspace.database._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert check_at_start(workspace, Progress()).database


def test_a_scrub_goes_on_in_pieces_after_a_restart_and_finds_a_flipped_bit(tmp_path, workspace, photos):
    spoil(workspace, photos[3])
    assert check_at_start(workspace, Progress()).sound  # its length is right
    for _ in range(5):
        assert not scrub(workspace, Progress(), piece_s=0)
    assert 0 <= health_of(workspace).scrub_at < 1
    scrub_to_the_end(workspace)
    health = health_of(workspace)
    assert health.photos == (photos[3],) and health.scrub_at is None
    assert health.scrubbed is not None


def test_a_scrub_reads_every_table_and_stops_when_asked(workspace, photos, clock):
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(JobCancelledError):
        scrub(workspace, stopped)
    assert scrub_to_the_end(workspace) >= len(workspace.database.table_names()) + len(photos)


def test_a_scrub_is_due_every_week_whatever_the_clock(workspace, clock):
    assert scrub_is_due(workspace)
    scrub_to_the_end(workspace)
    assert not scrub_is_due(workspace)
    clock.advance(days=8)
    assert scrub_is_due(workspace)
    scrub_to_the_end(workspace)
    clock.advance(days=-3000)
    assert scrub_is_due(workspace)


def test_the_fullest_copy_stays_though_seven_newer_ones_hold_less(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        few = keep_copy(workspace).read_bytes()
        clock.advance(hours=2)
        for _ in range(3):
            a_record(workspace)
        full = keep_copy(workspace)
    (tmp_path / "ws" / "survey.db").write_bytes(few)  # put back by somebody
    (tmp_path / "ws" / "mark").unlink()
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        for _ in range(9):
            clock.advance(hours=2)
            for copy in workspace.folder.copies.glob("survey-*.db"):
                os.utime(copy, (0, 0))
            keep_copy(workspace)
        copies = list(workspace.folder.copies.glob("survey-*.db"))
        assert full in copies and len(copies) == 8
