"""A line or an area is understood as people have it, and nothing else is taken for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tracks import MOST_POINTS, points_in

LINE = [(119.68, 30.63), (119.69, 30.64)]
GEOJSON = {"type": "LineString", "coordinates": [[119.68, 30.63], [119.69, 30.64]]}
GPX = """<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="1" lon="2"/><trk><trkseg>
<trkpt lat="30.63" lon="119.68"><ele>12.5</ele></trkpt><trkpt lat="30.64" lon="119.69"/></trkseg></trk></gpx>"""
KML = """<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Point><coordinates>1,2,0</coordinates></Point>
<LineString><coordinates> 119.68,30.63,0 119.69,30.64,0 </coordinates></LineString></Placemark></kml>"""


@pytest.mark.parametrize(
    "text",
    [
        "30.63 119.68; 30.64 119.69", "30.63 119.68 0 0;30.64 119.69 0 4.5;", "30.63,119.68\n30.64,119.69\n",
        "N30°37′48″ E119°40′48″\n30.64 119.69", "119.68 30.63\r\n119.69 30.64", "北纬30.63 东经119.68；30.64，119.69",
        json.dumps(GEOJSON), "\ufeff" + json.dumps({"type": "Feature", "properties": {}, "geometry": GEOJSON}),
        json.dumps({"type": "FeatureCollection", "features": [
            {"type": "Feature", "geometry": None}, {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}},
            {"type": "Feature", "geometry": GEOJSON}]}),
        KML, "LINESTRING (119.68 30.63, 119.69 30.64)", "polygon((119.68 30.63,119.69 30.64))",
    ],
)  # fmt: skip
def test_points_are_read_out_of_what_people_have(text):
    assert points_in(text) == LINE


def test_heights_are_kept_where_they_are_known():
    assert points_in(GPX) == [(119.68, 30.63, 12.5), (119.69, 30.64)]
    assert points_in("30.63 119.68 12.5 3\n30.64 119.69") == [(119.68, 30.63, 12.5), (119.69, 30.64)]


@pytest.mark.parametrize(
    "text",
    ["", "30.63 119.68", "村口到祠堂", "30 119\n从这里开始", "<gpx>", "<gpx/>", "{}", "[1]", '{"type": "LineString"}',
     '{"type": "FeatureCollection", "features": []}', '{"type": "Polygon", "coordinates": "aaa"}',
     '{"type": "FeatureCollection", "features": [1, "a"]}', '{"type": "LineString", "coordinates": [[1e999, 2], [1, 2]]}',
     '{"type": "LineString", "coordinates": [[1' + "0" * 400 + ", 2], [1, 2]]}", '{"type": "Feature", "geometry": [1]}',
     '{"type": "Point", "coordinates": [1, 2]}', "LINESTRING EMPTY", "30 119\n300 119", "POLYGON((500 1, 2 2))",
     '<!DOCTYPE x [<!ENTITY a "b">]><kml>&a;</kml>', "30 119;" * (MOST_POINTS + 1), '{"a":' * 5000],
)  # fmt: skip
def test_what_is_no_line_is_none(text):
    assert points_in(text) is None


@given(st.text(alphabet='0123456789.,; \n<>{}[]":abcNE°typecoordinates', max_size=80))
def test_nothing_that_is_pasted_raises(text):
    points_in(text)
