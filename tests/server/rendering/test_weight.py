"""What a page weighs: files that are fetched once a year, text in gzip, and no secret told by a length."""

import gzip
import re

import pytest

from server.domain.people.accounts import secrets
from server.web.static_files import NAMES, static_file, static_url
from tests.support.browser import browser, form_token
from tests.support.installation import Installation

ADDRESS = re.compile(r'(?:src|href)="(/static/[^"]+)"')
IMPORTED = re.compile(r'from\s*"\./([^"]+)"')
FIRST_PAGE_MOST = 60_000  # bytes, as sent, with all it loads


def test_a_static_file_is_kept_for_a_year_under_an_address_that_its_bytes_make(
    installation: Installation,
) -> None:
    nobody = installation.client(None)
    for name in sorted(NAMES):
        answer = nobody.get(static_url(name))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == static_file(name).data
        again = nobody.get(static_url(name), headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert nobody.get("/static/base.css?v=old").headers["cache-control"] == "no-cache"
    assert nobody.get("/static/..%2Fapp.py").status_code == 404
    assert nobody.get("/static/nothing.css").status_code == 404
    assert nobody.post("/static/base.css").status_code == 405
    plain = nobody.get("/static/base.css", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "content-encoding" not in plain.headers


def test_what_a_script_imports_has_the_address_of_its_bytes() -> None:
    imports = 0
    for name in NAMES:
        for imported in IMPORTED.findall(static_file(name).data.decode()) if name.endswith(".js") else []:
            assert f"/static/{imported}" == static_url(imported.split("?")[0])
            imports += 1
    assert imports >= 3


@pytest.mark.parametrize("path", ["/sign-in", "/", "/competitions/tiny"])
def test_a_first_page_with_all_it_loads_is_light(installation: Installation, path: str) -> None:
    person = browser(installation, None if path == "/sign-in" else "student0")
    page = person.get(path, headers={"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["cache-control"] == "no-store"
    total = int(page.headers["content-length"])
    waiting, loaded = set(ADDRESS.findall(page.text)), set[str]()
    while waiting:
        address = waiting.pop()
        answer = person.get(address, headers={"Accept-Encoding": "gzip"})
        total += int(answer.headers["content-length"])
        loaded.add(address)
        waiting |= {f"/static/{each}" for each in IMPORTED.findall(answer.text)} - loaded
    assert total < FIRST_PAGE_MOST


def test_a_form_token_reads_otherwise_in_each_answer_and_means_the_same(installation: Installation) -> None:
    person = browser(installation, "student0")
    one, other = form_token(person), form_token(person)
    assert one != other
    assert secrets.unmasked(one) == secrets.unmasked(other)
    for token in (one, other):
        answer = person.post(
            "/account/mail", data={"form_token": token, "wanted": "true"}, follow_redirects=False
        )
        assert answer.status_code == 303
    plain = secrets.unmasked(one)
    assert person.post("/account/mail", data={"form_token": plain, "wanted": "true"}).status_code == 403


@pytest.mark.parametrize("text", [None, "", "x", "====", "é", "QQ==", "QUI=", "a" * 4001])
def test_what_is_no_masked_secret_opens_nothing(text: str | None) -> None:
    assert not secrets.same_secret(secrets.unmasked(text), "secret")


def test_an_answer_is_the_same_in_gzip(installation: Installation) -> None:
    student = installation.client("student0")
    plain = student.get("/api/openapi.json", headers={"Accept-Encoding": "identity"})
    packed = student.get("/api/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert len(gzip.compress(plain.content)) < len(plain.content) / 4
