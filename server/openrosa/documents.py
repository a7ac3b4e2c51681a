"""What is answered, as XML: the form list, a manifest, the word on a submission.

OpenRosa 1.0: docs.getodk.org/openrosa-form-list, openrosa-form-manifest, openrosa-form-submission.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from core.clock import Clock
from core.protocol.versions import PROJECT_HEADER
from server.openrosa.catalogue import FormVersion, md5

ACCEPTED_BYTES: Final = 10 * 1024 * 1024
"""What a phone puts into one POST if it can: a bad line that breaks costs less. A larger file comes alone."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def openrosa_headers(clock: Clock, project: str) -> dict[str, str]:
    """The headers of every reply."""
    return {
        "X-OpenRosa-Version": "1.0",
        "X-OpenRosa-Accept-Content-Length": str(ACCEPTED_BYTES),
        "Date": format_datetime(clock.now().astimezone(UTC), usegmt=True),
        "Cache-Control": "no-store",
        PROJECT_HEADER: project,
    }


def form_list(forms: Iterable[FormVersion], base: str, *, verbose: bool) -> bytes:
    """The list; `base` is the address of the server with the phone's token, if it has one."""
    lines = [_HEAD, '<xforms xmlns="http://openrosa.org/xforms/xformsList">\n']
    for one in forms:
        where = f"{base}/forms/{one.digest.removeprefix('sha256:')}"
        lines += [
            "<xform>",
            _element("formID", one.form_id),
            _element("name", one.title.strip() or one.form_id),
            _element("version", one.version),
            _element("hash", one.md5),
            _element("descriptionText", one.title) if verbose else "",
            _element("downloadUrl", f"{where}/form.xml"),
            _element("manifestUrl", f"{where}/manifest") if one.media or one.lists else "",
            "</xform>\n",
        ]
    return "".join([*lines, "</xforms>"]).encode()


def manifest(digest: str, files: Mapping[str, bytes], base: str) -> bytes:
    """The files of a form version."""
    lines = [_HEAD, '<manifest xmlns="http://openrosa.org/xforms/xformsManifest">\n']
    for name, content in files.items():
        where = f"{base}/forms/{digest.removeprefix('sha256:')}/media/{quote(name, safe='')}"
        lines += [
            "<mediaFile>",
            _element("filename", name),
            _element("hash", md5(content)),
            _element("downloadUrl", where),
            "</mediaFile>\n",
        ]
    return "".join([*lines, "</manifest>"]).encode()


def response(message: str) -> bytes:
    """A word that the phone shows."""
    inner = f'<message nature="">{escape(message)}</message>'
    return f'{_HEAD}<OpenRosaResponse xmlns="http://openrosa.org/http/response">{inner}</OpenRosaResponse>'.encode()


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
