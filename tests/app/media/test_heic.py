from __future__ import annotations

import io

import pytest
from PIL import Image

from app.media.heic import open_heic
from app.media.photo import preview, read_photo, thumbnail
from core.errors import KnownError


@pytest.fixture(scope="module")
def pictures(checkout):
    return checkout / "tests" / "pictures"


@pytest.fixture(scope="module")
def fetched(pictures):
    if not (pictures / "fetched" / "odd" / "sony_turned.hif").exists():
        pytest.skip("fetch the photos with `python dev.py fetch-photos`")
    return pictures / "fetched"


def test_a_phone_photo_tells_time_with_offset_place_and_camera(pictures):
    facts = read_photo((pictures / "odd" / "iphone_xs.heic").read_bytes())
    assert facts.taken_at.isoformat() == "2021-07-06T16:08:14+03:00"
    assert facts.position_wgs84 == pytest.approx((46.754703, 33.336106), abs=1e-6)
    assert (facts.camera, facts.mime, facts.orientation) == ("Apple iPhone XS", "image/heic", 1)
    assert (facts.width, facts.height) == (1025, 900)


@pytest.mark.parametrize(
    ("name", "camera", "taken", "place", "oddities"),
    [
        ("iphone_13_pro.heic", "Apple iPhone 13 Pro", "2023-02-21T14:33:08+03:00", (44.850478, 34.976647), ()),
        ("odd/galaxy_s25.heic", "samsung Galaxy S25 Ultra", "2025-06-02T14:07:50+03:00", (59.512817, 24.834306), ()),
        ("odd/xiaomi.heic", "Xiaomi M2012K11AG", "2023-04-27T19:44:18", (47.227289, 39.699992), ()),
        ("odd/vision_pro.heic", "Apple Vision Pro", None, None, ("position_zero",)),
        ("odd/galaxy_200mp.heic", "samsung Galaxy S24 Ultra", "2025-01-19T14:53:27+03:00", None, ("position_unreadable",)),
    ],
)  # fmt: skip
def test_what_other_phones_write_is_read(fetched, name, camera, taken, place, oddities):
    facts = open_heic((fetched / name).read_bytes()).facts
    assert (facts.camera, facts.oddities) == (camera, oddities)
    assert (facts.taken_at.isoformat() if facts.taken_at else None) == taken
    assert facts.position_wgs84 == (None if place is None else pytest.approx(place, abs=1e-6))


def test_the_turn_of_the_container_is_made_once(fetched):
    data = (fetched / "iphone_8_plus.heic").read_bytes()
    facts = read_photo(data)
    assert (facts.width, facts.height) == (3024, 4032)
    with Image.open(io.BytesIO(thumbnail(data, 280))) as shown:
        assert shown.size == (210, 280)


def test_the_arrow_points_up(fetched):
    with Image.open(io.BytesIO(thumbnail((fetched / "iphone_8_plus.heic").read_bytes(), 280))) as shown:
        ink = shown.convert("L").point(lambda level: 255 * (level < 90))
        left, _, right, _ = ink.crop((0, 20, 210, 60)).getbbox()
        wide_left, _, wide_right, _ = ink.crop((0, 90, 210, 130)).getbbox()
    assert right - left < wide_right - wide_left


@pytest.mark.parametrize(
    "name", ["ten_bits.heif", "grey_ten_bits.heif", "see_through.heif", "sony_exif_xmp.heic"]
)
def test_every_depth_becomes_an_ordinary_jpeg(pictures, name):
    data = (pictures / "odd" / name).read_bytes()
    with Image.open(io.BytesIO(preview(data)), formats=("JPEG",)) as shown:
        assert (shown.mode, shown.size) == ("RGB", (read_photo(data).width, read_photo(data).height))
        low, high = shown.convert("L").getextrema()
    assert high > low or name == "sony_exif_xmp.heic"  # that one is black


def test_of_several_pictures_the_primary_one_counts(pictures):
    data = (pictures / "odd" / "three_pictures.heic").read_bytes()
    import pi_heif

    primary = pi_heif.open_heif(data)[1].to_pillow()
    with Image.open(io.BytesIO(preview(data))) as shown:
        difference = sum(
            abs(a - b) for a, b in zip(primary.tobytes(), shown.convert("L").tobytes(), strict=True)
        )
    assert difference / (64 * 64) < 6


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_photo_cut_anywhere_is_refused(pictures, share):
    whole = (pictures / "odd" / "iphone_xs.heic").read_bytes()
    with pytest.raises(KnownError) as refused:
        read_photo(whole[: int(len(whole) * share)])
    assert refused.value.code == "heic_unreadable"
    with pytest.raises(KnownError):
        read_photo((pictures / "odd" / "corrupted.heic").read_bytes())


def test_the_strips_of_a_large_picture_show_no_seam(fetched):
    data = (fetched / "iphone_13_pro.heic").read_bytes()
    import pi_heif

    whole = pi_heif.open_heif(data).to_pillow().reduce(12)
    with Image.open(io.BytesIO(thumbnail(data, 336))) as shown:
        assert shown.size == whole.size
        worst = max(abs(a - b) for a, b in zip(_rows(whole), _rows(shown), strict=True))
    assert worst < 2


def _rows(image):
    """The mean brightness of each row."""
    return list(image.convert("L").resize((1, image.height), Image.Resampling.BOX).tobytes())
