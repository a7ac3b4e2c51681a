from __future__ import annotations

import io
from zipfile import ZipFile

import pytest
from PIL import Image

from app.usecases.conflicts import list_conflicts
from app.usecases.history import record_history
from app.usecases.instance_export import export_instances
from app.usecases.instance_import import import_instances
from app.usecases.older_answers import older_answers
from app.usecases.records import list_records, read_session, save_record
from core.errors import KnownError
from core.forms.submission.xml import UNREAD, record_of_instance
from tests.builders import a_workspace, values_of

ID = "uuid:6b2f8a52-0d5e-4c1c-9d3a-0c6b1a2f3e4d"
RECORD = ID.removeprefix("uuid:")


def a_picture(colour: str = "red") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, "JPEG")
    return data.getvalue()


def document(body: str, *, instance: str = ID, deprecated: str = "", form: str = "small") -> bytes:
    replaced = f"<deprecatedID>{deprecated}</deprecatedID>" if deprecated else ""
    return (
        f'<data id="{form}" version="2026112101" xmlns:orx="http://openrosa.org/xforms">{body}'
        f"<orx:meta><orx:instanceID>{instance}</orx:instanceID>{replaced}</orx:meta></data>"
    ).encode()


BODY = "<name>示例</name><households>7</households><photos><photo>1607.jpg</photo></photos>"


def on_a_phone(folder, xml: bytes, name: str = "示例表_2026-11-21", **files: bytes):
    """An instance as Collect keeps it; `files` by their names without .jpg."""
    place = folder / "odk" / "instances" / name
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{name}.xml").write_bytes(xml)
    for stem, data in files.items():
        (place / f"{stem.lstrip('_')}.jpg").write_bytes(data)
    return folder / "odk"


@pytest.fixture
def workspace(tmp_path):
    with a_workspace(tmp_path / "workspace") as workspace:
        yield workspace


def outcomes(result):
    return [one.outcome for one in result.taken]


def test_a_phone_on_a_cable_becomes_records_with_photos_and_once_more_changes_nothing(workspace, tmp_path):
    phone = on_a_phone(tmp_path, document(BODY), _1607=a_picture())
    result = import_instances(workspace, [phone])
    assert outcomes(result) == ["added"]
    (row,) = list_records(workspace)
    assert (row.record_id, row.state, row.photos, row.title) == (RECORD, "final", 1, "示例")
    photo = next(value for path, value in values_of(workspace, RECORD).items() if path.endswith("/photo"))
    assert workspace.photo_files.read(photo["b"]) == a_picture()
    assert workspace.photo_files.has(photo["pv"])
    lines = workspace.operations.own().last_n
    assert outcomes(import_instances(workspace, [phone])) == ["known"]
    assert workspace.operations.own().last_n == lines


def test_a_photo_that_comes_later_is_filled_in(workspace, tmp_path):
    phone = on_a_phone(tmp_path, document(BODY))
    first = import_instances(workspace, [phone])
    assert first.taken[0].missing == ("1607.jpg",)
    path = next(path for path in values_of(workspace, RECORD) if path.endswith("/photo"))
    assert values_of(workspace, RECORD)[path] == "1607.jpg"
    on_a_phone(tmp_path, document(BODY), _1607=a_picture())
    assert outcomes(import_instances(workspace, [phone])) == ["filled"]
    assert values_of(workspace, RECORD)[path]["name"] == "1607.jpg"
    assert not list_conflicts(workspace)


def test_another_document_under_the_same_id_is_a_conflict_and_never_written_over(workspace, tmp_path):
    import_instances(workspace, [on_a_phone(tmp_path / "a", document("<name>甲</name><x><y/></x>"))])
    other = on_a_phone(tmp_path / "b", document("<name>乙</name><z><y/></z>"))
    assert outcomes(import_instances(workspace, [other])) == ["conflict"]
    assert [(one.record_id, one.path) for one in list_conflicts(workspace)] == [(RECORD, "/name")]
    assert [path for path in values_of(workspace, RECORD) if path.startswith(UNREAD)] != []
    assert outcomes(import_instances(workspace, [other])) == ["known"]


def test_what_was_edited_here_stays_when_the_phone_sends_its_document_again(workspace, tmp_path):
    phone = on_a_phone(tmp_path, document("<name>甲</name>"))
    import_instances(workspace, [phone])
    save_record(workspace, RECORD, {"/name": "改过"})
    assert outcomes(import_instances(workspace, [phone])) == ["known"]
    assert values_of(workspace, RECORD)["/name"] == "改过"


def test_an_edit_on_the_phone_changes_what_it_edits_and_nothing_else(workspace, tmp_path):
    import_instances(workspace, [on_a_phone(tmp_path / "a", document("<name>甲</name><remark>旧</remark>"))])
    save_record(workspace, RECORD, {"/village": "这里填的"})
    second = document("<name>甲</name><remark>新</remark>", instance="uuid:second", deprecated=ID)
    assert outcomes(import_instances(workspace, [on_a_phone(tmp_path / "b", second)])) == ["edited"]
    third = document("<name>丙</name><remark>新</remark>", instance="uuid:third", deprecated="uuid:second")
    assert outcomes(import_instances(workspace, [on_a_phone(tmp_path / "c", third)])) == ["edited"]
    values = values_of(workspace, RECORD)
    assert (values["/name"], values["/remark"], values["/village"]) == ("丙", "新", "这里填的")
    assert not list_conflicts(workspace)
    assert len(list_records(workspace)) == 1


