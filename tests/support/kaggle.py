"""Kaggle's clients as far as their requests go: three dialects, and the steps of a submission in each."""

import base64
from dataclasses import dataclass
from typing import Any

import httpx2
from starlette.testclient import TestClient

from tests.support.installation import Installation

RPC = "/api/v1/competitions.CompetitionApiService"
OLD, SILENT = "Swagger-Codegen/1/python", "kaggle-api/v1.7.0"  # what 1.5 and 1.6 call themselves, and 1.7


@dataclass
class KaggleClient:
    """One user's client of one dialect; agent: "" for 1.8 and later."""

    installation: Installation
    username: str
    agent: str = ""

    def __post_init__(self) -> None:
        self.http: TestClient = self.installation.client(None)
        token = self.installation.tokens[self.username]
        basic = base64.b64encode(f"{self.username}:{token}".encode()).decode()
        self.http.headers["Authorization"] = f"Basic {basic}" if self.agent else f"Bearer {token}"
        self.http.headers["User-Agent"] = self.agent
        self.http.follow_redirects = False

    def call(self, method: str, **fields: Any) -> httpx2.Response:
        """Ask the service of competitions, as 1.8 and later do."""
        return self.http.post(f"{RPC}/{method}", json=fields)

    def get(self, path: str, **query: Any) -> httpx2.Response:
        """Ask an address below /api/v1, as earlier ones do."""
        return self.http.get(f"/api/v1/{path}", params=query)

    def start(self, size: int, *, slug: str = "tiny", name: str = "pred.csv") -> httpx2.Response:
        """Announce a file."""
        if self.agent == OLD:
            path = f"/api/v1/competitions/{slug}/submissions/url/{size}/1700000000"
            return self.http.post(path, files={"fileName": (None, name)})
        fields = {"competitionName": slug, "fileName": name, "contentLength": size}
        if self.agent == SILENT:
            texts = {key: (None, str(value)) for key, value in fields.items()}
            return self.http.post("/api/v1/competitions/submission-url", files=texts)
        return self.call("StartSubmissionUpload", **fields)

    def send(self, address: str, data: bytes) -> httpx2.Response:
        """Send a file to the address of an upload, without saying who one is."""
        return self.installation.client(None).put(address, content=data)

    def create(self, token: str, *, slug: str = "tiny", note: str = "a note") -> httpx2.Response:
        """Let a file that was sent be a submission."""
        fields = {"blobFileTokens": token, "submissionDescription": note}
        if not self.agent:
            return self.call("CreateSubmission", competitionName=slug, **fields)
        texts = {key: (None, value) for key, value in fields.items()}
        return self.http.post(f"/api/v1/competitions/submissions/submit/{slug}", files=texts)

    def submit(self, data: bytes, *, slug: str = "tiny", note: str = "a note") -> httpx2.Response:
        """All three steps; the answer to the first that is refused, or to the last."""
        started = self.start(len(data), slug=slug)
        if "createUrl" not in started.json():
            return started
        sent = self.send(started.json()["createUrl"], data)
        assert sent.status_code == 200, sent.text
        return self.create(started.json()["token"], slug=slug, note=note)
