"""Names for files that any system takes."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


def safe_file_name(text: str) -> str:
    """The text as a file name without ending: NFC, no character that Windows refuses, at most 120."""
    tidy = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    return tidy[:LONGEST] or "_"
