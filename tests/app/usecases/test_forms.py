from __future__ import annotations

import io
import zipfile

import pytest

from app.errors import sentence
from app.usecases.forms import export_form, install_form, install_read, list_forms, read_form
from app.usecases.records import list_records
from app.usecases.trying import try_out
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import SMALL_FORM, a_record, a_workspace


def form_ids(workspace):
    return [form.form_id for form in list_forms(workspace) if form.form_id == "small"]


def test_a_form_stays_installed(tmp_path, clock):
    a_workspace(tmp_path / "ws", clock=clock).close()
    with open_workspace(tmp_path / "ws", clock=clock) as again:
        (form,) = (form for form in list_forms(again) if form.form_id == "small")
        assert again.forms.source(form.digest) == (SMALL_FORM, {})


def test_installing_twice_changes_nothing(workspace, tmp_path):
    (tmp_path / "small.xml").write_bytes(SMALL_FORM)
    assert not install_form(workspace, tmp_path / "small.xml")


def test_a_newer_version_shows_the_records_there_are(workspace, tmp_path):
    record = a_record(workspace, name="示例", remark="作标题")
    newer = SMALL_FORM.replace(b'version="2026112101"', b'version="2026112102"').replace(
        b'calculate="/data/name"', b'calculate="/data/remark"'
    )
    (tmp_path / "small.xml").write_bytes(newer)
    changes = install_form(workspace, tmp_path / "small.xml")
    assert changes.forms == {"small"}
    assert changes.records == {record}
    assert list_records(workspace)[0].title == "作标题"
    (form,) = (form for form in list_forms(workspace) if form.form_id == "small")
    assert form.version == "2026112102"


@pytest.mark.parametrize("content", [b"", b"not xml", b"<h:html/>", SMALL_FORM[:500]])
def test_a_broken_form_file_is_a_known_error_and_changes_nothing(workspace, tmp_path, content):
    (tmp_path / "broken.xml").write_bytes(content)
    before = workspace.forms.digests()
    with pytest.raises(KnownError) as caught:
        install_form(workspace, tmp_path / "broken.xml")
    assert caught.value.code == "form_broken"
    assert workspace.forms.digests() == before


def test_a_file_that_is_not_there_is_a_known_error(workspace, tmp_path):
    with pytest.raises(KnownError) as caught:
        install_form(workspace, tmp_path / "nowhere.xml")
    assert caught.value.code == "form_unreadable"


def test_another_form_of_the_same_version_is_refused_and_an_older_one_is_not_shown(workspace, tmp_path):
    (tmp_path / "other.xml").write_bytes(SMALL_FORM.replace("户数".encode(), "人家".encode()))
    reading = read_form(workspace, tmp_path / "other.xml")
    assert reading.same_version and not reading.installable
    with pytest.raises(KnownError) as caught:
        install_read(workspace, reading)
    assert caught.value.code == "form_same_version"
    (tmp_path / "older.xml").write_bytes(SMALL_FORM.replace(b'"2026112101"', b'"2026112100"'))
    reading = read_form(workspace, tmp_path / "older.xml")
    assert reading.older and reading.installable
    install_read(workspace, reading)
    assert workspace.forms.newest("small").version == "2026112101"


def test_a_try_leaves_nothing_behind(workspace):
    form = workspace.forms.newest("small")
    session = try_out(workspace, form)
    session.set("/name", "示例")
    assert session.value("/households") == 3
    assert list_records(workspace) == []


def test_an_export_has_its_media_beside_it_and_comes_back_as_installed(workspace, tmp_path):
    lists = tmp_path / "places-media"
    lists.mkdir()
    (lists / "places.csv").write_text("name,label\n1,一\n", "utf-8")
    (tmp_path / "places.csv").write_text(
        "survey,,,\n,type,name,label\n,select_one_from_file places.csv,p,地\nsettings,,\n,form_id,version\n,places,1\n",
        "utf-8",
    )
    assert install_form(workspace, tmp_path / "places.csv").forms == {"places"}
    (tmp_path / "out").mkdir()
    export_form(workspace, "places", tmp_path / "out" / "form.xlsx")
    assert (tmp_path / "out" / "form-media" / "places.csv").read_bytes() == (
        lists / "places.csv"
    ).read_bytes()
    reading = read_form(workspace, tmp_path / "out" / "form.xlsx")
    assert reading.form is not None and reading.effects == ()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("~$表单.xlsx", "form_lock_file"),
        ("表单.xlsx.lnk", "form_shortcut"),
        ("表单.ods", "form_kind"),
        ("表单.docx", "form_kind"),
        ("表单", "form_kind"),
        ("文档改名.xlsx", "workbook_unreadable"),
        ("没有.xlsx", "form_unreadable"),
    ],
)
def test_what_is_no_form_is_told_by_what_it_is(workspace, tmp_path, name, code):
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", "<w/>")
    if code != "form_unreadable":
        (tmp_path / name).write_bytes(document.getvalue())
    with pytest.raises(KnownError) as caught:
        read_form(workspace, tmp_path / name)
    assert caught.value.code == code and sentence(caught.value)


def test_a_form_is_saved_as_an_xform_byte_for_byte(workspace, tmp_path):
    export_form(workspace, "small", tmp_path / "out.xml")
    assert (tmp_path / "out.xml").read_bytes() == SMALL_FORM
