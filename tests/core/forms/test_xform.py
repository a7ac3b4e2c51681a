from __future__ import annotations

import pytest

from core.errors import KnownError
from core.forms.digest import form_digest
from core.forms.logic_check import paths_of_other_forms, references_to_nothing
from core.forms.model import Form
from core.forms.session import FormSession
from core.forms.xform import parse_xform
from tests.core.forms.making import RECORD, StandingClock

SHELL = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:jr="http://openrosa.org/javarosa" xmlns:cj="urn:cunjiang:forms"><h:head><h:title>表</h:title><model>
  <instance><data id="f" version="3"><a/><b/><g><c/></g><r jr:template=""><d/></r></data></instance>
  <instance id="towns"><root><item><name>1</name><label>一</label></item></root></instance>
  <instance id="divisions" src="jr://file-csv/divisions.csv"/>
  BINDS</model></h:head><h:body>
  <input ref="/data/a"><label>甲</label></input><input ref="b"><label>乙</label></input>
  <group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/d"/></repeat></group>
  BODY</h:body></h:html>"""


def form(binds: str = "", body: str = "", shell: str = SHELL) -> Form:
    return parse_xform(shell.replace("BINDS", binds).replace("BODY", body).encode())


def broken(*arguments: str, **named: str) -> dict[str, object]:
    with pytest.raises(KnownError) as raised:
        form(*arguments, **named)
    assert raised.value.code == "form_broken"
    return raised.value.values


def test_a_plain_xform_is_read_with_labels_kinds_and_paths():
    read = form('<bind nodeset="/data/a" type="xsd:int" cj:unit="亩" required="true()"/>')
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


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("/data/gone = 1", "/data/gone"),
        ("../gone", "/data/gone"),
        ("/data/r[gone = 1]/d", "/data/r/gone"),
        ("jr:choice-name(/data/gone, '/data/a')", "/data/gone"),
        ("count(../gone/*)", "/data/gone/*"),
        ("../gone/@x", "/data/gone"),
    ],
)
def test_a_reference_to_nothing_is_empty_and_names_its_place(source, path):
    read = form(f'<bind nodeset="/data/a" relevant="{source}"/>')
    assert list(references_to_nothing(read)) == [("/data/a relevant", path)]
    assert not FormSession(read, RECORD, StandingClock()).relevant("/a")


def test_an_absolute_path_leads_into_the_form_whatever_its_first_name_is():
    read = form(
        '<bind nodeset="/data/g/c" relevant="/other/a = 1 and count(/other/r[d != /else/a]) = 0"/>'
        '<bind nodeset="/elsewhere/a" type="int"/>'
        '<setvalue event="odk-instance-first-load" ref="/other/a" value="1"/>'
    )
    assert set(paths_of_other_forms(read)) == {
        ("/data/g/c relevant", path) for path in ("/other/a", "/other/r", "/other/r/d", "/else/a")
    }
    assert read.passed_over == (("bind /elsewhere/a", "path_of_another_form", "/elsewhere/a"),)
    session = FormSession(read, RECORD, StandingClock())
    assert read.question("/a").datatype == "int" and session.value("/a") == 1
    assert session.relevant("/c")
    session.set("/a", 2)
    assert not session.relevant("/c")


def test_choices_that_are_nodes_of_the_form_need_such_nodes():
    asked = (
        '<select1 ref="/data/g/c"><itemset nodeset="{}"><value ref="d"/><label ref="d"/></itemset></select1>'
    )
    values = broken("", asked.format("/data/gone"))
    assert (values["place"], values["reason"]) == ("/data/g/c choices", "unknown_reference")
    read = form("", asked.format("/data/r[gone = 1]"))
    assert list(references_to_nothing(read)) == [("/data/g/c choices", "/data/r/gone")]


def test_rules_for_nothing_are_passed_over_and_a_question_for_nothing_is_refused():
    read = form('<bind nodeset="/data/gone" type="int" calculate="/data/a"/>')
    assert read.passed_over == (("bind /data/gone", "bind_to_nothing", "/data/gone"),)
    assert broken("", '<input ref="/data/gone"/>')["reason"] == "unknown_reference"
    assert broken("", '<input ref="/other/a"/>')["reason"] == "unknown_reference"


def test_two_questions_of_one_name_in_one_group_are_refused():
    twice = SHELL.replace("<g><c/></g>", "<g><c/><c/></g>")
    assert broken(shell=twice)["reason"] == "duplicate_name"


def test_a_row_has_names_of_its_own():
    in_row = SHELL.replace("<g><c/></g>", "<g><d/></g>")
    assert form(shell=in_row).question("/d") is not None


def test_a_circle_of_rules_is_refused_and_named():
    values = broken(
        '<bind nodeset="/data/a" calculate="/data/b + 1"/><bind nodeset="/data/b" calculate="/data/a"/>'
    )
    assert (values["reason"], values["detail"]) == ("cycle", "a, b")
    assert broken('<bind nodeset="/data/g" relevant="/data/g/c = 1"/>')["reason"] == "cycle"


def test_a_total_over_earlier_rows_is_no_circle():
    total = "indexed-repeat(/data/r/d, /data/r, position(..) - 1) + 1"
    assert form(f'<bind nodeset="/data/r/d" calculate="{total}"/>').question("/r/d").calculate is not None


def test_a_list_that_is_not_there_and_a_large_list_read_whole_are_refused():
    unknown = "count(instance('gone')/root/item[name = 1])"
    assert broken(f'<bind nodeset="/data/a" calculate="{unknown}"/>')["reason"] == "unknown_list"
    whole = "count(instance('divisions')/root/item)"
    assert broken(f'<bind nodeset="/data/a" calculate="{whole}"/>')["reason"] == "whole_list"
    assert form('<bind nodeset="/data/a" calculate="count(instance(\'towns\')/root/item)"/>')


def test_an_unknown_type_is_text_as_the_specification_says():
    question = form('<bind nodeset="/data/a" type="hologram"/>').question("/a")
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
