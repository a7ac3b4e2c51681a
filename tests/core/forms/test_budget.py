"""Forms that compute without end: each ends, names its question, and keeps what was entered."""

from __future__ import annotations

import pytest

from core.errors import KnownError
from core.forms.budget import MOST_NODES, MOST_ROWS
from core.forms.filling.completeness import Judgement
from core.forms.filling.session import FormSession
from core.forms.xform.reading import parse_xform
from tests.oracle.replay import RECORD, StandingClock


def form(model: str, binds: str = "", body: str = "", lists: str = "") -> bytes:
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>示例</h:title><model><instance>'
        f'<data id="hostile" version="1">{model}</data></instance>{lists}{binds}</model></h:head>'
        f"<h:body>{body}</h:body></h:html>"
    ).encode()


def bind(name: str, kind: str = "string", **logic: str) -> str:
    rules = "".join(f' {rule}="{source}"' for rule, source in logic.items())
    return f'<bind nodeset="/data/{name}" type="{kind}"{rules}/>'


def asked(name: str, inside: str = "") -> str:
    return f'<input ref="/data/{name}"><label>问 {name}</label>{inside}</input>'


def setting(target: str, value: str) -> str:
    return f'<setvalue ref="/data/{target}" event="xforms-value-changed" value="{value}"/>'


def rows(count: str, inside: str = "<x/>", binds: str = "", body: str = "") -> bytes:
    repeat = (
        f'<group ref="/data/r"><label>行</label><repeat nodeset="/data/r" jr:count="{count}">'
        f"{asked('r/x')}{body}</repeat></group>"
    )
    model = f"<n/><note/><r jr:template=''>{inside}</r>"
    return form(model, bind("n", "int") + binds, asked("n") + asked("note") + repeat)


def opened(xml: bytes) -> FormSession:
    return FormSession(parse_xform(xml), RECORD, StandingClock())


def given_up(session: FormSession) -> list[str]:
    return [problem.path for problem in session.problems() if problem.code == "given_up"]


DOUBLING = form(
    "<note/>" + "".join(f"<a{at}/>" for at in range(60)),
    "".join(bind(f"a{at}", calculate=f"concat(/data/a{at - 1}, /data/a{at - 1})") for at in range(1, 60)),
    asked("a0") + asked("note"),
)
PING_PONG = form(
    "<note/><a0/><b/>",
    bind("a0", "int") + bind("b", "int"),
    asked("a0", setting("b", "/data/a0 + 1")) + asked("b", setting("a0", "/data/b + 1")) + asked("note"),
)
BRANCHING = form(
    "<note/>" + "".join(f"<a{at}/>" for at in range(40)),
    body=asked("note")
    + "".join(
        asked(
            f"a{at}",
            setting(f"a{at + 1}", f"concat(/data/a{at}, 'x')")
            + setting(f"a{at + 1}", f"concat(/data/a{at}, 'y')"),
        )
        for at in range(39)
    ),
)
CHARACTERS = form(
    "<note/><a0/><b/>", bind("b", calculate="uuid(10000000000 * /data/a0)"), asked("a0") + asked("note")
)


@pytest.mark.parametrize("xml", [DOUBLING, PING_PONG, BRANCHING, CHARACTERS])
def test_what_computes_without_end_is_given_up_and_the_rest_can_be_answered(xml):
    session = opened(xml)
    session.set("/a0", "1")
    assert given_up(session)
    assert session.value("/a0") == session.stored("/a0") is not None
    session.set("/note", "示例")
    assert session.value("/note") == "示例"
    again = FormSession(session.form, RECORD, StandingClock(), session.answers())
    assert again.stored("/note") == "示例" and again.stored("/a0") == session.stored("/a0")


def test_a_rule_given_up_is_named_by_its_question_and_stands_in_nobodys_way():
    session = opened(DOUBLING)
    session.set("/a0", "示例")
    [problem] = session.problems()
    assert (problem.severity, problem.values["question"]) == ("warning", problem.path[1:])
    assert Judgement(session).problems[problem.path] == problem
    assert Judgement(session).completeness().complete


def test_a_rule_given_up_is_not_run_again_and_leaves_no_old_value():
    session = opened(DOUBLING)
    session.set("/a0", "短")
    stopped = given_up(session)
    session.set("/a0", "长")
    assert given_up(session) == stopped and session.value(stopped[0]) is None


def test_a_count_of_a_thousand_million_makes_as_many_rows_as_a_record_holds():
    session = opened(rows("/data/n"))
    session.set("/n", 10**9)
    assert len(session.rows("/r")) == MOST_ROWS
    assert given_up(session) == ["/r"]


