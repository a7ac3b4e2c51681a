from __future__ import annotations

import io
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.media.exif import ExifFacts, _degrees, _taken_at, read_exif
from app.media.photo import read_photo

ANYTHING = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(), st.binary(), st.tuples(st.floats(), st.floats(), st.floats()),
    st.lists(st.one_of(st.text(), st.none(), st.floats())),
)  # fmt: skip


class Tables:
    """An image whose EXIF holds what a test puts there."""

    def __init__(self, main, details, place):
        self.main, self.ifds = main, {0x8769: details, 0x8825: place}

    def getexif(self):
        return self

    def get_ifd(self, tag):
        return self.ifds[tag]

    def __iter__(self):
        return iter(self.main)

    def keys(self):
        return self.main.keys()

    def __getitem__(self, tag):
        return self.main[tag]


def read(main=None, details=None, place=None, xmp=b"") -> ExifFacts:
    return read_exif(Tables(main or {}, details or {}, place or {}).getexif, xmp)


def test_time_with_offset_is_aware_and_without_offset_naive():
    assert read(details={0x9003: "2024:05:07 09:33:04", 0x9011: "+08:00"}).taken_at == datetime(
        2024, 5, 7, 9, 33, 4, tzinfo=timezone(timedelta(hours=8))
    )
    assert read(details={0x9003: "2024:05:07 09:33:04"}).taken_at == datetime(2024, 5, 7, 9, 33, 4)


def test_south_and_west_are_negative():
    facts = read(place={1: "S", 2: (30.0, 30.0, 0.0), 3: "W", 4: (119.0, 0.0, 36.0)})
    assert facts.position_wgs84 == pytest.approx((-30.5, -119.01))
    assert facts.oddities == ()


@pytest.mark.parametrize(
    "place",
    [
        {1: "N", 2: (math.nan, 0, 0), 3: "E", 4: (119.0, 0.0, 0.0)},
        {1: "N", 2: ("thirty", "0", "0"), 3: "E", 4: (119.0, 0.0, 0.0)},
        {1: "N", 2: "30,0,0,0", 3: "E", 4: "119"},
        {1: "N", 2: ("30/0", "0", "0"), 3: "E", 4: (119.0, 0.0, 0.0)},
        {1: "", 2: (30.0, 0.0, 0.0), 3: "", 4: (119.0, 0.0, 0.0)},
        {1: "N", 2: (30.0, 60.0, 0.0), 3: "E", 4: (119.0, 0.0, 0.0)},
        {1: "N", 2: (91.0,), 3: "E", 4: (119.0, 0.0, 0.0)},
        {1: "N", 2: (30.0, 0.0, 0.0), 4: (119.0, 0.0, 0.0)},
        {2: (30.0, 0.0, 0.0), 3: "E"},
        {1: "E", 2: (30.0, 0.0, 0.0), 3: "N", 4: (119.0, 0.0, 0.0)},
        {1: "N", 2: 30.5, 3: "E", 4: 119.5},
        {1: "N", 2: (), 3: "E", 4: ()},
    ],
)
def test_a_place_that_cannot_be_read_is_none_and_named(place):
    facts = read(place=place)
    assert facts.position_wgs84 is None
    assert facts.oddities == ("position_unreadable",)


def test_the_gulf_of_guinea_is_no_place_and_an_empty_table_is_no_oddity():
    facts = read(place={1: "N", 2: (0, 0, 0), 3: "E", 4: (0, 0, 0)})
    assert (facts.position_wgs84, facts.oddities) == (None, ("position_zero",))
    assert read(place={0: b"\x02\x02\x00\x00"}).oddities == ()


@pytest.mark.parametrize("text", ["2024:13:07 09:33:04", "yesterday", "1970:01:01 00:00:00", b"2024:05:07"])
def test_a_time_that_cannot_be_read_is_none_and_named(text):
    facts = read(details={0x9003: text})
    assert (facts.taken_at, facts.oddities) == (None, ("time_unreadable",))


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "", None])
def test_a_clock_never_set_says_nothing(text):
    assert read(details={0x9003: text}) == ExifFacts()


def test_an_impossible_offset_is_named_and_the_time_kept():
    facts = read(details={0x9003: "2024:05:07 09:33:04", 0x9011: "+25:00"})
    assert facts.taken_at == datetime(2024, 5, 7, 9, 33, 4)
    assert facts.oddities == ("time_offset_unreadable",)


def test_the_camera_says_its_maker_once():
    assert read(main={0x010F: "Google", 0x0110: "Pixel 6"}).camera == "Google Pixel 6"
    assert read(main={0x010F: "Apple", 0x0110: "Apple iPhone"}).camera == "Apple iPhone"
    assert read(main={0x010F: 7, 0x0110: b"N70\x00\x01"}).camera == "N70"


@given(st.dictionaries(st.sampled_from([0x010F, 0x0110, 0x0112]), ANYTHING), st.data())
def test_no_value_of_any_type_raises(main, data):
    details = data.draw(st.dictionaries(st.sampled_from([0x9003, 0x9004, 0x9011, 0x9012]), ANYTHING))
    place = data.draw(st.dictionaries(st.sampled_from([1, 2, 3, 4]), ANYTHING))
    facts = read(main, details, place)
    assert 1 <= facts.orientation <= 8
    if facts.position_wgs84 is not None:
        assert all(math.isfinite(number) for number in facts.position_wgs84)


