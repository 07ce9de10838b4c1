"""A browser without script, on the site's own pages: for the tests of pages and forms."""

import html
import re

from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from server.domain.people.accounts import credentials, secrets
from server.http.deps import cookie_name, idle_time
from server.models import WebSession
from tests.support.installation import Installation, event_loop
from tests.support.rescored import ready

TINY = "/competitions/tiny"
SUBMIT = f"{TINY}/submit"
HOST = "testserver.local"  # as the cookies of a browser here have it


def browser(installation: Installation, name: str | None = None) -> TestClient:
    """A browser on the site's own pages, in which `name` has a session, as by a password.

    The form itself, and the hash that it costs, are proven in tests/server/people/accounts.
    """
    client = TestClient(
        installation.app, headers={"Origin": "http://testserver"}, raise_server_exceptions=False
    )
    client.portal = event_loop()
    if name is not None:
        user, settings = installation.user(name), installation.app.state.settings
        idle, now = idle_time(settings), installation.clock()
        opened = installation.db.write(
            lambda session: credentials.open_session(session, user=user, idle=idle, now=now)
        )
        client.cookies.set(cookie_name(settings), opened.secret, domain=HOST)
    return client


def form_token(client: TestClient) -> str:
    """What a form of this browser's session must send back, written as pages have it."""
    app = client.app
    assert isinstance(app, FastAPI)
    secret = client.cookies[cookie_name(app.state.settings)]
    its_session = WebSession.sha256 == secrets.sha256_of(secret)
    token = app.state.db.read(
        lambda session: session.scalars(select(WebSession.form_token).where(its_session)).one()
    )
    return secrets.masked(token)


def upload(client: TestClient, data: bytes, name: str = "pred.csv", nonce: str = "") -> tuple[int, str]:
    """Post the upload form; the answer's status and page."""
    fields = {"form_token": form_token(client), "nonce": nonce}
    answer = client.post(SUBMIT, data=fields, files={"file": (name, data, "text/csv")})
    return answer.status_code, answer.text


def words(page: str) -> str:
    """What a reader sees: the text without tags, spaces put together."""
    return re.sub(r" ([,.])", r"\1", " ".join(re.sub(r"<[^>]+>", " ", page).split()))


def furnish(installation: Installation) -> dict[str, int]:
    """Two trained tiers, scored submissions and an invalid one, a rescore that is ready; ids by name."""
    run = installation.train("simple")
    installation.train("medium")
    submission = installation.submit_accuracy("student0", 0.66, seed=1)
    installation.submit_accuracy("student1", 0.72, seed=2)
    installation.submit("student0", b"id,label\n1,a\n1,b\n", "broken.csv")
    return {"run": run, "submission": submission.id, "rescore": ready(installation).id}


def rules_form(client: TestClient) -> dict[str, str]:
    """The form of the page of rules, as a browser would send it back unchanged."""
    text = client.get(f"{TINY}/rules/change").text.partition("</main>")[0]
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input (?:type="[\w-]+" )?name="(\w+)"[^>]*? value="([^"]*)"', text)
    }
    fields["has_practice"] = "on" if re.search(r'name="has_practice" checked', text) else ""
    fields["shows_disagreement"] = "on" if re.search(r'name="shows_disagreement"[^>]* checked', text) else ""
    area = re.search(r'<textarea name="description_md"[^>]*>\n(.*?)</textarea>', text, re.DOTALL)
    chosen = re.search(r'<option value="(\w+)" selected', text)
    assert area is not None
    assert chosen is not None
    return fields | {"description_md": html.unescape(area[1]), "unselected": chosen[1]}
