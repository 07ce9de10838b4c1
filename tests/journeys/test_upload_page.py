"""The upload page when the deadline has passed, the file was written again, or somebody else answers.

One server and one browser for all of them.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright
from sqlalchemy import update

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidSubmission
from grader.grade import grade
from grader.spec import GradingSpec
from server.database.database import Database
from server.models import Competition
from tests.grader.cases import IDS, key_of, written
from tests.grader.reading.malformed.causes import FILES, GOOD
from tests.grader.reading.test_archives import zipped
from tests.journeys.town import Town, town
from tests.support import databases, tiny_homework
from tests.support.installation import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH; apt-get install chromium"),
]
SUBMIT = "/competitions/tiny/submit"
UPLOADS = "**/api/competitions/tiny/submissions*"


@pytest.fixture(scope="module")
def small_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with one server, whose address is the first of its `servers`."""
    folder = tmp_path_factory.mktemp("upload-page")
    with town(databases.fresh("sqlite", folder), folder, students=6) as place:
        place.lift_limits()
        yield place


@pytest.fixture(scope="module")
def page(small_town: Town) -> Iterator[Page]:
    """Debian's Chromium, signed in as a student."""
    address = small_town.start_server()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        window = browser.new_context(base_url=address).new_page()
        window.set_default_timeout(15_000)
        window.goto("/sign-in")
        window.get_by_label("User name").fill("student0")
        window.get_by_label("Password").fill(PASSWORD)
        window.get_by_role("button", name="Sign in").click()
        window.wait_for_url(f"{address}/")
        yield window
        browser.close()


def file_in(folder: Path, *, seed: int) -> Path:
    """A good file of predictions."""
    path = folder / "pred.csv"
    path.write_bytes(tiny_homework.predictions(400, accuracy=0.7, seed=seed))
    return path


def submit(page: Page, file: Path) -> None:
    """Open the page, choose the file and submit it."""
    page.goto(SUBMIT)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Submit").click()


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (timedelta(hours=1), "pred.csv, late it counts on neither board"),
        (timedelta(days=2), "pred.csv, practice it counts nowhere"),
    ],
    ids=["late", "practice"],
)
def test_a_page_left_open_over_the_deadline_says_what_the_file_became(
    small_town: Town, page: Page, tmp_path: Path, ended: timedelta, words: str
) -> None:
    page.goto(SUBMIT)
    page.locator("input[type=file]").set_input_files(file_in(tmp_path, seed=ended.days + 1))
    move_deadline(small_town, -ended)

    page.get_by_role("button", name="Submit").click()
    page.get_by_text("Public score", exact=True).wait_for()

    assert words in " ".join(page.inner_text("#answer").split())
    move_deadline(small_town, timedelta(days=5))


def move_deadline(place: Town, by: timedelta) -> None:
    """Let the deadline be so far from now, and late files be taken for a day after it."""
    deadline = datetime.now(UTC) + by
    values = {"deadline_at": deadline, "late_until": deadline + timedelta(days=1)}
    values["reveal_at"] = max(values["late_until"], datetime.now(UTC)) + timedelta(days=1)
    database = Database(place.url)
    database.write(lambda session: session.execute(update(Competition).values(values)) and None)
    database.close()


def test_a_file_in_time_is_said_to_be_neither_late_nor_practice(page: Page, tmp_path: Path) -> None:
    submit(page, file_in(tmp_path, seed=11))
    page.get_by_text("Public score", exact=True).wait_for()

    clock = r"\w{3} \d\d \w{3} \d{4}, \d\d:\d\d:\d\d \(Asia/Taipei\)"  # of the course, wherever the reader is
    assert re.search(f"server time {clock}", page.inner_text("#answer"))
    assert re.fullmatch(f"Server time {clock}", page.inner_text("footer > span").strip())

    answer = page.inner_text("#answer")

    assert "pred.csv" in answer
    assert "late" not in answer
    assert "practice" not in answer


def test_a_file_that_was_written_again_is_to_be_chosen_again(page: Page, tmp_path: Path) -> None:
    file = file_in(tmp_path, seed=12)
    submit(page, file)
    page.get_by_text("Public score", exact=True).wait_for()
    file.write_bytes(tiny_homework.predictions(400, accuracy=0.9, seed=13))

    page.get_by_role("button", name="Submit").click()
    page.get_by_text("The file has changed since you chose it").wait_for()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Submit").click()

    score = f"{tiny_homework.score_of(file.read_bytes(), 'Public'):.4f}"
    page.get_by_text(score).first.wait_for()


