from __future__ import annotations

import pytest

from core.forms.answers import WrongTypeError, accept, answer_text, from_calculation
from core.values import photo_value


@pytest.mark.parametrize(
    ("datatype", "entered", "stored"),
    [
        ("int", " １２ ", 12),
        ("int", 12, 12),
        ("decimal", "１２．５０", {"d": "12.50"}),
        ("decimal", 3, {"d": "3"}),
        ("boolean", "true", True),
        ("date", "2026-11-21", "2026-11-21"),
        ("date", "2026-11-21T08:00:00", "2026-11-21"),
        ("time", "08:30", "08:30"),
        ("dateTime", "2026-11-21T08:00:00+08:00", "2026-11-21T08:00:00+08:00"),
        ("select_multiple", "b a b", ["a", "b"]),
        ("rank", ["b", "a"], ["b", "a"]),
        ("string", " 空 ", " 空 "),
        ("string", "a\x00b", {"x": "YQBi"}),
        ("string", "", None),
        ("select_multiple", [], None),
        ("int", "  ", None),
    ],
)
def test_an_answer_is_stored_in_the_type_of_its_question(datatype, entered, stored):
    assert accept(datatype, entered) == stored


@pytest.mark.parametrize(
    ("datatype", "entered"),
    [
        ("int", "12.5"), ("int", "9007199254740992"), ("int", True), ("decimal", "1e5"), ("decimal", "NaN"),
        ("boolean", "yes"), ("date", "2026-02-30"), ("time", "25:00"), ("geopoint", "91 0"),
        ("geopoint", "north"), ("geotrace", "1 1"), ("binary", "photo.jpg"), ("string", 5),
        ("select_multiple", 5), ("int", {"d": "5"}), ("geopoint", f"30 120 {'9' * 400}"),
        ("geopoint", {"g": {"type": "Point", "coordinates": [1e308, 0]}}),
        ("geoshape", {"g": {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, float("nan")]]]}}),
    ],
)  # fmt: skip
def test_what_is_not_of_the_type_is_refused(datatype, entered):
    with pytest.raises(WrongTypeError):
        accept(datatype, entered)


@pytest.mark.parametrize(
    ("datatype", "text"),
    [
        ("geopoint", "30.5 120.25 7 4.2"), ("geopoint", "-30.5 120.25 0 0"),
        ("geotrace", "1 2 0 0; 3 4 0 0"), ("geoshape", "0 0 0 0; 0 1 0 0; 1 1 0 0; 0 0 0 0"),
        ("int", "-5"), ("decimal", "0.10"), ("boolean", "false"),
    ],
)  # fmt: skip
def test_text_as_odk_writes_it_comes_back(datatype, text):
    assert answer_text(accept(datatype, text)) == text


def test_a_photo_is_its_file_name():
    digest = "sha256:" + "ab" * 32
    assert answer_text(photo_value(digest, 9, "image/png")) == "abababababababab.png"
    assert answer_text(photo_value(digest, 9, "image/png", name="村口.jpg")) == "村口.jpg"


def test_a_calculation_that_is_not_of_its_type_is_empty():
    assert from_calculation("int", "3.0") == 3
    assert from_calculation("int", "NaN") is None
    assert from_calculation("date", "") is None
    assert from_calculation("string", "NaN") == "NaN"
