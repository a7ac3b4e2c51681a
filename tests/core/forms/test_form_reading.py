from __future__ import annotations

import re

import pytest

from core.forms.authoring.form_reading import read_sheets, read_xform
from core.forms.workbook.reading import read_csv_sheets
from tests.builders import SMALL_FORM

HEAD = "type,name,label,relevant,calculation,constraint,bind::cj:width,bind::cj:list,bind::cj:consent\n"
SETTINGS = b'form_id,version,namespaces\nsmall,1,"cj=""urn:cunjiang:forms"""\n'


def found_in(survey, choices="list_name,name,label\nyn,yes,Yes\nyn,no,No\n", settings=SETTINGS):
    files = {
        "survey.csv": (HEAD + survey).encode(),
        "choices.csv": choices.encode(),
        "settings.csv": settings,
    }
    return read_sheets(read_csv_sheets(files), {})


def cells(read):
    return [(one.code, one.sheet, one.row, one.column) for one in read.findings]


@pytest.mark.parametrize(
    ("survey", "code", "row", "column"),
    [
        ("text,a,甲\ntext,a,乙\n", "double_name", 3, "name"),
        ("begin group,g,乙\ntext,a,甲\ntext,a,丙\nend group\n", "double_name", 4, "name"),
        ("select_one nowhere,a,甲\n", "unknown_list", 2, "type"),
        ("txet,a,甲\n", "unknown_type_near", 2, "type"),
        (",a,甲\n", "no_type", 2, "type"),
        ("text,,甲\n", "no_name", 2, "name"),
        ("text,1a,甲\n", "bad_name", 2, "name"),
        ("text,a,甲,${b} = 1\n", "unknown_name", 2, "relevant"),
        ("text,a,问 ${b}\n", "unknown_name", 2, "label"),
        ("text,a,甲,,,foo(.)\n", "unknown_function", 2, "constraint"),
        ("text,a,甲,,,(. > 1\n", "bad_expression", 2, "constraint"),
        ("calculate,a,,,${b} + 1\ncalculate,b,,,${a} + 1\n", "form_cycle", 2, ""),
        (
            "begin group,g,乙\ntext,a,甲\nend group\ntext,a,丙\ntext,b,丁,${a} = 1\n",
            "ambiguous_name",
            6,
            "relevant",
        ),
        (
            "begin group,g,乙\nbegin repeat,r,甲\ntext,a,乙\nend repeat\nend group\nbegin repeat,r,甲\ntext,a,乙\nend repeat\n",
            "double_repeat",
            7,
            "name",
        ),
        ("begin repeat,r,甲\ntext,a,乙\n", "begin_without_end", 2, "type"),
        ("text,a,乙\nend group\n", "end_without_begin", 3, "type"),
        ("text,a,甲,,,,wide\n", "cj_value", 2, "bind::cj:width"),
        ("text,a,甲,,,,,first\n", "cj_number", 2, "bind::cj:list"),
        ("image,a,甲,,,,,,nobody\n", "unknown_name", 2, "bind::cj:consent"),
    ],
)
def test_an_error_is_named_by_its_cell(survey, code, row, column):
    read = found_in(survey)
    errors = [cell for cell, one in zip(cells(read), read.findings, strict=True) if one.stands_in_the_way]
    assert errors == [(code, "survey", row, column)]
    assert read.form is None


def test_everything_wrong_is_said_at_once():
    read = found_in(
        "txet,a,甲\ntext,b,乙,${x} = 1\ntext,c,丙,,,foo(.)\n", "list_name,name,label\nl,1,x\nl,1,y\nl,,z\n"
    )
    assert [one[0] for one in cells(read)] == [
        "unknown_type_near", "unknown_name", "unknown_function", "double_choice", "choice_without_name",
    ]  # fmt: skip


