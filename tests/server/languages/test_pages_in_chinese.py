"""Every page in Chinese, before and after the reveal, for students and staff: no English word is left on it.

To have another page read, add its address to one of the lists; it is read in every stage of the competition.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from server.domain.boards import snapshots
from server.models import Competition
from tests.support.browser import SUBMIT, TINY, browser, form_token, upload
from tests.support.installation import Installation, installed
from tests.support.page_texts import TERMS, english_in, gaps_in, texts_of
from tests.support.rescored import REASON, apply, asked_for, claimed
from tests.support.tiny_homework import TIERS, predictions

CHINESE = {"Accept-Language": "zh-TW"}
FOR_ALL = [
    "/",
    TINY,
    f"{TINY}/data",
    f"{TINY}/tiers",
    f"{TINY}/rules",
    SUBMIT,
    f"{TINY}/submissions",
    f"{TINY}/leaderboard",
    f"{TINY}/leaderboard/private",
    f"{TINY}/leaderboard/at",
    f"{TINY}/leaderboard/at?time=2030-03-12T12:00",
    f"{TINY}/leaderboard/deadline",
    f"{TINY}/leaderboard/deadline?split=private",
    f"{TINY}/shake-up",
    f"{TINY}/trust",
    f"{TINY}/staff",  # closed to students
    "/competitions/none",
]
FOR_INSTRUCTORS = ["/courses/ml", "/courses/ml/questions"]
# Names of the fixture, and what its staff wrote.
WHY = "The phone number stood in it."
NAMES = {
    *(
        "ML",
        "ml",
        "Tiny accuracy",
        "tiny",
        "pred.csv",
        "broken.csv",
        "late.csv",
        "sample_submission.csv",
        "test.csv",
    ),
    *(
        "student0",
        "tina",
        "Student0",
        "Student1",
        "Student2",
        "Tina",
        "Iris",
        "pictures",
        "a laptop",
        "cpu",
        "label",
        "id",
        WHY,
        REASON,
    ),
    *TIERS,
    *(f"The {tier} idea." for tier in TIERS),
}
# What a course's staff wrote; below it what is made elsewhere than on these pages, and has no Chinese yet.
WRITTEN = "//*[@id='description']"
AWAITED = (
    "//*[@id='elsewhere' or @id='costs' or @role='alert' or @class='lead' and ../@class='error']"
    " | //*[@class='problem-what' or @class='problem-hint' or @class='reason']"
    " | //h1[starts-with(., '這個檔案無法評分')]/following-sibling::p/strong"
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for all stages, which follow each other in time."""
    with installed("sqlite", tmp_path_factory.mktemp("chinese")) as installation:
        yield installation


def signed_in(town: Installation, name: str) -> TestClient:
    """A browser that asks for Chinese; a session ends before the competition does."""
    person = browser(town, name)
    person.headers.update(CHINESE)
    return person


def furnish(town: Installation) -> dict[str, str]:
    """Trained tiers, files of every kind, a rescore; the answers to the forms by what was sent."""
    for tier in ("simple", "medium"):
        town.train(tier)
    good, broken = predictions(400, accuracy=0.6, seed=1), b"id,label\n1,a\n1,b\n"
    student, tina = signed_in(town, "student0"), signed_in(town, "tina")
    answers = {
        "a good file": upload(student, good)[1],
        "the same again": upload(student, good)[1],
        "a broken file": upload(student, broken, "broken.csv")[1],
        "a trial": upload(tina, good)[1],
        "no file": student.post(SUBMIT, data={"form_token": form_token(student)}).text,
    }
    town.submit_accuracy("student1", 0.61, seed=2)
    first = student.get("/api/competitions/tiny/submissions").json()["submissions"][-1]["id"]
    fields = {"form_token": form_token(student), "selected": "true"}
    student.post(f"/submissions/{first}/final", data=fields).raise_for_status()
    asking = {"form_token": form_token(student), "body_md": WHY}
    student.post(f"/submissions/{first}/questions", data=asking).raise_for_status()
    replying = {"form_token": form_token(tina), "body_md": WHY}
    tina.post("/questions/1/replies", data=replying).raise_for_status()
    for seed in range(3, 6):
        excluded = town.submit_accuracy("student0", 0.5, seed=seed)
    answers["one too many"] = upload(student, predictions(400, accuracy=0.5, seed=9))[1]
    fields = {"form_token": form_token(tina), "excluded": "true", "reason": WHY}
    tina.post(f"/submissions/{excluded.id}/excluded", data=fields).raise_for_status()
    fields["reason"] = ""
    answers["no reason"] = tina.post(f"/submissions/{first}/excluded", data=fields).text
    return answers


def pass_deadline(town: Installation) -> dict[str, str]:
    """Go to the day of late files, and send one."""
    town.clock.advance(timedelta(days=5, hours=1))
    number = town.competition().id
    town.db.write(
        lambda session: snapshots.take(session, competition_id=number, now=town.clock()), private=True
    )
    late = predictions(400, accuracy=0.65, seed=20)
    return {"a late file": upload(signed_in(town, "student0"), late, "late.csv")[1]}


def reveal(town: Installation) -> dict[str, str]:
    """Correct the answer key, and go past the reveal; from now on files are practice."""
    town.clock.advance(timedelta(days=3))
    rescore_id = asked_for(town).id
    claimed(town, rescore_id).work()
    apply(town, rescore_id)
    town.db.write(lambda session: session.execute(update(Competition).values(has_practice=True)))
    practice = predictions(400, accuracy=0.7, seed=21)
    return {"practice": upload(signed_in(town, "student0"), practice)[1]}


def archive(town: Installation) -> dict[str, str]:
    """Archive the course."""
    iris = signed_in(town, "iris")
    fields = {"form_token": form_token(iris), "reason": WHY}
    iris.post("/courses/ml/archive", data=fields).raise_for_status()
    return {}


def visited(town: Installation, paths: list[str]) -> dict[str, str]:
    """Each of these pages, and those of one's submissions and courses, by who reads it where."""
    pages = {}
    for name in ("student0", "tina", "iris"):
        person = town.client(name)
        listed = person.get("/api/competitions/tiny/submissions").json()["submissions"]
        own = [f"/submissions/{each['id']}" for each in listed]
        for path in FOR_INSTRUCTORS if name == "iris" else [*paths, *own]:
            answer = person.get(path, headers=CHINESE)
            assert answer.status_code < 500, path
            pages[f"{name} {path}"] = answer.text
    return pages


def nothing(town: Installation) -> dict[str, str]:
    """Leave the course as it begins."""
    return {}


def test_no_english_is_left_on_a_chinese_page(town: Installation) -> None:
    english = {}
    for stage in (nothing, furnish, pass_deadline, reveal, archive):
        answers = stage(town)
        paths = ["/", TINY, SUBMIT] if stage is archive else FOR_ALL
        for where, page in (answers | visited(town, paths)).items():
            texts = texts_of(page, but=f"{WRITTEN} | {AWAITED}")
            words = english_in(texts, names=NAMES, terms=TERMS)
            english[f"{stage.__name__}, {where}"] = words + gaps_in(page)

    assert {where: words for where, words in english.items() if words} == {}
