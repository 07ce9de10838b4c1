"""Code handed in: its team's page and routes, what is refused, who may read it, and what staff take."""

import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import Response
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from server.domain.code import versions
from server.models import Allowance, AuditEntry, CodeVersion, Competition, Member, Right
from server.models.code import VERSIONS_MOST
from server.services.privacy import erasure
from tests.server.code.files import NOTEBOOK, PYTHON, encrypted, zipped
from tests.server.rights.test_rights import withhold
from tests.support import teamwork
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.person import age_files

PAGE = "/competitions/tiny/code"
API = f"/api{PAGE}"


def hand_in(installation: Installation, name: str, data: bytes, file_name: str = "code.py") -> Response:
    """Hand in a file over the API."""
    return installation.client(name).post(API, params={"file_name": file_name}, content=data)


def send_form(installation: Installation, name: str, data: bytes, file_name: str) -> Response:
    """Hand in a file with the page's form."""
    client = browser(installation, name)
    fields = {"form_token": form_token(client)}
    return client.post(PAGE, data=fields, files={"file": (file_name, data)})


def rows(installation: Installation) -> int:
    """How many versions the database has."""
    counted = select(func.count()).select_from(CodeVersion)
    return installation.db.read(lambda session: session.scalar(counted) or 0)


def number_students(installation: Installation, numbers: dict[str, str]) -> None:
    """Give students their numbers."""
    for name, number in numbers.items():
        user_id = installation.user(name).id
        changing = update(Member).where(Member.user_id == user_id).values(student_number=number)
        installation.db.write(lambda session, changing=changing: session.execute(changing) and None)


@pytest.mark.both
def test_a_version_replaces_another_and_all_are_kept(installation: Installation) -> None:
    first = hand_in(installation, "student0", PYTHON, "第一版.py")
    installation.clock.advance(timedelta(minutes=5))
    second = send_form(installation, "student0", NOTEBOOK, "final.ipynb")
    again = hand_in(installation, "student0", NOTEBOOK, "same.ipynb")

    assert (first.status_code, second.status_code, again.status_code) == (201, 200, 200)
    assert again.json()["repeated"]
    own = installation.client("student0").get(API).json()
    assert [(each["number"], each["kind"], each["is_late"]) for each in own["versions"]] == [
        (2, "ipynb", False),
        (1, "py", False),
    ]
    file = installation.client("student0").get(own["versions"][1]["url"])
    assert file.content == PYTHON
    assert file.headers["etag"] == f'"{own["versions"][1]["sha256"]}"'
    page = words(second.text)
    assert "final.ipynb" in page
    assert "2 versions" in page
    assert "Handed in: final.ipynb" in words(
        browser(installation, "student0").get("/competitions/tiny/submissions").text
    )


def test_what_cannot_be_code_is_refused_and_the_earlier_version_stands(installation: Installation) -> None:
    hand_in(installation, "student0", PYTHON)
    stored = {file.sha256 for file in installation.context.store.stored()}
    competition = installation.competition()
    installation.db.write(
        lambda session: session.execute(update(Competition).values(code_limit_bytes=2000)) and None
    )

    refused = [
        hand_in(installation, "student0", data, name)
        for data, name in (
            (b"", "x.py"),
            (encrypted(), "x.zip"),
            (zipped("a.py")[:-9], "x.zip"),
            (b"x" * 2001, "x.py"),
        )
    ]
    page = send_form(installation, "student0", encrypted(), "x.zip")

    codes = [(each.status_code, each.json()["error"]["code"]) for each in refused]
    assert codes == [(422, "invalid_code")] * 3 + [(413, "too_large")]
    assert "larger than 2,000 bytes" in refused[3].json()["error"]["message"]
    assert page.status_code == 422
    assert "The archive is encrypted" in words(page.text)
    assert "code.py" in page.text
    assert rows(installation) == 1
    assert {file.sha256 for file in installation.context.store.stored()} == stored
    assert installation.context.store.left_over(untouched_since=datetime.max.replace(tzinfo=UTC)) == []
    assert competition.id == installation.competition().id


@pytest.mark.both
def test_code_is_taken_until_late_files_end_and_a_later_deadline_makes_it_timely(
    installation: Installation,
) -> None:
    competition = installation.competition()
    installation.clock.now = competition.opens_at - timedelta(seconds=1)
    early = hand_in(installation, "student0", PYTHON)
    installation.clock.now = competition.late_until - timedelta(seconds=1)
    late = hand_in(installation, "student0", PYTHON)
    grace = timedelta(seconds=competition.grace_seconds)
    installation.clock.now = competition.late_until + grace
    over = hand_in(installation, "student0", b"print(2)\n")

    assert early.status_code == 404  # nobody sees it yet
    assert late.json()["version"]["is_late"]
    assert (over.status_code, over.json()["error"]["code"]) == (403, "closed")
    installation.client("tina").post(
        "/api/competitions/tiny/allowances",
        json={"to": "student0", "deadline_at": competition.late_until.isoformat(), "reason": "Ill"},
    ).raise_for_status()
    extended = installation.db.read(lambda session: session.scalar(select(Allowance.id)))
    assert extended is not None
    by_user = installation.db.read(lambda session: versions.handed_in_at(session, competition=competition))
    assert {user_id: each.is_late for user_id, each in by_user.items()} == {
        installation.user("student0").id: False
    }


