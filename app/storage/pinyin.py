"""The pinyin table that the program brings along, read when first asked for (some 10 ms)."""

from __future__ import annotations

from functools import cache

from app.paths import resources_folder
from core.pinyin import Pinyin, read_table


@cache
def bundled_pinyin() -> Pinyin:
    """How the characters of Chinese text are spelled."""
    return Pinyin(read_table((resources_folder() / "pinyin" / "table.txt").read_text(encoding="utf-8")))
