"""A small honest OpenRosa server for tests, over real sockets: it keeps what it is sent, as ODK Central does.

`script` says what becomes of the next POSTs: a status to answer instead of taking it; "lost" takes it and
loses the answer; "cut" takes nothing and breaks the line; "portal" is somebody in between; "202"; "bare" takes
it and answers without an OpenRosaResponse; "hold" takes it, sets `holding` and answers nobody.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
import threading
from datetime import UTC, datetime
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import fromstring

from server.certificates import Certificates

BASE = "/v1/key/TOKEN0123456789/projects/1"
PAGE = b"<html><body>Welcome, please log in</body></html>"


class OpenRosaServer:
    """Serves on loopback. Everything public may be changed while it runs."""

    def __init__(self, *, login: str = "", context: ssl.SSLContext | None = None) -> None:
        self.login = login  # "", "digest" or "basic"
        self.user, self.password = "示例", "密码:1"
        self.uses_of_nonce = 1000
        self.forms: dict[str, tuple[str, bytes, dict[str, bytes]]] = {}
        self.submissions: dict[str, tuple[bytes, dict[str, bytes]]] = {}
        self.replaced: dict[str, str] = {}
        self.script: list[int | str] = []
        self.limit: int | None = None
        self.largest: int | None = None
        self.gets: list[str] = []
        self.posts: list[list[str]] = []
        self.sizes: list[int] = []
        self.damaged: set[str] = set()
        self.header = True
        self.list_content: bytes | None = None
        self.entity_lists: set[str] = set()
        self.cut_get: str = ""
        self.holding = threading.Event()
        self.elsewhere = ""  # where downloads are said to be
        self.credentials: list[str] = []
        self.redirect = ""
        self.knows_head = True
        self.nonces: dict[str, int] = {}
        self.challenges = 0
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # clients that leave in the middle are meant to
        self.scheme = "https" if context else "http"
        if context is not None:
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port: int = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    @property
    def root(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"{self.root}{BASE}"

    def offer(self, form_id: str, version: str, xml: bytes, media: dict[str, bytes] | None = None) -> None:
        self.forms[form_id] = (version, xml, media or {})

    def take(self, xml: bytes, files: dict[str, bytes]) -> int:
        """The status with which ODK Central answers this (lib/resources/submissions.js)."""
        meta = {
            element.tag.rpartition("}")[2]: (element.text or "").strip() for element in fromstring(xml).iter()
        }
        instance, deprecated = meta["instanceID"], meta.get("deprecatedID", "")
        known = self.submissions.get(instance)
        if known is None and deprecated:
            if deprecated not in self.submissions:
                return 404
            if deprecated in self.replaced:
                return 409
            self.replaced[deprecated] = instance
        if known is None:
            known = self.submissions[instance] = (xml, {})
        if known[0] != xml or instance in self.replaced:
            return 409
        known[1].update(files)
        return 201


class _Handler(BaseHTTPRequestHandler):
    owner: OpenRosaServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a reply in one piece: two small ones wait 40 ms for each other

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        if not self.owner.knows_head:
            self._answer(404, b"")
            return
        if self._let_in():
            headers = (
                {}
                if self.owner.limit is None
                else {"X-OpenRosa-Accept-Content-Length": str(self.owner.limit)}
            )
            self._answer(204 if urlsplit(self.path).path == f"{BASE}/submission" else 404, b"", headers)

    def do_GET(self) -> None:
        owner, path = self.owner, unquote(urlsplit(self.path).path)
        owner.gets.append(path.removeprefix(BASE))
        if owner.redirect:
            self._answer(302, b"", {"Location": owner.redirect})
            return
        if not self._let_in():
            return
        content = self._content(path.removeprefix(BASE)) if path.startswith(BASE) else None
        if owner.cut_get and path.endswith(owner.cut_get):
            owner.cut_get = ""
            self._break_after(content or b"")
            return
        if content is None:
            self._answer(404, b"")
        else:
            self._answer(200, content)

    def do_POST(self) -> None:
        owner = self.owner
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]) or not self._let_in():
            return
        if owner.largest is not None and len(body) > owner.largest:
            self._answer(413, b"")
            return
        parts = _parts(self.headers["Content-Type"], body)
        names = [name for name, _ in parts]
        assert names.count("xml_submission_file") == 1 and names[0] == "xml_submission_file"
        owner.posts.append(names)
        owner.sizes.append(len(body))
        then = owner.script.pop(0) if owner.script else 201
        if then == "cut":
            self._break()
        elif then == "portal":
            owner.header = False
            self._answer(200, PAGE)
            owner.header = True
        elif isinstance(then, int) and then != 201:
            self._answer(then, _response(f"said {then}"))
        else:
            files = {
                name: content
                for name, content in parts
                if name not in {"xml_submission_file", "*isIncomplete*"}
            }
            status = owner.take(parts[0][1], files)
            if then == "hold":
                owner.holding.set()
                self.rfile.read(1)  # until the client is gone
            elif then == "lost":
                self._break()
            elif then == "bare":
                self._answer(status, PAGE)
            else:
                self._answer(202 if then == "202" else status, _response("示例：received"))

    def _content(self, path: str) -> bytes | None:
        owner = self.owner
        if path == "/formList":
            return owner.list_content if owner.list_content is not None else self._form_list()
        found = re.fullmatch(r"/forms/([^/]+?)(\.xml|/manifest|/attachments/(.+))", path)
        if found is None or found[1] not in owner.forms:
            return None
        _, xml, media = owner.forms[found[1]]
        if found[2] == ".xml":
            return xml
        if found[2] == "/manifest":
            return self._manifest(found[1])
        content = media.get(found[3])
        return content if found[3] not in owner.damaged or content is None else content[:-1] + b"?"

    def _form_list(self) -> bytes:
        forms = "".join(
            f"<xform><formID>{form_id}</formID><name>示例 {form_id}</name><version>{version}</version>"
            f"<hash>md5:{_md5(xml)}</hash><downloadUrl>{self.owner.address}/forms/{form_id}.xml</downloadUrl>"
            + (f"<manifestUrl>{self.owner.address}/forms/{form_id}/manifest</manifestUrl>" if media else "")
            + "</xform>"
            for form_id, (version, xml, media) in self.owner.forms.items()
        )
        return f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{forms}</xforms>'.encode()

    def _manifest(self, form_id: str) -> bytes:
        files = "".join(
            f"<mediaFile{' type=' + chr(34) + 'entityList' + chr(34) if name in self.owner.entity_lists else ''}>"
            f"<filename>{name}</filename>"
            f"<hash>md5:{_md5(b'mark' + content if name in self.owner.entity_lists else content)}</hash>"
            f"<downloadUrl>{self.owner.elsewhere or self.owner.address}/forms/{form_id}/attachments/{quote(name)}</downloadUrl></mediaFile>"
            for name, content in self.owner.forms[form_id][2].items()
        )
        return f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{files}</manifest>'.encode()

    def _let_in(self) -> bool:
        owner = self.owner
        given = self.headers.get("Authorization", "")
        owner.credentials.append(given)
        if not owner.login or (owner.login == "digest" and self._digest_fits(given)):
            return True
        if owner.login == "basic" and given == _basic(owner.user, owner.password):
            return True
        owner.challenges += 1
        offer = 'Basic realm="test"'
        if owner.login == "digest":
            nonce = f"n{len(owner.nonces)}"
            owner.nonces[nonce] = 0
            offer = f'Digest realm="test", qop="auth", nonce="{nonce}", opaque="o", stale=true'
        self._answer(401, b"", {"WWW-Authenticate": offer})
        return False

    def _digest_fits(self, given: str) -> bool:
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', given))
        if not given.startswith("Digest") or said.get("nonce") not in self.owner.nonces:
            return False
        self.owner.nonces[said["nonce"]] += 1
        if self.owner.nonces[said["nonce"]] > self.owner.uses_of_nonce:
            return False
        inner = _md5(f"{self.owner.user}:test:{self.owner.password}".encode())
        what = _md5(f"{self.command}:{self.path}".encode())
        middle = f"{said['nonce']}:{said['nc']}:{said['cnonce']}:auth"
        return said["uri"] == self.path and said["response"] == _md5(f"{inner}:{middle}:{what}".encode())

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        if self.owner.header:
            self.send_header("X-OpenRosa-Version", "1.0")
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _break_after(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("X-OpenRosa-Version", "1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self._break()

    def _break(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def tls_context(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS on loopback, and the file of the authority that vouches for it."""
    certificates = Certificates(folder)
    certificates.ensure_server_certificate(("127.0.0.1",), datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server_file, certificates.server_key_file)
    return context, folder / "ca.pem"


def _parts(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    boundary = message.get_boundary()
    parts = []
    for piece in body.split(f"--{boundary}".encode())[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'; name="([^"]*)"', head)
        assert name is not None
        parts.append((name[1].decode().replace("%22", '"'), content.removesuffix(b"\r\n")))
    return parts


def _response(message: str) -> bytes:
    return (
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
        f'<message nature="submit_success">{message}</message></OpenRosaResponse>'
    ).encode()


def _md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
