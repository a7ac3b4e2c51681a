from __future__ import annotations

import hashlib
import tomllib

import pytest

from app.reports.fonts import FALLBACKS, drawable, glyph, printable

MAX_TOTAL_BYTES = 16 * 1024 * 1024


@pytest.fixture(scope="module")
def folder(checkout):
    return checkout / "resources" / "fonts"


def characters_of(file):
    return {character for character in file.read_text(encoding="utf-8") if character > " "}


def test_every_character_of_the_standard_table_is_drawable(folder):
    table = characters_of(folder / "tgscc_8105.txt")
    assert len(table) == 8105
    assert [character for character in table if not drawable(character)] == []


def test_every_character_of_the_division_names_is_drawable(checkout):
    names = characters_of(checkout / "resources" / "divisions" / "characters.txt")
    assert len(names) > 5000
    private_use = {character for character in names if "\ue000" <= character <= "\uf8ff"}
    assert private_use <= {"\ue170", "\ue08b"}  # faults of the published names 420684103229, 450681101201
    assert [character for character in names - private_use if not drawable(character)] == []


def test_each_face_draws_the_whole_table_itself(folder):
    table = characters_of(folder / "tgscc_8105.txt")
    borrowed = {face: [c for c in table if glyph(face, c).face != face] for face in FALLBACKS}
    assert borrowed == {face: [] for face in FALLBACKS}


def test_the_signs_of_forms_are_drawable():
    signs = "㎡²³°×÷±≤≥≈—…·□■●○△√✓①⑳ⅠⅫ℃‰№￥【】《》〔〕“”‘’、。Ａｚāǚ☐☑☒"
    assert [sign for sign in signs if not drawable(sign)] == []


def test_the_two_rare_characters_of_village_names_come_from_the_song_face():
    assert {glyph(face, rare).face for face in FALLBACKS for rare in "𣒍"} == {"Song"}


def test_the_files_are_those_that_were_built(folder):
    expected = tomllib.loads((folder / "SOURCE.toml").read_text(encoding="utf-8"))["sha256"]
    assert {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.glob("*.ttf")} == expected
    assert sum(f.stat().st_size for f in folder.glob("*.ttf")) <= MAX_TOTAL_BYTES


@pytest.mark.parametrize("reserved", ["Source", "LXGW", "霞鹜", "Hanazono", "HanaMin"])
def test_no_changed_font_calls_itself_by_a_reserved_name(folder, reserved):
    ttlib = pytest.importorskip("fontTools.ttLib")
    for file in folder.glob("*.ttf"):
        names = ttlib.TTFont(file)["name"].names
        assert not [n for n in names if n.nameID in {1, 2, 3, 4, 6, 16, 17} and reserved in n.toUnicode()]


def test_text_is_composed_and_invisible_marks_go():
    assert printable("e\u0301 \u200b\u202eA\ufe0f\u00a0\tB\r\nC\u2028D") == "é A  B\nC\nD".replace(
        "A  B", "A\u00a0 B"
    )


def test_what_no_font_has_stays_to_be_seen():
    assert printable("\x00😀\ud800") == "\x00😀\ud800"
    assert {glyph("Song", character).sign for character in "\x00😀\ud800"} == {"missing"}
