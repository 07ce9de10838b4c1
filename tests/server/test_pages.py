"""The pages, as a browser without script uses them, on both databases."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from server.clock import utc_now
from server.domain.leaderboard import BoardRow
from server.web import charts, pages
from server.web.leaderboard import PAGE_ROWS, paged
from server.web.sign_in import same_site
from tests.installation import PASSWORD, Installation
from tests.tiny_homework import predictions

Furnished = tuple[Installation, dict[str, int]]
TINY = "/competitions/tiny"
SUBMIT = f"{TINY}/submit"
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
NONCE = re.compile(r'name="nonce" value="([^"]+)"')
FOR_ALL = [
    "/",
    "/account",
    TINY,
    SUBMIT,
    f"{TINY}/submissions",
    f"{TINY}/leaderboard",
    "/submissions/{submission}",
]
FOR_STAFF = [
    f"{TINY}/leaderboard/private",
    f"{TINY}/staff",
    f"{TINY}/baselines",
    f"{TINY}/grades",
    "/baseline-runs/{run}",
]
FORMS = [
    "/sign-out",
    "/account/tokens",
    "/account/tokens/1/revoke",
    SUBMIT,
    "/submissions/{submission}/final",
    f"{TINY}/baselines",
]


def browser(installation: Installation, name: str | None = None) -> TestClient:
    """A browser on the site's own pages, signed in as `name`."""
    client = TestClient(
        installation.app, headers={"Origin": "http://testserver"}, raise_server_exceptions=False
    )
    if name is not None:
        client.post("/sign-in", data={"username": name, "password": PASSWORD}).raise_for_status()
    return client


def form_token(client: TestClient) -> str:
    found = FORM_TOKEN.search(client.get("/account").text)
    assert found is not None
    return found[1]


def upload(client: TestClient, data: bytes, name: str = "pred.csv", nonce: str = "") -> "tuple[int, str]":
    fields = {"form_token": form_token(client), "nonce": nonce}
    answer = client.post(SUBMIT, data=fields, files={"file": (name, data, "text/csv")})
    return answer.status_code, answer.text


