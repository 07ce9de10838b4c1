"""One HTTP connection pool; everything that goes wrong on it becomes one of this package's errors."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx2

from client.addresses import address_in
from client.api.decode import Json, Mismatch, decode
from client.api.errors import ApiError, Misuse, NotSignedIn, SentOn, UnexpectedAnswer, Unreachable
from client.api.proxies import transport_to
from grader.messages import Message, joined

T = TypeVar("T")

CONNECT_SECONDS = 10.0
SAFE_TO_REPEAT = frozenset({"GET", "PUT", "DELETE"})
TRIES = 3  # a server that restarts is back within the two pauses between three tries
PAUSE_SECONDS = 0.3
STANDARD_CODES = {401: "not_signed_in", 403: "not_allowed", 404: "not_found", 413: "stopped_on_the_way"}


class Transport:
    """Sends requests to one server as one user; raises only what client/api/errors.py lists."""

    def __init__(self, base_url: str, token: str | None, *, timeout: float, language: str) -> None:
        _require_address(base_url)
        self.base_url = base_url.rstrip("/")
        headers = {"User-Agent": "splitboard-client", "Accept-Language": language}
        if token:
            _require_sendable(token)
            headers["Authorization"] = f"Bearer {token}"
        limits = httpx2.Timeout(timeout, connect=CONNECT_SECONDS)
        transport, self._proxy = transport_to(self.base_url)
        self._client = httpx2.Client(headers=headers, timeout=limits, transport=transport)

    def close(self) -> None:
        """Close the pooled connections."""
        self._client.close()

    def call(
        self,
        shape: type[T],
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Json] | None = None,
    ) -> T:
        """Send a JSON request and return the answer as `shape`."""
        answer = self.request(method, path, query=query, body=body)
        return self.shaped(shape, self.json_object(answer), where=path)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Json] | None = None,
    ) -> httpx2.Response:
        """Send a JSON request and return the accepted answer; what is safe to repeat is tried a few times."""
        tries = TRIES if method in SAFE_TO_REPEAT else 1
        for attempt in range(1, tries + 1):
            try:
                with self._translated():
                    answer = self._client.request(method, self.address(path), params=query, json=body)
                return self.accepted(answer)
            except Unreachable:
                if attempt == tries:
                    raise
                time.sleep(PAUSE_SECONDS * attempt)
        raise AssertionError("the last try returns or raises")

    def upload(
        self,
        path: str,
        *,
        body: Iterator[bytes],
        size: int,
        query: Mapping[str, str | tuple[str, ...]],
        headers: Mapping[str, str],
    ) -> httpx2.Response:
        """Send raw bytes once, streamed, and return the accepted answer; the caller decides on repeats."""
        sent = {"Content-Type": "text/csv", "Content-Length": str(size), **headers}
        with self._translated():
            answer = self._client.post(self.address(path), params=query, content=body, headers=sent)
        return self.accepted(answer)

    @contextmanager
    def download(self, url: str, *, start: int = 0) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Yield where a file's bytes begin and the bytes in pieces, uncompressed, so that a hash compares.

        start: how many are here already. A server that gives no part of a file sends it from its beginning.
        """
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with (
            self._translated(),
            self._client.stream("GET", self.address(url), headers=headers) as answer,
        ):
            if answer.status_code not in ((200, 206) if start else (200,)):
                answer.read()
                self.accepted(answer)
                raise UnexpectedAnswer(url, Message("status {status}", status=answer.status_code))
            yield start if answer.status_code == 206 else 0, answer.iter_raw()

    def address(self, path_or_url: str) -> str:
        """The full address of a path; a link to another server is refused: the token goes along."""
        base = urlsplit(self.base_url)
        if path_or_url.startswith(f"{base.scheme}://{base.netloc}/"):
            return path_or_url
        if not path_or_url.startswith("/") or path_or_url.startswith("//"):
            raise UnexpectedAnswer(
                self.base_url, Message("a link to another server, {link}", link=path_or_url)
            )
        # A server behind a path prefix may or may not write that prefix into its links.
        if base.path and path_or_url.startswith(f"{base.path}/"):
            return f"{base.scheme}://{base.netloc}{path_or_url}"
        return self.base_url + path_or_url

    def accepted(self, answer: httpx2.Response) -> httpx2.Response:
        """A 2xx answer; raises ApiError with the server's words for any other."""
        if answer.is_success:
            return answer
        if answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers.get("Location", ""))
            is_same = urlsplit(target).hostname == urlsplit(self.base_url).hostname
            raise SentOn(self.base_url, target, address_in(target) if is_same else None)
        raise self._refusal(answer)

    def shaped(self, shape: type[T], value: Json, *, where: str) -> T:
        """The JSON `value` as `shape`; raises UnexpectedAnswer, naming the route, when it is not."""
        try:
            return decode(shape, value)
        except Mismatch as fault:
            raise UnexpectedAnswer(self.address(where), str(fault)) from None

    def json_object(self, answer: httpx2.Response) -> dict[str, Json]:
        """The answer's JSON object; raises UnexpectedAnswer when it is none."""
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            kind = answer.headers.get("Content-Type", Message("no content type"))
            received = Message("{kind} instead of a JSON object", kind=kind)
            raise UnexpectedAnswer(str(answer.url.copy_with(query=None)), received)
        return value

    def _refusal(self, answer: httpx2.Response) -> ApiError:
        try:
            error = answer.json()["error"]
            details = error.get("details") or {}
            return ApiError(answer.status_code, str(error["code"]), str(error["message"]), details)
        except (ValueError, KeyError, TypeError, AttributeError):
            # A proxy in between answers in words of its own, often a page; its status still tells the kind.
            fallback = "our_fault" if answer.is_server_error else "invalid_request"
            code = STANDARD_CODES.get(answer.status_code, fallback)
            return ApiError(answer.status_code, code, self._words_of_a_stranger(answer), {})

    def _words_of_a_stranger(self, answer: httpx2.Response) -> str:
        """What an answer without our JSON means: somebody between us and the server gave it."""
        status = f"{answer.status_code} {answer.reason_phrase}".rstrip()
        if answer.status_code == 413:
            return Message(
                "{url} answered {status}: something before the server takes no file of this size. Compress "
                "it with gzip, or tell the course staff: the limit of the proxy is too small.",
                url=self.base_url,
                status=status,
            )
        words = Message("{url} answered {status}, without an explanation.", url=self.base_url, status=status)
        return joined(words, self._way())

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx2.TimeoutException:
            raise self._unreachable(Message("it took too long to answer")) from None
        except httpx2.ConnectError as fault:
            raise self._unreachable(Message("could not connect ({fault})", fault=str(fault))) from None
        except httpx2.ProxyError as fault:
            raise self._unreachable(Message("there is no way ({fault})", fault=str(fault))) from None
        except httpx2.RequestError as fault:
            raise self._unreachable(Message("the connection was cut ({fault})", fault=str(fault))) from None

    def _unreachable(self, reason: str) -> Unreachable:
        return Unreachable(self.base_url, reason, way=self._way())

    def _way(self) -> str:
        """Through which proxy the server was asked, empty where there was none."""
        return (
            "" if self._proxy is None else Message("It was asked through {proxy}.", proxy=self._proxy.words())
        )


def _require_address(base_url: str) -> None:
    try:
        parts, host = urlsplit(base_url), httpx2.URL(base_url).host
    except (httpx2.InvalidURL, ValueError):
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or " " in base_url:
        raise Misuse(
            Message("'{url}' is no address of a server; one begins with http:// or https://", url=base_url)
        )


def _require_sendable(token: str) -> None:
    """Refuse a token that cannot stand in a header; the HTTP library's own complaint would quote it."""
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise NotSignedIn(Message("The token has characters that no token has; was it copied whole?"))
