"""Every page of staff, teams and accounts in Chinese, empty and filled: no English word is left on it."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from server.local_time import zone_name
from server.models import Tier
from server.services.look_alikes import run
from tests.support.browser import TINY, browser, form_token
from tests.support.drafts import DRAFTS, Editor, begin_uploaded
from tests.support.installation import Installation, installed
from tests.support.lti import LtiWay, settle_platform
from tests.support.lti_platform import lti_platform
from tests.support.page_texts import TERMS, english_in, gaps_in, texts_of
from tests.support.rescored import REASON, apply, ready
from tests.support.teamwork import in_teams_of, invite
from tests.support.tiny_homework import TIERS

CHINESE = {"Accept-Language": "zh-TW"}
FOR_ALL = [
    "/account",
    "/command-line",
    "/help",
    "/help?q=CSV",
    f"{TINY}/announcements",
    f"{TINY}/code",
    f"{TINY}/team",
]
FOR_STAFF = [
    "/courses/ml/grade-rules",
    "/courses/ml/points",
    "/courses/ml/questions",
    "/courses/ml/glance",
    "/courses/ml/exports",
    *(f"{TINY}/{page}" for page in ("allowances", "audit", "baselines", "baselines/compare")),
    *(f"{TINY}/{page}" for page in ("baselines/thresholds", "grades", "integrity", "rescores")),
    *(f"{TINY}/{page}" for page in ("rules/change", "items", "items/file", "code/teams", "teams")),
]
WHY = "Because of the typhoon."
# Names of the fixture, and what its staff wrote.
NAMES = {
    *(
        "ML",
        "ml",
        "Other",
        "other",
        "Tiny accuracy",
        *("waves", "Usage", "micro", "csv", "pictures", "Excel"),
        "tiny",
        "pred.csv",
        "https://x.example",
        "Holiday",
        "No class today",
        "Total",
        WHY,
        REASON,
    ),
    *("student0", "student1", "student2", "tina", "iris", "root", "Student0", "Student1", "Student2"),
    *(
        "Tina",
        "Iris",
        "Root",
        "worker",
        "test",
        "label",
        "accuracy",
        "my-data.json",
        "ml-ta@example.edu",
        "metric.py",
        "sample_submission.csv",
        "cpu",
        "Asia/Taipei",
        "ivan",
        "mallory",
        "id",
    ),
    *TIERS,
    *(f"{tier} baseline" for tier in TIERS),
    *(f"The {tier} idea." for tier in TIERS),
}
# The description, metrics by name and in the terms of their field (Matthews, AUC), and the guides, which
# tests/languages/test_guides.py reads.
WRITTEN = "//textarea | //select[@name='metric'] | //main//dl[ancestor::details[@class='catalogue']]"
WRITTEN += " | //main//*[contains(@class, 'guide')]"
NO_WORD = re.compile(r"[0-9a-f]{12,}|sbw_[\w-]+")  # hashes, and the beginning of a token


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation, which is empty at first."""
    with installed("sqlite", tmp_path_factory.mktemp("chinese")) as installation:
        yield installation


def signed_in(town: Installation, name: str) -> TestClient:
    """A browser that asks for Chinese."""
    person = browser(town, name)
    person.headers.update(CHINESE)
    return person


def fill(town: Installation) -> list[str]:
    """Runs in several states, files, allowances, announcements, invitations, a rescore; the pages of each."""
    tina = signed_in(town, "tina")
    token = {"form_token": form_token(tina)}

    def post(path: str, **fields: object) -> None:
        answer = tina.post(path, data=token | fields)
        assert answer.status_code == 200, answer.text.partition("<main")[2]

    begin_uploaded(Editor(town))
    settle_platform(town)
    run_id = town.train("simple")
    post(f"{TINY}/baselines", tiers=["medium", "strong", "boss"], seeds="0")
    post(f"/baseline-runs/{run_id + 1}/stop")
    town.client("worker").post("/api/worker/claim", json={"worker": "w"}).raise_for_status()
    town.submit_accuracy("student0", 0.66, seed=2)
    town.submit_accuracy("student1", 0.66, seed=2)
    in_teams_of(town, 3)
    invite(town, "student0", "student1")
    invite(town, "student2", "student1")
    post(f"{TINY}/allowances/extension", to="student0", reason=WHY, deadline="2030-03-18T20:00")
    post(f"{TINY}/allowances/grant", to="student1", reason=WHY, slots="2")
    post(f"{TINY}/announcements", title="Holiday", body_md="No class today")
    run(town.db, town.context.store, competition=town.competition(), now=town.clock())
    rescore = ready(town).id
    apply(town, rescore)
    team = tina.get("/api/competitions/tiny/teams").json()["teams"][0]["id"]
    runs = [f"/baseline-runs/{number}" for number in range(run_id, run_id + 4)]
    return [f"{TINY}/rescores/{rescore}", f"{TINY}/teams/{team}", *runs]


