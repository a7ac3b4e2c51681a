"""A form whose texts and choices carry pictures, sounds and films, and tiny files of these kinds made here."""

from __future__ import annotations

import io
import wave
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from core.forms.workbook.workbook import Row, Sheet, Workbook
from core.forms.workbook.xlsform import compile_sheets, sheets_of

SURVEY = """
type | name | label::中文 (zh) | label::English (en) | hint::中文 (zh) | guidance_hint::中文 (zh) | media::image::中文 (zh) | media::image::English (en) | media::big-image::中文 (zh) | media::audio::中文 (zh) | media::video::中文 (zh) | appearance | parameters
begin_group | house | 房屋外观 | The house | | | | | | | | |
select_one roofs | roof | 屋面是哪一种？ | What is the roof made of? | 站在院子里看 | 示例：先看檐口，再看屋脊；两种都有时选面积大的一种。 | roof-zh.png | roof-en.png | roof-large.png | roof.wav | roof.mp4 | |
select_multiple walls | wall | 墙体有哪些？ | Which walls are there? | | | | | | | | |
select_one many | window | 窗是哪一种？ | Which windows? | | | gone.png | | | | | minimal |
end_group | | | | | | | | | | | |
begin_group | evidence | 现场材料 | Evidence | | | | | | | | |
audio | talk | 村民口述录音 | What villagers say | | | | | | | | |
video | tour | 院落视频 | A tour of the yard | | | | | | | | |
image | front | 正面照片 | The front | | | | | | | | new | max-pixels=800
image | mark | 在照片上标出破损 | Mark the damage | | | | | | | | annotate |
image | sign | 户主签名 | Signature of the owner | | | | | | | | signature |
begin_repeat | clips | 细部 | Details | | | | | | | | |
file | paper | 文件 | File | | | | | | | | |
audio | word | 录音 | Sound | | | | | | | | |
end_repeat | | | | | | | | | | | |
end_group | | | | | | | | | | | |
"""
CHOICES = """
list_name | name | label::中文 (zh) | label::English (en) | media::image::中文 (zh) | media::audio::中文 (zh)
roofs | tile | 小青瓦 | Grey tile | tile.png |
roofs | slate | 石板 | Slate | slate.png | roof.wav
roofs | metal | 彩钢板 | Metal sheet | metal.png |
walls | brick | 青砖 | Brick | brick.png |
walls | earth | 夯土 | Rammed earth | earth.png |
walls | wood | 木板 | Boards | |
many | a | 木格窗 | Wooden lattice | tile.png |
many | b | 铝合金窗 | Aluminium | slate.png |
"""
SETTINGS = """
form_id | version | form_title | default_language
media_form | 1 | 带图片和声音的表单（示例） | 中文 (zh)
"""
_DRAWN = {
    "roof-zh.png": ("#7c8a94", "屋"), "roof-en.png": ("#5b6f8a", "roof"), "roof-large.png": ("#4c5a64", "large"),
    "tile.png": ("#56616a", "tile"), "slate.png": ("#7f8b7a", "slate"), "metal.png": ("#3d6fa5", "metal"),
    "brick.png": ("#9a5b45", "brick"), "earth.png": ("#b58d56", "earth"),
}  # fmt: skip


def a_picture(colour: str = "#56616a", side_px: int = 240, kind: str = "PNG") -> bytes:
    """A plain picture with a lighter shape in it, three to two."""
    size = side_px, side_px * 2 // 3
    image = Image.new("RGB", size, colour)
    pen = ImageDraw.Draw(image)
    pen.polygon(
        [
            (size[0] // 8, size[1] * 3 // 4),
            (size[0] // 2, size[1] // 5),
            (size[0] * 7 // 8, size[1] * 3 // 4),
        ],
        "#e7e2d4",
    )
    held = io.BytesIO()
    image.save(held, kind)
    return held.getvalue()


def a_sound(frames: int = 800) -> bytes:
    """A tenth of a second of silence as WAV."""
    held = io.BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * frames)
    return held.getvalue()


def a_film(size_bytes: int = 400, brand: bytes = b"isom") -> bytes:
    """The boxes an MP4 begins with, and nothing to see in them."""
    head = b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x02\x00isommp42"
    rest = size_bytes - len(head)
    return head + rest.to_bytes(4, "big") + b"mdat" + bytes(rest - 8)


@cache
def media_files() -> dict[str, bytes]:
    """All files that the form names but gone.png."""
    pictures = {
        name: a_picture(colour, 900 if name == "roof-large.png" else 240)
        for name, (colour, _) in _DRAWN.items()
    }
    return {**pictures, "roof.wav": a_sound(), "roof.mp4": a_film()}


def workbook() -> Workbook:
    """The sheets of the form."""
    return Workbook({"survey": _sheet(SURVEY), "choices": _sheet(CHOICES), "settings": _sheet(SETTINGS)})


@cache
def _xform() -> bytes:
    return compile_sheets(sheets_of(workbook())).xml


def media_form(folder: Path) -> Path:
    """The form in this folder, its files beside it."""
    file = folder / "media_form.xml"
    file.write_bytes(_xform())
    beside = folder / "media_form-media"
    beside.mkdir()
    for name, data in media_files().items():
        (beside / name).write_bytes(data)
    return file


def _sheet(text: str) -> Sheet:
    heads, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    made = [
        Row(at, {head: cell for head, cell in zip(heads, row, strict=True) if cell})
        for at, row in enumerate(rows, 2)
    ]
    return Sheet(tuple(heads), tuple(made))
