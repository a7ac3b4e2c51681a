from __future__ import annotations

import pytest

from core.forms.filling.logic_check import paths_of_other_forms, references_to_nothing
from core.forms.filling.session import FormSession
from tests.core.forms.making import RECORD, StandingClock, broken, xform


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
    read = xform(f'<bind nodeset="/data/a" relevant="{source}"/>')
    assert list(references_to_nothing(read)) == [("/data/a relevant", path)]
    assert not FormSession(read, RECORD, StandingClock()).relevant("/a")


def test_an_absolute_path_leads_into_the_form_whatever_its_first_name_is():
    read = xform(
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
    read = xform("", asked.format("/data/r[gone = 1]"))
    assert list(references_to_nothing(read)) == [("/data/g/c choices", "/data/r/gone")]


def test_a_circle_of_rules_is_refused_and_named():
    values = broken(
        '<bind nodeset="/data/a" calculate="/data/b + 1"/><bind nodeset="/data/b" calculate="/data/a"/>'
    )
    assert (values["reason"], values["detail"]) == ("cycle", "a, b")
    assert broken('<bind nodeset="/data/g" relevant="/data/g/c = 1"/>')["reason"] == "cycle"


def test_a_total_over_earlier_rows_is_no_circle():
    total = "indexed-repeat(/data/r/d, /data/r, position(..) - 1) + 1"
    assert xform(f'<bind nodeset="/data/r/d" calculate="{total}"/>').question("/r/d").calculate is not None


def test_a_list_that_is_not_there_and_a_large_list_read_whole_are_refused():
    unknown = "count(instance('gone')/root/item[name = 1])"
    assert broken(f'<bind nodeset="/data/a" calculate="{unknown}"/>')["reason"] == "unknown_list"
    whole = "count(instance('divisions')/root/item)"
    assert broken(f'<bind nodeset="/data/a" calculate="{whole}"/>')["reason"] == "whole_list"
    assert xform('<bind nodeset="/data/a" calculate="count(instance(\'towns\')/root/item)"/>')