def english_in_page(page: str) -> list[str]:
    """The English words of a page."""
    texts = (NO_WORD.sub(" ", text) for text in texts_of(page, but=WRITTEN))
    return english_in(texts, names=NAMES, terms=TERMS) + gaps_in(page)


def english_on(town: Installation, paths: list[str]) -> dict[str, list[str]]:
    """The English words on the pages that each person may read, by who reads what."""
    town.app.state.settings.homeworks_dir = town.folder / "box"  # empty: the titles of ours are in English
    root = town.user("root").id
    staff = [*FOR_ALL, *FOR_STAFF, *paths]
    drafts = [f"{DRAFTS}/1"] if paths else []
    readers = {
        "student1": FOR_ALL,
        "tina": staff,
        "iris": [f"{TINY}/next-term", "/courses/ml/setup", "/courses/ml/lti", DRAFTS, *drafts],
        "root": ["/lti", "/courses/new", "/audit", "/account", "/people?name=student", f"/people/{root}"],
    }
    pages = {
        f"{name} {path}": town.client(name).get(path, headers=CHINESE)
        for name, addresses in readers.items()
        for path in addresses
    }
    assert [where for where, answer in pages.items() if answer.status_code != 200] == []
    return {where: english_in_page(answer.text) for where, answer in pages.items()}


def test_no_english_is_left_on_the_pages_of_staff(town: Installation) -> None:
    english = english_on(town, [])
    english["sign-in"] = english_in_page(town.client(None).get("/sign-in", headers=CHINESE).text)
    english |= {f"filled, {where}": words for where, words in english_on(town, fill(town)).items()}

    assert {where: words for where, words in english.items() if words} == {}


def test_no_english_is_left_on_the_pages_of_a_launch(town: Installation) -> None:
    with lti_platform() as stub:
        LtiWay(town, stub).register(deployment_ids=("7",), client_id="framed")
        fields = stub.login(client_id="framed")
        framed = {**CHINESE, "Sec-Fetch-Dest": "iframe"}
        pages = [
            town.client(None).post("/lti/login", data=fields, headers=framed),
            town.client(None).post("/lti/launch", data={"state": "x"}, headers=CHINESE),
        ]

    assert [(page.status_code, english_in_page(page.text)) for page in pages] == [(200, [])] * 2


def test_a_zone_without_a_region_is_called_by_its_name() -> None:
    assert zone_name("Asia/Taipei", "zh-TW") == "台北時間"
    assert [zone_name(each, "zh-TW") for each in ("UTC", "Etc/UTC")] == ["UTC", "Etc/UTC"]


@pytest.mark.parametrize(
    ("hardware", "chinese"),
    [
        ("two CPU cores", "兩個 CPU 核心"),  # of a homework in the box
        ("CPU, x86_64, 2 cores", "CPU, x86_64, 2 核心"),  # as a run measures it
        ("NVIDIA H200", "NVIDIA H200"),
    ],
)
def test_what_tiers_were_timed_on_is_in_the_readers_language(
    town: Installation, hardware: str, chinese: str
) -> None:
    town.db.write(lambda session: session.execute(update(Tier).values(hardware=hardware)))

    page = town.client("student0").get(f"{TINY}/tiers", headers=CHINESE).text

    assert chinese in page
    assert chinese == hardware or hardware not in page
