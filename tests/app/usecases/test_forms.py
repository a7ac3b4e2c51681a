from __future__ import annotations

import pytest

from app.usecases.forms import install_form, list_forms
from app.usecases.records import list_records
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
