from __future__ import annotations

import hashlib
import tomllib

import pytest

from app.storage.pinyin import bundled_pinyin


@pytest.fixture(scope="module")
def folder(checkout):
    return checkout / "resources" / "pinyin"


@pytest.mark.parametrize(
    ("place", "full"),
    [
        ("六安市", "luanshi"),
        ("蚌埠市", "bengbushi"),
        ("重庆市", "chongqingshi"),
        ("长沙市", "changshashi"),
        ("长子县", "zhangzixian"),
        ("都昌县", "duchangxian"),
        ("乐清市", "yueqingshi"),
        ("乐山市", "leshanshi"),
        ("单县", "shanxian"),
        ("厦门市", "xiamenshi"),
        ("大埔县", "dabuxian"),
        ("莘县", "shenxian"),
        ("绿春县", "lvchunxian"),
        ("铅山县", "yanshanxian"),
        ("阿图什市", "atushishi"),
        ("佛山市", "foshanshi"),
        (
            "浙江省湖州市安吉县天荒坪镇余村村委会",
            "zhejiangshenghuzhoushianjixiantianhuangpingzhenyucuncunweihui",
        ),
    ],
)
def test_places_are_spelled_as_people_there_say_them(place, full):
    assert bundled_pinyin().full(place) == full


def test_every_character_of_the_divisions_and_of_the_standard_table_is_spelled(checkout, folder):
    resources = checkout / "resources"
    text = (resources / "divisions" / "characters.txt").read_text(encoding="utf-8")
    text += (resources / "fonts" / "tgscc_8105.txt").read_text(encoding="utf-8")
    known = tomllib.loads((folder / "SOURCE.toml").read_text(encoding="utf-8"))["without_reading"]
    unspelled = {one for one in text if one.isalpha() and not bundled_pinyin().full(one).isascii()}
    assert unspelled <= set(known)
    assert not [one for one in unspelled if ord(one) < 0x10000 and one.isalpha() and "一" <= one <= "龥"]


def test_the_table_is_the_one_of_its_source(folder):
    source = tomllib.loads((folder / "SOURCE.toml").read_text(encoding="utf-8"))
    for name, digest in source["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
