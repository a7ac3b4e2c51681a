from __future__ import annotations

import errno
import io
import os
import threading
from datetime import UTC, datetime

import pytest
from PIL import Image

from app.jobs import Progress
from app.storage import durable_files
from app.usecases.bin import clear_records
from app.usecases.photos import attach_photos, photo_bytes, photo_thumbnail
from app.usecases.records import (
    create_record,
    delete_record,
    list_records,
    open_session,
    record_row,
    save_record,
)
from core.errors import KnownError
from core.values import point_value
from tests.builders import SMALL_FORM, a_record, a_workspace, values_of

FORM = (
    SMALL_FORM.replace(b'<photos jr:template=""><photo/></photos>',
                       b'<photos jr:template=""><photo/><taken_at/><place/></photos><cover/><day/><coord/>')
    .replace(b'<bind nodeset="/data/photos/photo" type="binary"/>',
             b'<bind nodeset="/data/photos/photo" type="binary"/>'
             b'<bind nodeset="/data/photos/taken_at" type="dateTime"/>'
             b'<bind nodeset="/data/photos/place" type="geopoint"/>'
             b'<bind nodeset="/data/cover" type="binary"/><bind nodeset="/data/day" type="date"/>'
             b'<bind nodeset="/data/coord" type="geopoint"/>')
    .replace('<upload ref="/data/photos/photo" mediatype="image/*"><label>照片</label></upload>'.encode(),
             '<upload ref="/data/photos/photo" mediatype="image/*"><label>照片</label></upload>'
             '<input ref="/data/photos/taken_at"><label>拍摄时间</label></input>'
             '<input ref="/data/photos/place"><label>拍摄位置</label></input>'.encode())
    .replace(b"</repeat></group>\n  </h:body>",
             '</repeat></group><upload ref="/data/cover" mediatype="image/*"><label>封面</label></upload>'
             '<input ref="/data/day"><label>日期</label></input>'
             '<input ref="/data/coord"><label>坐标</label></input></h:body>'.encode())
)  # fmt: skip
ANJI = (30.627650, 119.738767)


@pytest.fixture
def workspace(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock, form=FORM) as opened:
        yield opened


@pytest.fixture(scope="module")
def pictures(checkout):
    return checkout / "tests" / "pictures"


def a_photo_file(*, taken="2026:11:20 09:00:00", position=ANJI, colour="green") -> bytes:
    exif = Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
        exif.get_ifd(0x8769)[0x9011] = "+08:00"
    if position:
        exif.get_ifd(0x8825).update({1: "N", 2: (position[0], 0.0, 0.0), 3: "E", 4: (position[1], 0.0, 0.0)})
    file = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(file, "JPEG", exif=exif)
    return file.getvalue()


def blobs(workspace) -> int:
    return sum(1 for file in workspace.folder.blobs.rglob("*") if file.is_file())


def test_photos_are_kept_byte_for_byte_and_become_answers_of_the_record(workspace, pictures):
    record = a_record(workspace)
    files = [pictures / "pagoda.jpg", pictures / "odd" / "exif.png"]
    result = attach_photos(workspace, record, "/photos", files)
    assert [attached.source for attached in result.attached] == files
    assert result.changes.records == {record}
    for attached, file in zip(result.attached, files, strict=True):
        assert photo_bytes(workspace, attached.facts.digest) == file.read_bytes()
    assert save_record(workspace, record)
    values = values_of(workspace, record)
    assert [values[attached.path]["name"] for attached in result.attached] == ["pagoda.jpg", "exif.png"]
    assert list_records(workspace)[0].photos == 2
    waiting = {photo.digest: photo.lane for photo in workspace.photos.to_send()}
    for attached in result.attached:
        value = values[attached.path]
        assert waiting[value["b"]] == "original"
        assert waiting[value["pv"]] == "preview"
        assert len(photo_bytes(workspace, value["pv"])) == value["pn"]


