"""What the framework refuses by itself has the shape of whoever asked; a head is a file without its bytes."""

import pytest

from tests.support.browser import browser
from tests.support.installation import Installation
from tests.support.kaggle import OLD, RPC, SILENT, KaggleClient

ZIP, FILE = "kaggle/competitions/tiny/all.zip", "kaggle/competitions/tiny/files/sample_submission.csv"
FILES = pytest.mark.parametrize("path", [ZIP, FILE])
TOO_MUCH = b"x" * 1_000_001


@pytest.mark.parametrize("agent", ["", OLD, SILENT], ids=["rpc", "1.6", "1.7"])
def test_a_body_that_is_too_large_is_refused_in_the_dialects_shape(
    installation: Installation, agent: str
) -> None:
    client = KaggleClient(installation, "student0", agent).http

    answer = client.post(f"{RPC}/ListCompetitions", content=TOO_MUCH)

    assert answer.status_code == (200 if agent == SILENT else 413)
    assert answer.json()["code"] == 413
    assert "larger than" in answer.json()["message"]


@FILES
@pytest.mark.parametrize(
    ("span", "status"), [("bytes=abc", 400), ("bytes=5-2", 400), ("bytes=9999999-", 416)]
)
def test_a_range_that_is_none_is_refused_in_the_dialects_shape(
    installation: Installation, path: str, span: str, status: int
) -> None:
    client = KaggleClient(installation, "student0").http

    answer = client.get(f"/api/v1/{path}", headers={"Range": span})

    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert answer.headers["content-type"] == "application/json"
    assert ("content-range" in answer.headers) == (status == 416)


@FILES
def test_a_head_is_what_a_file_has_without_its_bytes(installation: Installation, path: str) -> None:
    client = KaggleClient(installation, "student0").http
    names = ("content-length", "etag", "last-modified", "content-encoding")

    whole, head = client.get(f"/api/v1/{path}"), client.head(f"/api/v1/{path}")

    assert (head.status_code, head.content) == (200, b"")
    assert [head.headers[name] for name in names] == [whole.headers[name] for name in names]


def test_our_own_api_and_pages_say_it_in_their_shapes(installation: Installation) -> None:
    over_api = installation.client("student0").post("/api/me/zone", content=TOO_MUCH)
    page = browser(installation, "student0").post("/account/zone", content=TOO_MUCH)

    assert (over_api.status_code, over_api.json()["error"]["code"]) == (413, "too_large")
    assert (page.status_code, page.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "larger than" in page.text
    assert page.headers["x-content-type-options"] == "nosniff"
