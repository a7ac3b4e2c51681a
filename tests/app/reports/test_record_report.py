from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image

from app.reports.record_blocks import chinese_number, numbered
from app.reports.record_content import Field, Heading, Photo, RecordContent, Table
from app.reports.record_report import RecordFacts, record_report_pdf

FACTS = RecordFacts(
    "01890000-0000-7000-8000-000000000000", "2026112101", final=True, changed="2026年11月21日"
)


def a_report(*entries, facts=FACTS, read=lambda _digests: None, masked=False, lang="zh"):
    return record_report_pdf(RecordContent("村庄概况调查", "示例村", entries, masked), facts, read, lang)


def pages_of(printed):
    return [
        page.get_textpage().get_text_range().replace("\r\n", "\n")
        for page in pypdfium2.PdfDocument(printed.pdf)
    ]


def a_jpeg(width=320, height=240):
    out = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 60)).save(out, "JPEG")
    return out.getvalue()


def photos(count):
    return [Photo(f"照片 {n}　示例说明", (f"sha256:{n:064x}",), "照片不在本机") for n in range(1, count + 1)]


def test_a_report_says_what_it_is():
    (page,) = pages_of(a_report(Heading("村庄位置", 1), Field("村名", "示例村")))
    for text in (
        "村庄概况调查",
        "示例村",
        FACTS.record_id,
        "2026112101",
        "已定稿",
        "一、村庄位置",
        "第 1 页，共 1 页",
    ):
        assert text in page
    assert "草稿" not in page


def test_an_unfinished_record_says_so_on_every_page():
    facts = RecordFacts("id", "1", final=False)
    pages = pages_of(a_report(*[Field(f"问题 {n}", "答案" * 40) for n in range(60)], facts=facts))
    assert len(pages) > 1
    assert all("草稿" in page for page in pages)


def test_invented_answers_say_so_on_paper():
    assert (
        "示例"
        in pages_of(a_report(facts=RecordFacts("id", "1", final=True, sample=True)))[0].split("村庄")[0]
        + "示例"
    )
    (page,) = pages_of(
        record_report_pdf(
            RecordContent("表", "", ()), RecordFacts("id", "1", final=True, sample=True), lambda _: None
        )
    )
    assert "示例" in page


def test_an_empty_record_prints():
    printed = a_report()
    assert printed.pages == 1
    assert printed.missing == ()


def test_headings_with_nothing_below_them_are_left_out():
    (page,) = pages_of(
        a_report(Heading("空组", 1), Heading("空小组", 2), Heading("有题", 1), Field("问题", "答"))
    )
    assert "空组" not in page
    assert "一、有题" in page


def test_headings_are_numbered_by_level():
    entries = []
    for name in ("甲", "乙"):
        entries += [
            Heading(name, 1),
            Heading(f"{name}子", 2),
            Field("问题", "答"),
            Heading(f"{name}丑", 2),
            Field("问题", "答"),
        ]
    (page,) = pages_of(a_report(*entries))
    for text in ("一、甲", "（一）甲子", "（二）甲丑", "二、乙", "（一）乙子"):
        assert text in page


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "100")]
)
def test_numbers_are_chinese_up_to_99(number, text):
    assert chinese_number(number) == text


@pytest.mark.parametrize(
    "own", ["一、基本情况", "（二）屋面", "3. 屋面", "2、屋面", "第三部分 屋面", "1.2 屋面"]
)
def test_a_heading_that_its_author_numbered_is_not_numbered_again(own):
    assert numbered(Heading(own, 1), [1, 0, 0], "zh") == (1, own)
    assert numbered(Heading("三层以上房屋", 1), [1, 0, 0], "zh") == (1, "二、三层以上房屋")
    assert numbered(Heading("2026年度", 2), [1, 0, 0], "zh") == (2, "（一）2026年度")


def test_table_heads_are_repeated_on_every_page():
    rows = tuple((str(n), f"示例项目{n}", "县级") for n in range(1, 101))
    pages = pages_of(a_report(Heading("非遗", 1), Table(("序号", "项目名称", "级别"), rows)))
    assert len(pages) == 4 or len(pages) == 3
    assert all("项目名称" in page for page in pages)
    assert all(any(f"示例项目{n}" in page for page in pages) for n in range(1, 101))


