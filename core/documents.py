"""Files that prove something and are no photos: which are taken, told by how they end and how they begin.

What can start a program by being opened (.exe, .bat, .docm with macros …) is in none of the tables.
Beginnings: PDF ISO 32000-1 7.5.2; ZIP APPNOTE 4.3.7, which OOXML and OFD (GB/T 33190-2016) are; [MS-CFB]
2.2 for the older files of Word, Excel, PowerPoint and WPS. Recordings: ISO/IEC 14496-12 4.3 (MP4, M4A, MOV,
3GP); RIFF (WAV, AVI); EBML RFC 8794 11.2.1 (WebM, Matroska); Ogg RFC 3533 6; FLAC RFC 9639 6; AMR RFC 4867
5.1; ASF (WMA, WMV) 3.1; MPEG audio ISO/IEC 11172-3 2.4.1.3 and ID3v2; ADTS ISO/IEC 13818-7 6.2; MPEG program
stream ISO/IEC 13818-1 2.5.3.3.
"""

from __future__ import annotations

from typing import Final

DOCUMENT_BYTES_LIMIT: Final = 60_000_000
"""Below what the server takes as one blob (`protocol.versions.BLOB_LIMIT`)."""
RECORDING_BYTES_LIMIT: Final = 500_000_000
"""As above: some four minutes of a phone's film in full HD, an hour of what it makes for sending."""
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

ISO, EBML, OGG, ASF = "video/mp4", "video/webm", "audio/ogg", "video/x-ms-asf"
MP3, AAC, WAV, AVI = "audio/mpeg", "audio/aac", "audio/wav", "video/x-msvideo"
AMR, FLAC, PROGRAM_STREAM = "audio/amr", "audio/flac", "video/mpeg"
SOUND_KINDS: Final[dict[str, tuple[str, str]]] = {
    ".m4a": ("audio/mp4", ISO),
    ".mp3": (MP3, MP3),
    ".wav": (WAV, WAV),
    ".amr": (AMR, AMR),
    ".aac": (AAC, AAC),
    ".ogg": (OGG, OGG),
    ".oga": (OGG, OGG),
    ".opus": (OGG, OGG),
    ".flac": (FLAC, FLAC),
    ".3ga": ("audio/3gpp", ISO),
    ".wma": ("audio/x-ms-wma", ASF),
    ".weba": ("audio/webm", EBML),
}
FILM_KINDS: Final[dict[str, tuple[str, str]]] = {
    ".mp4": (ISO, ISO),
    ".m4v": (ISO, ISO),
    ".mov": ("video/quicktime", ISO),
    ".3gp": ("video/3gpp", ISO),
    ".3g2": ("video/3gpp2", ISO),
    ".webm": (EBML, EBML),
    ".mkv": ("video/x-matroska", EBML),
    ".avi": (AVI, AVI),
    ".wmv": ("video/x-ms-wmv", ASF),
    ".mpg": (PROGRAM_STREAM, PROGRAM_STREAM),
    ".mpeg": (PROGRAM_STREAM, PROGRAM_STREAM),
}
_BEGINNINGS: Final = (
    (b"\x1a\x45\xdf\xa3", EBML),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"#!AMR", AMR),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ASF),
    (b"ID3", MP3),
    (b"\x00\x00\x01\xba", PROGRAM_STREAM),
)
_RIFF: Final = {b"WAVE": WAV, b"AVI ": AVI}
# What a file may begin with that QuickTime wrote before there was "ftyp" (QuickTime File Format, 2001).
_ISO_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
_PICTURE_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})


def document_mime(head: bytes) -> str | None:
    """What the first bytes of a file tell it to be: PDF, ZIP or compound file; None for anything else."""
    if b"%PDF-" in head[:HEAD_BYTES]:
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    return COMPOUND if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") else None


def recording_mime(head: bytes) -> str | None:
    """What the first bytes of a sound or a film tell: the kind of its container; None for anything else."""
    found = next((mime for start, mime in _BEGINNINGS if head.startswith(start)), None)
    if found is None and head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if found is None and head[4:8] in _ISO_BOXES and head[8:12] not in _PICTURE_BRANDS:
        return ISO
    return found or _mpeg_audio(head)


def _mpeg_audio(head: bytes) -> str | None:
    """A frame of AAC or MP3 without anything before it."""
    if len(head) < 3 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return AAC
    layer, version, rate = head[1] >> 1 & 3, head[1] >> 3 & 3, head[2] >> 4
    sound = head[1] & 0xE0 == 0xE0 and layer in {1, 2} and version != 1 and 0 < rate < 15
    return MP3 if sound else None


def shown_size(size_bytes: int) -> str:
    """How large a file is, in the units that systems show (1 MB is 1,000,000 bytes)."""
    kilobytes = -(-size_bytes // 1000)
    return f"{kilobytes} KB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"
