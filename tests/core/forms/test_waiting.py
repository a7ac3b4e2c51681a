from __future__ import annotations

import pytest

from core.errors import KnownError
from core.forms.authoring.form_reading import read_xform
from core.forms.xform.reading import parse_xform

FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:odk="http://www.opendatakit.org/xforms" xmlns:entities="http://www.opendatakit.org/xforms/entities">
<h:head><h:title>x</h:title><model>{model}<instance><data id="x"><a/><p/><meta><instanceID/>{meta}</meta></data></instance>
<bind nodeset="/data/a" type="string"/><bind nodeset="/data/p" type="geopoint"/>{binds}</model></h:head>
<h:body>{body}</h:body></h:html>"""
ASKED = '<input ref="/data/a"><label>A</label></input>'
FROM_MAP = '<select1 ref="/data/a" appearance="map"><label>A</label><item><label>1</label><value>1</value></item></select1>'


def form(model: str = "", meta: str = "", binds: str = "", body: str = ASKED) -> bytes:
    return FORM.format(model=model, meta=meta, binds=binds, body=body).encode()


def test_an_encrypted_form_is_refused():
    with pytest.raises(KnownError) as caught:
        parse_xform(form(model='<submission base64RsaPublicKey="MIIB"/>'))
    assert caught.value.values["reason"] == "encrypted"


def test_a_form_of_signed_texts_is_refused_with_the_name_of_the_function():
    with pytest.raises(KnownError) as caught:
        parse_xform(
            form(binds='<bind nodeset="/data/meta/instanceID" calculate="extract-signed(/data/a, \'k\')"/>')
        )
    assert "extract-signed" in str(caught.value.values["detail"])


@pytest.mark.parametrize(
    ("code", "xml"),
    [
        ("entities", form(meta='<entities:entity dataset="trees" create="1"/>')),
        ("waits_audit", form(meta="<audit/>", binds='<bind nodeset="/data/meta/audit" type="binary"/>')),
        ("waits_setgeopoint", form(model='<odk:setgeopoint event="odk-instance-first-load" ref="/data/p"/>')),
        ("waits_recordaudio", form(model='<odk:recordaudio event="odk-instance-load" ref="/data/a"/>')),
        ("waits_map", form(body=FROM_MAP)),
        ("waits_query", form(body=ASKED.replace("<input ", "<input query=\"instance('t')/root/item\" "))),
        (
            "form_number_in_brackets",
            form(binds='<bind nodeset="/data/meta/instanceID" calculate="/data/a[1]"/>'),
        ),
    ],
)
def test_a_form_that_uses_what_waits_is_read_and_says_so(code, xml):
    read = read_xform(xml, {})
    assert read.form is not None
    assert [(one.code, one.stands_in_the_way) for one in read.findings] == [(code, False)]


@pytest.mark.parametrize(
    ("code", "calculation"),
    [
        ("form_union", "count(/data/a | /data/p)"),
        ("form_selected_number", "if(selected(/data/a, 1), 1, 0)"),
        ("form_regex_open", "if(regex(/data/a, '[0-9]+'), 1, 0)"),
        ("form_regex_java", "if(regex(/data/a, '^[a-z&amp;&amp;[^c]]+$'), 1, 0)"),
        ("form_number_in_brackets", "/data/a[1]"),
        ("form_path_as_truth", "if(/data/a, 1, 2)"),
        ("form_path_as_truth", "if(/data/a = 1 and (/data/p), 1, 2)"),
        ("form_path_as_truth", "if(not(/data/a), 1, 2)"),
        ("form_function_elsewhere", "base64-decode(/data/a)"),
    ],
)
def test_what_another_program_makes_otherwise_or_stops_at_is_said(code, calculation):
    read = read_xform(form(binds=f'<bind nodeset="/data/meta/instanceID" calculate="{calculation}"/>'), {})
    assert [(one.code, one.stands_in_the_way) for one in read.findings] == [(code, False)]


def test_a_calculated_truth_that_others_read_is_said():
    truth = '<bind nodeset="/data/meta/instanceID" calculate="/data/a = 1"/>'
    assert read_xform(form(binds=truth), {}).findings == ()
    reader = '<bind nodeset="/data/p" relevant="/data/meta/instanceID"/>'
    codes = [one.code for one in read_xform(form(binds=truth + reader), {}).findings]
    assert codes == ["form_path_as_truth", "form_truth_in_text"]