def test_repeats_that_multiply_end():
    inner = '<group ref="/data/r/s"><repeat nodeset="/data/r/s" jr:count="/data/n"/></group>'
    session = opened(rows("/data/n", "<x/><s jr:template=''><y/></s>", body=inner))
    session.set("/n", 9000)
    assert given_up(session) and sum(1 for _ in session.root.descendants()) < MOST_NODES


@pytest.mark.parametrize("count", ["count(/data/r) + 1", "/data/note"])
def test_a_count_that_grows_by_itself_is_refused(count):
    with pytest.raises(KnownError) as refused:
        parse_xform(rows(count, binds=bind("note", "int", calculate="count(/data/r) + 1")))
    assert refused.value.values["reason"] == "cycle"


def test_each_row_looking_at_each_other_is_given_up_once_it_is_too_much():
    larger = "sum(/data/r[x &gt;= current()/../x]/x)"
    session = opened(
        rows("/data/n", "<x>1</x><y/>", bind("r/y", "int", calculate=larger) + bind("r/x", "int"))
    )
    session.set("/n", 20)
    assert not given_up(session) and session.value(f"{session.rows('/r')[3]}/y") == 20
    session.set("/n", 4000)
    assert len(given_up(session)) == 1
    row = session.rows("/r")[0]
    session.set(f"{row}/x", 7)
    assert session.value(f"{row}/x") == 7


def test_a_limit_that_looks_at_all_rows_is_given_up_and_counts_as_kept():
    looks = "count(/data/r[x &gt;= current()/.]) &gt; 0"
    session = opened(rows("/data/n", "<x>1</x>", bind("r/x", "int", constraint=looks)))
    session.set("/n", 3000)
    judged = Judgement(session)
    assert [problem.code for problem in judged.problems.values()] == ["given_up"]


NESTED = 50_000


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (form("<a/>", bind("a", calculate="(" * 40_000 + "1" + ")" * 40_000)), "expression"),
        (form("<a/>", bind("a", calculate="+".join(["1"] * 40_000))), "expression"),
        (form("<a/>", bind("a", calculate="'" + "长" * 2_000_000 + "'")), "expression"),
        (form("<a>" * NESTED + "</a>" * NESTED), "unsupported"),
        (form("<a/>", body="<group>" * NESTED + "</group>" * NESTED), "unsupported"),
        (
            form("<a/>", lists=f"<instance id='l'><root>{'<a>' * NESTED}{'</a>' * NESTED}</root></instance>"),
            "unsupported",
        ),
        (b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>', "hostile_xml"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "hostile_xml"),
        (form("<a/><b/>", bind("a", calculate="/data/b") + bind("b", calculate="/data/a")), "cycle"),
    ],
    ids=["brackets", "chain", "long", "deep", "groups", "list", "entities", "external", "circle"],
)
def test_a_form_that_is_too_much_to_read_is_refused(xml, reason):
    with pytest.raises(KnownError) as refused:
        parse_xform(xml)
    assert refused.value.values["reason"] == reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("l.geojson", b"[" * 100_000),
        ("l.geojson", b'{"features": ' + b'{"a":' * 100_000),
        ("l.csv", b'name,label\n1,"' + b"x" * 200_000 + b'"\n'),
        ("l.xml", b"<root>" + b"<a>" * NESTED + b"</a>" * NESTED + b"</root>"),
    ],
    ids=["brackets", "features", "cell", "deep"],
)
def test_a_list_that_is_too_much_to_read_is_refused(name, data):
    xml = form("<a/>", lists=f"<instance id='l' src='jr://file/{name}'/>")
    with pytest.raises(KnownError) as refused:
        parse_xform(xml, {name: data})
    assert refused.value.code == "form_broken"


def test_of_a_long_list_only_the_cells_that_are_asked_for_become_nodes():
    table = b"name,label,more\n" + b"".join(b"%d,a,b\n" % at for at in range(20_000))
    xml = form(
        "<a/><b/>",
        bind("b", calculate="instance('l')/root/item[name = /data/a]/label"),
        asked("a"),
        "<instance id='l' src='jr://file-csv/l.csv'/>",
    )
    session = FormSession(parse_xform(xml, {"l.csv": table}), RECORD, StandingClock())
    session.set("/a", "7777")
    assert session.value("/b") == "a"
    items = session.form.lists["l"].children["item"]
    assert len(items) == 20_000 and not any("more" in dict.keys(item.children) for item in items)


def test_twenty_thousand_questions_are_read():
    names = [f"a{at}" for at in range(20_000)]
    binds = "".join(bind(name, relevant=f"/data/a0 != '{name}'") for name in names[1:])
    form_of_all = parse_xform(form("".join(f"<{name}/>" for name in names), binds), checked=True)
    assert sum(1 for _ in form_of_all.questions()) == len(names)
