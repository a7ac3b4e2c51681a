from __future__ import annotations

import hashlib
import os
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage import photo_files
from app.storage.photo_files import FRAME_BYTES, PhotoFiles
from core.errors import KnownError

KEY = bytes(range(32))


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.fixture
def files(tmp_path):
    (tmp_path / "tmp").mkdir()
    return PhotoFiles(tmp_path / "blobs", tmp_path / "tmp", KEY)


@pytest.mark.parametrize(
    "size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 200_001]
)
def test_a_photo_reads_back_byte_for_byte(files, size):
    data = os.urandom(size)
    files.store(digest_of(data), data)
    assert files.has(digest_of(data))
    assert files.read(digest_of(data)) == data


def test_pieces_of_any_size_make_the_same_photo(files):
    data = os.urandom(150_000)
    files.store(digest_of(data), (data[at : at + 7001] for at in range(0, len(data), 7001)))
    assert files.read(digest_of(data)) == data


def test_the_folder_tells_neither_digest_nor_content(files, tmp_path):
    data = b"village square " * 10_000
    digest = digest_of(data)
    files.store(digest, data)
    (file,) = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert digest[7:] not in str(file)
    assert b"village square" not in file.read_bytes()
    assert file.read_bytes()[0] == photo_files.VERSION
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list((tmp_path / "tmp").iterdir())


def test_another_key_finds_and_reads_nothing(files, tmp_path):
    data = os.urandom(1000)
    files.store(digest_of(data), data)
    other = PhotoFiles(tmp_path / "blobs", tmp_path / "tmp", bytes(32))
    assert not other.has(digest_of(data))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_reading_goes_on_from_any_offset(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("photos")
    (folder / "tmp").mkdir()
    files = PhotoFiles(folder / "blobs", folder / "tmp", KEY)
    content = os.urandom(data.draw(st.integers(0, 3 * FRAME_BYTES)))
    files.store(digest_of(content), content)
    offset = data.draw(st.integers(0, len(content) + 10))
    assert b"".join(files.chunks(digest_of(content), offset, 2048)) == content[offset:]
    with files.open_blob(digest_of(content)) as photo:
        for _ in range(4):
            at = data.draw(st.integers(0, len(content)))
            assert photo.seek(at) == at
            assert photo.read(100) == content[at : at + 100]
        assert photo.seek(0, os.SEEK_END) == len(content)


def test_every_flipped_byte_is_noticed(files):
    data = os.urandom(300)
    digest = digest_of(data)
    files.store(digest, data)
    sealed = files.path(digest).read_bytes()
    for at in range(len(sealed)):
        files.path(digest).write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        with pytest.raises(KnownError) as caught:
            files.read(digest)
        assert caught.value.code == "photo_damaged"


@pytest.mark.parametrize("kept", [0, 1, 10, 25, 26, 1000, FRAME_BYTES + 42, -1])
def test_a_cut_file_is_noticed(files, kept):
    data = os.urandom(2 * FRAME_BYTES)
    digest = digest_of(data)
    files.store(digest, data)
    sealed = files.path(digest).read_bytes()
    files.path(digest).write_bytes(sealed[:kept])
    with pytest.raises(KnownError) as caught:
        files.read(digest)
    assert caught.value.code == "photo_damaged"


def test_frames_in_another_order_or_with_a_tail_are_noticed(files):
    data = os.urandom(3 * FRAME_BYTES)
    digest = digest_of(data)
    files.store(digest, data)
    sealed = files.path(digest).read_bytes()
    frame = FRAME_BYTES + 17
    head, one, two, rest = (
        sealed[:25],
        sealed[25 : 25 + frame],
        sealed[25 + frame : 25 + 2 * frame],
        sealed[25 + 2 * frame :],
    )
    for forged in (head + two + one + rest, head + one + rest, sealed + b"x"):
        files.path(digest).write_bytes(forged)
        with pytest.raises(KnownError):
            files.read(digest)


def test_a_photo_that_changed_while_it_was_read_is_not_stored(files, tmp_path):
    with pytest.raises(KnownError) as caught:
        files.store(digest_of(b"before"), b"after")
    assert caught.value.code == "photo_changed"
    assert not files.has(digest_of(b"before"))
    assert not list((tmp_path / "tmp").iterdir())


def test_a_source_that_breaks_leaves_nothing(files, tmp_path):
    def breaking():
        yield b"x" * 100_000
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        files.store(digest_of(b"whatever"), breaking())
    assert not list((tmp_path / "tmp").iterdir())
    assert not files.has(digest_of(b"whatever"))


def test_a_missing_photo_is_a_known_error(files):
    with pytest.raises(KnownError) as caught:
        files.read(digest_of(b"never stored"))
    assert caught.value.code == "photo_missing"


def test_leftovers_are_swept_but_only_our_own(files, tmp_path):
    (tmp_path / "tmp" / "old.part").write_bytes(b"half a photo")
    (tmp_path / "tmp" / "letter.txt").write_text("not ours")
    assert files.sweep(older_than_s=0) == 1
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == ["letter.txt"]


def test_a_file_being_written_by_now_is_not_swept(files, tmp_path):
    (tmp_path / "tmp" / "new.part").write_bytes(b"half a photo")
    assert files.sweep(older_than_s=60) == 0


def test_storing_again_replaces_a_damaged_file_and_leaves_a_sound_one(files):
    data = os.urandom(1000)
    digest = digest_of(data)
    files.store(digest, data)
    before = files.path(digest).stat().st_mtime_ns
    files.store(digest, data)
    assert files.path(digest).stat().st_mtime_ns == before
    files.path(digest).write_bytes(b"damaged")
    assert not files.is_sound(digest)
    files.store(digest, data)
    assert files.read(digest) == data
