"""Whatever is answered comes back from the instance document: text of every kind, rows, positions, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.forms.filling.answer_tree import ROW_ID_QUESTION
from core.forms.filling.session import FormSession
from core.forms.instance import Node
from core.forms.model.items import Question
from core.forms.submission.reading import read_submission
from core.forms.submission.writing import write_submission
from core.forms.xform.reading import parse_xform
from core.values import Value, photo_value, point_value
from tests.core.forms.making import RECORD, StandingClock

KINDS = (
    "string", "int", "decimal", "boolean", "date", "time", "dateTime", "geopoint", "geotrace", "geoshape", "binary",
)  # fmt: skip
FORM = parse_xform(
    f"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
    xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" xmlns:my="urn:my"><h:head>
    <h:title>示例</h:title><model><instance><data id="all" version="3" orx:mark="1" my:own="2">
    <g my:kept="x">{"".join(f"<{kind}/>" for kind in KINDS)}</g><several/><rank/><hidden/><my:foreign/>
    <r jr:template=""><text/><photo/><inner jr:template=""><text/></inner></r>
    <orx:meta><orx:instanceID/></orx:meta></data></instance>
    {"".join(f'<bind nodeset="/data/g/{kind}" type="{kind}"/>' for kind in KINDS)}
    <bind nodeset="/data/hidden" relevant="/data/g/int &gt; 5"/><bind nodeset="/data/r/photo" type="binary"/>
    </model></h:head><h:body>
    {"".join(f'<input ref="/data/g/{kind}"/>' for kind in KINDS)}
    <select ref="/data/several"><item><value>a</value></item><item><value>b</value></item></select>
    <rank ref="/data/rank"><item><value>a</value></item><item><value>b</value></item></rank>
    <input ref="/data/hidden"/><input ref="/data/my:foreign"/>
    <group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/text"/><upload ref="/data/r/photo"/>
      <group ref="/data/r/inner"><repeat nodeset="/data/r/inner"><input ref="/data/r/inner/text"/></repeat>
    </group></repeat></group></h:body></h:html>""".replace("my:foreign", "foreign").encode()
)

TEXTS = st.text(
    st.one_of(
        st.sampled_from("\x00\x01\x0b\x1f\x7f\x85\r\n\t <>&\"'\ud800\udfff\ufffe\uffff\U0010fffe𠀀村 ]"),
        st.characters(),
    ),
    max_size=12,
) | st.sampled_from(
    ["]]>", "<![CDATA[x]]>", "&#11;", "&amp;", "\r\n", " 前后 ", "   ", "\U0010fffeb\U0010fffe", "-", "--"]
)
POINTS = st.builds(
    point_value,
    st.floats(-90, 90), st.floats(-180, 180),
    altitude_m=st.none() | st.floats(-400, 8848), accuracy_m=st.none() | st.sampled_from(["0", "4.2", "12"]),
    source=st.sampled_from(["manual", "gps", "exif"]), gps_time=st.none() | st.just("2026-11-21T08:00:00Z"),
)  # fmt: skip
PHOTOS = st.builds(
    lambda digest, name: photo_value(f"sha256:{digest:064x}", 5, "image/jpeg", name=name),
    st.integers(0, 3), st.none() | st.sampled_from(["a.jpg", "A.JPG", "../x", "con.jpg", "照片?.jpg"]) | TEXTS,
)  # fmt: skip
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "int": st.integers(-(2**53) + 1, 2**53 - 1),
    "decimal": st.from_regex(r"[+-]?[0-9]{1,20}(\.[0-9]{0,9})?", fullmatch=True),
    "boolean": st.booleans(),
    "date": st.dates().map(lambda day: day.isoformat()),
    "time": st.times().map(lambda hour: hour.isoformat()) | st.just("14:05:30.000+08:00"),
    "dateTime": st.datetimes().map(lambda moment: moment.isoformat()) | st.just("2026-11-21T08:00:00+08:00"),
    "geopoint": POINTS,
    "geotrace": st.just("30 120 0 0; 30.1 120.1 5 3.5"),
    "geoshape": st.just("30 120 0 0; 30 120.1 0 0; 30.1 120 0 0; 30 120 0 0"),
    "binary": PHOTOS,
}


def is_entered(question: Question) -> bool:
    computed = question.calculate is not None and not question.calculate.fires_once
    return not computed and question.name != ROW_ID_QUESTION


def shown(value: Value) -> Value:
    """An answer; of a file its bytes alone, for one file is sent once, whatever names it has."""
    return value["b"] if isinstance(value, dict) and "b" in value else value


def in_force(session: FormSession) -> Iterator[tuple[str, Value]]:
    """Path and answer of everything that counts and is not computed."""

    def inside(node: Node) -> Iterator[tuple[str, Value]]:
        question = node.spec
        if not isinstance(question, Question):
            for child in (one for named in node.spec.children for one in node.children[named.name]):
                if child.relevant:
                    yield from inside(child)
        elif (value := session.value(node.path)) is not None and is_entered(question):
            yield node.path, shown(value)

    yield from inside(session.root)


def read_back(session: FormSession) -> tuple[dict[str, Value], FormSession]:
    """The answers that the document of a session says, its files as they were, and the record they make."""
    sent = write_submission(session, f"uuid:{RECORD}")
    read = read_submission(session.form, sent.xml)
    assert not read.unread
    by_name = {one.name: one.value for one in sent.attachments}
    assert len({name.casefold() for name in by_name}) == len(by_name)
    answers = {**read.answers, **{path: by_name[name] for path, name in read.files.items()}}
    said = {path: shown(value) for path, value in answers.items() if not path.endswith("/@pos")}
    return said, FormSession(session.form, RECORD, StandingClock(), answers)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_written_is_read_to_the_answers_in_force(data):
    session = FormSession(FORM, RECORD, StandingClock())
    for kind in data.draw(st.sets(st.sampled_from(KINDS))):
        session.set(f"/{kind}", data.draw(VALUES[kind]))
    session.set("/hidden", data.draw(TEXTS))
    session.set("/foreign", data.draw(TEXTS))
    session.set("/several", data.draw(st.lists(st.sampled_from("ab"))))
    session.set("/rank", data.draw(st.lists(st.sampled_from("ab"))))
    for _ in range(data.draw(st.integers(0, 2))):
        row = session.add_row("/r")
        session.set(f"{row}/text", data.draw(TEXTS))
        session.set(f"{row}/photo", data.draw(PHOTOS))
        for _ in range(data.draw(st.integers(0, 2))):
            session.set(f"{session.add_row(f'{row}/inner')}/text", data.draw(TEXTS))
    if len(session.rows("/r")) == 2:
        session.move_row(session.rows("/r")[1], session.rows("/r")[0])
    said, again = read_back(session)
    assert said == dict(in_force(session))
    assert again.rows("/r") == session.rows("/r")
    assert dict(in_force(again)) == said
    fromstring(write_submission(session, f"uuid:{RECORD}").xml, forbid_dtd=True)
