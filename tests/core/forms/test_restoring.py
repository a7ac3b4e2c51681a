"""Answers put back into a living record; tests/oracle/test_restoring.py does it in every form of the corpus."""

from __future__ import annotations

from benchmarks.long_forms import form_xml
from core.forms.filling.session import FormSession
from core.forms.paths import DELETED
from core.forms.xform.reading import parse_xform
from tests.conftest import FakeClock


def a_session(instance, binds="", body="", answers=None):
    return FormSession(
        parse_xform(form_xml(instance, binds, body, "small")), "0-record", FakeClock(), answers or {}
    )


ROWS = (
    '<total/><out jr:template=""><in jr:template=""><n/></in></out>',
    (
        '<bind nodeset="/data/total" type="int" calculate="sum(/data/out/in/n)"/>'
        '<bind nodeset="/data/out/in/n" type="int"/>'
    ),
    (
        '<group ref="/data/out"><repeat nodeset="/data/out"><group ref="/data/out/in"><repeat nodeset="/data/out/in">'
        '<input ref="/data/out/in/n"/></repeat></group></repeat></group>'
    ),
)


def test_a_row_comes_back_with_the_rows_that_were_made_in_it():
    session = a_session(*ROWS)
    row = session.add_row("/out")
    for number in (3, 4):
        session.set(f"{session.add_row(f'{row}/in')}/n", number)
    inner = session.rows(f"{row}/in")
    session.remove_row(row)
    assert session.value("/total") == 0
    assert session.put_back({f"{row}/@life": "alive"}) is session
    assert (session.rows("/out"), session.rows(f"{row}/in")) == ([row], inner)
    assert session.value("/total") == 7


def test_what_no_form_knows_is_kept_and_nothing_comes_of_it():
    session = a_session(*ROWS)
    session.take_edit()
    values = {"/gone": 1, "/old[a]/n": 2, "/out[a]/in[b]/@life": DELETED}
    assert session.put_back(values) is session
    assert session.answers() == values
    assert session.rows("/out") == ["/out[a]"]
    assert session.rows("/out[a]/in") == []


def test_a_rule_that_goes_on_from_what_it_gave_is_asked_in_a_record_built_anew():
    session = a_session(
        "<a/><n/>",
        '<bind nodeset="/data/a" type="int"/><bind nodeset="/data/n" type="int" calculate=". + 0 * /data/a"/>',
        '<input ref="/data/a"/>',
        {"/a": 1},
    )
    assert session.put_back({"/a": 2}) is not session


def test_words_that_could_not_be_read_are_gone_as_in_a_record_built_anew():
    session = a_session(
        "<a/><b/>", '<bind nodeset="/data/a" type="int"/>', '<input ref="/data/a"/><input ref="/data/b"/>'
    )
    session.set("/a", "xy")
    again = session.put_back({"/b": "z"})
    assert again is not session
    assert (again.problems(), again.value("/b")) == ([], "z")
