"""ETags of the API's JSON: a program asks for what has changed alone, and learns nothing by it."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.support import published
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

TINY = "/api/competitions/tiny"
POLLED = [
    *(TINY, "/api/competitions", f"{TINY}/submissions", "/api/me/notices", f"{TINY}/leaderboard/public"),
    *(f"{TINY}/leaderboard/public/me", "/api/courses/ml/points", "/api/courses/ml/results"),
    *("/api/submissions/{id}", f"{TINY}/team", f"{TINY}/announcements"),
]


def tag_of(program: TestClient, address: str, **headers: str) -> str:
    return str(program.get(address, headers=headers).headers["etag"])


@pytest.fixture
def one(installation: Installation) -> int:
    """The number of a submission of the first student."""
    return installation.submit_accuracy("student0", 0.6, seed=1).id


@pytest.mark.parametrize("address", POLLED)
def test_what_has_not_changed_is_not_sent_again(installation: Installation, one: int, address: str) -> None:
    program, address = installation.client("student0"), address.format(id=one)
    tag = tag_of(program, address)
    installation.clock.advance(timedelta(seconds=90))

    known = program.get(address, headers={"If-None-Match": tag})
    among_others = program.get(address, headers={"If-None-Match": f'"other", {tag}'})
    other = program.get(address, headers={"If-None-Match": '"other"'})

    assert [each.status_code for each in (known, among_others, other)] == [304, 304, 200]
    assert (known.content, known.headers["etag"], other.headers["etag"]) == (b"", tag, tag)


def test_a_submission_changes_what_it_must_and_nothing_of_others(
    installation: Installation, one: int
) -> None:
    program, fellow = installation.client("student0"), installation.client("student1")
    own = [address.format(id=one) for address in POLLED if "team" not in address and "announ" not in address]
    tags, fellows = [tag_of(program, each) for each in own], tag_of(fellow, f"{TINY}/submissions")

    installation.submit_accuracy("student0", 0.9, seed=2)

    changed = [path for path, tag in zip(own, tags, strict=True) if tag_of(program, path) != tag]
    unchanged = {"/api/me/notices", f"/api/submissions/{one}"}
    assert set(changed) == set(own) - unchanged
    assert tag_of(fellow, f"{TINY}/submissions") == fellows


def test_an_etag_of_another_viewer_or_language_opens_nothing(installation: Installation, one: int) -> None:
    own = tag_of(installation.client("student0"), f"/api/submissions/{one}")
    by_staff = tag_of(installation.client("tina"), f"/api/submissions/{one}")
    stranger = installation.client("mallory").get(
        f"/api/submissions/{one}", headers={"If-None-Match": f"{own}, *"}
    )
    rules = [
        tag_of(installation.client("student0"), "/api/me/notices/kinds", **{"Accept-Language": tag})
        for tag in ("en", "zh-TW")
    ]

    assert own != by_staff
    assert stranger.status_code == 404
    assert rules[0] != rules[1]


def test_a_file_that_fails_has_no_etag_and_a_change_is_not_read(installation: Installation, one: int) -> None:
    program = installation.client("student0")
    note = program.put(f"/api/submissions/{one}/note", json={"note": "x"}, headers={"If-None-Match": "*"})

    assert note.status_code == 200
    assert "etag" not in note.headers
    assert "etag" not in program.get("/api/submissions/999").headers


def test_the_answer_with_a_clock_is_weakly_named_and_all_others_strongly(
    installation: Installation, one: int
) -> None:
    program = installation.client("student0")
    weak = {address for address in POLLED if tag_of(program, address.format(id=one)).startswith("W/")}

    assert weak == {TINY, "/api/competitions"}


def test_every_version_of_an_address_is_the_same_route(installation: Installation, one: int) -> None:
    program = installation.client("student0")
    for address in POLLED:
        plain = address.format(id=one)
        versioned = plain.replace("/api/", "/api/2026-12/")
        assert program.get(versioned).content == program.get(plain).content, address
    created = program.post(
        "/api/2026-12/competitions/tiny/submissions", content=predictions(400, accuracy=0.7, seed=4)
    )

    assert created.status_code == 201
    assert published.document()["info"]["version"] == "2026-12"
    assert [each["url"] for each in published.document()["servers"]] == ["/api/2026-12", "/api"]


@pytest.mark.parametrize(
    "address", ["/api/2031-01/me", "/api/2026-11", "/api/2026-12/nothing", "/api/2026-123/me"]
)
def test_a_version_that_is_not_here_is_named(installation: Installation, address: str) -> None:
    answer = installation.client("student0").get(address, headers={"Accept-Language": "zh-TW"})

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    is_of_another = address.startswith(("/api/2031", "/api/2026-11"))
    assert (answer.json()["error"]["details"] == {"versions": ["2026-12"]}) is is_of_another


def test_a_versioned_address_takes_the_scope_and_the_sign_in_of_its_route(installation: Installation) -> None:
    assert installation.client(None).get("/api/2026-12/me").status_code == 401
    assert installation.client("worker").get("/api/2026-12/me").status_code == 403
