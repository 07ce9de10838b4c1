"""The pages, as a browser without script reads them."""

import re

import pytest
from starlette.testclient import TestClient

from tests.support.browser import SUBMIT, TINY, browser, form_token, furnish, words
from tests.support.installation import PASSWORD, Installation

FOR_ALL = [
    "/",
    "/account",
    TINY,
    f"{TINY}/data",
    f"{TINY}/tiers",
    f"{TINY}/rules",
    SUBMIT,
    f"{TINY}/submissions",
    f"{TINY}/leaderboard",
    f"{TINY}/announcements",
    f"{TINY}/code",
    "/submissions/{submission}",
]
FOR_STAFF = [
    f"{TINY}/leaderboard/private",
    f"{TINY}/staff",
    f"{TINY}/baselines",
    f"{TINY}/rescores",
    f"{TINY}/rescores/{{rescore}}",
    f"{TINY}/grades",
    f"{TINY}/audit",
    f"{TINY}/integrity",
    f"{TINY}/code/teams",
    f"{TINY}/rules/change",
    "/baseline-runs/{run}",
]


def test_signing_in_leads_to_the_page_that_was_asked_for(installation: Installation) -> None:
    client = browser(installation)
    redirect = client.get(f"{TINY}/leaderboard?page=2", follow_redirects=False)
    form = client.get(redirect.headers["location"])

    data = {"username": "Student0", "password": PASSWORD, "next": f"{TINY}/leaderboard?page=2"}
    answer = client.post("/sign-in", data=data, follow_redirects=False)

    assert redirect.status_code == 303
    assert redirect.headers["location"] == "/sign-in?next=%2Fcompetitions%2Ftiny%2Fleaderboard%3Fpage%3D2"
    assert f'value="{TINY}/leaderboard?page=2"' in form.text
    assert (answer.status_code, answer.headers["location"]) == (303, f"{TINY}/leaderboard?page=2")
    assert "httponly" in answer.headers["set-cookie"].lower()


def test_a_wrong_password_shows_the_form_and_tells_nothing_of_the_name(
    installation: Installation,
) -> None:
    client = browser(installation)

    known = client.post("/sign-in", data={"username": "student0", "password": "wrong wrong"})
    unknown = client.post("/sign-in", data={"username": "nobody00", "password": "wrong wrong"})

    assert (known.status_code, unknown.status_code) == (401, 401)
    assert known.text == unknown.text.replace("nobody00", "student0")
    assert 'value="student0"' in known.text
    assert "set-cookie" not in known.headers


def test_signing_in_is_refused_from_another_sites_page(installation: Installation) -> None:
    client = TestClient(installation.app, headers={"Origin": "https://evil.example"})

    answer = client.post("/sign-in", data={"username": "student0", "password": PASSWORD})

    assert answer.status_code == 403


def test_signing_out_ends_the_session(installation: Installation) -> None:
    client = browser(installation, "student0")
    cookies = dict(client.cookies)

    client.post("/sign-out", data={"form_token": form_token(client)})
    client.cookies.update(cookies)

    assert client.get("/", follow_redirects=False).status_code == 303


def test_every_page_renders_and_obeys_the_content_policy(installation: Installation) -> None:
    ids = furnish(installation)
    crawl = [("student0", FOR_ALL), ("tina", FOR_ALL + FOR_STAFF), ("root", FOR_ALL + FOR_STAFF)]

    pages = [page for name, paths in crawl for page in visited(browser(installation, name), paths, ids)]

    assert [status for status, _, _ in pages] == [200] * len(pages)
    assert {stored for _, stored, _ in pages} == {"no-store"}
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:")
    elsewhere = re.compile(r"https?://(?!www\.w3|testserver\b)")
    assert [inline.findall(text) + elsewhere.findall(text) for _, _, text in pages] == [[]] * len(pages)


def visited(client: TestClient, paths: list[str], ids: dict[str, int]) -> list[tuple[int, str, str]]:
    answers = [client.get(path.format(**ids)) for path in paths]
    return [(answer.status_code, answer.headers["cache-control"], answer.text) for answer in answers]


def test_staff_pages_are_refused_to_students_and_strangers(
    installation: Installation,
) -> None:
    ids = furnish(installation)
    student, mallory = browser(installation, "student0"), browser(installation, "mallory")
    paths = [path.format(**ids) for path in FOR_STAFF]

    assert [student.get(path).status_code for path in paths] == [403] * len(paths)
    assert [mallory.get(path).status_code for path in paths] == [404] * len(paths)


def test_no_page_shows_a_student_a_private_score_before_the_reveal(
    installation: Installation,
) -> None:
    ids = furnish(installation)
    board = "/api/competitions/tiny/leaderboard/"
    rows = installation.client("tina").get(board + "private").json()["rows"]
    public = {row["score"] for row in installation.client("tina").get(board + "public").json()["rows"]}
    private = {f"{row['score']:.4f}" for row in rows if row["score"] not in public}
    student, staff = browser(installation, "student0"), browser(installation, "tina")

    shown = "".join(student.get(path.format(**ids)).text for path in FOR_ALL + FOR_STAFF)
    sealed = student.get(f"{TINY}/leaderboard/private")

    assert len(private) >= 3
    assert [score for score in private if score in shown] == []
    assert sealed.status_code == 403
    assert "Wed 20 Mar 2030, 12:00 (Asia/Taipei)" in sealed.text
    staff_board = staff.get(f"{TINY}/leaderboard/private")
    assert "Staff only until Wed 20 Mar 2030" in words(staff_board.text)
    assert [score for score in private if score not in staff_board.text] == []


def test_the_reveal_opens_the_private_board_and_scores(
    installation: Installation,
) -> None:
    ids = furnish(installation)
    installation.clock.now = installation.competition().reveal_at
    student = browser(installation, "student0")

    board = student.get(f"{TINY}/leaderboard/private")
    submission = student.get(f"/submissions/{ids['submission']}")

    assert board.status_code == 200
    assert "Staff only" not in board.text
    assert "Sealed until" not in submission.text


@pytest.mark.parametrize("path", ["/", TINY, SUBMIT])
def test_the_clock_of_a_page_is_the_courses(installation: Installation, path: str) -> None:
    page = words(browser(installation, "student0").get(path).text)

    assert "Server time Wed 13 Mar 2030, 12:00:00 (Asia/Taipei)" in page


def test_an_unknown_address_is_a_page_and_not_json(installation: Installation) -> None:
    answer = browser(installation).get("/no/such/page")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
