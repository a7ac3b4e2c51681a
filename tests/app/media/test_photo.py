from __future__ import annotations

import hashlib
import io
import random
import subprocess
import sys
import tomllib
from contextlib import suppress
from datetime import datetime

import pytest
from PIL import Image

from app.media.photo import BYTES_LIMIT, preview, print_copy, read_photo, thumbnail
from core.errors import KnownError


@pytest.fixture(scope="module")
def pictures(checkout):
    return checkout / "tests" / "pictures"


PHOTO_SUFFIXES = {".jpg", ".png", ".heic", ".heif", ".hif", ".webp"}


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
    there = {
        file.relative_to(pictures).as_posix()
        for file in pictures.rglob("*.*")
        if file.suffix in PHOTO_SUFFIXES
    }
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


def test_a_photo_cut_off_is_refused_and_one_that_lost_only_its_end_is_kept(pictures):
    assert code_of((pictures / "odd" / "pixel6_anji_truncated.jpg").read_bytes()) == "photo_truncated"
    assert read_photo((pictures / "odd" / "truncated.jpg").read_bytes()).oddities == ("end_missing",)


def test_a_photo_cut_anywhere_is_refused(pictures):
    for name in ("pagoda.jpg", "odd/exif.png"):
        whole = (pictures / name).read_bytes()
        for share in (0.001, 0.05, 0.5, 0.97):
            assert code_of(whole[: int(len(whole) * share)]) in {"photo_truncated", "not_a_photo"}


def test_what_is_no_photo_is_refused_whatever_its_name():
    assert code_of(b"") == "photo_empty"
    assert code_of(b"%PDF-1.7 no photo") == "not_a_photo"
    assert code_of(a_picture("GIF", mode="P")) == "not_a_photo"
    assert code_of(a_picture("TIFF")) == "not_a_photo"
    assert code_of(a_picture("AVIF")) == "not_a_photo"
    assert code_of(b"\xff\xd8\xff\xe0 but nothing else") == "photo_truncated"


def test_too_many_bytes_pixels_or_a_side_too_long_are_refused():
    assert code_of(b"\xff\xd8\xff" + bytes(BYTES_LIMIT)) == "photo_too_large"
    assert code_of(a_picture("PNG", (7200, 7200), "1")) == "photo_too_many_pixels"
    assert code_of(a_picture("PNG", (30_001, 10), "1")) == "photo_too_many_pixels"
    assert code_of(a_picture("PNG", (11_000, 11_000), "1")) == "photo_too_many_pixels"
    assert read_photo(a_picture("PNG", (30_000, 10), "1")).width == 30_000


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
            assert side * 0.95 <= max(shown.size) <= side
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


def test_a_video_is_named_as_one():
    assert code_of(b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ") == "photo_is_video"
    assert code_of(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42") == "photo_is_video"


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_whose_end_is_missing_is_kept_if_nothing_else_is(pictures, progressive):
    file = io.BytesIO()
    with Image.open(pictures / "pagoda.jpg") as image:
        image.save(file, "JPEG", progressive=progressive, quality=90)
    whole = file.getvalue()
    for ending in (b"", b"\xff", bytes(4000)):
        cut = whole[:-2] + ending
        assert read_photo(cut).oddities == ("end_missing",)
        assert preview(cut) == preview(whole)
    for lost in (40, 4_000, len(whole) // 2):
        assert code_of(whole[:-lost]) == "photo_truncated"
        assert code_of(whole[:-lost] + bytes(lost)) == "photo_truncated"


@pytest.mark.parametrize(
    ("kind", "mode", "color"),
    [
        ("JPEG", "L", 128), ("JPEG", "CMYK", (0, 0, 0, 127)), ("PNG", "I;16", 32_768), ("PNG", "L", 128),
        ("PNG", "LA", (128, 255)), ("PNG", "P", 128), ("WEBP", "RGBA", (128, 128, 128, 255)),
        ("PNG", "1", 1), ("WEBP", "RGB", (128, 128, 128)),
    ],
)  # fmt: skip
def test_every_kind_of_pixel_becomes_the_colour_it_is(kind, mode, color):
    picture = Image.new(mode, (900, 600), color)
    if mode == "P":
        picture.putpalette([level for level in range(256) for _ in "rgb"])
    file = io.BytesIO()
    picture.save(file, kind)
    with Image.open(io.BytesIO(thumbnail(file.getvalue(), 300))) as shown:
        expected = 255 if mode == "1" else 128
        assert (shown.mode, shown.size) == ("RGB", (300, 200))
        assert all(abs(level - expected) <= 3 for level in shown.getpixel((150, 100)))


def test_of_an_animation_the_first_picture_counts():
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    for kind in ("PNG", "WEBP"):
        file = io.BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:], lossless=True)
        with Image.open(io.BytesIO(thumbnail(file.getvalue(), 64))) as shown:
            assert shown.getpixel((30, 20))[0] > 240


linux_alone = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
# Decodes in a fresh process whose peak can be measured; prints kilobytes gained, or the code of a refusal.
_PEAK = """
import sys
from pathlib import Path
from app.media.photo import preview
from core.errors import KnownError

def peak_kb():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

preview(open(sys.argv[2], "rb").read())
data = open(sys.argv[1], "rb").read()
before = peak_kb()
try:
    preview(data)
except KnownError as error:
    print(error.code)
else:
    print(peak_kb() - before)
"""


def peak_of(file, checkout) -> str:
    warm = str(checkout / "tests" / "pictures" / "odd" / "orientation_6.jpg")
    ran = subprocess.run(
        [sys.executable, "-c", _PEAK, str(file), warm],
        cwd=checkout,
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout.strip()


@linux_alone
def test_200_megapixels_take_less_than_150_megabytes_as_jpeg(checkout, tmp_path):
    tile, file = Image.effect_noise((2040, 1530), 40).convert("RGB"), tmp_path / "large.jpg"
    large = tile.resize((16_320, 12_240), Image.Resampling.NEAREST)
    large.save(file, "JPEG", quality=30)
    assert int(peak_of(file, checkout)) < 150_000
    large.crop((0, 0, 9000, 6000)).save(file, "JPEG", quality=30, progressive=True)
    assert peak_of(file, checkout) == "photo_too_many_pixels"


@linux_alone
def test_the_largest_png_and_webp_take_less_than_450_megabytes(checkout, tmp_path):
    for kind, side, options in (
        ("PNG", 7070, {"compress_level": 1}),
        ("WEBP", 5000, {"method": 0, "quality": 20}),
    ):
        file = tmp_path / f"large.{kind.lower()}"
        Image.new("RGB", (side, side), "green").save(file, kind, **options)
        assert int(peak_of(file, checkout)) < 450_000, kind


@linux_alone
def test_200_megapixels_take_less_than_a_gigabyte_as_heic(checkout, pictures):
    file = pictures / "fetched" / "odd" / "galaxy_200mp.heic"
    if not file.exists():
        pytest.skip("fetch the photo with `python dev.py fetch-photos`")
    assert int(peak_of(file, checkout)) < 1_000_000


@pytest.mark.parametrize(
    "name", ["odd/exif.png", "odd/iphone_xs.heic", "odd/orientation_6.jpg", "odd/see_through.heif"]
)
def test_flipped_bytes_anywhere_raise_nothing_but_known_errors(pictures, name):
    chance, original = random.Random(name), (pictures / name).read_bytes()
    for _ in range(40):
        data = bytearray(original)
        for _ in range(chance.randint(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with suppress(KnownError):
            thumbnail(bytes(data[: chance.choice([len(data), chance.randrange(len(data))])]), 96)
