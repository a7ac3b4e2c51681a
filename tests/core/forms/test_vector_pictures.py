"""SVG pictures of forms: shapes are found by what they are called, and nothing in them can do harm."""

import pytest

from core.errors import KnownError
from core.forms.authoring.form_reading import read_sheets
from core.forms.authoring.map_doubts import map_doubts
from core.forms.model.vector_pictures import is_vector_picture, read_vector_picture
from core.forms.sheets.form_sheets import form_sheets
from core.forms.xform.reading import parse_xform
from tests.map_form import YARD, embedded, laughs, map_files, map_form_xml

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'


def read(inside, embedded=str):
    return read_vector_picture(f"{HEAD}{inside}</svg>".encode(), embedded)


def doubling() -> bytes:
    """Forty groups that use each other twice: a million million shapes."""
    groups = (f"<g id='g{at}'>" + f"<use xlink:href='#g{at - 1}'/>" * 2 + "</g>" for at in range(1, 40))
    return f"{HEAD}<g id='g0'><rect/></g>{''.join(groups)}</svg>".encode()


def drawn(inside, embedded=str):
    return read(inside, embedded).drawn().decode()


def test_shapes_are_those_whose_id_or_name_is_the_value_also_in_other_case():
    picture = read('<g id="Hall"><path name="gate"/></g><title id="word"/><rect id="hall"/>')
    assert picture.shapes_of(["hall", "HALL", "gate", "word", "roof"]) == {
        "hall": "hall", "HALL": "Hall", "gate": "gate",
    }  # fmt: skip


def test_regions_are_full_also_of_what_is_not_seen_and_open_lines_are_lines():
    shapes = {"hall": "#000001", "yard": "#000002", "drain": "#000003", "gate": "#000004"}
    regions = read_vector_picture(YARD.encode(), str).regions(shapes).decode()
    assert 'height="40" fill="#000002"' in regions and "opacity" not in regions
    (drain,) = [part for part in regions.split("<") if "drain" in part]
    assert {'fill="none"', 'stroke="#000003"', 'stroke-width="5"'} <= {*drain.split()}
    assert regions.count("#000001") == 2 and regions.count("#000004") == 1


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onclick="alert(1)"/>',
        '<image xlink:href="file:///etc/passwd"/>',
        '<image href="https://example.org/a.png"/>',
        '<use xlink:href="https://example.org/a.svg#b"/>',
        '<rect fill="url(https://example.org/a.svg#b)"/>',
        "<rect style=\"fill:url( 'file:///etc')\"/>",
        "<style>@import 'https://example.org/a.css';</style>",
        "<style>rect{fill:url(//example.org/a)}</style>",
        '<foreignObject><iframe src="https://example.org"/></foreignObject>',
        '<rect filter="url(#a)"/>',
        '<path stroke-dasharray="0.001" style="stroke-dasharray:0.001;fill:red"/>',
        "<style>.a{stroke-dasharray: 0.001;fill:red}</style>",
        '<animate attributeName="href"/>',
        '<a xlink:href="javascript:alert(1)"><rect/></a>',
    ],
)
def test_nothing_runs_or_leads_outside(inside):
    text = drawn(inside)
    for word in ("alert", "example", "file:", "iframe", "filter", "animate", "@import", "dash"):
        assert word not in text


@pytest.mark.parametrize(
    "data",
    [
        laughs(),
        b"<svg><g></svg>",
        b"<html/>",
        b"",
        f"{HEAD}{'<g>' * 80}{'</g>' * 80}</svg>".encode(),
        f"{HEAD}{'<rect/>' * 6000}</svg>".encode(),
        f"{HEAD}<g id='a'><use xlink:href='#a'/></g></svg>".encode(),
        f"{HEAD}<g id='a'><use xlink:href='#b'/></g><g id='b'><use xlink:href='#a'/></g></svg>".encode(),
        doubling(),
        f"{HEAD}<text>{'a' * 30_000}</text></svg>".encode(),
        f"{HEAD}<style>{'a{} ' * 10_000}</style></svg>".encode(),
        HEAD.encode() + b" " * 4_000_000 + b"</svg>",
    ],
)  # fmt: skip
def test_what_is_broken_swells_or_uses_itself_is_refused(data):
    with pytest.raises(KnownError, match="vector_picture_refused"):
        read_vector_picture(data, str)


def test_pictures_inside_are_exchanged_for_safe_ones_and_only_so_many():
    one = f'<image xlink:href="{embedded(b"x")}"/>'
    assert drawn(one, lambda _: "data:safe").count("data:safe") == 1
    assert "image" not in drawn(one, lambda _: "")
    assert drawn(one * 20, lambda _: "data:safe").count("data:safe") == 8


def test_an_svg_is_told_by_how_it_begins():
    assert is_vector_picture(YARD.encode()) and is_vector_picture(b"\xef\xbb\xbf<svg>")
    assert not is_vector_picture(b"\x89PNG<svg>") and not is_vector_picture(b"<html></html>")


def test_the_check_names_what_of_an_image_map_can_not_be_pointed_at():
    form = parse_xform(map_form_xml(), map_files())
    assert [(place.split()[0].rsplit("/", 1)[1], code, detail) for place, code, detail in map_doubts(form)] == [
        ("damaged", "map_shapes", "roof"), ("first", "map_shapes", "roof"), ("hostile", "map_refused", "laughs.svg"),
    ]  # fmt: skip
    codes = {one.code for one in read_sheets(form_sheets(form), map_files()).findings}
    assert codes == {"form_map_shapes", "form_map_refused"}
    gif = read_sheets(form_sheets(form), {**map_files(), "yard.svg": map_files()["turning.gif"]})
    assert "form_map_no_picture" in {one.code for one in gif.findings}
