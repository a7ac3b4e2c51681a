from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.fonts import printable
from app.reports.lines import NO_END, NO_START, break_lines, text_width_em

MIXED = st.text(alphabet="乡村风貌改观，。（）《》“”——……、ab1.% \n𬇙㙟é", max_size=120)


def texts(lines):
    return ["".join(piece.text for piece in line.pieces) for line in lines]


def broken(text, width_em, **more):
    return texts(break_lines(text, "Song", width_em, **more))


def test_chinese_fills_the_line():
    assert broken("乡村风貌改观调查", 4) == ["乡村风貌", "改观调查"]


def test_no_line_starts_with_a_closing_mark():
    assert broken("乡村风貌，改观", 4) == ["乡村风", "貌，改观"]


def test_no_line_ends_with_an_opening_mark():
    assert broken("乡村风（貌）改观", 4) == ["乡村风", "（貌）改", "观"]


def test_dash_and_ellipsis_stay_whole():
    assert broken("乡村风——改", 4) == ["乡村风", "——改"]
    assert broken("乡村风貌……改", 5) == ["乡村风貌", "……改"]


def test_a_word_and_a_number_stay_whole():
    assert broken("面积12.50m以下", 4) == ["面积", "12.50m", "以下"]
    assert broken("用design做", 4) == ["用", "design", "做"]


def test_a_word_wider_than_the_line_is_broken_all_the_same():
    lines = break_lines("x" * 5000, "Song", 10)
    assert "".join(texts(lines)) == "x" * 5000
    assert all(line.width_em <= 10.001 for line in lines)


def test_the_first_line_of_each_paragraph_is_moved_in():
    lines = break_lines("乡村风貌\n改观", "Song", 4, indent_em=2)
    assert [line.indent_em for line in lines] == [2, 0, 2]
    assert texts(lines) == ["乡村", "风貌", "改观"]


def test_rare_characters_are_runs_of_their_own():
    (line,) = break_lines("村𣒍村", "Hei", 10)
    assert [(piece.face, piece.text) for piece in line.pieces] == [
        ("Hei", "村"),
        ("Song", "𣒍"),
        ("Hei", "村"),
    ]


def test_an_empty_text_has_no_lines():
    assert break_lines("", "Song", 4) == []


@settings(deadline=None)
@given(MIXED, st.floats(2, 20))
def test_nothing_is_lost_or_moved(text, width_em):
    squeezed = printable(text).replace("\n", "").replace(" ", "")
    assert "".join(broken(text, width_em)).replace(" ", "") == squeezed


@settings(deadline=None)
@given(MIXED, st.floats(2, 20))
def test_no_line_is_wider_than_asked(text, width_em):
    assert all(line.width_em <= width_em + 1e-3 for line in break_lines(text, "Song", width_em))


@settings(deadline=None)
@given(st.text(alphabet="乡村风貌，。（）《》、", max_size=80), st.integers(6, 20))
def test_breaks_respect_marks_unless_marks_alone_overfill_a_line(text, width_em):
    lines = broken(text, width_em)
    for before, after in pairwise(lines):
        crowded = text_width_em(before, "Song") > width_em - 1
        assert (
            crowded or (after[:1] not in NO_START and before[-1:] not in NO_END) or _all_marks(before + after)
        )


def _all_marks(text):
    return any(all(c in NO_START | NO_END for c in text[i : i + 5]) for i in range(max(1, len(text) - 4)))
