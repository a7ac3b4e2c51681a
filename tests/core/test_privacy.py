from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.privacy import mask_id, mask_name, mask_personal, mask_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张某某某", "张*"),
        ("欧阳某", "欧阳*"),
        ("欧阳", "欧*"),
        ("", ""),
        (" 王五 ", "王*"),
        ("𬇙某", "𬇙*"),
    ],
)
def test_a_name_keeps_its_surname(name, shown):
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("+86 138 1234 5678", "+86 138 **** 5678"),
        ("020-12345678", "020-****5678"),
        ("1234567", "****567"),
        ("400-123-4567", "40*-***-4567"),
        ("", ""),
    ],
)
def test_a_telephone_number_loses_four_digits(number, shown):
    assert mask_phone(number) == shown


def test_an_identity_number_loses_the_birthday():
    assert mask_id("11010519491231002X") == "110***********002X"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张三 13812345678", "张* 138****5678"),
        ("张三13812345678、李四", "张*138****5678、李*"),
        ("11010519491231002X", "110***********002X"),
        ("示例路12号", "***"),
        ("村委会往东第三户（示例）", "***"),
        ("买买提·某某", "买*·某*"),
        ("", ""),
    ],
)
def test_names_and_numbers_are_hidden_in_part_and_all_else_whole(text, shown):
    assert mask_personal(text) == shown


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(alphabet="张王李某 ,、/", max_size=5))
def test_no_mobile_number_survives_in_any_surroundings(number, words):
    assert number not in mask_personal(words + number + words)


@given(st.text(max_size=60))
def test_masking_never_fails(text):
    assert isinstance(mask_personal(text), str)
