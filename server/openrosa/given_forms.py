"""Forms given to the server by hand, so that phones have them before a desktop has synced a record."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.errors import KnownError
from core.forms.model.form import Form
from core.forms.xform.reading import parse_xform
from core.protocol.form_package import PACKAGE_LIMIT, pack_form
from server.queries import holdings
from server.sync_service import Server

_BUNDLED: Final = Path(__file__).resolve().parents[2] / "resources" / "forms"
_XFORM, _MEDIA = "form.xml", "form-media"


def bundled_forms() -> list[Path]:
    """The folders of the forms that come along with the program."""
    return sorted(file.parent for file in _BUNDLED.glob(f"*/{_XFORM}"))


def leave_form(server: Server, given: Path) -> Form:
    """Keeps a form version: a folder as in `resources/forms/`, or an XForm without media.

    Raises KnownError "form_refused" (`file`, `reason`) for what cannot be read, is broken or too large.
    """
    xml_file = given / _XFORM if given.is_dir() else given
    try:
        xml = xml_file.read_bytes()
        media = {file.name: file.read_bytes() for file in sorted((xml_file.parent / _MEDIA).glob("*"))}
        form = parse_xform(xml, media if given.is_dir() else {})
    except (OSError, UnicodeDecodeError) as unreadable:
        raise KnownError("form_refused", file=str(given), reason=type(unreadable).__name__) from unreadable
    except KnownError as broken:
        reason = " ".join(str(broken.values.get(name, "")) for name in ("reason", "place", "detail"))
        raise KnownError("form_refused", file=str(given), reason=reason) from broken
    package = pack_form(form.xml, form.media)
    if len(package) > PACKAGE_LIMIT:
        raise KnownError("form_refused", file=str(given), reason="too-large")
    with server.database.transaction() as connection:
        holdings.add_form(connection, server.identity.project, form.digest, package, server.now())
    return form
