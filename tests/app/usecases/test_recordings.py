"""Sounds and films as answers: chosen, kept sealed, read a piece at a time, opened as a copy."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pypdfium2
import pytest

from app.jobs import Progress
from app.media import evidence
from app.usecases.attachments import attach_files, file_endings, open_copy
from app.usecases.backup import backup_plain, backup_sealed
from app.usecases.forms import install_form
from app.usecases.health import scrub
from app.usecases.photos import photo_positions
from app.usecases.records import create_record, open_session, save_record
from app.usecases.reports import record_pdf, record_word
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_workspace
from tests.media_form import a_film, a_picture, a_sound, media_form


@pytest.fixture
def workspace(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock) as opened:
        install_form(opened, media_form(tmp_path))
        yield opened


@pytest.fixture
def record(workspace):
    made = create_record(workspace, "media_form")
    save_record(workspace, made, {"/roof": "tile"})
    return made


def a_file(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


def test_a_sound_and_a_film_are_answers_and_stay_byte_for_byte(workspace, record, tmp_path):
    sound, film = a_file(tmp_path, "口述.m4a", a_film(brand=b"M4A ")), a_file(tmp_path, "院.mov", a_film())
    assert attach_files(workspace, record, "/talk", [sound]).attached == ("/talk",)
    assert attach_files(workspace, record, "/tour", [film]).attached == ("/tour",)
    session = open_session(workspace, record)
    assert session.value("/talk")["m"] == "audio/mp4" and session.value("/tour")["m"] == "video/quicktime"
    assert workspace.photo_files.read(session.value("/tour")["b"]) == film.read_bytes()
    save_record(workspace, record)
    assert len(workspace.photos.to_send()) == 2, "they travel in the lanes as files do"


def test_in_rows_several_sounds_get_rows_of_their_own(workspace, record, tmp_path):
    session = open_session(workspace, record)
    row = session.add_row("/clips")
    save_record(workspace, record, session.changed_since_open())
    files = [a_file(tmp_path, f"{n}.wav", a_sound(800 + n)) for n in range(3)]
    attached = attach_files(workspace, record, f"{row}/word", files).attached
    assert attached[0] == f"{row}/word" and len(set(attached)) == 3


@pytest.mark.parametrize(
    ("path", "name", "content", "code"),
    [
        ("/talk", "a.exe", b"MZ", "sound_kind_unknown"),
        ("/talk", "a.mov", a_film(), "sound_kind_unknown"),
        ("/tour", "a.wav", a_sound(), "film_kind_unknown"),
        ("/tour", "a.mp4", a_sound(), "file_not_its_kind"),
        ("/tour", "a.mp4", a_film(brand=b"heic"), "file_not_its_kind"),
        ("/talk", "a.wav", b"", "file_empty"),
    ],
)
def test_what_is_none_is_told_by_its_bytes(workspace, record, tmp_path, path, name, content, code):
    ((_, error),) = attach_files(workspace, record, path, [a_file(tmp_path, name, content)]).refused
    assert error.code == code
    assert open_session(workspace, record).value(path) is None


def test_two_gigabytes_are_refused_unread_with_the_bound_named(workspace, record, tmp_path):
    with (tmp_path / "long.mp4").open("wb") as file:
        file.write(a_film())
        file.truncate(2_000_000_000)
    ((_, error),) = attach_files(workspace, record, "/tour", [tmp_path / "long.mp4"]).refused
    assert (error.code, error.values["limit_mb"]) == ("file_too_large", 500)


def test_a_long_film_passes_through_little_memory(workspace, record, tmp_path):
    with (tmp_path / "film.mp4").open("wb") as file:
        file.write(a_film())
        file.truncate(40_000_000)
    tracemalloc.start()
    try:
        attach_files(workspace, record, "/tour", [tmp_path / "film.mp4"])
        value = open_session(workspace, record).value("/tour")
        copy = open_copy(workspace, value["b"], value["name"])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert copy.stat().st_size == 40_000_000
    assert most < 12_000_000


def test_stopped_between_its_pieces_nothing_of_a_film_stays(workspace, record, tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "PIECE_BYTES", 100)
    progress = Progress()
    progress.cancel()
    film = a_file(tmp_path, "a.mp4", a_film())
    assert attach_files(workspace, record, "/tour", [film], progress).attached == ()
    assert not [file for file in workspace.folder.blobs.rglob("*") if file.is_file()]


def test_a_file_that_changes_while_it_is_read_is_refused(workspace, record, tmp_path, monkeypatch):
    film = a_file(tmp_path, "a.mp4", a_film())
    store = workspace.photo_files.store

    def changed(digest, pieces):
        film.write_bytes(a_film()[:-1] + b"x")
        store(digest, pieces)

    monkeypatch.setattr(workspace.photo_files, "store", changed)
    ((_, error),) = attach_files(workspace, record, "/tour", [film]).refused
    assert error.code == "file_unreadable"
    assert open_session(workspace, record).value("/tour") is None


def test_looking_for_positions_reads_no_film(workspace, record, tmp_path, monkeypatch):
    attach_files(workspace, record, "/tour", [a_file(tmp_path, "a.mp4", a_film())])
    monkeypatch.setattr(workspace.photo_files, "read", lambda _: pytest.fail("read"))
    assert photo_positions(workspace, open_session(workspace, record).answers()) == []


def test_paper_backups_and_the_scrub_know_recordings(workspace, record, tmp_path, clock):
    attach_files(workspace, record, "/talk", [a_file(tmp_path, "口述示例.wav", a_sound())])
    save_record(workspace, record)
    assert b"%PDF" in record_pdf(workspace, record).pdf[:8]
    assert record_word(workspace, record)
    backup_plain(workspace, tmp_path / "plain")
    (sound,) = (tmp_path / "plain" / "photos").iterdir()
    assert sound.suffix == ".wav" and sound.read_bytes() == a_sound()
    backup_sealed(workspace, tmp_path / "sealed")
    with open_workspace(tmp_path / "sealed", clock=clock, create=False) as copy:
        value = open_session(copy, record).value("/talk")
        assert open_copy(copy, value["b"], value["name"]).read_bytes() == a_sound()
    workspace.photo_files.path(value["b"]).write_bytes(b"spoiled")
    assert scrub(workspace, Progress())
    assert workspace.photos.damaged_here() == [value["b"]]


def test_a_picture_of_a_file_question_is_still_looked_at(workspace, record, tmp_path):
    session = open_session(workspace, record)
    row = session.add_row("/clips")
    save_record(workspace, record, session.changed_since_open())
    cut = a_file(tmp_path, "a.png", a_picture()[:200])
    ((_, error),) = attach_files(workspace, record, f"{row}/paper", [cut]).refused
    assert error.code == "photo_truncated"


def test_each_kind_of_question_says_what_it_takes():
    assert ".wav" in file_endings("audio") and ".wav" not in file_endings("video")
    assert {".pdf", ".wav", ".mp4", ".jpg"} <= set(file_endings("file"))
    assert not {".exe", ".bat", ".html", ".svg"} & set(file_endings("file"))


def test_what_is_gone_is_told(workspace, record):
    with pytest.raises(KnownError) as caught:
        open_copy(workspace, f"sha256:{'0' * 64}", "口述.wav")
    assert caught.value.code == "file_not_here"


def pictures_on(printed):
    pages = list(pypdfium2.PdfDocument(printed.pdf))
    return sum(1 for page in pages for _ in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))


def test_paper_of_what_is_still_open_shows_the_pictures_of_the_form(workspace, record):
    answered = pictures_on(record_pdf(workspace, record))
    save_record(workspace, record, {"/roof": None})
    with_roof = pictures_on(record_pdf(workspace, record))
    assert with_roof == answered + 4, "the question and its three choices"
    assert with_roof == 4 + 2 + 2, "two of three walls, two windows, and no file that is not there"
    with zipfile.ZipFile(io.BytesIO(record_word(workspace, record))) as word:
        assert len([name for name in word.namelist() if name.startswith("word/media/")]) >= 6
