"""Lists that come as files: read, or refused with their name, whatever stands in them."""

from __future__ import annotations

import pytest

from core.errors import KnownError
from core.forms.xform.list_files import list_in_file


def rows(name, data):
    found = list_in_file(name, data).children["item"]
    return [{cells[0].name: cells[0].string() for cells in row.children.values()} for row in found]


def test_a_list_is_the_same_from_csv_xml_and_geojson():
    csv, tabs = rows("a.csv", b"name,label\n1,x\n"), rows("a.csv", b"\xef\xbb\xbfname\tlabel\n1\tx\n")
    xml = rows("a.xml", b"<root><item><name>1</name><label>x</label></item></root>")
    point = b'{"type": "Point", "coordinates": [119.5, 30.6]}'
    feature = b'{"id": 1, "properties": {"label": "x"}, "geometry": %s}' % point
    [geojson] = rows("a.geojson", b'{"features": [%s]}' % feature)
    assert csv == tabs == xml == [{"name": "1", "label": "x"}]
    assert geojson == {"geometry": "30.6 119.5 0 0", "label": "x", "id": "1"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"\xff\xfe"),
        ("a.xml", b"<root>"),
        ("a.xml", b"<?xml version='1.0' encoding='nobody-knows'?><root/>"),
        ("a.xml", b"<a>" * 100 + b"</a>" * 100),
        ("a.geojson", b"[" * 100_000),
        ("a.geojson", b'{"features": 3}'),
        ("a.geojson", b'{"features": [{"properties": [1]}]}'),
        ("a.geojson", b'{"features": [{"geometry": "here"}]}'),
        ("a.geojson", b'{"features": [{"geometry": {"type": "Point", "coordinates": 3}}]}'),
        ("a.geojson", b'{"features": [{"geometry": {"type": "Polygon", "coordinates": {"a": 1}}}]}'),
        ("a.pdf", b"%PDF"),
    ],
)
def test_what_is_no_list_is_refused(name, data):
    with pytest.raises(KnownError, match="form_broken"):
        list_in_file(name, data)
