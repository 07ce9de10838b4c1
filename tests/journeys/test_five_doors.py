"""Five doors, one verdict: page with and without script, API, command line and starter say the same.

The server runs in this process, and the browser is one for all situations.
"""

import html
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import update

from baselines.starter import DOWNLOAD, SETTINGS, SUBMIT
from client.__main__ import main
from server.models import Competition
from tests.journeys.town import free_port
from tests.support.browser import words
from tests.support.installation import PASSWORD, Installation, installed
from tests.support.tiny_homework import predictions

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
API, SUBMIT_PAGE = "/api/competitions/tiny/submissions", "/competitions/tiny/submit"
SENT_BEFORE = "your team sent this very file before: this is that result, and no submission was used."
PEOPLE = ("student0", "tina")
LIMIT = 20_000  # bytes of a file
Change = Callable[["Street"], None]
UNSEEN = re.compile(r"<template.*?</template>", re.DOTALL)
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass(frozen=True)
class Verdict:
    """What a door says of a file; text: everything that it says, in small letters."""

    score: float | None
    rank: str | None
    mark: str | None
    is_repeated: bool
    text: str = field(compare=False)

    @classmethod
    def of(cls, text: str) -> "Verdict":
        """The verdict in what a reader sees."""
        plain = " ".join(text.lower().split())
        score = re.search(r"public score\W*(\d\.\d+)", plain)
        rank = re.search(r"rank\W*(\d+ of \d+)", plain)
        mark = re.search(r"(late|practice|trial)\W+it counts (?:on neither board|nowhere)", plain)
        return cls(
            float(score[1]) if score else None,
            rank[1] if rank else None,
            mark[0].replace(":", "") if mark else None,
            SENT_BEFORE in plain,
            plain,
        )


@dataclass
class Street:
    """The installation behind the doors, and how its people stand before each of them."""

    here: Installation
    address: str
    folder: Path
    pages: dict[str, Page] = field(default_factory=dict)
    forms: dict[str, tuple[httpx2.Client, str]] = field(default_factory=dict)
    capture: pytest.CaptureFixture[str] | None = None
    patch: pytest.MonkeyPatch | None = None

    def rule(self, **values: Any) -> None:
        """Set rules of the competition."""
        self.here.db.write(lambda session: session.execute(update(Competition).values(**values)) and None)

    def file(self, data: bytes) -> Path:
        """The file on the sender's machine."""
        path = self.folder / "predictions.csv"
        path.write_bytes(data)
        return path

    def by_api(self, person: str, data: bytes) -> Verdict:
        """The raw file as the body of a request; its answer in the words of its fields."""
        client = self.here.client(person)
        answer = client.post(API, content=data, params={"file_name": "predictions.csv"}).json()
        if "error" in answer:
            problems = answer["error"]["details"].get("problems", [])
            return Verdict.of(" ".join([answer["error"]["message"], *(each["message"] for each in problems)]))
        text = f"public score {answer['public_score']} rank {answer['rank']} of {answer['teams']}"
        if answer["is_trial"] or answer["is_practice"]:
            text += f" {'trial' if answer['is_trial'] else 'practice'} it counts nowhere"
        elif answer["is_late"]:
            text += " late it counts on neither board"
        return Verdict.of(text + (SENT_BEFORE if answer["repeated"] else ""))

    def by_form(self, person: str, data: bytes) -> Verdict:
        """The page without script, in a browser that opened it while all was well."""
        client, token = self.forms[person]
        answer = client.post(
            SUBMIT_PAGE,
            data={"form_token": token, "nonce": ""},
            files={"file": ("predictions.csv", data, "text/csv")},
        )
        shown = UNSEEN.sub("", answer.text.split("<main", 1)[1])
        return Verdict.of(html.unescape(words(shown)))

    def by_command(self, person: str, data: bytes) -> Verdict:
        """`splitboard submit`."""
        assert self.patch is not None
        assert self.capture is not None
        self.patch.setenv("SPLITBOARD_TOKEN", self.here.tokens[person])
        with pytest.raises(SystemExit):
            main(["submit", "tiny", str(self.file(data)), "--yes"])
        output = self.capture.readouterr()
        return Verdict.of(output.out + output.err)

    def by_starter(self, person: str, data: bytes) -> Verdict:
        """The last cell of a starter."""
        assert self.patch is not None
        assert self.capture is not None
        self.patch.setenv("SPLITBOARD_TOKEN", self.here.tokens[person])
        self.file(data)
        try:
            exec("\n".join([SETTINGS, DOWNLOAD, SUBMIT]), {})  # noqa: S102  # our own code, as a student runs it
        except SystemExit as end:
            return Verdict.of(str(end))
        return Verdict.of(self.capture.readouterr().out)

    def by_script(self, person: str, data: bytes) -> Verdict:
        """The page with script, which lay open already; what it would refuse is sent anyway."""
        page = self.pages[person]
        page.locator("input[type=file]").set_input_files(self.file(data))
        page.get_by_role("button", name="Submit").click()
        anyway = page.get_by_role("button", name="Send it anyway")
        verdict = page.locator("#answer > section:not(:has(button)), #answer > .receipt")
        anyway.or_(verdict).first.wait_for()
        if anyway.count():
            anyway.click()
            verdict.first.wait_for()
        return Verdict.of(page.inner_text("#answer"))


