"""The settings of ODK Collect as a QR code: JSON, compressed with zlib, in base64.

The keys are those of docs.getodk.org/collect-import-export (general, admin, project).
"""

from __future__ import annotations

import base64
import io
import zlib
from pathlib import Path

import msgspec
import segno

from server.durable_files import write_durably
from server.openrosa.accounts import Secrets

_MODULE_PX = 8


def collect_settings(url: str, made: Secrets, project_name: str) -> str:
    """The text of the code. Forms follow the server by themselves; what is finished goes out by itself."""
    settings = {
        "general": {
            "server_url": url,
            "username": made.login,
            "password": made.password,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
        },
        "admin": {},
        "project": {"name": project_name},
    }
    return base64.b64encode(zlib.compress(msgspec.json.encode(settings), 9)).decode("ascii")


def draw_settings(text: str, file: Path) -> None:
    """The code in a PNG that only its owner may read: correction level L, as Collect's own codes have."""
    picture = io.BytesIO()
    segno.make(text, error="l", micro=False).save(picture, kind="png", scale=_MODULE_PX)
    write_durably(file, picture.getvalue(), private=True)
