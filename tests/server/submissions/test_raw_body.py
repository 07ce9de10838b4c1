"""What comes in place of the raw file is refused with what to do, and costs nothing."""

import gzip

import pytest

from tests.support.browser import SUBMIT, browser, form_token
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


def test_an_empty_file_is_called_so_by_the_api_and_on_the_page(installation: Installation) -> None:
    client, pages = installation.client("student0"), browser(installation, "student0")
    refusal = client.post(PATH, content=b"")
    shown = pages.post(SUBMIT, data={"form_token": form_token(pages)}, files={"file": ("empty.csv", b"")})

    assert (refusal.status_code, refusal.json()["error"]["code"]) == (422, "empty_file")
    assert shown.status_code == 422
    assert all("The file is empty" in answer.text for answer in (refusal, shown))
    assert client.get(PATH).json()["submissions"] == []


@pytest.mark.parametrize("length", [200, 201, 300])
def test_of_a_long_file_name_the_end_stands_by_whatever_way_it_came(
    installation: Installation, length: int
) -> None:
    client, pages = installation.client("student0"), browser(installation, "student0")
    name = "x" * (length - 4) + ".csv"
    other = predictions(400, accuracy=0.6, seed=2)

    client.post(PATH, content=GOOD, params={"file_name": name})
    token = {"form_token": form_token(pages)}
    pages.post(SUBMIT, data=token, files={"file": (name, other)})

    listed = client.get(PATH).json()["submissions"]
    assert [each["file_name"] for each in listed] == [name[-200:]] * 2