def test_photos_stand_two_in_a_row_with_their_captions():
    data = a_jpeg()
    document = pypdfium2.PdfDocument(a_report(*photos(5), read=lambda _: data).pdf)
    boxes = [
        thing.get_bounds()
        for page in document
        for thing in page.get_objects()
        if thing.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    ]
    assert len(boxes) == 5
    assert {round(right - left, 1) for left, _, right, _ in boxes} == {round(75 * 72 / 25.4, 1)}
    assert {round(left) for left, _, _, _ in boxes} == {round(28 * 72 / 25.4), round((28 + 81) * 72 / 25.4)}


def test_every_photo_is_on_the_page_of_its_caption():
    data = a_jpeg()
    document = pypdfium2.PdfDocument(a_report(*photos(31), read=lambda _: data).pdf)
    for page in document:
        pictures = [t for t in page.get_objects() if t.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
        assert page.get_textpage().get_text_range().count("示例说明") == len(pictures)


def test_a_photo_that_is_not_here_leaves_a_frame_that_says_so():
    (page,) = pages_of(a_report(*photos(1)))
    assert "照片不在本机" in page


def test_hidden_personal_data_are_told():
    assert "已按《个人信息保护法》隐去一部分" in pages_of(a_report(masked=True))[0]


@pytest.mark.parametrize(
    "text", ["x" * 5000, "，" * 5000, "字" * 20000, "<img src='http://127.0.0.1:9/'>&", "\x00😀أ", "\n" * 900]
)
def test_hostile_answers_print_in_every_place(text):
    entries = (
        Heading(text[:300], 1),
        Field(text[:500], text),
        Table((text[:50], "b"), ((text, "x"), ("y", text))),
        Photo(text[:600], (), "照片不在本机"),
    )
    printed = record_report_pdf(RecordContent(text[:200], text, entries), FACTS, lambda _: None)
    assert printed.pages >= 1


def test_equal_input_gives_equal_bytes():
    data = a_jpeg()
    entries = (Heading("照片", 1), *photos(4), Field("问题", "答"))
    assert a_report(*entries, read=lambda _: data).pdf == a_report(*entries, read=lambda _: data).pdf


def test_numbers_stand_at_the_right_of_their_column_and_words_at_the_left():
    rows = (("石坎", "7"), ("地面护坡", "12345678"))
    printed = a_report(Heading("项目", 1), Table(("名称", "合价（元）"), rows, frozenset({1})))
    text = pypdfium2.PdfDocument(printed.pdf)[0].get_textpage()

    def edges(word):
        index = text.search(word, match_whole_word=True).get_next()[0]
        return text.get_charbox(index)[0], text.get_charbox(index + len(word) - 1)[2]

    assert edges("石坎")[0] == pytest.approx(edges("地面护坡")[0], abs=1.5)
    assert edges("7")[1] == pytest.approx(edges("12345678")[1], abs=1.5)
    assert edges("7")[0] > edges("12345678")[0] + 20


def test_the_number_of_a_record_stands_above_its_title_and_on_the_pages_after():
    entries = tuple(Field(f"问题 {n}", "答案" * 40) for n in range(60))
    content = RecordContent("农村户厕设计", "余村 H012", entries, number="330523108204-T001")
    pages = pages_of(record_report_pdf(content, FACTS, lambda _: None))
    assert len(pages) > 1
    assert all("编号：330523108204-T001" in page for page in pages)


def test_a_stamp_is_written_on_the_printed_photo():
    photo = Photo("照片 1", ("sha256:" + "1" * 64,), stamp="余村 P01　2026年9月12日")
    (page,) = pages_of(a_report(photo, read=lambda _: a_jpeg()))
    assert "余村 P01" in page
    assert "2026年9月12日" in page
    (absent,) = pages_of(a_report(photo))
    assert "P01" not in absent


def test_a_stamp_longer_than_its_photo_is_cut_and_stays_on_it():
    photo = Photo("照片 1", ("sha256:" + "1" * 64,), stamp="很长的村名" * 30)
    (page,) = pages_of(a_report(photo, read=lambda _: a_jpeg()))
    assert 0 < page.count("很长的村名") < 30


def test_the_file_names_its_record_its_printer_and_its_sections():
    facts = RecordFacts("id", "1", final=True, author="示例人员")
    printed = a_report(Heading("甲", 1), Field("a", "b"), Heading("乙", 2), Field("c", "d"), facts=facts)
    opened = pypdfium2.PdfDocument(printed.pdf)
    said = opened.get_metadata_dict()
    assert (said["Title"], said["Author"]) == ("村庄概况调查 示例村", "示例人员")
    assert [(entry.level, entry.get_title()) for entry in opened.get_toc()] == [
        (0, "一、甲"),
        (1, "（一）乙"),
    ]
    assert b"/Lang (zh-CN)" in printed.pdf