def words(html: str) -> str:
    """What a reader sees: the text without tags, spaces put together."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def furnished(installation: Installation) -> Furnished:
    """An installation with two trained tiers, a scored and an invalid submission; their ids by name."""
    run = installation.train("simple")
    installation.train("medium")
    submission = installation.submit_accuracy("student0", 0.66, seed=1)
    installation.submit_accuracy("student1", 0.72, seed=2)
    installation.submit("student0", b"id,label\n1,a\n1,b\n", "broken.csv")
    return installation, {"run": run, "submission": submission.id}


def test_signing_in_leads_to_the_page_that_was_asked_for(installation: Installation) -> None:
    client = browser(installation)
    asked = client.get(f"{TINY}/leaderboard?page=2", follow_redirects=False)
    form = client.get(asked.headers["location"])

    data = {"username": "Student0", "password": PASSWORD, "next": f"{TINY}/leaderboard?page=2"}
    answer = client.post("/sign-in", data=data, follow_redirects=False)

    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Fcompetitions%2Ftiny%2Fleaderboard%3Fpage%3D2"
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


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/\n/x"]
)
def test_a_next_that_leads_away_leads_to_the_first_page(path: str) -> None:
    assert same_site(path) == "/"


def test_signing_out_ends_the_session(installation: Installation) -> None:
    client = browser(installation, "student0")
    cookies = dict(client.cookies)

    client.post("/sign-out", data={"form_token": form_token(client)})
    client.cookies.update(cookies)

    assert client.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("who", ["student0", "tina", "root"])
def test_every_page_renders_and_obeys_the_content_policy(furnished: Furnished, who: str) -> None:
    installation, ids = furnished
    client = browser(installation, who)
    paths = FOR_ALL if who == "student0" else FOR_ALL + FOR_STAFF

    answers = [client.get(path.format(**ids)) for path in paths]

    assert [answer.status_code for answer in answers] == [200] * len(paths)
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:|https?://(?!www\.w3)")
    assert [inline.findall(answer.text) for answer in answers] == [[]] * len(paths)


def test_staff_pages_are_refused_to_students_and_strangers(
    furnished: Furnished,
) -> None:
    installation, ids = furnished
    student, mallory = browser(installation, "student0"), browser(installation, "mallory")
    paths = [path.format(**ids) for path in FOR_STAFF]

    assert [student.get(path).status_code for path in paths] == [403] * len(paths)
    assert [mallory.get(path).status_code for path in paths] == [404] * len(paths)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_its_token_is_refused(furnished: Furnished, path: str) -> None:
    installation, ids = furnished
    client = browser(installation, "tina" if path.endswith("baselines") else "student0")
    data = {"name": "x", "selected": "true", "tiers": "simple", "form_token": "wrong"}
    files = (
        {"file": ("a.csv", predictions(400, accuracy=0.5, seed=9), "text/csv")} if path == SUBMIT else None
    )

    answer = client.post(path.format(**ids), data=data, files=files)

    assert answer.status_code == 403
    assert "earlier session" in answer.text
    assert client.get("/", follow_redirects=False).status_code == 200


def test_no_page_shows_a_student_a_private_score_before_the_reveal(
    furnished: Furnished,
) -> None:
    installation, ids = furnished
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
    furnished: Furnished,
) -> None:
    installation, ids = furnished
    installation.clock.now = installation.competition().reveal_at
    student = browser(installation, "student0")

    board = student.get(f"{TINY}/leaderboard/private")
    submission = student.get(f"/submissions/{ids['submission']}")

    assert board.status_code == 200
    assert "Staff only" not in board.text
    assert "Sealed until" not in submission.text


def test_a_form_upload_is_answered_with_its_result(furnished: Furnished) -> None:
    installation, _ = furnished
    client = browser(installation, "student2")
    data = predictions(400, accuracy=0.62, seed=5)
    nonce = NONCE.search(client.get(SUBMIT).text)
    assert nonce is not None

    first, again = upload(client, data, nonce=nonce[1]), upload(client, data)

    assert (first[0], again[0]) == (201, 200)
    shown = words(first[1])
    assert "simple passed medium not passed yet" in shown
    assert "4 of 5 submissions left today" in shown
    assert "The next day begins in 12 h, on Thu 14 Mar 2030, 00:00 (Asia/Taipei)." in shown
    assert "server time Wed 13 Mar 2030, 12:00 (Asia/Taipei)" in shown
    assert "You sent this file before" in again[1]


def test_an_invalid_form_upload_lists_every_problem_and_uses_nothing(installation: Installation) -> None:
    client = browser(installation, "student0")
    broken = predictions(400, accuracy=0.6, seed=1).replace(b"\n7,", b"\n6,")

    status, text = upload(client, broken, name="<b>broken</b>.csv")

    assert status == 422
    assert "No submission was used." in text
    assert text.count('class="problem-what"') >= 2
    assert "&lt;b&gt;broken&lt;/b&gt;.csv" in text
    assert "5 of 5 submissions left today" in words(text)


def test_the_sixth_form_upload_is_told_when_the_next_day_begins(installation: Installation) -> None:
    client = browser(installation, "student0")
    for seed in range(5):
        installation.submit_accuracy("student0", 0.6, seed=seed)

    status, text = upload(client, predictions(400, accuracy=0.6, seed=6))

    assert status == 429
    assert "No submission left today" in text
    assert 'datetime="2030-03-13T16:00:00.000000Z" data-countdown>12 h<' in text


def test_a_form_without_a_file_and_one_that_is_too_large_are_refused(installation: Installation) -> None:
    client = browser(installation, "student0")

    empty = client.post(
        SUBMIT, data={"form_token": form_token(client)}, files={"file": ("", b"", "text/csv")}
    )
    large = upload(client, b"id,label\n" * 3_000_000)

    assert (empty.status_code, large[0]) == (422, 413)
    assert "No file was chosen" in empty.text


def test_final_selections_are_chosen_by_a_form_up_to_their_number(
    installation: Installation,
) -> None:
    client = browser(installation, "student0")
    ids = [installation.submit_accuracy("student0", 0.6, seed=seed).id for seed in range(3)]
    data = {"selected": "true", "form_token": form_token(client)}

    statuses = [client.post(f"/submissions/{each}/final", data=data).status_code for each in ids]

    assert statuses == [200, 200, 409]
    assert "2<small> of 2 chosen" in client.get(f"{TINY}/submissions").text


def test_an_api_token_is_shown_once_and_can_be_revoked(installation: Installation) -> None:
    client = browser(installation, "student0")
    fields = {"form_token": form_token(client), "name": "notebook"}

    made = client.post("/account/tokens", data=fields)
    secret = re.search(r"sbp_[\w-]{43}", made.text)
    assert secret is not None
    works = TestClient(installation.app, headers={"Authorization": f"Bearer {secret[0]}"})
    before = works.get("/api/me").status_code
    listed = client.get("/account").text
    revoke = re.search(r"/account/tokens/\d+/revoke", listed)
    assert revoke is not None
    client.post(revoke[0], data=fields)

    assert (before, works.get("/api/me").status_code) == (200, 401)
    assert secret[0] not in listed


def test_staff_request_baseline_runs_and_see_their_progress(installation: Installation) -> None:
    client = browser(installation, "tina")
    data = {"form_token": form_token(client), "tiers": ["simple", "boss"], "seed": "7"}

    asked = client.post(f"{TINY}/baselines", data=data)
    worker = installation.client("worker")
    claim = worker.post("/api/worker/claim", json={"worker": "w"}).json()
    beat = {"lease_token": claim["lease_token"], "log": "<i>epoch 3</i>\n"}
    beat["progress"] = {"epoch": 3, "epochs": 9, "loss": 0.25, "seconds_left": 75.0}
    worker.post(f"/api/baseline-runs/{claim['run']['id']}/heartbeat", json=beat)
    listed = client.get(f"{TINY}/baselines").text
    run = client.get(f"/baseline-runs/{claim['run']['id']}").text

    assert asked.text.count('data-state="requested"') == 2
    assert 'max="9" value="3"' in listed
    assert "1 min 15 s" in listed
    assert '<noscript><meta http-equiv="refresh"' in listed
    assert "&lt;i&gt;epoch 3&lt;/i&gt;" in run


def test_an_unknown_address_is_a_page_and_not_json(installation: Installation) -> None:
    answer = browser(installation).get("/no/such/page")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_markdown_from_staff_is_made_safe() -> None:
    html = pages.prose(
        "# Title\n\n<script>alert(1)</script> **bold** [bad](javascript:alert(1)) [good](https://example.org)\n\n"
        "| a | b |\n| --- | --: |\n| 1 | 2 |\n\n<img src=x onerror=alert(1)>"
    )

    assert "<h2>Title</h2>" in html
    assert "<strong>bold</strong>" in html
    assert '<a href="https://example.org" rel="noopener noreferrer nofollow">good</a>' in html
    assert "<td>2</td>" in html
    assert re.findall(r"<script|<img|href=\"javascript|style=", html) == []


def board_row(number: int) -> BoardRow:
    return BoardRow(
        rank=number,
        team_id=number,
        team=f"team {number}",
        tier=None,
        hint=None,
        minutes=None,
        score=1 / number,
        received_at=utc_now(),
        submissions=1,
    )


def test_the_own_row_is_shown_beside_a_page_that_does_not_have_it() -> None:
    rows = [board_row(number) for number in range(1, 251)]

    first, third, beyond = (paged(rows, team_id=203, page=page) for page in (1, 3, 99))

    assert len(first["board"]) == PAGE_ROWS
    assert (first["own"]["team"], first["own_page"], first["pages"]) == ("team 203", 3, 3)
    assert third["own"] is None
    assert [row["team"] for row in third["board"] if row["mine"]] == ["team 203"]
    assert beyond["page"] == 3


@pytest.mark.parametrize("count", [1, 2, 40])
@pytest.mark.parametrize("higher_is_better", [True, False])
def test_a_score_chart_is_well_formed_with_better_scores_above(count: int, higher_is_better: bool) -> None:
    now = utc_now()
    points = [charts.Point(now + timedelta(hours=n), n / 10, n == 0, False) for n in range(count)]

    svg = charts.score_chart(
        points,
        [charts.Threshold("simple", 0.5)],
        higher_is_better=higher_is_better,
        decimals=3,
        first="<first>",
        last="last",
    )

    heights = [float(dot.attrib["cy"]) for dot in ElementTree.fromstring(svg).iter("circle")]  # noqa: S314  # our own
    assert heights == sorted(heights, reverse=higher_is_better)
    assert "&lt;first&gt;" in svg
