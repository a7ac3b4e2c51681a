from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from core.errors import KnownError
from core.forms.submission import read_submission, record_of_instance, write_submission
from core.ids import row_uuid
from core.values import photo_value
from tests.core.forms.making import RECORD, form_of, session_of

FORM = form_of(
    """type | name | label | relevant | calculation |
    text | name | 名 | | |
    integer | people | 人 | | |
    decimal | area | 面积 | | |
    date | seen | 日期 | | |
    geopoint | place | 位置 | | |
    select_multiple colour | colours | 颜色 | | |
    text | extra | 其他 | ${people} > 5 | |
    calculate | double | | | ${people} * 2 |
    begin_repeat | photos | 照片 | | |
    image | photo | 照片 | | |
    text | caption | 说明 | | |
    end_repeat | | | | |""",
    choices="list_name | name | label |\ncolour | red | 红 |\ncolour | blue | 蓝 |",
    settings="form_id | version | instance_name |\nsample | 7 | ${name} |",
)


def filled():
    session = session_of(FORM)
    for path, value in {
        "/name": "示例村 <&> 𠀀\x0b",
        "/people": 7,
        "/area": "12.50",
        "/seen": "2026-11-21",
        "/place": "30.5 120.25 7 4.2",
        "/colours": ["red", "blue"],
        "/extra": "x",
    }.items():
        session.set(path, value)
    row = session.rows("/photos")[0]
    session.set(f"{row}/photo", photo_value("sha256:" + "ab" * 32, 9, "image/jpeg"))
    session.set(f"{row}/caption", "村口")
    return session


INSTANCE = f"uuid:{RECORD}"


def written(session):
    return fromstring(write_submission(session, INSTANCE).xml)


def test_the_answers_come_back_from_the_instance_with_their_rows():
    session = filled()
    sent = write_submission(session, INSTANCE)
    read = read_submission(FORM, sent.xml)
    row = session.rows("/photos")[0]
    assert read.answers == {
        "/name": "示例村 <&> 𠀀\x0b",
        "/people": 7,
        "/area": {"d": "12.50"},
        "/seen": "2026-11-21",
        "/place": session.value("/place"),
        "/colours": ["blue", "red"],
        "/extra": "x",
        f"{row}/@pos": "a0",
        f"{row}/caption": "村口",
    }
    assert read.files == {f"{row}/photo": "abababababababab.jpg"}
    assert [(one.name, one.value) for one in sent.attachments] == [
        ("abababababababab.jpg", session.value(f"{row}/photo"))
    ]
    assert read.calculated["/double"] == "14"
    assert not read.unread


def test_the_instance_names_form_version_record_and_title():
    root = written(filled())
    assert (root.get("id"), root.get("version")) == ("sample", "7")
    assert root.findtext("meta/instanceID") == INSTANCE
    assert root.findtext("meta/instanceName", "").startswith("示例村")
    assert root.findtext("double") == "14"


def test_irrelevant_answers_are_left_out():
    session = filled()
    session.set("/people", 2)
    assert written(session).find("extra") is None
    assert session.answers()["/extra"] == "x"


def test_rows_from_elsewhere_get_the_same_id_at_every_import():
    xml = b"""<data id="sample"><photos><caption>a</caption></photos><photos><caption>b</caption></photos>
      <meta><instanceID>uuid:1</instanceID></meta></data>"""
    read = read_submission(FORM, xml).answers
    second = row_uuid(record_of_instance("uuid:1"), "/photos", 2)
    assert read[f"/photos[{second}]/caption"] == "b"
    assert read == read_submission(FORM, xml).answers


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"<data", "xml"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><data id="sample"/>', "xml"),
        (b'<data id="another"/>', "other_form"),
    ],
)
def test_a_broken_submission_is_refused(xml, reason):
    with pytest.raises(KnownError) as raised:
        read_submission(FORM, xml)
    assert (raised.value.code, raised.value.values["reason"]) == ("submission_broken", reason)
