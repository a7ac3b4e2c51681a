"""A form whose choices are parts of pictures (示例), and SVG files that are fit and unfit for it."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

from core.forms.workbook.xlsform import compile_sheets
from tests.media_form import a_picture

_ZH = "label::中文 (zh)"
_IMAGE = "media::image::中文 (zh)"
YARD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" width="180mm" height="120mm" viewBox="0 0 360 240">
  <style>.wall{fill:#e8ddc8;stroke:#5b5044;stroke-width:2} .words{font-size:13px;fill:#2b2620}</style>
  <defs><path id="tree" d="M0-14a14 14 0 1 1-.1 0z"/></defs>
  <rect width="360" height="240" fill="#f2f5ec"/>
  <g id="hall" inkscape:label="堂屋"><rect class="wall" x="120" y="20" width="120" height="70"/>
    <path id="gate" d="M160 90h40v14h-40z" fill="#9a5b45"/></g>
  <g transform="translate(20 20)"><path id="west" class="wall" d="M0 0h80v150h-80z"/></g>
  <path id="East" class="wall" d="M260 20h80v110l-20 40h-60z"/>
  <circle id="well" cx="180" cy="150" r="16" style="fill:#7fa8c9;stroke:#31566f;stroke-width:2"/>
  <use id="trees" xlink:href="#tree" x="300" y="215" fill="#6f9a5a"/>
  <path id="drain" d="M20 200C90 180 150 230 240 205" fill="none" stroke="#4e7f9d" stroke-width="5"/>
  <rect id="yard" x="110" y="110" width="40" height="40" opacity="0"/>
  <text class="words" x="160" y="58">堂屋</text><text class="words" x="42" y="98">西厢</text>
  <text class="words" x="282" y="88">东厢</text>
</svg>
"""
_CHOICES = (
    ("hall", "堂屋"), ("gate", "堂屋的门"), ("west", "西厢房"), ("east", "东厢房"), ("well", "水井"),
    ("trees", "树"), ("drain", "排水沟"), ("yard", "院坝"), ("roof", "屋顶（图上没有）"),
)  # fmt: skip


def _question(type_: str, name: str, label: str, image: str = "", appearance: str = "") -> dict[str, str]:
    cells = {"type": type_, "name": name, _ZH: label, _IMAGE: image, "appearance": appearance}
    return {column: cell for column, cell in cells.items() if cell}


@cache
def map_form_xml() -> bytes:
    """The XForm."""
    survey = [
        _question("begin_group", "yard_", "院落（示例）"),
        _question("select_multiple parts", "damaged", "哪些部位要修缮？", "yard.svg", "image-map"),
        _question("select_one parts", "first", "最先修哪一处？", "yard.svg", "image-map"),
        _question("select_one parts", "hostile", "图不安全时", "laughs.svg", "image-map"),
        _question("select_one kinds", "kind", "屋顶是哪一种？", "turning.gif"),
        _question("note", "plan", "总平面图", "yard.svg"),
        _question("end_group", "", ""),
    ]
    choices = [{"list_name": "parts", "name": name, _ZH: label} for name, label in _CHOICES]
    choices += [
        {"list_name": "kinds", "name": "tile", _ZH: "小青瓦", _IMAGE: "yard.svg"},
        {"list_name": "kinds", "name": "metal", _ZH: "彩钢板", _IMAGE: "turning.gif"},
    ]
    settings = {"form_id": "map_form", "version": "1", "form_title": "图上选择（示例）"}
    return compile_sheets({"survey": survey, "choices": choices, "settings": [settings]}).xml


def map_form(folder: Path) -> Path:
    """The form in this folder, its files beside it."""
    file = folder / "map_form.xml"
    file.write_bytes(map_form_xml())
    beside = folder / "map_form-media"
    beside.mkdir()
    for name, data in map_files().items():
        (beside / name).write_bytes(data)
    return file


@cache
def map_files() -> dict[str, bytes]:
    """The files of the form."""
    return {"yard.svg": YARD.encode(), "laughs.svg": laughs(), "turning.gif": a_picture(kind="GIF")}


def laughs() -> bytes:
    """Entities that would swell to gigabytes."""
    lines = "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 10))
    return f'<!DOCTYPE svg [<!ENTITY a0 "ha">{lines}]><svg xmlns="http://www.w3.org/2000/svg">&a9;</svg>'.encode()


def embedded(data: bytes, kind: str = "png") -> str:
    """A `data:` address."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
