"""A notebook that is signed in, at a server that takes what it sends."""

import pytest

from client.notebook import submitting
from tests.client import answers
from tests.client.stub_server import Answer, StubServer

DOOR = "/api/competitions/food/submissions"
SAMPLE = b"id,label\na1,0\na2,0\n"


@pytest.fixture
def food(server: StubServer, monkeypatch: pytest.MonkeyPatch) -> StubServer:
    """A competition with a sample, and the way to it in the environment."""
    monkeypatch.setenv("SPLITBOARD_URL", server.url)
    monkeypatch.setenv("SPLITBOARD_TOKEN", answers.TOKEN)
    submitting._samples.clear()
    server.prepare("GET", "/api/competitions/food", Answer(body=answers.competition()))
    listed = answers.file("sample_submission.csv", SAMPLE)
    server.prepare("GET", "/api/competitions/food/files", Answer(body={"files": [listed]}))
    server.prepare("GET", listed["url"], Answer(body=SAMPLE))
    server.prepare("POST", DOOR, Answer(201, answers.receipt()))
    return server
