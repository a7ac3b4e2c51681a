"""A phone without a phone: the requests of ODK Collect, byte for byte as its OkHttp puts them together.

Order of parts, their headers and the retries after a challenge are those of Collect's OkHttpConnection and of
okhttp-digest.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import ssl
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx2

from core.protocol.roles import Grant
from server.app import open_server
from server.config import ServerConfig
from server.openrosa.accounts import Phones, Secrets

XFORMS_LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
DEVICE = "?deviceID=collect%3A1"


@dataclass
class Phone:
    """Collect on one phone, with an account or with a token address."""

    client: httpx2.Client
    made: Secrets
    prefix: str = ""
    nonce: str = ""
    realm: str = ""
    count: int = 0
    cnonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def ask(self, method: str, path: str, **named) -> httpx2.Response:
        """A request; a challenge is answered once, as OkHttp does."""
        target = self.prefix + path
        reply = self.once(method, target, **named)
        if reply.status_code == 401 and "www-authenticate" in reply.headers:
            told = reply.headers["www-authenticate"]
            had_answered, stale = bool(self.nonce), "stale=true" in told
            self.nonce, self.realm = (re.search(rf'{name}="([^"]*)"', told)[1] for name in ("nonce", "realm"))
            self.count = 0
            if not had_answered or stale:
                reply = self.once(method, target, **named)
        return reply

    def once(self, method: str, target: str, headers=None, **named) -> httpx2.Response:
        sent = {
            "User-Agent": "org.odk.collect.android/v2026.1",
            "X-OpenRosa-Version": "1.0",
            "Date": "Sat, 21 Nov 2026 08:00:00 GMT",
        }
        if self.nonce:
            self.count += 1
            sent["Authorization"] = self.authorization(method, target, self.count)
        return self.client.request(method, target, headers=sent | (headers or {}), **named)

    def authorization(self, method: str, target: str, count: int, password: str | None = None) -> str:
        ha1 = md5(f"{self.made.login}:{self.realm}:{password or self.made.password}")
        answer = md5(f"{ha1}:{self.nonce}:{count:08x}:{self.cnonce}:auth:{md5(f'{method}:{target}')}")
        return (
            f'Digest username="{self.made.login}", realm="{self.realm}", nonce="{self.nonce}", uri="{target}", '
            f'response="{answer}", qop=auth, nc={count:08x}, cnonce="{self.cnonce}", algorithm=MD5'
        )

    # ---- what Collect does

    def form_list(self, query: str = "") -> dict[str, dict[str, str]]:
        reply = self.ask("GET", f"/formList{DEVICE}{query}")
        assert reply.status_code == 200, reply.text
        assert reply.headers["x-openrosa-version"] == "1.0"
        assert reply.headers["content-type"].startswith("text/xml")
        root = ET.fromstring(reply.content)
        assert root.tag == f"{XFORMS_LIST}xforms"
        return {
            f"{one.findtext(f'{XFORMS_LIST}formID')}": {
                part.tag.removeprefix(XFORMS_LIST): part.text or "" for part in one
            }
            for one in root
        }

    def manifest(self, url: str) -> dict[str, dict[str, str]]:
        reply = self.ask("GET", self.path_of(url) + DEVICE)
        assert reply.status_code == 200, reply.text
        root = ET.fromstring(reply.content)
        assert root.tag == f"{MANIFEST}manifest"
        files = [{part.tag.removeprefix(MANIFEST): part.text or "" for part in one} for one in root]
        return {one["filename"]: one for one in files}

    def fetch(self, url: str) -> bytes:
        reply = self.ask("GET", self.path_of(url) + DEVICE)
        assert reply.status_code == 200, reply.text
        return reply.content

    def path_of(self, url: str) -> str:
        """The path of an address that the server gave, behind the own prefix."""
        return httpx2.URL(url).raw_path.decode().removeprefix(self.prefix)

    def send(
        self, xml: bytes, files: Sequence[tuple[str, bytes]] = (), *, incomplete: bool = False
    ) -> httpx2.Response:
        """One POST with the XML first, then files, then the word that more follow."""
        body, kind = multipart(xml, files, incomplete=incomplete)
        return self.ask("POST", f"/submission{DEVICE}", content=body, headers={"Content-Type": kind})


def multipart(
    xml: bytes | None, files: Sequence[tuple[str, bytes]] = (), *, incomplete: bool = False
) -> tuple[bytes, str]:
    """The body as OkHttp's MultipartBody writes it, and its type."""
    boundary = str(uuid.uuid4())
    parts = [] if xml is None else [part("xml_submission_file", "示例 1.xml", "text/xml", xml)]
    kinds = {"jpg": "image/jpeg", "mp4": "video/mp4", "csv": "text/csv"}
    for name, content in files:
        kind = kinds.get(name.rpartition(".")[2], "application/octet-stream")
        parts.append(part(name, name, kind, content))
    if incomplete:
        parts.append(b'Content-Disposition: form-data; name="*isIncomplete*"\r\nContent-Length: 3\r\n\r\nyes')
    joined = b"".join(f"--{boundary}\r\n".encode() + one + b"\r\n" for one in parts)
    return joined + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def part(name: str, filename: str, kind: str, content: bytes) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
    return f"{head}Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def an_account(data: Path, name: str = "示例手机", grant: Grant | None = None, login: str = "") -> Secrets:
    """A new account, made beside a running server as the command does."""
    with open_server(ServerConfig(data)) as server:
        return Phones(server).add(name, grant or Grant("surveyor"), login)


def a_phone(server, made: Secrets, *, by_token: bool = False) -> Phone:
    """Collect, pointed at a running server. Its connections end with it."""
    context = ssl.create_default_context(cafile=str(server.data / "keys" / "ca.pem"))
    client = httpx2.Client(
        base_url=f"https://127.0.0.1:{server.port}", verify=context, trust_env=False, timeout=30
    )
    return Phone(client, made, f"/key/{made.token}" if by_token else "")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def a_submission(
    instance: str = "", *, form: str = "small", version: str = "2026112101", deprecated: str = "", **answers
) -> bytes:
    """The XML of the small form, as Collect writes it."""
    said = "".join(f"<{name}>{text}</{name}>" for name, text in answers.items() if name != "rows")
    old = f"<orx:deprecatedID>{deprecated}</orx:deprecatedID>" if deprecated else ""
    return (
        f'<?xml version="1.0" ?><data xmlns:orx="http://openrosa.org/xforms" id="{form}" version="{version}">'
        f"{said}{answers.get('rows', '')}<meta><instanceID>{instance or f'uuid:{uuid.uuid4()}'}</instanceID>"
        f"<instanceName>x</instanceName>{old.replace('orx:', '')}</meta></data>"
    ).encode()
