from __future__ import annotations

import hashlib
import io
import random
import tomllib
from datetime import datetime

import pytest
from PIL import Image

from app.media.photo import preview, print_copy, read_photo, thumbnail
from core.errors import KnownError


@pytest.fixture(scope="module")
def pictures(checkout):
    return checkout / "tests" / "pictures"


def code_of(data: bytes) -> str:
    with pytest.raises(KnownError) as refused:
        read_photo(data)
    return refused.value.code


def a_picture(kind: str = "JPEG", size=(64, 48), mode="RGB", **options) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, **{k: options.pop(k) for k in ("color",) if k in options}).save(
        file, kind, **options
    )
    return file.getvalue()


def test_the_photos_are_those_of_the_source_list(pictures):
    sources = tomllib.loads((pictures / "SOURCES.toml").read_text(encoding="utf-8"))
    committed = [photo for photo in sources["photo"] if photo["committed"]]
    for photo in committed:
        content = (pictures / photo["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == photo["sha256"], photo["file"]
        assert (pictures / "licences" / f"{photo['package']}.txt").is_file()
    there = {file.relative_to(pictures).as_posix() for file in pictures.rglob("*.[jp][pn]g")}
    assert {file for file in there if not file.startswith("fetched/")} == {
        photo["file"] for photo in committed
    }


def test_a_phone_photo_tells_time_place_and_camera_and_stands_upright(pictures):
    facts = read_photo((pictures / "odd" / "iphone6plus_beijing.jpg").read_bytes())
    assert facts.taken_at == datetime(2016, 3, 24, 14, 49, 51)
    assert facts.position_wgs84 == pytest.approx((40.0040861, 116.4847806))
    assert (facts.camera, facts.orientation, facts.mime) == ("Apple iPhone 6 Plus", 6, "image/jpeg")


def test_a_place_out_of_range_is_named(pictures):
    facts = read_photo((pictures / "odd" / "place_out_of_range.jpg").read_bytes())
    assert facts.position_wgs84 is None
    assert "position_unreadable" in facts.oddities


def test_damaged_headers_are_named_and_the_photo_taken(pictures):
    assert "header_damaged" in read_photo((pictures / "odd" / "bad_exif.jpg").read_bytes()).oddities
    assert "header_damaged" in read_photo((pictures / "cabin_in_snow.jpg").read_bytes()).oddities


@pytest.mark.parametrize("name", ["odd/truncated.jpg", "odd/pixel6_anji_truncated.jpg"])
def test_a_photo_cut_off_is_refused(pictures, name):
    assert code_of((pictures / name).read_bytes()) == "photo_truncated"


def test_a_photo_cut_anywhere_is_refused(pictures):
    for name in ("pagoda.jpg", "odd/exif.png"):
        whole = (pictures / name).read_bytes()
        for share in (0.001, 0.05, 0.5, 0.97):
            assert code_of(whole[: int(len(whole) * share)]) in {"photo_truncated", "not_a_photo"}


def test_what_is_no_jpeg_or_png_is_refused():
    assert code_of(b"") == "photo_empty"
    assert code_of(b"%PDF-1.7 no photo") == "not_a_photo"
    assert code_of(a_picture("GIF", mode="P")) == "not_a_photo"
    assert code_of(a_picture("WEBP")) == "not_a_photo"
    assert code_of(b"\xff\xd8\xff\xe0 but nothing else") == "photo_truncated"


def test_too_many_bytes_pixels_or_a_side_too_long_are_refused():
    assert code_of(b"\xff\xd8\xff" + bytes(32_000_000)) == "photo_too_large"
    assert code_of(a_picture("PNG", (7200, 7200), "1")) == "photo_too_many_pixels"
    assert code_of(a_picture("PNG", (12_001, 10), "1")) == "photo_too_many_pixels"
    assert code_of(a_picture("PNG", (11_000, 11_000), "1")) == "photo_too_many_pixels"
    assert read_photo(a_picture("PNG", (12_000, 10), "1")).width == 12_000


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation):
    # The upright picture is red on its left half, blue on its right; store it as each camera position would.
    upright = Image.new("RGB", (80, 40), "red")
    upright.paste("blue", (40, 0, 80, 40))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright if orientation == 1 else upright.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    stored.save(file, "JPEG", exif=exif, quality=95)
    for copy in (thumbnail(file.getvalue(), 80), preview(file.getvalue()), print_copy(file.getvalue(), 80)):
        with Image.open(io.BytesIO(copy)) as shown:
            assert shown.size == (80, 40)
            red, _, blue = shown.getpixel((10, 20))
            assert red > 200 and blue < 60
            red, _, blue = shown.getpixel((70, 20))
            assert blue > 200 and red < 60
    facts = read_photo(file.getvalue())
    assert (facts.width, facts.height) == (80, 40)


def test_copies_carry_nothing_the_camera_wrote(pictures):
    original = (pictures / "odd" / "iphone6plus_beijing.jpg").read_bytes()
    for copy in (thumbnail(original, 256), preview(original), print_copy(original, 1600)):
        with Image.open(io.BytesIO(copy), formats=("JPEG",)) as shown:
            assert len(shown.getexif()) == 0
            assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"Exif" not in copy
        assert b"iPhone" not in copy


def test_copies_fit_their_side_and_never_grow(pictures):
    original = (pictures / "odd" / "iphone6plus_beijing.jpg").read_bytes()
    for copy, side in (
        (thumbnail(original, 256), 256),
        (preview(original), 1280),
        (print_copy(original, 1600), 1600),
    ):
        with Image.open(io.BytesIO(copy)) as shown:
            assert max(shown.size) == side
    with Image.open(io.BytesIO(preview((pictures / "pagoda.jpg").read_bytes()))) as small:
        assert small.size == (640, 427)


def test_what_was_transparent_is_white_on_paper():
    picture = a_picture("PNG", mode="RGBA", color=(255, 0, 0, 0))
    with Image.open(io.BytesIO(preview(picture))) as shown:
        assert min(shown.getpixel((5, 5))) > 250


def test_300_broken_headers_raise_nothing_but_known_errors(pictures):
    chance = random.Random(20261121)
    originals = [
        file.read_bytes() for file in sorted(pictures.glob("odd/*.jpg")) if file.stat().st_size < 400_000
    ]
    outcomes = set()
    for _ in range(300):
        data = bytearray(chance.choice(originals))
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(min(len(data), 1200))
            match chance.randrange(3):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    del data[at : at + chance.randint(1, 40)]
                case _:
                    data[at:at] = chance.randbytes(chance.randint(1, 8))
        try:
            read_photo(bytes(data))
            thumbnail(bytes(data), 96)
            outcomes.add("taken")
        except KnownError as error:
            outcomes.add(error.code)
    assert outcomes <= {"taken", "photo_truncated", "not_a_photo", "photo_too_many_pixels"}
    assert {"taken", "photo_truncated"} <= outcomes
