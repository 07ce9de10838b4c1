"""A learning platform of a few lines, in a thread of its own, that launches and answers as a test wants.

The libraries for LTI are tools, and none is a platform; tests/server/lti/test_peer.py shows that one of them
(pylti1p3next) takes this platform's launches and is answered by its services as we are.
"""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, RSAKey

from server.domain.lti.launches import ITEMS_CLAIM, MEMBERS_CLAIM
from server.domain.lti.platforms import PlatformAddresses
from server.services.lti.platforms import ITEM_SCOPE, MEMBERS_SCOPE, RESULT_SCOPE, SCORE_SCOPE
from tests.support.provider_stub import _KEYS

CLIENT, DEPLOYMENT, CONTEXT = "client-1", "deployment-1", "context-1"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
SCOPES = {  # by the last part of a path
    "members": MEMBERS_SCOPE,
    "items": ITEM_SCOPE,
    "scores": SCORE_SCOPE,
    "results": RESULT_SCOPE,
}
SCORE_FIELDS = {"userId", "activityProgress", "gradingProgress", "timestamp", "scoreGiven", "scoreMaximum"}
PAGE = 50  # people of a page at the most
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


@dataclass
class LtiStub:
    """What the stub says. claims: what its launches hold beside the usual, None leaves one out."""

    port: int = 0
    now: int = 0
    issuer: str = ""
    client: str = CLIENT
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    published: list[RSAKey] = field(default_factory=lambda: _KEYS[:1])
    signs_with: RSAKey | OctKey = field(default_factory=lambda: _KEYS[0])
    answers: dict[str, Any] = field(
        default_factory=dict
    )  # by path, a status and a body in the place of its own
    requests: list[str] = field(default_factory=list)
    tool_keys: Any = field(default_factory=dict)  # what the tool publishes
    assertions: list[str] = field(default_factory=list)  # each is taken once
    tokens: dict[str, str] = field(default_factory=dict)  # the scope of each
    members: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    scores: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # those that were taken, by column
    grades: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # by column and person
    has_attempts: bool = True  # whether a new one may be made for a score
    course_page: str = ""
    on_score: Callable[[int], None] = field(
        default=lambda count: None
    )  # called before a taken one is answered

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def another_key(self) -> RSAKey:
        """A key that it does not publish yet."""
        return _KEYS[1]

    @property
    def addresses(self) -> PlatformAddresses:
        """What a registration says of it."""
        return PlatformAddresses(
            self.issuer, f"{self.address}/authorize", f"{self.address}/token", f"{self.address}/keys"
        )

    def login(self, **fields: str) -> dict[str, str]:
        """How it asks a tool to sign somebody in."""
        own = {
            "iss": self.issuer,
            "client_id": self.client,
            "login_hint": "person-1",
            "lti_message_hint": "message-1",
            "target_link_uri": "http://testserver/",
        }
        return own | fields

    def answer_page(self, address: str) -> str:
        """The page by which a browser that was sent there brings its launch to the tool, by itself."""
        (redirect,) = parse_qs(urlsplit(address).query)["redirect_uri"]
        form = form_page(redirect, self.launch(address), button="Back")
        return f"{form}<script>document.forms[0].submit()</script>"

    def launch(self, address: str, /, **fields: Any) -> dict[str, str]:
        """The form that its page sends for a browser that was sent to `address`."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_mode"] == "form_post"
        return {"state": query["state"], "id_token": self.token(query["nonce"], **fields)}

    def token(self, nonce: str, /, **fields: Any) -> str:
        """The ID token of a launch."""
        claims = {
            "iss": self.issuer,
            "aud": self.client,
            "azp": self.client,
            "sub": "subject-1",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": nonce,
            "name": "Ann",
            "email": "ann@example.edu",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}deployment_id": DEPLOYMENT,
            f"{CLAIM}target_link_uri": "http://testserver/",
            f"{CLAIM}resource_link": {"id": "link-1", "title": "Splitboard"},
            f"{CLAIM}roles": [f"{MEMBERSHIP}Learner"],
            f"{CLAIM}context": {"id": CONTEXT, "title": "ML on Moodle", "label": "ML"},
            f"{CLAIM}lis": {"person_sourcedid": "B10901001"},
            MEMBERS_CLAIM: {
                "context_memberships_url": f"{self.address}/members",
                "service_versions": ["2.0"],
            },
            ITEMS_CLAIM: {
                "lineitems": f"{self.address}/items",
                "scope": [ITEM_SCOPE, SCORE_SCOPE, RESULT_SCOPE],
            },
            **self.claims,
            **fields,
        }
        header = {"alg": "RS256", "kid": self.signs_with.kid, **self.header}
        present = {name: value for name, value in claims.items() if value is not None}
        if header["alg"] == "none":
            parts = (json.dumps(each).encode() for each in (header, present))
            return ".".join(urlsafe_b64encode(each).decode().rstrip("=") for each in parts) + "."
        return jwt.encode(header, present, self.signs_with, algorithms=[header["alg"]])

    def token_for(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """An access token for whoever signs the question by a key that the tool publishes, once."""
        try:
            token = jwt.decode(fields["client_assertion"], KeySet.import_key_set(self.tool_keys), ["RS256"])
        except JoseError as error:
            return 400, {"error": "invalid_client", "error_description": str(error)}
        claims, now = token.claims, time.time()
        is_right = (
            fields["grant_type"] == "client_credentials"
            and fields["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            and claims["iss"] == claims["sub"] == self.client
            and claims["aud"] == f"{self.address}/token"
            and now - 60 < claims["iat"] <= now + 5 < claims["exp"] < now + 3600
            and claims["jti"] not in self.assertions
        )
        if not is_right:
            return 400, {"error": "invalid_client"}
        self.assertions.append(claims["jti"])
        name = f"token-{len(self.tokens)}"
        self.tokens[name] = fields["scope"]
        return 200, {
            "access_token": name,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": fields["scope"],
        }

    def service(self, path: str, query: dict[str, str]) -> tuple[Any, ...]:
        """The answer to a question with a right token."""
        if path == "/items":
            name = query.get("resource_id")
            return 200, [each for each in self.items if name in (None, each["resourceId"])]
        if path.endswith("/results"):
            grade = self.grades.get((path.removesuffix("/results"), query["user_id"]))
            facts = (
                None
                if grade is None
                else {
                    "userId": query["user_id"],
                    "resultScore": grade["scoreGiven"],
                    "resultMaximum": grade["scoreMaximum"],
                }
            )
            return 200, [] if facts is None else [facts]
        start, most = int(query.get("from", 0)), min(int(query.get("limit", PAGE)), PAGE)
        page = self.members[start : start + most]
        following = f"{self.address}/members?from={start + most}&limit={most}"
        links = f'<{self.address}/members>; rel="first"'
        links += f', <{following}>; rel="next"' if start + most < len(self.members) else ""
        return 200, {"id": path, "context": {"id": CONTEXT}, "members": page}, links

    def taken(self, path: str, value: dict[str, Any], media: str) -> tuple[int, Any]:
        """The answer to a new column, or to a score, by Canvas's rules."""
        if path == "/items":
            item = {**value, "id": f"{self.address}/items/{len(self.items) + 1}?type_id=2"}
            self.items.append(item)
            return 201, item
        column, person = path.removesuffix("/scores"), str(value.get("userId", ""))
        if media != "application/vnd.ims.lis.v1.score+json" or not set(value) >= SCORE_FIELDS:
            return 415, {"errors": "no score"}
        if person not in {each["user_id"] for each in self.members}:
            return 422, {"errors": "User not found in course or is not a student"}
        extension = value.get("https://canvas.instructure.com/lti/submission", {})
        if not self.has_attempts and extension.get("new_submission", True):
            return 422, {"errors": "maximum number of allowed attempts has been reached"}
        earlier = self.grades.get((column, person))
        if earlier is not None and value["timestamp"] < earlier["timestamp"]:
            return 400, {"errors": "Provided timestamp before last updated timestamp"}
        self.grades[column, person] = value
        self.scores.append((column, value))
        self.on_score(len(self.scores))
        return 200, {"resultUrl": f"{self.address}{column}/results/{person}"}


