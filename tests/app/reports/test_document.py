from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pypdfium2
import pytest

from app.reports.document import DocumentFacts, write_pdf
from app.reports.fonts import register_fonts
from app.reports.lines import break_lines
from app.reports.styles import STYLES

HOSTILE = '<img src="http://127.0.0.1:9/x"/> & <b>粗</b> &lt; \x00 😀 أب 𬇙㙟𣒍 e\u0301 \u202e反 ☑'


def text_page(text, style="value"):
    register_fonts()
    chosen = STYLES[style]
    lines = break_lines(text, chosen.face, 440 / chosen.size_pt)
    return lambda pen: pen.lines(lines, chosen, 80, 100, 440)


def printed(text, **more):
    return write_pdf([text_page(text, **more)], DocumentFacts("示例"))


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in document)


def test_equal_input_gives_equal_bytes():
    assert printed(HOSTILE).pdf == printed(HOSTILE).pdf


def test_equal_input_gives_equal_bytes_in_another_process(checkout):
    program = (
        "import hashlib, runpy; t = runpy.run_path('tests/app/reports/test_document.py');"
        "print(hashlib.sha256(t['printed'](t['HOSTILE']).pdf).hexdigest())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(checkout)}
    other = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, env=env, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == hashlib.sha256(printed(HOSTILE).pdf).hexdigest()


def test_markup_is_text_like_any_other():
    text = text_of(printed(HOSTILE).pdf)
    assert '<img src="http://127.0.0.1:9/x"/> & <b>粗</b> &lt;' in text.replace("\r\n", "")
    assert "𬇙㙟𣒍" in text


def test_characters_in_no_font_are_told_and_seen():
    result = printed(HOSTILE)
    assert result.missing == ("\x00", "أ", "ب", "😀")
    assert text_of(result.pdf).count("□") == 4
    assert printed("村匠").missing == ()


def test_pages_are_a4_and_say_what_they_are():
    document = pypdfium2.PdfDocument(
        write_pdf([text_page("一"), text_page("二")], DocumentFacts("标题", "主题")).pdf
    )
    assert len(document) == 2
    assert [round(side / 72 * 25.4, 1) for side in document[0].get_size()] == [210.0, 297.0]
    assert document.get_metadata_dict()["Title"] == "标题"


@pytest.mark.parametrize("style", sorted(STYLES))
def test_lines_stay_between_their_edges(style):
    document = pypdfium2.PdfDocument(printed("村匠，。、；：Mixed 12.5 ☑ " * 30, style=style).pdf)
    page = document[0].get_textpage()
    boxes = [page.get_charbox(place) for place in range(page.count_chars())]
    assert min(box[0] for box in boxes if box[2] > box[0]) >= 79
    assert max(box[2] for box in boxes) <= 521
