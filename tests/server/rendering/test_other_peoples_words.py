"""Names and titles are other people's words: on a page none of them turns or moves what stands around it."""

import re
from pathlib import Path

import pytest
from sqlalchemy import update

import server
from server.domain.texts.letters import STEERING
from server.models import Competition, Course, Submission, Team, User
from tests.support.browser import SUBMIT, TINY, browser, furnish, upload
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

OVERRIDE, ISOLATE, LINE_END = "\u202e", "\u2067", "\n"
PAGES = [
    *(
        "/",
        "/account",
        TINY,
        SUBMIT,
        f"{TINY}/submissions",
        f"{TINY}/leaderboard",
        f"{TINY}/leaderboard/private",
    ),
    *(
        f"{TINY}/staff",
        f"{TINY}/teams",
        f"{TINY}/grades",
        f"{TINY}/integrity",
        f"{TINY}/rules/change",
        f"{TINY}/audit",
    ),
    *("/submissions/{submission}", "/baseline-runs/{run}", f"{TINY}/rescores/{{rescore}}", "/people"),
]
TEMPLATES = sorted(Path(server.__file__).parent.glob("web/templates/**/*.html"))
# Where a page writes what a person or a team is called, or a file: not within a tag, which has no direction.
A_NAME = re.compile(
    r"\{\{ (?:\w+\.)*(?:file_name|team|display_name)(?: \}\}|\|)|"
    r"\{\{ (?:team|person|viewer|member|row)\.name \}\}"
)


def rename_all(installation: Installation, word: str) -> None:
    """Give everything a name that an earlier version took."""
    for column in (Competition.title, Course.title, Submission.file_name, Team.name, User.display_name):
        renaming = update(column.class_).values({column.key: word + column})
        installation.db.write(lambda session, renaming=renaming: session.execute(renaming))


def test_no_page_has_a_character_that_turns_the_words_around_it(installation: Installation) -> None:
    ids = furnish(installation)
    rename_all(installation, f"a{OVERRIDE}b{ISOLATE}")
    readers = [browser(installation, name) for name in ("student0", "tina", "root")]

    pages = [client.get(path.format(**ids)).text for client in readers for path in PAGES]

    assert "".join(pages).count("[U+202E]") > 30
    assert [page[match.start() - 60 :][:80] for page in pages for match in STEERING.finditer(page)] == []


@pytest.mark.parametrize("name", [f"a{OVERRIDE}vsc.csv", f"a{LINE_END}b.csv", "a\x1b[2J.csv", "a\u2028b.csv"])
def test_a_file_keeps_a_name_of_visible_characters(installation: Installation, name: str) -> None:
    receipt = (
        installation.client("student0")
        .post(
            "/api/competitions/tiny/submissions",
            content=predictions(400, accuracy=0.7, seed=1),
            params={"file_name": name},
        )
        .json()
    )

    mark = next(letter for letter in name if not letter.isprintable())
    assert receipt["file_name"] == name.replace(mark, f"[U+{ord(mark):04X}]")


def test_a_persian_file_name_stays_as_it_is(installation: Installation) -> None:
    file_name = "می\u200cخواهم.csv"

    status, page = upload(
        browser(installation, "student0"), predictions(400, accuracy=0.7, seed=1), file_name
    )

    assert status == 201
    assert f"<bdi>{file_name}</bdi>" in page


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_name_on_a_page_has_a_direction_of_its_own(template: Path) -> None:
    text = re.sub(
        r"\{% block title %\}.*?\{% endblock %\}|<option.*?</option>", "", template.read_text("utf-8")
    )
    bare = [
        text[match.start() - 20 : match.end()]
        for match in A_NAME.finditer(text)
        if not text[: match.start()].endswith("<bdi>") and not within_a_tag(text[: match.start()])
    ]

    assert bare == []


def within_a_tag(before: str) -> bool:
    return before.rfind("<") > before.rfind(">")