DOORS = {
    "API": Street.by_api,
    "page without script": Street.by_form,
    "command line": Street.by_command,
    "starter": Street.by_starter,
    **({"page with script": Street.by_script} if CHROMIUM else {}),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """The server in a thread, and a browser with a page of each person where there is one."""
    folder = tmp_path_factory.mktemp("five-doors")
    with ExitStack() as stack:
        here = stack.enter_context(installed("sqlite", folder))
        street = Street(here, _served(here, stack), folder)
        street.rule(daily_limit=1000, upload_limit_bytes=LIMIT, has_practice=True)
        for person in PEOPLE:
            street.forms[person] = _signed_in(street.address, person, stack)
        if CHROMIUM:
            _open_pages(street, stack)
        yield street


def _served(here: Installation, stack: ExitStack) -> str:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(here.app, port=port, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    stack.callback(thread.join)
    stack.callback(setattr, server, "should_exit", True)
    while not server.started:
        time.sleep(0.01)
    return f"http://127.0.0.1:{port}"


def _signed_in(address: str, person: str, stack: ExitStack) -> tuple[httpx2.Client, str]:
    """A browser without script, and what its forms send back."""
    client = stack.enter_context(httpx2.Client(base_url=address, headers={"Origin": address}))
    client.post("/sign-in", data={"username": person, "password": PASSWORD})
    token = FORM_TOKEN.search(client.get("/account").text)
    assert token is not None
    return client, token[1]


def _open_pages(street: Street, stack: ExitStack) -> None:
    playwright = stack.enter_context(sync_playwright())
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    stack.callback(browser.close)
    for person in PEOPLE:
        page = browser.new_context(base_url=street.address).new_page()
        page.set_default_timeout(15_000)
        page.goto("/sign-in")
        page.get_by_label("User name").fill(person)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{street.address}/")
        page.goto(SUBMIT_PAGE)
        street.pages[person] = page


@pytest.fixture
def street(
    place: Street,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Street]:
    """The street on an ordinary day; whatever a situation changes is set back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPLITBOARD_URL", place.address)
    monkeypatch.setenv("SPLITBOARD_COMPETITION", "tiny")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    row = place.here.competition()
    yield replace(place, folder=tmp_path, capture=capsys, patch=monkeypatch)
    names = ("opens_at", "deadline_at", "late_until", "reveal_at", "daily_limit", "has_practice")
    place.rule(**{name: getattr(row, name) for name in names})


def late(street: Street) -> None:
    """An hour after the deadline; late files are taken for another."""
    hour, now = timedelta(hours=1), street.here.clock.now
    street.rule(deadline_at=now - hour, late_until=now + hour)


def practice(street: Street) -> None:
    """An hour after everything."""
    end = street.here.clock.now - timedelta(hours=1)
    street.rule(deadline_at=end, late_until=end)


def closed(street: Street) -> None:
    """The same where there is no practice."""
    practice(street)
    street.rule(has_practice=False)


def not_open(street: Street) -> None:
    """The opening was moved to tomorrow."""
    street.rule(opens_at=street.here.clock.now + timedelta(days=1))


def none_left(street: Street) -> None:
    """The day's one slot is used."""
    street.rule(daily_limit=1)
    street.here.client("student0").post(API, content=predictions(400, accuracy=0.5, seed=990))


def as_it_is(data: bytes) -> bytes:
    """The good file itself."""
    return data


@dataclass(frozen=True)
class Situation:
    """When a file comes, who sends it and what it is; says: a part of every door's answer."""

    says: str
    change: Change = field(default=lambda street: None)
    spoil: Callable[[bytes], bytes] = as_it_is
    person: str = "student0"


SITUATIONS = {
    "good": Situation("rank 1 of 1"),
    "trailing blank line": Situation("rank 1 of 1", spoil=lambda data: data + b"\n"),
    "Windows line ends": Situation("rank 1 of 1", spoil=lambda data: data.replace(b"\n", b"\r\n")),
    "late": Situation("it counts on neither board", late),
    "practice": Situation("it counts nowhere", practice),
    "trial": Situation("it counts nowhere", person="tina"),
    "none left": Situation("submissions today. the next day begins on", none_left),
    "not open": Situation("there is no competition 'tiny' in your courses", not_open),
    "closed": Situation("submissions ended on", closed),
    "invalid": Situation(
        "this file has a problem, so it was not scored, and it cost no submission.",
        spoil=lambda data: b"".join(data.splitlines(keepends=True)[:-1]),
    ),
    "empty": Situation("the file is empty", spoil=lambda data: b""),
    "too large": Situation(
        f"the file is larger than {LIMIT:,} bytes", spoil=lambda data: data + b"\n" * LIMIT
    ),
}


def only_words(text: str) -> str:
    """A text without its marks."""
    return " ".join(re.findall(r"\w+", text))


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_door_gives_the_same_verdict_in_the_same_words(street: Street, name: str) -> None:
    situation = SITUATIONS[name]
    seeds = {door: 20 * list(SITUATIONS).index(name) + number for number, door in enumerate(DOORS)}
    situation.change(street)

    verdicts = {
        door: send(
            street, situation.person, situation.spoil(predictions(400, accuracy=0.6, seed=seeds[door]))
        )
        for door, send in DOORS.items()
    }

    for door, verdict in verdicts.items():
        assert only_words(situation.says) in only_words(verdict.text), door
    facts = {door: replace(verdict, score=None) for door, verdict in verdicts.items()}
    assert set(facts.values()) == {facts["API"]}
    assert {verdict.score is None for verdict in verdicts.values()} == {verdicts["API"].score is None}


def test_every_door_answers_an_identical_file_with_its_first_result(street: Street) -> None:
    data = predictions(400, accuracy=0.7, seed=995)
    first = street.by_api("student0", data)

    verdicts = {door: send(street, "student0", data) for door, send in DOORS.items()}

    again = replace(first, is_repeated=True)
    assert {door: verdict for door, verdict in verdicts.items() if verdict != again} == {}


@pytest.mark.browser
def test_a_browser_stands_before_one_of_the_doors() -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH; apt-get install chromium")

    assert len(DOORS) == 5
