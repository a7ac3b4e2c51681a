"""Build `resources/divisions/search.xz` from the data beside it and the pinyin table. Run by hand.

    python -m tools.build_division_search            # after tools/build_divisions.py or tools/build_pinyin.py
    python -m tools.build_division_search --check    # 1 when the file is not what the data says

`app/storage/division_index.py` says what is in it. Entries that no address has (市辖区 …) are not searched.
"""

from __future__ import annotations

import argparse
import lzma
import re
import sys
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.storage.division_index import INDEX_FILE, PIECES
from core.division_matching import COMMITTEES, short_name
from core.divisions import FILLERS, LEVELS, levels_of
from core.pinyin import Pinyin, read_table

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
FOLDER = RESOURCES / "divisions"
_ROW = re.compile(r"^(\d{12}),(.*)$", re.MULTILINE)


def main(arguments: list[str] | None = None) -> int:
    """Writes the file, or compares it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args(arguments).check
    packed = packed_index(table_texts(FOLDER), Pinyin(read_table(_read(RESOURCES / "pinyin" / "table.txt"))))
    target = FOLDER / INDEX_FILE
    if check:
        return 0 if lzma.decompress(target.read_bytes()) == packed else 1
    target.write_bytes(lzma.compress(packed, preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(packed):,} bytes, packed {target.stat().st_size:,}")
    return 0


def table_texts(folder: Path) -> Iterator[str]:
    """The tables of `code,name` lines."""
    yield _read(folder / "index.csv")
    for file in sorted(folder.glob("*.csv.xz")):
        yield lzma.decompress(file.read_bytes()).decode()


def packed_index(texts: Iterable[str], spell: Pinyin) -> bytes:
    """The pieces of the index with their sizes before them."""
    levels: list[list[tuple[str, str]]] = [[] for _ in LEVELS]
    for code, name in (row for text in texts for row in _ROW.findall(text) if row[1] not in FILLERS):
        levels[LEVELS.index(levels_of(code)[0])].append((code, name))
    ordered = [row for level in levels for row in sorted(level)]
    numbers: dict[str, int] = {}
    names = [numbers.setdefault(short_name(name), len(numbers)) for _, name in ordered]
    spelled = [
        (spelling, number) for number, name in enumerate(numbers) for spelling in spell.spellings(name)
    ]
    pieces: list[bytes | Iterable[int]] = [
        (int(code) for code, _ in ordered),
        (COMMITTEES.index(name[len(short_name(name)) :]) for _, name in ordered),
        names,
        map(len, levels),
        "\n".join(["", *numbers, ""]).encode(),
        *sorted_spellings((full, number) for (full, _), number in spelled),
        *sorted_spellings((initials, number) for (_, initials), number in spelled),
    ]
    stored = [
        piece if isinstance(piece, bytes) else array(kind, piece).tobytes()
        for kind, piece in zip(PIECES, pieces, strict=True)
    ]
    return array("Q", map(len, stored)).tobytes() + b"".join(stored)


def sorted_spellings(found: Iterable[tuple[str, int]]) -> tuple[bytes, list[int]]:
    """Lines in alphabetical order, and the name of each. Characters nobody can spell are left out."""
    lines = sorted({(text.encode("ascii", "ignore"), number) for text, number in found})
    return b"".join(text + b"\n" for text, _ in lines), [number for _, number in lines]


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