def form_page(action: str, fields: dict[str, str], *, button: str, target: str = "") -> str:
    """A page with one form, whose fields nobody sees."""
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
    )
    return (
        f'<!doctype html><title>Platform</title><form method="post" action="{escape(action)}" '
        f'target="{target}">{inputs}<button>{button}</button></form>'
    )


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer on a kept connection waits for 40 ms

    def do_GET(self) -> None:
        stub: LtiStub = self.server.stub  # type: ignore[attr-defined]
        path = urlsplit(self.path).path
        stub.requests.append(path)
        if path in stub.answers:
            self.send(*stub.answers[path])
        elif path == "/keys":
            self.send(200, KeySet(list(stub.published)).as_dict())
        elif path in ("/course", "/authorize"):
            page = stub.course_page if path == "/course" else stub.answer_page(self.path)
            self.send(200, page.encode(), media="text/html; charset=utf-8")
        elif self.is_allowed(stub, path):
            self.send(*stub.service(path, self.query()))

    def do_POST(self) -> None:
        stub: LtiStub = self.server.stub  # type: ignore[attr-defined]
        path = urlsplit(self.path).path
        stub.requests.append(path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if path in stub.answers:
            self.send(*stub.answers[path])
        elif path == "/token":
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self.send(*stub.token_for(fields))
        elif self.is_allowed(stub, path):
            self.send(*stub.taken(path, json.loads(body), str(self.headers["Content-Type"])))

    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def is_allowed(self, stub: LtiStub, path: str) -> bool:
        """Whether a token of the right scope came with it; answers where not."""
        scope = stub.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "), "")
        if not scope:
            self.send(401, {"error": "no token"})
        elif SCOPES[path.rpartition("/")[2].rstrip("0123456789") or "items"] not in scope:
            self.send(403, {"error": "scope"})
        else:
            return True
        return False

    def send(self, status: int, body: Any, link: str = "", *, media: str = "application/json") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if link:
            self.send_header("Link", link)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent."""


@contextmanager
def lti_platform(now: int | None = None) -> Iterator[LtiStub]:
    """A running platform, by whose clock it is `now`, in seconds since 1970."""
    stub = LtiStub(now=int(time.time()) if now is None else now)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Conversation) as server:
        server.daemon_threads, server.block_on_close = True, False
        server.stub, stub.port = stub, server.server_port  # type: ignore[attr-defined]
        stub.issuer = stub.address
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
