"""An identity provider of a few lines, in a thread of its own, that answers as a test wants."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "splitboard", "a secret of the client"
HANG_SECONDS = 30.0
_KEYS = [
    RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"}) for name in ("one", "two")
]  # generated once, a tenth of a second each


@dataclass
class Provider:
    """What the stub says. claims: what its tokens hold beside the usual; None leaves a claim out.

    signs_with: the key of its tokens, of which `published` alone can be fetched. description: what its own
    description says otherwise. answers: by path, a status and a body in the place of its own; "hang" says
    nothing at all.
    """

    port: int = 0
    now: int = 0
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    published: list[RSAKey] = field(default_factory=lambda: _KEYS[:1])
    signs_with: RSAKey | OctKey = field(default_factory=lambda: _KEYS[0])
    description: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # what each was issued for
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def issuer(self) -> str:
        """Its address, which is its name."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def another_key(self) -> RSAKey:
        """A key that it does not publish yet."""
        return _KEYS[1]

    def sign_in(self, address: str, *, code: str = "code") -> dict[str, str]:
        """What a browser that was sent to `address` brings back, once the person has signed in."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.codes[code] = query
        return {"code": code, "state": query["state"], "iss": self.issuer}

    def token(self, query: dict[str, str]) -> str:
        """The ID token for whoever was sent here with this query."""
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": query["nonce"],
            "email": "ann@example.edu",
            "email_verified": True,
            **self.claims,
        }
        header = {"alg": "RS256", "kid": self.signs_with.kid, **self.header}
        present = {name: value for name, value in claims.items() if value is not None}
        if header["alg"] == "none":
            parts = (json.dumps(each).encode() for each in (header, present))
            return ".".join(urlsafe_b64encode(each).decode().rstrip("=") for each in parts) + "."
        return jwt.encode(header, present, self.signs_with, algorithms=[header["alg"]])


class _Conversation(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        stub: Provider = self.server.stub  # type: ignore[attr-defined]
        path = self._begin(stub)
        if path == "/.well-known/openid-configuration":
            self._say(200, _description(stub))
        elif path == "/keys":
            self._say(200, KeySet(list(stub.published)).as_dict())

    def do_POST(self) -> None:
        stub: Provider = self.server.stub  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        if self._begin(stub) != "/token":
            return
        query = stub.codes.pop(fields["code"], None)  # a code works once
        challenge = urlsafe_b64encode(sha256(fields["code_verifier"].encode()).digest()).decode().rstrip("=")
        if query is None or query["code_challenge"] != challenge:
            self._say(400, {"error": "invalid_grant"})
        elif not self.headers.get("Authorization", "").startswith("Basic "):
            self._say(401, {"error": "invalid_client"})
        else:
            self._say(200, {"id_token": stub.token(query), "access_token": "x", "token_type": "Bearer"})

    def _begin(self, stub: Provider) -> str:
        """The path of the request; empty where the test's own answer was given already."""
        path = urlsplit(self.path).path
        stub.requests.append(path)
        if path not in stub.answers:
            return path
        if stub.answers[path] == "hang":
            stub.released.wait(HANG_SECONDS)
        else:
            self._say(*stub.answers[path])
        return ""

    def _say(self, status: int, body: Any) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent."""


def _description(stub: Provider) -> dict[str, Any]:
    names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
    addresses = {name: f"{stub.issuer}/{path}" for name, path in names.items()}
    itself = {"authorization_response_iss_parameter_supported": True}
    return {"issuer": stub.issuer, **addresses, **itself, **stub.description}


@contextmanager
def provider_stub(now: int) -> Iterator[Provider]:
    """A running provider, by whose clock it is `now`, in seconds since 1970."""
    stub = Provider(now=now)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Conversation) as server:
        server.daemon_threads, server.block_on_close = True, False
        server.stub, stub.port = stub, server.server_port  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            stub.released.set()
            server.shutdown()
            thread.join()
