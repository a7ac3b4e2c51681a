from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pinyin import SPELLINGS_LIMIT, Pinyin, read_table

TABLE = read_table(
    "# a remark\n安按 an\n吉 ji\n县 xian\n女 nv\n长 chang zhang\n乐 le yue\n六 liu lu\n六安 lu an\n"
)
SPELL = Pinyin(TABLE)


@pytest.mark.parametrize(
    ("text", "full", "initials"),
    [
        ("安吉县", "anjixian", "ajx"),
        ("六安", "luan", "la"),
        ("六吉六安县", "liujiluanxian", "ljlax"),
        ("女", "nv", "n"),
        ("长安 B2（县）", "changanb2xian", "cab2x"),
        ("𣒍县〓", "𣒍xian", "𣒍x"),
        ("", "", ""),
    ],
)
def test_text_is_spelled_by_phrases_then_by_the_commonest_reading(text, full, initials):
    assert (SPELL.full(text), SPELL.initials(text)) == (full, initials)


def test_every_reading_of_a_name_is_spelled_the_commonest_first():
    assert SPELL.spellings("长乐") == [
        ("changle", "cl"),
        ("changyue", "cy"),
        ("zhangle", "zl"),
        ("zhangyue", "zy"),
    ]
    assert SPELL.spellings("六安") == [("luan", "la")]
    assert len(SPELL.spellings("长乐长乐")) == SPELLINGS_LIMIT


@given(st.text(alphabet="安吉县女长乐六 b9。ß", max_size=12))
def test_the_first_spelling_is_the_one_shown_and_the_initials_belong_to_it(text):
    assert SPELL.spellings(text)[0] == (SPELL.full(text), SPELL.initials(text))
    assert len(SPELL.initials(text)) <= len(SPELL.full(text))
