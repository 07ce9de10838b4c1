"""No page changes anything for a form that its own session did not send: every route that takes a POST."""

import re

import pytest
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from server.models import Base, User, WebSession
from tests.server.first_law.test_first_law import PARAMETERS
from tests.support.browser import browser, form_token
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

# Enough for any of the forms, so that a route which forgot the token would really act.
FIELDS = {
    **{"name": "x", "title": "x", "body_md": "x", "reason": "x", "student": "student1"},
    **{"selected": "true", "excluded": "true", "wanted": "false", "tiers": "simple", "tier": "simple"},
    **{"choice": "latest", "to": "student0", "slots": "1", "deadline": "2030-03-18T20:00", "into": "ml"},
    **{"first_day": "2031-03-03", "new_slug": "tiny-2031", "metric": "f1_macro", "username": "student0"},
    "language": "zh-TW",
}
# These forms hold files and are read within limits, so they get no more than what they ask for.
WITH_FILES: dict[str, set[str]] = {
    "/competitions/tiny/submit": {"nonce"},
    "/competitions/tiny/code": set(),
    "/courses/ml/exports": set(),
    **{
        f"/competitions/tiny/{path}": set()
        for path in ("data/files", "items/file", "baselines/thresholds/file")
    },
    "/competitions/tiny/rescores": {"metric", "reason"},
    "/courses/ml/drafts/archive": set(),
    **{f"/courses/ml/drafts/1/{step}": set() for step in ("files", "key", "tiers", "try")},
}
# What people use who have no session: their forms must come from our own pages instead.
OF_NO_SESSION = {"/sign-in", "/sign-in/code", "/sign-in/confirm", "/forgotten-password", "/set-password"}
OF_NO_SESSION |= {"/lti/launch/continue"}
# What a learning platform's page sends: it is believed in nothing but what its signed token says.
OF_OTHER_SITES = {"/lti/login", "/lti/launch"}
FILE = {"file": ("a.csv", predictions(400, accuracy=0.5, seed=9), "text/csv")}


def forms(installation: Installation, submission: int, run: int) -> list[str]:
    """Every address of a page that takes a POST in a session."""
    paths = [
        route.path
        for route in iter_route_contexts(installation.app.routes)
        if "POST" in (route.methods or ()) and route.path and not route.path.startswith("/api")
    ]
    known = {**PARAMETERS, "submission_id": str(submission), "run_id": str(run)}
    addresses = [re.sub(r"\{(\w+)\}", lambda match: known[match[1]], path) for path in paths]
    return [path for path in addresses if path not in OF_NO_SESSION | OF_OTHER_SITES]


def rows(installation: Installation) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the database holds, but sessions, which every look renews."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != WebSession.__tablename__]
    return installation.db.read(
        lambda session: {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        },
        private=True,
    )


@pytest.fixture
def furnished(installation: Installation) -> tuple[TestClient, list[str]]:
    """Somebody who may do everything, on the site's own pages, and every form's address."""
    run = installation.train("simple")
    submission = installation.submit_accuracy("student0", 0.66, seed=1)
    installation.db.write(
        lambda session: session.execute(update(User).where(User.username == "iris").values(is_admin=True))
    )
    return browser(installation, "iris"), forms(installation, submission.id, run)


def post(client: TestClient, path: str, token: dict[str, str]) -> Response:
    """Send a form with everything that it may ask for, and this token."""
    fields = {name: text for name, text in FIELDS.items() if name in WITH_FILES.get(path, FIELDS)}
    files = FILE if path in WITH_FILES else None
    return client.post(path, data=fields | token, files=files, follow_redirects=False)


@pytest.mark.parametrize("is_of_another_person", [False, True])
def test_no_form_acts_without_the_token_of_its_own_session(
    installation: Installation, furnished: tuple[TestClient, list[str]], is_of_another_person: bool
) -> None:
    client, addresses = furnished
    another = form_token(browser(installation, "student0"))
    token = {"form_token": another} if is_of_another_person else {}
    before = rows(installation)

    answers = {path: post(client, path, token) for path in addresses}

    acted = {
        path: answer.status_code
        for path, answer in answers.items()
        if answer.status_code != 403 or "earlier session" not in answer.text
    }
    assert acted == {}
    assert rows(installation) == before
    assert len(addresses) > 30


@pytest.mark.parametrize("path", sorted(OF_NO_SESSION))
def test_no_form_without_a_session_acts_when_another_site_sends_it(
    installation: Installation, path: str
) -> None:
    before = rows(installation)

    answer = installation.client(None).post(path, data=FIELDS, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert rows(installation) == before


def test_its_own_token_opens_a_form(furnished: tuple[TestClient, list[str]]) -> None:
    client, _ = furnished
    fields = {"form_token": form_token(client), "title": "New", "body_md": "Hello"}

    answer = client.post("/competitions/tiny/announcements", data=fields, follow_redirects=False)

    assert answer.status_code == 303
