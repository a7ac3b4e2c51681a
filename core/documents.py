"""Files that prove something and are no photos: which are taken, told by how they end and how they begin.

What can start a program by being opened (.exe, .bat, .docm with macros …) is in neither table. Beginnings:
PDF ISO 32000-1 7.5.2; ZIP APPNOTE 4.3.7, which OOXML and OFD (GB/T 33190-2016) are; [MS-CFB] 2.2 for the
older files of Word, Excel, PowerPoint and WPS.
"""

from __future__ import annotations

from typing import Final

DOCUMENT_BYTES_LIMIT: Final = 60_000_000
"""Below what the server takes as one blob (`protocol.versions.BLOB_LIMIT`)."""
HEAD_BYTES: Final = 1024
"""As much of a file as `document_mime` wants; a PDF may have something before its first line."""

PDF, ZIP, COMPOUND = "application/pdf", "application/zip", "application/x-ole-storage"
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
# ending -> (MIME type, what its first bytes tell)
DOCUMENT_KINDS: Final[dict[str, tuple[str, str]]] = {
    ".pdf": (PDF, PDF),
    ".docx": (f"{_OPEN_XML}wordprocessingml.document", ZIP),
    ".xlsx": (f"{_OPEN_XML}spreadsheetml.sheet", ZIP),
    ".pptx": (f"{_OPEN_XML}presentationml.presentation", ZIP),
    ".ofd": ("application/ofd", ZIP),
    ".zip": (ZIP, ZIP),
    ".doc": ("application/msword", COMPOUND),
    ".xls": ("application/vnd.ms-excel", COMPOUND),
    ".ppt": ("application/vnd.ms-powerpoint", COMPOUND),
    ".wps": ("application/vnd.ms-works", COMPOUND),
}


def document_mime(head: bytes) -> str | None:
    """What the first bytes of a file tell it to be: PDF, ZIP or compound file; None for anything else."""
    if b"%PDF-" in head[:HEAD_BYTES]:
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    return COMPOUND if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") else None


def shown_size(size_bytes: int) -> str:
    """How large a file is, in the units that systems show (1 MB is 1,000,000 bytes)."""
    kilobytes = -(-size_bytes // 1000)
    return f"{kilobytes} KB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"