def test_attached_photos_survive_closing_without_a_save(tmp_path, clock, pictures):
    with a_workspace(tmp_path / "ws", clock=clock, form=FORM) as first:
        record = create_record(first, "small")
        attach_photos(first, record, "/photos", [pictures / "pagoda.jpg"])
    with a_workspace(tmp_path / "ws", clock=clock, form=FORM) as again:
        session = open_session(again, record)
        (row,) = session.rows("/photos")
        assert session.value(f"{row}/photo")["name"] == "pagoda.jpg"
        assert [entry.record_id for entry in list_records(again)] == [record]


def test_bad_files_are_refused_by_name_and_the_others_go_on(workspace, pictures, tmp_path):
    record = a_record(workspace)
    (tmp_path / "empty.jpg").touch()
    files = [
        pictures / "odd" / "pixel6_anji_truncated.jpg", pictures / "pagoda.jpg", tmp_path / "empty.jpg",
        tmp_path / "gone.jpg", b"no photo", pictures / "garden.jpg",
    ]  # fmt: skip
    result = attach_photos(workspace, record, "/photos", files)
    assert [(source, error.code) for source, error in result.refused] == [
        (files[0], "photo_truncated"), (files[2], "photo_empty"), (files[3], "photo_unreadable"),
        (b"no photo", "not_a_photo"),
    ]  # fmt: skip
    assert [attached.source for attached in result.attached] == [files[1], files[5]]


def test_a_heic_photo_stays_byte_for_byte_and_its_preview_is_jpeg(workspace, pictures, tmp_path):
    record, file = a_record(workspace), tmp_path / "IMG_0007.JPG"  # a phone that renames what it shares
    file.write_bytes((pictures / "odd" / "iphone_xs.heic").read_bytes())
    (attached,) = attach_photos(workspace, record, "/photos", [file]).attached
    assert photo_bytes(workspace, attached.facts.digest) == file.read_bytes()
    save_record(workspace, record)
    value = values_of(workspace, record)[attached.path]
    assert (value["m"], value["name"]) == ("image/heic", "IMG_0007.JPG")
    for copy in (photo_bytes(workspace, value["pv"]), photo_thumbnail(workspace, value["b"], 256)):
        with Image.open(io.BytesIO(copy), formats=("JPEG",)) as shown:
            assert shown.size in {(1025, 900), (256, 224)}


def test_a_photo_whose_original_has_not_come_is_shown_by_its_preview(workspace, pictures):
    record = a_record(workspace)
    (attached,) = attach_photos(workspace, record, "/photos", [pictures / "beach.jpg"]).attached
    save_record(workspace, record)
    value = values_of(workspace, record)[attached.path]
    workspace.photo_files.remove(value["b"])
    with pytest.raises(KnownError, match="photo_missing"):
        photo_thumbnail(workspace, value["b"], 200)
    for side in (200, 2048):
        with Image.open(io.BytesIO(photo_thumbnail(workspace, value["b"], side, value["pv"]))) as shown:
            assert max(shown.size) <= side
    workspace.photo_files.remove(value["pv"])
    with pytest.raises(KnownError, match="photo_missing"):
        photo_thumbnail(workspace, value["b"], 300, value["pv"])


