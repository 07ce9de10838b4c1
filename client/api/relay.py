"""A relay on this machine between Kaggle's client and one server, over TLS that is verified.

Kaggle's client can be led to `http://localhost` alone, or to a proxy. The relay is that proxy: it passes on
what is meant for the server's API, with this token or with none, and nothing else. So no key of Kaggle's own
reaches the server, and none of the server's reaches Kaggle.
"""

import base64
import binascii
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx2

from client.api.proxies import transport_to
from client.language import catalogue
from grader.messages import Message, translated

LOCALHOST = "http://localhost"  # what the client calls the server
API = "/api/"
INTROSPECT = "security.OAuthService/IntrospectToken"
UPLOADS = ("StartSubmissionUpload", "StartBlobUpload", "/submissions/url/", "/submission-url")
SIGN_ON = ("security.OAuthService/", "users.AccountService/")  # where a client may tell keys of Kaggle's own
PIECE_BYTES = 1 << 16
LARGEST_QUESTION = 1_000_000  # bytes of a request that is looked into
ON_THE_WAY = {  # headers between two machines, and not between client and server
    *("connection", "keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate"),
    *("te", "trailer", "transfer-encoding", "upgrade", "host"),
}
OF_A_BODY = {"content-length", "content-encoding"}
POLL_SECONDS = 0.05  # how soon it ends once it shall
SECONDS = httpx2.Timeout(120.0, connect=10.0)


class Relay:
    """The relay to the server at `base_url` for whoever has this token, while it is entered."""

    def __init__(self, base_url: str, token: str) -> None:
        transport, _ = transport_to(base_url)
        client = httpx2.Client(transport=transport, timeout=SECONDS, follow_redirects=False)
        parts = {"base_url": base_url.rstrip("/"), "token": token, "client": client}
        self._client = client
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), parts))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Relay":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()


class _Refused(Exception):
    """A request that is not passed on; `status` and the sentence are the answer, or these facts."""

    def __init__(self, status: int, sentence: str, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.facts = status, sentence, facts


class _Handler(BaseHTTPRequestHandler):
    """Passes one request on, or says why not."""

    protocol_version = "HTTP/1.1"
    base_url: ClassVar[str]
    token: ClassVar[str]
    client: ClassVar[httpx2.Client]

    def do_CONNECT(self) -> None:
        """Refuse every tunnel: what is inside of one cannot be seen."""
        self.close_connection = True
        self._refuse(_Refused(403, Message("This relay leads to {server} alone.", server=self.base_url)))

    def _relay(self) -> None:
        try:
            path = self._path()
            self._require_own_key()
            content = self._content(path)
        except _Refused as refused:
            self.close_connection = True
            self._refuse(refused)
            return
        headers = _passed_on(self.headers.items())
        try:
            with self.client.stream(
                self.command, self.base_url + path, headers=headers, content=content
            ) as answer:
                self._answer(answer, path)
        except httpx2.RequestError as fault:
            self.close_connection = True
            words = Message(
                "{server} did not answer: {fault}",
                server=self.base_url,
                fault=str(fault) or type(fault).__name__,
            )
            self._refuse(_Refused(502, words))

    do_GET = do_POST = do_PUT = do_HEAD = _relay

    def _path(self) -> str:
        """The path and query of a request to the server's API; raises _Refused for any other address."""
        parts = urlsplit(self.path)
        is_own = parts.scheme in ("", "http") and parts.hostname in (None, "localhost", "127.0.0.1")
        port = None if parts.hostname is None else parts.port
        if not is_own or port not in (None, 80) or not parts.path.startswith(API) or ".." in parts.path:
            raise _Refused(
                403, Message("This relay leads to the API of {server} alone.", server=self.base_url)
            )
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _require_own_key(self) -> None:
        """Raise _Refused for a key of somebody else's, such as one of Kaggle's own."""
        scheme, _, secret = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            secret = _password_in(secret)
        if scheme and secret.strip() != self.token:
            words = Message("This request brings another key than yours for {server}.", server=self.base_url)
            raise _Refused(403, words)

    def _content(self, path: str) -> Iterator[bytes] | bytes:
        """The body; of a request about keys it is read first, and raises _Refused where one is not ours."""
        if not any(part in path for part in SIGN_ON):
            return self._pieces()
        body = b"".join(self._pieces())[:LARGEST_QUESTION]
        if INTROSPECT not in path:
            raise _Refused(404, Message("This server has no other way to sign in than your API token."))
        try:
            token = json.loads(body)["token"]
        except (ValueError, KeyError, TypeError):
            token = None
        if token != self.token:
            raise _Refused(200, "", {"active": False})
        return body

    def _pieces(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0 and (piece := self.rfile.read(min(left, PIECE_BYTES))):
            left -= len(piece)
            yield piece

    def _answer(self, answer: httpx2.Response, path: str) -> None:
        """Send the server's answer on; the address of an upload is led through this relay, too."""
        body = answer.iter_raw(PIECE_BYTES)
        headers = _passed_on(answer.headers.multi_items())
        if any(part in path for part in UPLOADS) and answer.headers.get("content-type", "").startswith(
            "application/json"
        ):
            data = self._led_here(answer.read())
            body, headers = iter((data,)), [each for each in headers if each[0] not in OF_A_BODY]
            headers.append(("content-length", str(len(data))))
        self.send_response_only(answer.status_code)
        for name, value in headers:
            self.send_header(name, value)
        has_length = any(name == "content-length" for name, _ in headers)
        if not has_length:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            for piece in body:
                self.wfile.write(piece)

    def _led_here(self, data: bytes) -> bytes:
        try:
            facts = json.loads(data)
            address = urlsplit(facts["createUrl"])
        except (ValueError, KeyError, TypeError):
            return data
        return json.dumps(facts | {"createUrl": f"{LOCALHOST}{address.path}?{address.query}"}).encode()

    def _refuse(self, refused: "_Refused") -> None:
        words = str(translated(refused.sentence, catalogue()))
        facts = refused.facts or {"code": refused.status, "message": words}
        data = json.dumps(facts).encode()
        self.send_response_only(refused.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing: the line of a request may hold a secret."""


def _password_in(basic: str) -> str:
    """The password of a header of the kind `Basic`; empty where there is none."""
    try:
        return base64.b64decode(basic.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _passed_on(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers if name.lower() not in ON_THE_WAY]