def test_of_two_edits_each_is_known_by_its_own_name_and_neither_undoes_the_other(workspace, tmp_path):
    first = document("<name>甲</name><remark>旧</remark><kind>一</kind>")
    import_instances(workspace, [on_a_phone(tmp_path / "a", first)])
    edits = (
        ("uuid:b", ID, "<name>乙</name><remark>旧</remark><kind>一</kind>"),
        ("uuid:c", ID, "<name>甲</name><remark>新</remark><kind>一</kind>"),
        ("uuid:d", "uuid:b", "<name>乙</name><remark>旧</remark><kind>二</kind>"),
        ("uuid:e", "uuid:c", "<name>甲</name><remark>新</remark><kind>一</kind><village>村</village>"),
    )
    for instance, replaced, body in edits:
        xml = document(body, instance=instance, deprecated=replaced)
        assert outcomes(import_instances(workspace, [on_a_phone(tmp_path / instance[5:], xml)])) == ["edited"]
    values = values_of(workspace, RECORD)
    assert [values[f"/{name}"] for name in ("name", "remark", "kind", "village")] == ["乙", "新", "二", "村"]
    assert (len(list_records(workspace)), list_conflicts(workspace)) == (1, [])


def test_a_photo_that_was_taken_away_here_does_not_come_back(workspace, tmp_path):
    phone = on_a_phone(tmp_path, document(BODY), _1607=a_picture())
    import_instances(workspace, [phone])
    path = next(path for path in values_of(workspace, RECORD) if path.endswith("/photo"))
    save_record(workspace, RECORD, {path: None})
    assert outcomes(import_instances(workspace, [phone])) == ["known"]


def test_what_the_form_does_not_know_is_shown_and_goes_out_again(workspace, tmp_path):
    body = '<name>示例</name><households>许多</households><newer a="1"><deep>新问题</deep></newer>'
    result = import_instances(workspace, [on_a_phone(tmp_path, document(body))])
    assert {(one.path, one.reason) for one in result.taken[0].unread} == {
        ("/households", "type"), ("/newer", "unknown"),
    }  # fmt: skip
    session = read_session(workspace, RECORD)
    assert ("/deep", "新问题") in [(one.path, one.text) for one in older_answers(workspace, session, "zh")]
    assert session.problem("/households").code == "type"
    told = {line.change.path for line in record_history(workspace, RECORD, "zh").lines}
    assert told == {"/name", "/households", "/deep", "/@state"}
    export_instances(workspace, [RECORD], tmp_path / "out")
    (xml,) = (tmp_path / "out").rglob("submission.xml")
    text = xml.read_text(encoding="utf-8")
    assert '<newer a="1"><deep>新问题</deep></newer>' in text
    assert "<households>许多</households>" in text


@pytest.mark.parametrize("target", ["out", "out.zip"])
def test_what_is_exported_is_imported_elsewhere_to_the_same_record(workspace, tmp_path, target):
    import_instances(workspace, [on_a_phone(tmp_path, document(BODY), _1607=a_picture())])
    done = export_instances(workspace, [RECORD], tmp_path / target)
    assert (done.records, done.missing) == (1, ())
    if target.endswith(".zip"):
        names = ZipFile(tmp_path / target).namelist()
        assert [name.rpartition("/")[2] for name in names] == ["submission.xml", "1607.jpg"]
    assert outcomes(import_instances(workspace, [tmp_path / target])) == ["known"]
    with a_workspace(tmp_path / "other") as other:
        assert outcomes(import_instances(other, [tmp_path / target])) == ["added"]
        here, there = values_of(workspace, RECORD), values_of(other, RECORD)
        assert there == here


def test_a_folder_of_many_things_takes_what_it_can_and_says_the_rest(workspace, tmp_path):
    on_a_phone(tmp_path, document("<name>好</name>"), "good")
    on_a_phone(tmp_path, b"<data", "broken")
    on_a_phone(tmp_path, document("", form="elsewhere"), "unknown")
    secret = document("", instance="uuid:secret").replace(b" version=", b' encrypted="yes" version=')
    on_a_phone(tmp_path, secret, "secret")
    on_a_phone(tmp_path, b"<root><item><name>a</name></item></root>", "list")
    phone = on_a_phone(
        tmp_path, document(BODY.replace("1607.jpg", "../../../etc/passwd"), instance="uuid:x"), "up"
    )
    result = import_instances(workspace, [phone])
    assert sorted(one.error.code for one in result.refused) == [
        "instance_encrypted", "instance_form_missing", "submission_broken",
    ]  # fmt: skip
    assert {one.record_id for one in result.taken} == {RECORD, record_of_instance("uuid:x")}
    assert result.taken[-1].missing == ("../../../etc/passwd",)


def test_where_there_are_no_instances_that_is_said(workspace, tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 no zip")
    for source, code in ((tmp_path / "empty", "instances_none"), (tmp_path / "bad.zip", "zip_broken")):
        with pytest.raises(KnownError) as raised:
            import_instances(workspace, [source])
        assert raised.value.code == code


def test_a_zip_lays_nothing_outside_of_its_folder(workspace, tmp_path):
    with ZipFile(tmp_path / "evil.zip", "w") as packed:
        packed.writestr("../../escaped.xml", document("<name>坏</name>", instance="uuid:evil"))
        packed.writestr("instances/good/submission.xml", document("<name>好</name>"))
    assert outcomes(import_instances(workspace, [tmp_path / "evil.zip"])) == ["added"]
    assert not list(tmp_path.parent.rglob("escaped.xml"))
