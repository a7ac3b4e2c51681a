from __future__ import annotations

import re
from xml.etree.ElementTree import fromstring

import pytest

from core.errors import KnownError
from core.forms.submission.reading import head_of_submission, read_submission
from core.forms.submission.writing import write_submission
from core.forms.submission.xml import UNREAD, record_of_instance
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
        (b'<data id="sample" encrypted="yes"/>', "encrypted"),
    ],
)
def test_a_broken_submission_is_refused(xml, reason):
    with pytest.raises(KnownError) as raised:
        read_submission(FORM, xml)
    assert (raised.value.code, raised.value.values["reason"]) == ("submission_broken", reason)


def head(body: str = "", root: str = 'id="sample" version="7"') -> bytes:
    return f"<data {root}>{body}<meta><instanceID>uuid:1</instanceID></meta></data>".encode()


def test_what_the_form_does_not_know_is_kept_in_its_place_and_written_back():
    xml = head(
        '<name>甲</name><people>很多</people><name>乙</name><new a="1">新<b>深</b></new>'
        "<photos><caption>a</caption><zz>行里</zz></photos>stray"
    )
    read = read_submission(FORM, xml)
    assert [(one.path.partition("[")[0], one.reason) for one in read.unread] == [
        ("/people", "type"), ("/name", "extra"), ("/data", "text"), ("/new", "unknown"), ("/photos", "unknown"),
    ]  # fmt: skip
    row = row_path_of(read, "/photos")
    assert (read.answers["/name"], read.answers["/people"]) == ("甲", "很多")
    assert (read.answers["/b"], read.answers[f"{row}/zz"]) == ("深", "行里")
    session = session_of(FORM, read.answers)
    assert session.problem("/people").code == "type"
    again = write_submission(session, INSTANCE).xml.decode()
    for kept in ("<people>很多</people>", "<name>乙</name>", '<new a="1">新<b>深</b></new>', "stray"):
        assert kept in again
    assert re.search(r"<photos>(?:(?!</photos>).)*<zz>行里</zz></photos>", again)
    assert left_over(read_submission(FORM, again.encode())) == left_over(read)


def left_over(read) -> list[object]:
    return sorted(value for path, value in read.answers.items() if path.startswith(UNREAD))


def row_path_of(read, repeat: str) -> str:
    return next(path for path in read.answers if path.startswith(f"{repeat}[")).rpartition("/")[0]


def test_other_prefixes_another_order_and_blank_space_say_the_same():
    plain = head("<name>甲</name><people>7</people><colours>red blue</colours>")
    strange = b"""<?xml version="1.0" encoding="UTF-8"?>
      <x:data xmlns:x="urn:x" xmlns:o="http://openrosa.org/xforms" id="sample" version="7">
        <o:meta> <o:instanceID> uuid:1 </o:instanceID> </o:meta>
        <x:colours>  blue   red </x:colours>
        <x:photos xmlns:jr="http://openrosa.org/javarosa" jr:template=""><x:caption>t</x:caption></x:photos>
        <x:people>
          7
        </x:people>
        <x:extra>
        </x:extra><x:name>\xe7\x94\xb2</x:name>
      </x:data>"""
    one, other = read_submission(FORM, plain), read_submission(FORM, strange)
    assert one.answers == other.answers
    assert (other.instance_id, other.unread) == ("uuid:1", ())


def test_a_question_that_stands_elsewhere_in_this_version_is_read_by_its_name():
    read = read_submission(FORM, head("<section><name>甲</name></section><people>2</people>"))
    assert (read.answers["/name"], read.answers["/people"], read.unread) == ("甲", 2, ())


def test_numbers_as_java_writes_them_and_truths_of_all_kinds_are_read():
    assert read_submission(FORM, head("<area>1.23456785E7</area>")).answers["/area"] == {"d": "12345678.5"}
    assert read_submission(FORM, head("<area>1.0E-5</area>")).answers["/area"] == {"d": "0.000010"}
    assert read_submission(FORM, head("<area>NaN</area>")).unread[0].reason == "type"


def test_characters_that_xml_forbids_and_javarosa_writes_are_read():
    xml = head("<name>a&#11;b&#55357;&#56832;&#xD;<![CDATA[&#11;]]></name>")
    assert read_submission(FORM, xml).answers["/name"] == "a\x0bb😀\r&#11;"


def test_an_exact_value_counts_only_while_its_text_says_the_same():
    session = session_of(FORM)
    session.set("/name", "a\x0b ")
    xml = write_submission(session, INSTANCE).xml
    assert read_submission(FORM, xml).answers["/name"] == "a\x0b "
    edited = xml.replace("a\ufffd".encode(), b"changed")
    assert edited != xml
    assert read_submission(FORM, edited).answers["/name"] == "changed "


@pytest.mark.parametrize(
    "xml",
    [
        b"<a>" * 5000 + b"</a>" * 5000,
        b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><data id="sample">&b;</data>',
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><data id="sample"/>',
        b'<?xml version="1.0" encoding="no-such"?><data id="sample"/>',
        b"\xff\xfe\x00", b"", b"<data id='sample'>&#99999999;</data>",
    ],
)  # fmt: skip
def test_hostile_documents_are_refused(xml):
    for read in (head_of_submission, lambda one: read_submission(FORM, one)):
        with pytest.raises(KnownError) as raised:
            read(xml)
        assert raised.value.code == "submission_broken"


def test_two_photos_of_one_name_get_two_names_and_the_same_photo_one():
    session = session_of(FORM)
    names = ["a.jpg", "A.JPG", "a.jpg", "../etc/x", "nul", None]
    for number, name in enumerate(names):
        row = session.rows("/photos")[0] if number == 0 else session.add_row("/photos")
        digest = "sha256:" + f"{0 if number == 2 else number:064x}"
        session.set(f"{row}/photo", photo_value(digest, 9, "image/jpeg", name=name))
    sent = write_submission(session, INSTANCE)
    assert [one.name for one in sent.attachments] == [
        "a.jpg", "A-2.JPG", "_etc_x", "nul_", "0000000000000000.jpg",
    ]  # fmt: skip
    assert sorted(read_submission(FORM, sent.xml).files.values()).count("a.jpg") == 2


def test_an_edit_names_what_it_replaces_and_keeps_the_rows_of_its_record():
    session = filled()
    sent = write_submission(session, "uuid:new", deprecated=INSTANCE)
    root = fromstring(sent.xml)
    assert root.findtext("meta/deprecatedID") == INSTANCE
    assert head_of_submission(sent.xml) == ("sample", "7", "uuid:new", INSTANCE)
    foreign = b"<data id='sample'><photos><caption>a</caption></photos></data>"
    read = read_submission(FORM, foreign, RECORD)
    assert f"/photos[{row_uuid(RECORD, '/photos', 1)}]/caption" in read.answers


def test_a_record_is_named_by_its_uuid_or_by_the_whole_of_another_name():
    named = "uuid:6B2F8A52-0D5E-4C1C-9D3A-0C6B1A2F3E4D"
    assert record_of_instance(named) == named[5:].lower()
    assert record_of_instance("uuid:6b2f") == record_of_instance("uuid:6b2f") != record_of_instance("6b2f")
