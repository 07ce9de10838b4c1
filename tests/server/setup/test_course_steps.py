"""A course's settings are undone and made again; holidays are told of what is due on them, whoever asks."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from server.commands.setup.import_course import later
from server.domain.setup.importing import read_rules
from server.models import AuditEntry, Competition, Course
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation

SETUP = "/courses/ml/setup"
FIELDS = {"title": "ML", "zone": "Asia/Taipei"}


def save(client: TestClient, **fields: str) -> str:
    """Save the settings as a browser does; the page that comes of it."""
    answer = client.post(SETUP, data={**FIELDS, "form_token": form_token(client), **fields})
    answer.raise_for_status()
    return words(answer.text)


def step(client: TestClient, way: str) -> tuple[int, str]:
    answer = client.post(f"{SETUP}/steps/{way}", data={"form_token": form_token(client)})
    return answer.status_code, words(answer.text)


def contact(installation: Installation) -> str:
    query = select(Course.contact).where(Course.slug == "ml")
    return installation.db.read(lambda session: session.scalars(query).one())


def holidays(installation: Installation, *days: str) -> None:
    change = update(Course).values(holidays=list(days))
    installation.db.write(lambda session: session.execute(change))


@pytest.mark.both
def test_each_change_of_a_courses_settings_is_undone_and_made_again(installation: Installation) -> None:
    client = browser(installation, "iris")
    for text in ("one", "two", "three"):
        save(client, contact=text)

    seen = []
    for way in ("undo", "undo", "undo", "redo", "redo"):
        seen.append((step(client, way)[0], contact(installation)))
    page = save(client, contact="four")

    assert seen == [(200, "two"), (200, "one"), (200, ""), (200, "one"), (200, "two")]
    assert "Undo contact" in page
    assert "Redo" not in page
    assert step(client, "redo")[0] == 409
    step(client, "undo")
    assert contact(installation) == "two"
    entries = installation.db.read(
        lambda session: list(session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)))
    )
    assert [each.details.get("step") for each in entries] == ["undo", None]


def test_no_change_is_undone_where_none_was_made_and_by_nobody_else(installation: Installation) -> None:
    status, page = step(browser(installation, "iris"), "undo")

    assert (status, "There is no change of the settings to undo." in page) == (409, True)
    assert step(browser(installation, "tina"), "undo")[0] == 403
    assert step(browser(installation, "mallory"), "undo")[0] == 404


def test_new_holidays_tell_what_is_due_on_them_until_it_is_not(installation: Installation) -> None:
    client = browser(installation, "iris")
    due = installation.competition().deadline_at.date().isoformat()

    page = save(client, holidays=f"{due}\n2031-01-01")
    again = step(client, "undo")[1]

    assert f"Due on a holiday: holidays move nothing by themselves. tiny {due}" in page
    assert "Due on a holiday" not in again


@pytest.mark.parametrize("way", ["api", "page"])
def test_no_clone_is_due_on_a_holiday_of_its_course(installation: Installation, way: str) -> None:
    """The deadline is seven days behind the opening."""
    holidays(installation, "2031-03-10")
    body: dict[str, Any] = {"first_day": "2031-03-03", "title": "Next", "into": "ml"}

    if way == "api":
        answer = installation.client("iris").post("/api/competitions/tiny/clone", json=body | {"slug": "t2"})
    else:
        client = browser(installation, "iris")
        fields = body | {"new_slug": "t2", "form_token": form_token(client)}
        answer = client.post("/competitions/tiny/clone", data=fields)

    assert answer.status_code == 422
    assert "would be due on 2031-03-10, a holiday of the course" in words(answer.text)
    slugs = installation.db.read(lambda session: list(session.scalars(select(Competition.slug))))
    assert slugs == ["tiny"]


def test_an_imported_course_has_nothing_due_on_a_holiday() -> None:
    rules = read_rules(next(Path("baselines/homeworks").glob("hw01*/competition.toml")))
    day = rules.deadline_at.astimezone(ZoneInfo(rules.reset_zone)).date()

    usual = later(rules, days=0, holidays=())
    moved = later(rules, days=0, holidays=(day, date(2020, 1, 1)))

    assert usual["deadline_at"] == rules.deadline_at
    assert moved["opens_at"] == usual["opens_at"]
    assert moved["deadline_at"] == usual["deadline_at"] + timedelta(days=1)


@pytest.mark.parametrize("way", ["clone", "draft"])
def test_a_name_that_is_taken_is_refused_with_a_free_one_and_without_whose_it_is(
    installation: Installation, way: str
) -> None:
    """ivan of another course does not see the competition that has it."""
    client = browser(installation, "ivan")
    answer = client.post(
        "/courses/other/drafts/new",
        data={"form_token": form_token(client), "new_slug": "tiny", "title": "Mine"},
    )
    if way == "clone":
        body = {"first_day": "2031-03-03", "slug": "tiny"}
        answer = installation.client("iris").post("/api/competitions/tiny/clone", json=body)

    assert answer.status_code == 409
    sentence = words(answer.text).replace("&#39;", "'")
    assert "'tiny' is not free as a name in addresses; 'tiny-2' is." in sentence
    assert "competition 'tiny'" not in sentence
