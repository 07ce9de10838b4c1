"""What comes in place of the raw file is refused with what to do, and costs nothing."""

import gzip

import pytest

from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

PATH = "/api/competitions/tiny/submissions"
FORM, URLENCODED = "multipart/form-data; boundary=X", "application/x-www-form-urlencoded"
GOOD = predictions(400, accuracy=0.7, seed=1)


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (FORM, b'--X\r\nContent-Disposition: form-data; name="file"\r\n\r\nid,label\r\n', "inside a form"),
        (URLENCODED, GOOD.replace(b"\n", b""), "without its line ends"),
    ],
)
def test_a_file_that_curl_sent_in_another_way_is_told_how(
    installation: Installation, kind: str, body: bytes, words: str
) -> None:
    client = installation.client("student0")

    refusal = client.post(PATH, content=body, headers={"Content-Type": kind})

    assert refusal.status_code == 422
    assert words in refusal.json()["error"]["message"]
    assert "curl --data-binary @pred.csv" in refusal.json()["error"]["message"]
    assert client.get(PATH).json()["submissions"] == []


@pytest.mark.parametrize("body", [GOOD, GOOD.replace(b"\n", b"\r\n"), gzip.compress(GOOD, mtime=0)])
def test_the_raw_file_is_taken_under_the_type_that_curl_gives_it(
    installation: Installation, body: bytes
) -> None:
    answer = installation.client("student0").post(PATH, content=body, headers={"Content-Type": URLENCODED})

    assert answer.status_code == 201
