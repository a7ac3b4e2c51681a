from __future__ import annotations

import pytest

from core.division_matching import rank_of_code, rank_of_name, read_wanted, short_name


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("桐杭村委会", "桐杭村"),
        ("余村村民委员会", "余村村"),
        ("余村村委会", "余村村"),
        ("多福巷社区居委会", "多福巷社区"),
        ("东门居民委员会", "东门"),
        ("居委会", "居委会"),
        ("安吉县", "安吉县"),
    ],
)
def test_a_short_name_is_the_place_without_its_committee(name, short):
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("typed", "name", "rank"),
    [
        ("安吉", "安吉县", 0),
        ("安吉县", "安吉县", 0),
        ("余村村委会", "余村村民委员会", 0),
        ("桐杭村委", "桐杭村委会", 0),
        ("桐杭", "桐杭村委会", 0),
        ("安吉", "安吉路社区居委会", 1),
        ("杭村", "桐杭村委会", 2),
        ("吉安", "安吉县", None),
        ("330523", "安吉县", None),
    ],
)
def test_characters_find_the_place_then_what_begins_so_then_what_has_it(typed, name, rank):
    assert rank_of_name(read_wanted(typed), name, []) == rank


@pytest.mark.parametrize(
    ("typed", "rank"),
    [("anji", 0), ("ANJIXIAN", 0), ("aj", 1), ("ajx", 1), ("an", 2), ("anjix", 2), ("a", 2), ("nji", None)],
)
def test_letters_find_by_full_pinyin_before_initials(typed, rank):
    assert rank_of_name(read_wanted(typed), "安吉县", [("anjixian", "ajx")]) == rank


def test_signs_and_full_width_and_the_committees_ending_do_not_matter():
    assert read_wanted(" Lu'an ").words == ("luan",)
    assert read_wanted("ＡＮＪＩ　余").kind == "characters"
    assert read_wanted("tonghangcunweihui").text == "tonghangcun"
    assert read_wanted("lüliang").text == "lvliang"
    assert read_wanted("安吉 余村").addresses() == [("安吉", "余村")]
    assert ("安吉", "余村") in read_wanted("安吉余村").addresses()
    assert read_wanted("  ' ") is None


def test_a_code_is_found_by_its_first_digits_and_is_itself_without_its_zeros():
    assert rank_of_code(read_wanted("330523"), "330523000000") == 0
    assert rank_of_code(read_wanted("3305 23"), "330523104000") == 1
    assert rank_of_code(read_wanted("330524"), "330523104000") is None
    assert rank_of_code(read_wanted("anji"), "330523104000") is None
