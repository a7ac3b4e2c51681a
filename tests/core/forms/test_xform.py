from __future__ import annotations

import pytest

from core.errors import KnownError
from core.forms.digest import form_digest
from core.forms.xform.reading import parse_xform
from tests.core.forms.making import SHELL, broken, xform


def test_a_plain_xform_is_read_with_labels_kinds_and_paths():
    read = xform('<bind nodeset="/data/a" type="xsd:int" cj:unit="亩" required="true()"/>')
    a = read.question("/a")
    assert (a.kind, a.unit, a.label("zh"), a.required.source) == ("int", "亩", "甲", "true()")
    assert [item.path for item in read.items()] == ["", "/a", "/b", "/r", "/r/d", "/g", "/c"]
    assert (read.form_id, read.version, read.title("en")) == ("f", "3", "表")


@pytest.mark.parametrize("xml", [b"", b"<h:html", b"\xff\xfe\x00", b"<a/>", "村".encode("gb18030")])
def test_a_file_that_is_no_form_is_refused(xml):
    with pytest.raises(KnownError, match="form_broken"):
        parse_xform(xml)


def test_entities_that_swell_or_reach_outside_are_refused():
    swelling = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'
    for xml in (swelling, outside):
        with pytest.raises(KnownError) as raised:
            parse_xform(xml.encode())
        assert raised.value.values["reason"] == "hostile_xml"


def test_a_broken_expression_names_its_place():
    values = broken('<bind nodeset="/data/a" relevant="/data/b = "/>')
    assert (values["place"], values["reason"]) == ("/data/a relevant", "expression")


def test_rules_for_nothing_are_passed_over_and_a_question_for_nothing_is_refused():
    read = xform('<bind nodeset="/data/gone" type="int" calculate="/data/a"/>')
    assert read.passed_over == (("bind /data/gone", "bind_to_nothing", "/data/gone"),)
    assert broken("", '<input ref="/data/gone"/>')["reason"] == "unknown_reference"
    assert broken("", '<input ref="/other/a"/>')["reason"] == "unknown_reference"


def test_two_questions_of_one_name_in_one_group_are_refused():
    twice = SHELL.replace("<g><c/></g>", "<g><c/><c/></g>")
    assert broken(shell=twice)["reason"] == "duplicate_name"


def test_a_row_has_names_of_its_own():
    in_row = SHELL.replace("<g><c/></g>", "<g><d/></g>")
    assert xform(shell=in_row).question("/d") is not None


def test_an_unknown_type_is_text_as_the_specification_says():
    question = xform('<bind nodeset="/data/a" type="hologram"/>').question("/a")
    assert (question.kind, question.datatype) == ("string", "string")


def test_nesting_without_end_is_refused():
    levels = [f"g{at}" for at in range(500)]
    nested = "".join(f"<{name}>" for name in levels) + "".join(f"</{name}>" for name in reversed(levels))
    deep = SHELL.replace("<g><c/></g>", nested)
    assert broken(shell=deep)["reason"] == "unsupported"


def test_the_digest_covers_the_xform_and_its_media_in_any_order():
    one = form_digest(b"<x/>", {"a.csv": b"1", "b.csv": b"2"})
    assert one == form_digest(b"<x/>", {"b.csv": b"2", "a.csv": b"1"})
    assert one != form_digest(b"<x/>", {"a.csv": b"1"})
    assert one.startswith("sha256:") and len(one) == 71


def test_a_csv_among_the_media_becomes_a_list_held_whole():
    xml = SHELL.replace("BINDS", "").replace("BODY", "").encode()
    read = parse_xform(xml, {"divisions.csv": "name,label\n1,一\n".encode()})
    assert "divisions" in read.lists and not read.external_lists
    with pytest.raises(KnownError, match="form_broken"):
        parse_xform(xml, {"divisions.csv": b"\xff\xfe"})
