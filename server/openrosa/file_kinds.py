"""What a file from a phone is called in its answer: by a name that tells its kind, and never a program's."""

from __future__ import annotations

from typing import Final

from core.documents import DOCUMENT_KINDS, FILM_KINDS, SOUND_KINDS
from server.blobs.store import OTHER_MIME

_PICTURES: Final = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif", ".hif"),
}
_TEXTS: Final = {".csv": "text/csv", ".txt": "text/plain"}
"""What Collect writes beside answers, such as `audit.csv`: no program, whatever stands in it."""
_KINDS: Final = DOCUMENT_KINDS | FILM_KINDS | SOUND_KINDS


def named_kind(name: str, begins: str | None) -> tuple[str, str]:
    """(name, MIME type) of a file; `begins` is what its bytes tell, None for nothing known.

    An ending that does not fit its bytes gets another one behind it: desktops open files by their endings.
    """
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if begins in _PICTURES:
        fits = ending in _PICTURES[begins]
        return (name if fits else name + _PICTURES[begins][0]), begins
    if begins is None and ending in _TEXTS:
        return name, _TEXTS[ending]
    if ending in _KINDS and _KINDS[ending][1] == begins:
        return name, _KINDS[ending][0]
    known = next((one for one, (_, start) in _KINDS.items() if start == begins), ".bin")
    return name + known, begins or OTHER_MIME