def test_what_is_no_file_and_the_film_of_a_live_photo_are_refused_by_name(workspace, tmp_path):
    record, film, pipe = a_record(workspace), tmp_path / "IMG_0007.MOV", tmp_path / "pipe.jpg"
    film.write_bytes(b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ")
    sources = [tmp_path, film]
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        sources.append(pipe)
    refused = attach_photos(workspace, record, "/photos", sources).refused
    expected = ["photo_unreadable", "photo_is_video", "photo_unreadable"]
    assert [error.code for _, error in refused] == expected[: len(sources)]


def test_a_photo_already_in_the_record_is_reported_and_one_of_a_removed_row_may_come_again(
    workspace, pictures
):
    record = a_record(workspace)
    file = pictures / "garden.jpg"
    first = attach_photos(workspace, record, "/photos", [file, file])
    assert (len(first.attached), first.duplicates) == (1, (file,))
    again = attach_photos(workspace, record, "/photos", [file.read_bytes()])
    assert (again.attached, len(again.duplicates), bool(again.changes)) == ((), 1, False)

    session = open_session(workspace, record)
    session.remove_row(session.rows("/photos")[0])
    save_record(workspace, record, session.changed_since_open())
    assert len(attach_photos(workspace, record, "/photos", [file]).attached) == 1


def test_time_and_place_answer_the_open_questions_beside_the_photo(workspace):
    record = a_record(workspace, coord=point_value(30.63, 119.74), day="2026-11-20")
    result = attach_photos(workspace, record, "/photos", [a_photo_file()])
    session = open_session(workspace, record)
    (row,) = session.rows("/photos")
    assert session.value(f"{row}/taken_at") == "2026-11-20T09:00:00+08:00"
    place = session.value(f"{row}/place")
    assert (place["src"], place["g"]["coordinates"]) == ("exif", [119.738767, 30.62765])
    assert set(result.attached[0].filled) == {f"{row}/taken_at", f"{row}/place"}
    assert result.offers == ()


def test_a_place_far_away_and_a_time_far_off_are_offered_and_left_open(workspace):
    record = a_record(workspace, coord=point_value(30.66, 119.74), day="2026-11-20")
    result = attach_photos(workspace, record, "/photos", [a_photo_file(taken="2026:11:15 09:00:00")])
    session = open_session(workspace, record)
    (row,) = session.rows("/photos")
    assert session.value(f"{row}/taken_at") is None
    assert session.value(f"{row}/place") is None
    assert [(offer.path, offer.why) for offer in result.offers] == [
        (f"{row}/place", "far_away"), (f"{row}/taken_at", "far_off"),
    ]  # fmt: skip
    assert result.offers[0].amount == pytest.approx(3_600, rel=0.01)
    assert result.offers[1].amount == 5
    for offer in result.offers:
        session.set(offer.path, offer.value)
    assert save_record(workspace, record, session.changed_since_open())


def test_without_a_day_in_the_record_a_photo_of_long_ago_is_measured_from_today(workspace, clock):
    clock.time = datetime(2026, 11, 21, 8, tzinfo=UTC)
    result = attach_photos(
        workspace, a_record(workspace), "/photos", [a_photo_file(taken="2016:03:24 14:49:51")]
    )
    assert [offer.why for offer in result.offers] == ["far_off"]


def test_a_single_photo_question_holds_the_last_photo(workspace, pictures):
    record = a_record(workspace)
    attach_photos(workspace, record, "/cover", [pictures / "pagoda.jpg"])
    attach_photos(workspace, record, "/cover", [pictures / "garden.jpg"])
    save_record(workspace, record)
    assert values_of(workspace, record)["/cover"]["name"] == "garden.jpg"


def test_of_several_photos_for_a_single_question_the_first_is_taken_and_the_others_named(workspace, pictures):
    record = a_record(workspace)
    files = [pictures / "garden.jpg", pictures / "pagoda.jpg"]
    result = attach_photos(workspace, record, "/cover", files)
    assert [one.source for one in result.attached] == files[:1]
    assert [(file, error.code) for file, error in result.refused] == [(files[1], "one_file_only")]


def test_a_question_without_photos_is_our_own_mistake(workspace):
    with pytest.raises(ValueError):
        attach_photos(workspace, a_record(workspace), "/hh", [a_photo_file()])


def test_a_full_disk_refuses_the_rest_and_leaves_nothing_half_saved(workspace, monkeypatch):
    record = a_record(workspace)
    files = [a_photo_file(colour=colour) for colour in ("red", "green", "blue")]
    attach_photos(workspace, record, "/photos", files[:1])
    before, answers = blobs(workspace), workspace.drafts.answers(record)

    replaced = []

    def full(source, target):
        replaced.append(target)
        if len(replaced) == 2:  # the original lies there, its preview finds no room
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(source, target)

    real = durable_files.os.replace
    monkeypatch.setattr(durable_files.os, "replace", full)
    result = attach_photos(workspace, record, "/photos", files[1:])
    assert [error.code for _, error in result.refused] == ["disk_full", "disk_full"]
    assert result.attached == ()
    assert (blobs(workspace), workspace.drafts.answers(record)) == (before, answers)
    assert not list(workspace.folder.tmp.iterdir())

    monkeypatch.undo()
    assert len(attach_photos(workspace, record, "/photos", files[1:]).attached) == 2


def test_cancelling_keeps_what_was_done(workspace):
    record = a_record(workspace)
    files = [a_photo_file(colour=(shade, 0, 0)) for shade in range(0, 200, 20)]
    progress = Progress(lambda done, _total, _text: progress.cancel() if done == 2 else None)
    result = attach_photos(workspace, record, "/photos", files, progress)
    assert result.cancelled
    assert len(open_session(workspace, record).rows("/photos")) == len(result.attached) >= 2
    assert len(result.attached) < len(files)


def test_thumbnails_are_small_upright_and_never_on_disk(workspace, pictures):
    record = a_record(workspace)
    (attached,) = attach_photos(
        workspace, record, "/photos", [pictures / "odd" / "iphone6plus_beijing.jpg"]
    ).attached
    before = blobs(workspace)
    small = photo_thumbnail(workspace, attached.facts.digest, 128)
    with Image.open(io.BytesIO(small)) as shown:
        assert max(shown.size) == 128
    assert photo_thumbnail(workspace, attached.facts.digest, 128) is small
    assert blobs(workspace) == before


def test_a_record_that_is_not_there_is_named(workspace):
    with pytest.raises(KnownError) as missing:
        attach_photos(workspace, "0191f7a0-0000-7000-8000-000000000000", "/photos", [a_photo_file()])
    assert missing.value.code == "record_missing"


def test_attaching_a_photo_again_mends_its_damaged_file(workspace):
    photo = a_photo_file()
    first = attach_photos(workspace, a_record(workspace), "/photos", [photo])
    digest = first.attached[0].facts.digest
    workspace.photo_files.path(digest).write_bytes(b"damaged")
    again = attach_photos(workspace, a_record(workspace), "/photos", [photo])
    assert len(again.attached) == 1 and photo_bytes(workspace, digest) == photo


def a_cleared_neighbour(workspace, photo):
    """A record in the bin that holds this photo as well, and how to clear it out from another thread."""
    neighbour = a_record(workspace)
    attach_photos(workspace, neighbour, "/photos", [photo])
    save_record(workspace, neighbour)
    delete_record(workspace, neighbour)

    def clear():
        thread = threading.Thread(target=clear_records, args=(workspace, [neighbour]))
        thread.start()
        thread.join(10)
        assert record_row(workspace, neighbour) is None

    return clear


def test_a_photo_that_is_cleared_out_of_the_bin_while_it_is_attached_stays_on_disk(workspace, monkeypatch):
    photo = a_photo_file()
    clear = a_cleared_neighbour(workspace, photo)
    record, store, cleared = a_record(workspace), workspace.photo_files.store, []

    def store_then_clear(digest, data):
        store(digest, data)
        if not cleared:
            cleared.append(True)
            clear()

    monkeypatch.setattr(workspace.photo_files, "store", store_then_clear)
    attached = attach_photos(workspace, record, "/photos", [photo]).attached
    assert cleared and photo_bytes(workspace, attached[0].facts.digest) == photo
    assert all(workspace.photo_files.has(one.digest) for one in workspace.photos.here())


def test_a_photo_that_is_attached_while_it_is_cleared_out_of_the_bin_stays_on_disk(workspace, monkeypatch):
    photo = a_photo_file()
    clear = a_cleared_neighbour(workspace, photo)
    record, attached = a_record(workspace), []
    begin = workspace.database.transaction

    def attach_before_the_files_go():
        """The bin's second transaction, which removes files, begins just after somebody attached one."""
        begun.append(True)
        if len(begun) == 2:
            attached.extend(attach_photos(workspace, record, "/photos", [photo]).attached)
        return begin()

    begun = []
    monkeypatch.setattr(workspace.database, "transaction", attach_before_the_files_go)
    clear()
    assert photo_bytes(workspace, attached[0].facts.digest) == photo
    assert all(workspace.photo_files.has(one.digest) for one in workspace.photos.here())
