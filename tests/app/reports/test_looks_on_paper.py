"""What a form says about how a question looks, on paper: words without markup, answers as they were asked."""

import pytest

from app.reports.record_content import Field, Heading, read_record
from app.reports.record_report import RecordFacts, record_report_pdf
from app.reports.word import record_docx
from core.forms.xform.reading import parse_xform
from tests.app.ui.forms.every_look import ANSWERS, every_look
from tests.core.forms.making import RECORD, form_of, session_of

FACTS = RecordFacts(RECORD, "1", final=False, sample=True)


def answered(form, answers):
    session = session_of(form)
    for path, value in answers.items():
        session.set(path, value)
    return session


@pytest.fixture(scope="module")
def content():
    return read_record(answered(parse_xform(every_look()), ANSWERS), "zh")


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("户主姓名", "示例*甲*"), ("收入", "1,234,567"), ("面积", "12,345.60"), ("月份", "2026年11月"),
        ("年份", "2026年"), ("时间", "14:30"), ("日期时间", "2026年11月21日 14:30"), ("我已读过", "是"),
        ("小数滑块", "1.5"), ("没动过的滑块", ""), ("默认的单选", "小青瓦"), ("只读的", "不能改"), ("道路", "很满意"),
        ("有字的滑块", "10 很愿意"),
        ("排好的", "1. 石板　2. 小青瓦　3. 其他　4. 彩钢板（屋面颜色很长的说明）"),
    ],
)  # fmt: skip
def test_an_answer_stands_on_paper_as_it_was_asked(content, label, value):
    fields = {entry.label: entry.value for entry in content.entries if isinstance(entry, Field)}
    assert fields[label] == value


def test_no_markup_and_no_head_of_a_grid_is_printed(content):
    said = [one.label for one in content.entries if isinstance(one, Field)]
    said += [one.text for one in content.entries if isinstance(one, Heading)]
    assert "说明与标记" in said
    assert "" not in said
    assert not [words for words in said if "**" in words or "<" in words or "填写前请读" in words]


def test_a_row_is_headed_by_its_own_label_and_a_link_by_its_address():
    form = form_of(
        """
        | type | name | label |
        | begin_repeat | house | 房屋：${kind} |
        | text | kind | 种类，见[表](https://example.org/a) |
        | begin_repeat | floor | 楼层 |
        | text | use | 用途 |
        | end_repeat | | |
        | end_repeat | | |
        """
    )
    session = session_of(form)
    (row,) = session.rows("/house")
    session.set(f"{row}/kind", "砖*房*")
    entries = read_record(session, "zh").entries
    assert Heading("第 1 项　房屋：砖*房*", 2) in entries
    assert "种类，见表 (https://example.org/a)" in [one.label for one in entries if isinstance(one, Field)]


def test_pdf_and_word_are_made_of_every_look(content):
    pdf = record_report_pdf(content, FACTS, lambda _: None)
    assert (pdf.pages, pdf.missing) == (2, ())
    assert record_docx(content, FACTS, lambda _: None).startswith(b"PK")