def test_zero_over_zero_is_no_degree():
    from PIL.TiffImagePlugin import IFDRational

    assert _degrees((IFDRational(0, 0), 1, 1), "N", "NS", 90) is None
    assert _degrees((IFDRational(61, 2), 0, 0), "N", "NS", 90) == 30.5


def test_what_pillow_writes_is_read_back():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2026:11:21 08:00:00"
    exif.get_ifd(0x8769)[0x9011] = "+00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 37.0, 39.54), 3: "E", 4: (119.0, 44.0, 19.56)})
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "JPEG", exif=exif)
    facts = read_photo(file.getvalue())
    assert facts.taken_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert facts.position_wgs84 == pytest.approx((30.627650, 119.738767), abs=1e-6)
    assert (facts.width, facts.height, facts.orientation, facts.oddities) == (30, 40, 6, ())
    assert _taken_at({}, []) is None


@pytest.mark.parametrize(
    "place",
    [
        {1: "n", 2: ("30", "37", "39.54"), 3: "e", 4: ("119", "44", "19.56")},
        {1: "N", 2: "30/1, 37/1, 3954/100", 3: "E", 4: "119/1, 44/1, 1956/100"},
        {1: b"N\x00", 2: b"30 37 39.54", 3: b"E\x00", 4: b"119 44 19.56\x00"},
    ],
)
def test_a_place_written_as_text_or_with_small_letters_is_read(place):
    facts = read(place=place)
    assert facts.position_wgs84 == pytest.approx((30.627650, 119.738767), abs=1e-6)
    assert facts.oddities == ()


def test_an_altitude_of_any_kind_does_not_disturb_the_place():
    around = {1: "N", 2: (30.0, 0.0, 0.0), 3: "E", 4: (119.0, 0.0, 0.0)}
    for reference, metres in ((b"\x01", 12.0), (7, math.nan), ("below", None)):
        assert read(place=around | {5: reference, 6: metres}).position_wgs84 == (30.0, 119.0)


def test_sub_seconds_and_a_later_clock_stay_what_the_camera_wrote():
    assert read(details={0x9003: "2024:05:07 09:33:04.250"}).taken_at == datetime(2024, 5, 7, 9, 33, 4)
    assert read(details={0x9003: "2099:05:07 09:33:04"}).taken_at.year == 2099


@pytest.mark.parametrize("code", ["utf-8", "gb18030"])
def test_a_chinese_camera_name_is_read_in_either_code(code):
    written = "小米手机".encode(code)
    assert read(main={0x0110: written.decode("latin-1")}).camera == "小米手机"
    assert read(main={0x0110: written + b"\x00"}).camera == "小米手机"


def test_an_accent_in_a_name_is_no_chinese():
    assert read(main={0x0110: "Caméra é"}).camera == "Caméra é"


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description {attributes}>{elements}
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def test_place_and_time_are_taken_from_xmp_where_exif_is_silent():
    attributes = (
        'exif:GPSLatitude="30,37.659N" exif:GPSLongitude="119,44,20E" '
        'exif:DateTimeOriginal="2024-05-07T09:33:04.5+08:00"'
    )
    facts = read(xmp=XMP.format(attributes=attributes, elements="").encode())
    assert facts.position_wgs84 == pytest.approx((30.62765, 119.738889), abs=1e-6)
    assert facts.taken_at.isoformat() == "2024-05-07T09:33:04+08:00"
    elements = "<exif:GPSLatitude>30,0S</exif:GPSLatitude><exif:GPSLongitude>5,30,0W</exif:GPSLongitude>"
    assert read(xmp=XMP.format(attributes="", elements=elements)).position_wgs84 == (-30.0, -5.5)


@given(st.text())
def test_no_xmp_of_any_kind_raises(text):
    attributes = f'exif:GPSLatitude="{text}" exif:GPSLongitude="{text}" xmp:CreateDate="{text}"'
    facts = read(xmp=attributes.encode("utf-8", "replace"))
    assert facts.position_wgs84 is None or all(math.isfinite(number) for number in facts.position_wgs84)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_exif_is_read_in_every_container(kind):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 8, "示例相机".encode().decode("latin-1")
    exif.get_ifd(0x8769)[0x9003] = "2026:11:21 08:00:00"
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, kind, exif=exif)
    facts = read_photo(file.getvalue())
    assert (facts.width, facts.height, facts.taken_at) == (30, 40, datetime(2026, 11, 21, 8))


def test_of_two_exif_blocks_the_first_counts():
    blocks = []
    for hour in (8, 9):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"2026:11:21 0{hour}:00:00"
        body = b"Exif\x00\x00" + exif.tobytes().removeprefix(b"Exif\x00\x00")
        blocks.append(b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body)
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "JPEG")
    data = file.getvalue()
    assert read_photo(data[:2] + b"".join(blocks) + data[2:]).taken_at == datetime(2026, 11, 21, 8)