@pytest.mark.both
def test_parallel_hand_ins_never_pass_the_most_versions_that_the_database_holds(
    installation: Installation,
) -> None:
    for number in range(VERSIONS_MOST - 2):
        hand_in(installation, "student0", f"print({number})\n".encode())
    start = threading.Barrier(4)

    def send(number: int) -> int:
        start.wait()
        return hand_in(installation, "student0", f"print('p{number}')\n".encode()).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(send, range(4)))

    assert statuses == [201, 201, 409, 409]
    assert rows(installation) == VERSIONS_MOST
    beyond = update(CodeVersion).where(CodeVersion.place == VERSIONS_MOST).values(place=VERSIONS_MOST + 1)
    with pytest.raises(IntegrityError):
        installation.db.write(lambda session: session.execute(beyond) and None)


@pytest.mark.both
def test_code_comes_along_with_a_team_that_merges(installation: Installation) -> None:
    teamwork.in_teams_of(installation, 2)
    hand_in(installation, "student0", PYTHON)
    installation.clock.advance(timedelta(seconds=1))
    hand_in(installation, "student1", NOTEBOOK)

    teamwork.join(installation, "student0", "student1")

    for name in ("student0", "student1"):
        own = installation.client(name).get(API).json()["versions"]
        assert [each["kind"] for each in own] == ["ipynb", "py"]


def test_code_of_a_team_is_its_own_and_the_staffs(installation: Installation) -> None:
    url = hand_in(installation, "student0", PYTHON).json()["version"]["url"]

    def statuses(name: str | None) -> list[int]:
        paths = (url, API, PAGE, f"{API}/teams", f"{PAGE}/teams", f"{API}.zip")
        return [installation.client(name).get(path, follow_redirects=False).status_code for path in paths]

    assert statuses("student0") == [200, 200, 200, 403, 403, 403]
    assert statuses("student1") == [404, 200, 200, 403, 403, 403]
    assert statuses("mallory") == [404] * 6
    assert statuses("ivan") == [404] * 6
    assert set(statuses(None)) == {303, 401}
    assert statuses("tina") == [200] * 6
    assert hand_in(installation, "tina", PYTHON).status_code == 403
    withhold(installation, Right.EXPORT)
    assert statuses("tina") == [200, 200, 200, 200, 200, 403]
    withhold(installation, Right.SEE_NAMES)
    assert statuses("tina") == [403, 200, 200, 403, 403, 403]


@pytest.mark.both
def test_staff_take_all_code_as_one_zip_by_student_number(installation: Installation) -> None:
    teamwork.in_teams_of(installation, 2)
    number_students(installation, {"student0": "b109/01", "student1": "=B10902"})
    teamwork.join(installation, "student0", "student1")
    hand_in(installation, "student1", PYTHON, "=evil.py")
    newest = zipped("train.py")
    hand_in(installation, "student0", newest, "x.zip")
    installation.submit_accuracy("student2", 0.6, 1)

    answer = installation.client("tina").get(f"{API}.zip")

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == ["list.csv", "B10902_b109-01.zip"]
    assert archive.read("B10902_b109-01.zip") == newest
    listed = archive.read("list.csv").decode("utf-8-sig").splitlines()
    assert len(listed) == 4
    assert listed[1].startswith("'=B10902,student1,Student1,")
    assert ",B10902_b109-01.zip," in listed[1]
    assert answer.content == installation.client("tina").get(f"{API}.zip").content
    acts = installation.db.read(lambda session: session.scalars(select(AuditEntry.act)).all())
    assert acts.count("code_exported") == 2
    pages = {
        shown: words(browser(installation, "tina").get(f"{PAGE}/teams", params={"shown": shown}).text)
        for shown in ("all", "with", "late", "without")
    }
    assert "Handed in 2" in pages["all"]
    assert "Student2" in pages["without"]
    assert "missing" in pages["without"]
    assert "Student2" not in pages["with"]
    assert "Nobody." in pages["late"]


@pytest.mark.both
def test_tidying_keeps_code_and_an_erasure_removes_it_with_its_name(installation: Installation) -> None:
    hand_in(installation, "student0", PYTHON, "王小明.py")
    hand_in(installation, "student1", NOTEBOOK, "x.ipynb")
    hand_in(installation, "student2", NOTEBOOK, "x.ipynb")
    age_files(installation)
    store = installation.context.store
    assert erasure.litter(installation.db, store, older_than=timedelta(minutes=5)).orphans == ()
    assert installation.client("student0").get("/api/me/data").json()["code"][0]["file_name"] == "王小明.py"

    for name in ("student0", "student1"):
        user_id = installation.user(name).id
        installation.client("root").post(
            f"/api/people/{user_id}/erasure", json={"reason": "They asked."}
        ).raise_for_status()

    left = installation.db.read(
        lambda session: session.execute(
            select(CodeVersion.file_name, CodeVersion.sha256).order_by(CodeVersion.id)
        ).all()
    )
    assert [name for name, _ in left] == ["deleted", "deleted", "x.ipynb"]
    assert [store.path(sha256).exists() for _, sha256 in left] == [False, True, True]
    gone = installation.client("tina").get("/api/code/1/file")
    assert (gone.status_code, "kept no more" in gone.text) == (404, True)
    archive = zipfile.ZipFile(io.BytesIO(installation.client("tina").get(f"{API}.zip").content))
    assert len(archive.namelist()) == 3  # the list, and two that are still kept


def test_a_competition_that_takes_no_code_says_so(installation: Installation) -> None:
    installation.db.write(
        lambda session: session.execute(update(Competition).values(code_limit_bytes=0)) and None
    )

    assert hand_in(installation, "student0", PYTHON).status_code == 403
    page = words(browser(installation, "student0").get(PAGE).text)
    assert "This competition takes no code." in page
    assert "Archive or notebook" not in page
