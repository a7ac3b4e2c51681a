from __future__ import annotations

import zipfile

import pytest

from app.storage.database import Database
from app.usecases.attachments import attach_files, open_copy
from app.usecases.forms import install_form
from app.usecases.records import create_record, open_session, record_row, save_record
from app.usecases.reports import record_pdf
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_workspace
from tests.media_form import a_sound, media_form

PDF = b"%PDF-1.7\n" + b"example " * 2000


@pytest.fixture
def workspace(tmp_path, clock, checkout):
    with a_workspace(tmp_path / "ws", clock=clock) as opened:
        install_form(opened, checkout / "resources" / "forms" / "cluster_application" / "form.xml")
        yield opened


@pytest.fixture
def record(workspace):
    made = create_record(workspace, "cluster_application")
    save_record(workspace, made, {"/applying_unit": "示例局"})
    return made


@pytest.fixture
def row(workspace, record):
    session = open_session(workspace, record)
    path = session.add_row("/attachments")
    save_record(workspace, record, session.changed_since_open())
    return f"{path}/file"


def a_file(folder, name, content=PDF):
    file = folder / name
    file.write_bytes(content)
    return file


def a_sheet(folder, name):
    with zipfile.ZipFile(folder / name, "w") as made:
        made.writestr("xl/workbook.xml", "示例")
    return folder / name


def files_of(workspace, record):
    session = open_session(workspace, record)
    return [session.value(f"{row}/file") for row in session.rows("/attachments")]


def test_several_files_get_rows_of_their_own_and_keep_their_bytes(workspace, record, row, tmp_path):
    files = [a_file(tmp_path, "规划 方案.pdf"), a_sheet(tmp_path, "统计.xlsx")]
    result = attach_files(workspace, record, row, files)
    assert len(result.attached) == 2
    held = files_of(workspace, record)
    assert [value["name"] for value in held] == ["规划 方案.pdf", "统计.xlsx"]
    assert [workspace.photo_files.read(value["b"]) for value in held] == [one.read_bytes() for one in files]
    save_record(workspace, record)
    assert {photo.digest for photo in workspace.photos.to_send()} == {value["b"] for value in held}
    assert PDF[:40] not in workspace.photo_files.path(held[0]["b"]).read_bytes()


def test_of_several_files_for_a_question_outside_of_rows_the_first_is_taken_and_the_others_named(
    workspace, tmp_path
):
    install_form(workspace, media_form(tmp_path))
    files = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for file in files:
        file.write_bytes(a_sound())
    result = attach_files(workspace, create_record(workspace, "media_form"), "/talk", files)
    assert len(result.attached) == 1
    assert [(file, error.code) for file, error in result.refused] == [(files[1], "one_file_only")]


def test_a_file_is_no_photo_in_the_lists(workspace, record, row, tmp_path):
    attach_files(workspace, record, row, [a_file(tmp_path, "a.pdf")])
    save_record(workspace, record)
    assert record_row(workspace, record).photos == 0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "file_kind_unknown"),
        ("a.docm", b"PK\x03\x04", "file_kind_unknown"),
        ("a.pdf", b"MZ" + bytes(2000) + b"%PDF-", "file_not_its_kind"),
        ("a.docx", PDF, "file_not_its_kind"),
        ("a.pdf", b"", "file_empty"),
        ("a.jpg", PDF, "not_a_photo"),
    ],
)
def test_what_is_not_taken_is_told_and_the_others_go_on(
    workspace, record, row, tmp_path, name, content, code
):
    bad, good = a_file(tmp_path, name, content), a_file(tmp_path, "good.pdf")
    result = attach_files(workspace, record, row, [bad, tmp_path / "absent.pdf", good])
    assert [error.code for _, error in result.refused] == [code, "file_unreadable"]
    assert [value["name"] for value in files_of(workspace, record)] == ["good.pdf"]


def test_a_file_too_large_is_refused_unread(workspace, record, row, tmp_path):
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(60_000_001)
    ((_, error),) = attach_files(workspace, record, row, [large]).refused
    assert (error.code, error.values["limit_mb"]) == ("file_too_large", 60)


def test_the_same_file_twice_is_told(workspace, record, row, tmp_path):
    file = a_file(tmp_path, "a.pdf")
    assert attach_files(workspace, record, row, [file, file]).duplicates == (file,)
    assert len(files_of(workspace, record)) == 1


def test_a_picture_is_taken_as_a_file(workspace, record, row, checkout):
    result = attach_files(workspace, record, row, [checkout / "tests" / "pictures" / "garden.jpg"])
    assert result.attached == (row,)
    assert files_of(workspace, record)[0]["m"] == "image/jpeg"


def test_what_could_not_be_noted_leaves_no_file(workspace, record, row, tmp_path, monkeypatch):
    monkeypatch.setattr(Database, "transaction", lambda _self: (_ for _ in ()).throw(KnownError("disk_full")))
    with pytest.raises(KnownError):
        attach_files(workspace, record, row, [a_file(tmp_path, "a.pdf")])
    assert not [file for file in workspace.folder.blobs.rglob("*") if file.is_file()]


def test_a_copy_opens_read_only_and_is_gone_with_the_workspace(tmp_path, clock, workspace, record, row):
    attach_files(workspace, record, row, [a_file(tmp_path, "规划/方案".replace("/", "_") + ".pdf")])
    (held,) = files_of(workspace, record)
    copy = open_copy(workspace, held["b"], "../规划 方案.PDF")
    assert copy.read_bytes() == PDF
    assert copy.suffix == ".PDF"
    assert workspace.folder.opened in copy.parents
    assert not copy.stat().st_mode & 0o222
    assert open_copy(workspace, held["b"], "../规划 方案.PDF") == copy
    workspace.close()
    assert not copy.exists()
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"left by a crash")
    open_workspace(workspace.folder.path, clock=clock).close()
    assert not copy.exists()


def test_a_file_that_is_not_here_or_damaged_is_told_by_its_name(workspace, record, row, tmp_path):
    attach_files(workspace, record, row, [a_file(tmp_path, "方案.pdf")])
    (held,) = files_of(workspace, record)
    sealed = workspace.photo_files.path(held["b"])
    sealed.write_bytes(sealed.read_bytes()[:-3] + b"xxx")
    with pytest.raises(KnownError, match="file_damaged"):
        open_copy(workspace, held["b"], "方案.pdf")
    sealed.unlink()
    with pytest.raises(KnownError, match="file_not_here"):
        open_copy(workspace, held["b"], "方案.pdf")


def test_the_paper_of_a_form_with_file_questions_names_size_and_checksum(workspace, tmp_path):
    file = a_file(tmp_path, "方案.pdf")
    xml = WITH_FILE.encode()
    (tmp_path / "f.xml").write_bytes(xml)
    install_form(workspace, tmp_path / "f.xml")
    record = create_record(workspace, "proofs")
    result = attach_files(workspace, record, "/proof", [file, file])
    assert result.attached == ("/proof",)
    import pypdfium2

    printed = pypdfium2.PdfDocument(record_pdf(workspace, record).pdf)
    text = printed[0].get_textpage().get_text_range().replace("\r\n", "")
    digest = open_session(workspace, record).value("/proof")["b"]
    assert "方案.pdf" in text
    assert "17 KB" in text
    assert digest[7:23] in text.replace("\n", "")


WITH_FILE = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
<h:title>佐证</h:title><model><instance><data id="proofs" version="1"><proof/></data></instance>
<bind nodeset="/data/proof" type="binary"/></model></h:head>
<h:body><upload ref="/data/proof" mediatype="application/*"><label>证明</label></upload></h:body></h:html>"""