def test_a_name_may_stand_again_in_another_repeat():
    read = found_in("text,a,甲\nbegin repeat,r,乙\ntext,a,丙\nend repeat\n")
    assert read.form is not None and not read.findings


def test_a_name_may_stand_again_in_another_group():
    read = found_in("text,a,甲\nbegin group,g,乙\ntext,a,丙\nend group\n")
    assert read.form is not None and not read.findings


def test_a_path_to_nothing_is_a_warning_at_the_right_one_of_two_names():
    read = found_in(
        "begin group,g,乙\ntext,a,甲\nend group\nbegin group,h,丁\ntext,a,丙,../x = 1\nend group\n"
        "text,a,戊,,,. != /data/g/x\ncalculate,c,,,words\n"
    )
    assert cells(read) == [
        ("form_reference_to_nothing", "survey", 6, "relevant"),
        ("form_reference_to_nothing", "survey", 8, "constraint"),
        ("form_reference_to_nothing", "survey", 9, "calculation"),
    ]
    assert read.form is not None


def test_a_path_of_another_form_and_rules_for_nothing_are_warnings():
    read = found_in("text,a,甲\ncalculate,c,,,/other/a\n")
    assert cells(read) == [("form_path_of_another_form", "survey", 3, "calculation")]
    assert read.form is not None
    binds = b'<bind nodeset="/other/a"/><bind nodeset="/data/gone" type="int"/></model>'
    plain = read_xform(read.xml.replace(b'="/other/a"', b'="/data/a"').replace(b"</model>", binds), {})
    assert plain.form is not None
    assert [(one.code, one.severity) for one in plain.findings] == [
        ("form_path_of_another_form", "warning"),
        ("form_bind_to_nothing", "warning"),
    ]


def test_a_row_that_pyxform_counts_is_the_row_of_the_author():
    """Behind a repeat pyxform sees one row more, and empty rows it never sees."""
    read = found_in("begin repeat,r,甲\ntext,a,乙\nend repeat\n,,\nrange,b,丙\n\ngeopoint,c,丁\ntext,d,\n")
    assert cells(read) == [("no_label", "survey", 9, "label")]


def test_warnings_do_not_stand_in_the_way():
    read = found_in("text,a,甲\naudit,audit\n", settings=b"form_id\nsmall\n".replace(b"small", b"small"))
    assert {one.code for one in read.findings} == {"no_version", "waits_audit", "cj_namespace"}
    read = found_in("text,a,甲\naudit,audit\n", settings=SETTINGS.replace(b",1,", b",,"))
    assert {one.code for one in read.findings} == {"no_version", "waits_audit"}
    assert read.form is not None


def test_what_pyxform_refuses_is_an_error_also_where_we_only_warn():
    read = found_in("text,a,\n")
    assert [(one.code, one.row, one.stands_in_the_way) for one in read.findings] == [("no_label", 2, True)]
    assert read.form is None


def test_a_wrong_name_of_records_is_found_on_the_settings_sheet():
    settings = SETTINGS.replace(b"form_id", b"instance_name,form_id").replace(b"small", b"nobody,small")
    read = found_in("text,a,甲\n", settings=settings)
    assert cells(read) == [("form_reference_to_nothing", "settings", 2, "instance_name")]
    assert read.form is not None


def test_a_language_without_its_column_is_named():
    from core.forms.workbook.pyxform_words import finding_of

    said = "Language '中文 (zh)' is missing the survey constraint_message column."
    found = finding_of(said, "warning", lambda _, row: row)
    assert (found.code, found.sheet, found.values["columns"]) == (
        "language_incomplete",
        "survey",
        "constraint_message",
    )


def test_an_encrypted_form_is_refused_in_words():
    read = found_in(
        "text,a,甲\n",
        settings=SETTINGS.replace(b"form_id", b"public_key,form_id").replace(b"small", b"k,small"),
    )
    assert "encrypted" in {one.code for one in read.findings} and read.form is None


