"""Markup of labels: what ODK Collect reads as such, and never what a person answered."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.forms.model.markup import Line, Run, is_marked, lines_in, one_line, plain_words
from core.forms.model.markup_tokens import Look
from core.forms.model.quoting import literal, unquoted
from core.forms.workbook.xlsform import compile_sheets
from core.forms.xform.reading import parse_xform
from tests.core.forms.making import session_of

EVIL = "**粗** _斜_ [点我](https://example.org) <b>大</b>\n- 一\n# 题 &lt;"


def looks(text):
    """The lines, each as its runs: words, and what of their look is not plain."""
    return [
        [(run.words, {name: value for name, value in vars(run.look).items() if value}) for run in line.runs]
        for line in lines_in(text)
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请填**总户数**", [[("请填", {}), ("总户数", {"strong": True})]]),
        ("__a__ *b* _c_", [[("a", {"strong": True}), (" ", {}), ("b", {"emphasis": True}), (" ", {}), ("c", {"emphasis": True})]]),
        ("***x***", [[("x", {"strong": True, "emphasis": True})]]),
        ("**两行\n都粗**", [[("两行", {"strong": True})], [("都粗", {"strong": True})]]),
        ("*a **b* c**", [[("a **b", {"emphasis": True}), (" c**", {})]]),
        ('<span style="color: red; font-family:cursive; font-size:40px">红</span>', [[("红", {"colour": "red", "font": "cursive"})]]),
        ('<span style="color:url(x)">黑</span>', [[("黑", {})]]),
        ("<b>a <b>b</b> c</b>", [[("a b c", {"strong": True})]]),
        ("[手册](https://example.org/a_b_c)", [[("手册", {"address": "https://example.org/a_b_c"})]]),
        ("<a href='mailto:a@example.org'>信</a>", [[("信", {"address": "mailto:a@example.org"})]]),
    ],
)  # fmt: skip
def test_words_look_as_their_markup_says(text, said):
    assert looks(text) == said


@pytest.mark.parametrize(
    "text",
    ["file_name_x", "5 * 3 * 2", "签名 ________", "<18 岁", "a<b 且 c>d", "1. 村名", "- 5 度", "**", "a * b",
     "[坏](javascript:alert(1))", "[坏](file:///etc/passwd)", "<script>x</script>", "R&D", "[ ] 空框"],
)  # fmt: skip
def test_what_is_no_markup_stays_as_it_is(text):
    assert plain_words(text) == text
    assert not is_marked(text)


def test_a_backslash_keeps_a_character():
    assert plain_words(r"\*不斜\* \# \_ \\") == "*不斜* # _ \\"
    assert plain_words(r"C:\用户") == r"C:\用户"


def test_headings_lists_and_empty_lines_are_lines():
    text = "## 题目 ##\n- 甲\n* 乙\n\n\n1. 丙\n2) 丁\n<ol><li>戊</li><li>己</li></ol>完"
    assert [(line.level, line.mark, line.words) for line in lines_in(text)] == [
        (2, "", "题目"), (0, "•", "甲"), (0, "•", "乙"), (0, "", ""), (0, "1.", "丙"), (0, "2)", "丁"),
        (0, "1.", "戊"), (0, "2.", "己"), (0, "", "完"),
    ]  # fmt: skip
    assert plain_words(text) == "题目\n• 甲\n• 乙\n\n1. 丙\n2) 丁\n1. 戊\n2. 己\n完"
    assert one_line("甲\n**乙**") == "甲 乙"


def test_addresses_stand_behind_the_words_of_their_links():
    text = "[手册](https://example.org/a) [https://example.org](https://example.org)"
    assert plain_words(text, addresses=True) == "手册 (https://example.org/a) https://example.org"
    assert plain_words(text) == "手册 https://example.org"


@given(st.text())
def test_an_answer_is_never_markup(answer):
    said = answer.replace("\x01", "").replace("\x02", "")
    runs = [run for line in lines_in(f"**问** {literal(answer)}答") for run in line.runs]
    assert runs == [Run("问", Look(strong=True)), Run(f" {said}答")]
    assert unquoted(literal(answer)) == said


def test_marks_around_an_answer_that_is_not_there_are_not_shown():
    assert plain_words(f"约 **{literal('')}** 元，_{literal('')}_") == "约  元，"


def test_an_answer_in_an_address_stays_a_part_of_its_path():
    (line,) = lines_in(f"[查]({'https://example.org/'}{literal('a b/../)x')})")
    assert line == Line((Run("查", Look(address="https://example.org/a%20b%2F..%2F%29x")),))


@given(st.text(alphabet="*_#<>b/i[]()&;\\-1. \na"))
def test_any_text_is_read_and_loses_no_letter(text):
    words = plain_words(text)
    assert text.count("a") >= words.count("a")
    assert "".join(line.words for line in lines_in(text)).count("1") <= text.count("1")


@pytest.mark.parametrize("text", ["*a " * 9000, "_a " * 9000 + " *b" + "c_ " * 9000, "[" * 32000, "<a " * 9000,
                                  "<b>" * 9000 + "</i>" * 9000, "[a](x" * 6000, " #" * 16000, "<i>" * 9000])  # fmt: skip
def test_hostile_markup_is_read_at_once(text):
    begun = time.perf_counter()
    plain_words(text)
    assert time.perf_counter() - begun < 2


FORM = [
    {"type": "text", "name": "owner", "label": "**户主**姓名", "hint": "[手册](https://example.org)"},
    {"type": "integer", "name": "people", "label": "*${owner}* 家几口人", "constraint": ". < 20",
     "constraint_message": "${owner}：**太多**"},
    {"type": "select_one roofs", "name": "roof", "label": "屋面"},
    {"type": "note", "name": "echo", "label": "${owner}"},
    {"type": "calculate", "name": "seen", "calculation": "jr:choice-name(${roof}, '${roof}')"},
]  # fmt: skip
CHOICES = [{"list_name": "roofs", "name": "tile", "label": "**青瓦**"}]


@pytest.fixture(scope="module")
def form():
    sheets = {"survey": FORM, "choices": CHOICES, "settings": [{"form_id": "f", "version": "1"}]}
    return parse_xform(compile_sheets(sheets).xml)


def test_a_session_gives_words_and_on_request_their_markup(form):
    session = session_of(form)
    session.set("/owner", EVIL)
    assert session.label("/owner", "") == "户主姓名"
    assert session.form.question("/owner").label("") == "户主姓名"
    assert session.label("/people", "") == f"{EVIL} 家几口人"
    marked = session.marked("/people", "", "label")
    assert [(run.words, run.look.emphasis) for line in lines_in(marked) for run in line.runs] == [
        (EVIL, True), (" 家几口人", False),
    ]  # fmt: skip


def test_marks_around_an_answer_that_is_not_given_yet_are_not_shown_anywhere(form):
    assert session_of(form).label("/people", "") == "家几口人"
    assert form.question("/people").label("") == "家几口人"
    assert session_of(form).marked("/echo", "", "label") == ""


def test_messages_and_choices_have_words_and_markup(form):
    session = session_of(form)
    session.set("/owner", "*甲*")
    session.set("/people", 30)
    values = session.problem("/people").values
    assert values["message"] == {"default": "*甲*：太多"}
    assert is_marked(values["marked"]["default"])
    (choice,) = session.choices("/roof", "")
    assert (choice.label, choice.marked) == ("青瓦", "**青瓦**")
    session.set("/roof", "tile")
    assert session.shown("/roof", "") == "青瓦"
    assert session.value("/seen") == "**青瓦**"  # as in JavaRosa
