"""Whatever is edited in whatever order: recomputing a little gives what recomputing everything gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.forms.filling.session import FormSession
from core.values import Value
from tests.core.forms.making import PlaceList, form_of, session_of

TANGLED = form_of(
    """type | name | label | relevant | calculation | choice_filter | repeat_count | trigger |
    integer | a | 甲 | | | | | |
    integer | b | 乙 | ${a} > 2 | | | | |
    begin_group | g | 组 | ${b} != 1 | | | | |
    integer | c | 丙 | | | | | |
    begin_repeat | r | 行 | ${c} != 4 | | | | |
    integer | x | 数 | | | | | |
    integer | y | 量 | ${x} > ${a} | | | | |
    calculate | z | | | ${x} + ${y} + position(..) | | | |
    calculate | rest | | | sum(/data/g/r[position() != position(current()/..)]/x) | | | |
    begin_repeat | s | 内 | ${x} != 3 | | | | |
    integer | w | 微 | | | | | |
    calculate | v | | | ${w} * ${x} + count(${s}) | | | |
    end_repeat | | | | | | | |
    end_repeat | | | | | | | |
    end_group | | | | | | | |
    calculate | total | | | sum(${x}) + sum(${w}) | | | |
    begin_repeat | k | 计 | | | | ${a} | |
    text | note | 注 | | | | | |
    end_repeat | | | | | | | |
    calculate | many | | | count(${k}) + count(${r}) + count-non-empty(${note}) | | | |
    select_one colour | colour | 色 | | | warm = ${b} or ${total} > 9 | | |
    text | shade | 深浅 | selected(${colour}, 'red') | | | | |
    calculate | shown | | | concat(${colour}, ${shade}, indexed-repeat(${y}, ${r}, 2)) | | | |
    text | echo | 回声 | | concat('e', ${b}) | | | ${a} |""",
    choices="list_name | name | label | warm |\ncolour | red | 红 | 1 |\ncolour | blue | 蓝 | 2 |",
)

PLAIN = ["/a", "/b", "/c", "/colour", "/shade"]
edits = st.lists(
    st.tuples(
        st.sampled_from(["set", "row", "add", "inner", "remove"]),
        st.integers(0, 30),
        st.integers(0, 6),
    ),
    max_size=25,
)


def edit(session: FormSession, kind: str, which: int, number: int) -> None:
    rows = session.rows("/r")
    if kind == "set":
        path = PLAIN[which % len(PLAIN)]
        value: Value = {"/colour": ["red", "blue"][number % 2], "/shade": "深"}.get(path, number)
        session.set(path, value if number else None)
    elif kind == "add":
        session.add_row("/r")
    elif rows and kind == "row":
        session.set(f"{rows[which % len(rows)]}/{'xy'[number % 2]}", which % 7 or None)
    elif rows and kind == "inner":
        session.set(f"{session.add_row(rows[which % len(rows)] + '/s')}/w", number)
    elif rows and kind == "remove":
        session.remove_row(rows[which % len(rows)])


def seen(session: FormSession) -> dict[str, object]:
    """All that a person or another rule can see."""
    return {
        node.path: (node.relevant, node.typed, session.value(node.path) if node.path else None)
        for node in session.root.descendants()
    }


@settings(max_examples=150, deadline=None)
@given(edits)
def test_recomputing_a_little_equals_recomputing_everything(steps):
    session = session_of(TANGLED, source=PlaceList())
    for kind, which, number in steps:
        edit(session, kind, which, number)
    settled = seen(session)
    session.settle_all()
    assert seen(session) == settled


@settings(max_examples=100, deadline=None)
@given(edits)
def test_a_session_opened_from_the_answers_is_the_session_that_was_left(steps):
    session = session_of(TANGLED)
    for kind, which, number in steps:
        edit(session, kind, which, number)
    again = session_of(TANGLED, session.answers())
    assert seen(again) == seen(session)
    assert again.changed_since_open() == {}
    assert again.calculated() == session.calculated()