def test_what_nobody_knows_keeps_the_words_of_pyxform():
    read = found_in("range,a,甲\n", settings=SETTINGS)
    assert read.form is not None
    from core.forms.workbook.pyxform_words import finding_of

    said = finding_of("[row : 7] Something entirely new.", "error", lambda _, row: row + 1)
    assert (said.code, said.row, said.values["detail"]) == ("pyxform", 8, "Something entirely new.")


def test_an_xform_is_read_as_it_is():
    assert read_xform(SMALL_FORM, {}).form is not None
    hostile = b'<!DOCTYPE l [<!ENTITY x "y">]>' + SMALL_FORM.partition(b"?>")[2]
    assert [one.code for one in read_xform(hostile, {}).findings] == ["form_hostile_xml"]


def test_every_finding_has_words_in_both_languages(checkout):
    """A code is what stands first in a Finding, behind a pattern, or in a table of codes."""
    import tomllib

    files = (checkout / "core" / "forms" / "workbook").glob("*.py")
    sources = "".join(file.read_text("utf-8") for file in files)
    patterns = (
        r'Finding\(\s*"(\w+)"',
        r'", "([a-z_]+)"\),$',
        r'^\s+"([a-z_]+)"\),$',
        r'": "((?:old|waits)_\w+)"',
    )
    codes = {code for pattern in patterns for code in re.findall(pattern, sources, re.MULTILINE)}
    codes |= {f"unknown_{what}{near}" for what in ("name", "list", "type") for near in ("", "_near")}
    codes |= {"form_id_of_file", "no_form_id"}
    assert len(codes) > 60
    for language in ("zh", "en"):
        with (checkout / "resources" / "i18n" / language / "authoring.toml").open("rb") as file:
            words = tomllib.load(file)["finding"]
        assert not codes - set(words)


def test_all_that_is_wrong_in_an_xform_is_told_at_once():
    xml = b"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
      <h:head><h:title>t</h:title><model>
        <instance><data id="x" version="1"><a/><b/><c/><d/><e/></data></instance>
        <bind nodeset="/data/a" calculate="1 +"/>
        <bind nodeset="/data/c" relevant="/data/d = 1" calculate="nosuch()"/>
        <setvalue event="nosuch" ref="/data/c"/>
      </model></h:head>
      <h:body><input ref="/data/d"><label ref="jr:itext('none')"/></input><input ref="/data/d"/>
        <select1 ref="/data/e"><label>E</label><itemset nodeset="x"/></select1></h:body></h:html>"""
    places = {str(finding.values["place"]) for finding in read_xform(xml, {}).findings}
    assert places == {
        "/data/a calculate", "/data/c calculate", "setvalue /data/c",
        "/data/d label", "/data/d", "/data/e choices",
    }  # fmt: skip


def test_nothing_that_pyxform_says_of_a_form_without_entities_is_shown_in_its_words():
    from pyxform.errors import ErrorCode

    from core.forms.workbook.pyxform_words import finding_of

    # Of entities, and of sheets that are missing, which we look for first.
    left_out = {"NAMES_010", "NAMES_011", "NAMES_012", "NAMES_013", "INTERNAL_001", "INTERNAL_002"}
    for said in ErrorCode:
        if said.name not in left_out:
            words = re.sub(r"\{\w+\}", "a", said.value.msg.replace("{row}", "2"))
            assert finding_of(words, "error", lambda _, row: row).code != "pyxform", said.name


def test_every_finding_is_explained_to_form_authors(checkout):
    import tomllib

    explained = set(re.findall(r"`([a-z_]+)`", (checkout / "docs" / "forms.md").read_text("utf-8")))
    codes = {
        code
        for file in (checkout / "resources" / "i18n" / "zh").glob("*.toml")
        for code in tomllib.loads(file.read_text("utf-8")).get("finding", {})
    }
    around = {"place", "sheet", "row", "column", "error", "warning", "more"}
    assert codes - around <= explained