def test_blank_lines_at_the_end_are_no_slip(page: Page, tmp_path: Path) -> None:
    file = file_in(tmp_path, seed=14)
    file.write_bytes(file.read_bytes() + b"\n\r\n")

    submit(page, file)

    page.get_by_text("Public score", exact=True).wait_for()


def test_lines_are_counted_as_the_server_counts_them(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "doubled.csv"
    file.write_bytes(b"id,label\r\r\n0,a\r\r\n1,\r\r\n")
    page.goto(SUBMIT)

    page.locator("input[type=file]").set_input_files(file)

    page.get_by_text("Lines 2, 4").first.wait_for()


def test_the_page_refuses_no_file_that_the_server_takes_and_takes_none_that_it_refuses(page: Page) -> None:
    sample = written([["id", "y"], *([name, "0"] for name in IDS)]).decode()
    files = {about: data for about, (data, key, _) in FILES.items() if key is key_of}
    files |= {"good": GOOD, "zip": zipped({"pred.csv": GOOD})}
    page.goto(SUBMIT)

    counts = page.evaluate(
        """async ([files, sample]) => {
            const script = document.querySelector("script[src*='upload.js']").src;
            const { check } = await import(script.replace("upload.js", "check.js"));
            const rules = { sample, columns: ["id", "y"], numbers: true };
            const counts = {};
            for (const [about, octets] of Object.entries(files)) {
                const problems = await check(new Blob([new Uint8Array(octets)]), rules);
                counts[about] = problems === null ? "left to the server" : problems.length;
            }
            return counts;
        }""",
        [{about: list(data) for about, data in files.items()}, sample],
    )

    assert counts.pop("good") == 0
    assert counts.pop("zip") == "left to the server"
    assert [about for about, count in counts.items() if count == 0] == []


LABELS = ["0", "1", "7", "10"]


@pytest.mark.parametrize("label", ["7", "7.0", "07", "7.00", "10.0", "3.0", "x", "TRUE", "-7.0"])
def test_declared_labels_are_judged_here_in_the_servers_words(page: Page, label: str) -> None:
    truth = [*LABELS * 4][: len(IDS)]
    spec = GradingSpec("accuracy", "id", ("y",), labels=tuple(LABELS))
    usage = ["Public" if row % 2 else "Private" for row in range(len(truth))]
    key_rows = [["id", "y", "Usage"], *map(list, zip(IDS, truth, usage, strict=False))]
    rows = [["id", "y"], *([name, label] for name in IDS[: len(truth)])]
    page.goto(SUBMIT)

    problems = page.evaluate(
        """async ([text, labels]) => {
            const script = document.querySelector("script[src*='upload.js']").src;
            const { check } = await import(script.replace("upload.js", "check.js"));
            return check(new Blob([text]), { sample: text, columns: ["id", "y"], numbers: false, labels });
        }""",
        [written(rows).decode(), LABELS],
    )

    try:
        grade(written(rows), AnswerKey.from_csv(written(key_rows), spec))
        refused = []
    except InvalidSubmission as error:
        refused = [(str(each.message), each.count, list(each.lines)) for each in error.problems]
    assert [(each["message"], each["count"], each["lines"]) for each in problems] == refused


STRANGERS = {
    413: ("The file was stopped on its way", "Compress it with gzip"),
    502: ("The server cannot be reached just now", "A proxy before it answered 502"),
    200: ("Something else answered", "a network that asks you to sign in"),
}


@pytest.mark.parametrize("status", STRANGERS)
def test_an_answer_that_is_not_this_servers_is_told_apart(page: Page, tmp_path: Path, status: int) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body="<html><h1>Somebody else</h1></html>")

    page.route(UPLOADS, answer)

    submit(page, file_in(tmp_path, seed=20 + status))
    title, advice = STRANGERS[status]
    page.get_by_text(title).wait_for()

    assert advice in page.inner_text("#answer")
    page.unroute(UPLOADS)
