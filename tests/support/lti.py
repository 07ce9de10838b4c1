"""An installation with a registered learning platform, and the way of a browser there and back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from httpx2 import Response
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.domain.audit.actor import COMMAND_LINE
from server.domain.lti import platforms
from server.domain.lti.own_key import FILE, own_key, published
from server.domain.lti.platforms import NewPlatform, moodle_addresses
from server.domain.people.sign_on.claims import RosterFact
from server.models import (
    Course,
    LinkedIdentity,
    LtiContext,
    LtiMember,
    LtiScore,
    Member,
    ScoreState,
    User,
)
from tests.support import shared
from tests.support.browser import browser, form_token
from tests.support.installation import PASSWORD, Installation
from tests.support.lti_platform import CLAIM, CLIENT, DEPLOYMENT, MEMBERSHIP, LtiStub, lti_platform

TEACHES = {f"{CLAIM}roles": [f"{MEMBERSHIP}Instructor"], "sub": "subject-iris"}


@dataclass
class LtiWay:
    """An installation and a platform; `browser` has nobody signed in."""

    installation: Installation
    stub: LtiStub
    browser: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = browser(self.installation)

    def register(
        self, stub: LtiStub | None = None, *, matches: RosterFact = RosterFact.STUDENT_NUMBER, **other: Any
    ) -> int:
        """Register a platform; its number."""
        stub = stub or self.stub
        facts = {"label": "Moodle", "client_id": stub.client, "deployment_ids": (DEPLOYMENT,)} | other
        new = NewPlatform(addresses=stub.addresses, matches=matches, **facts)
        now = self.installation.clock()
        return self.installation.db.write(
            lambda session: platforms.register(session, new, by=COMMAND_LINE, now=now).id
        )

    def begin(self, *, by: TestClient | None = None, **fields: str) -> Response:
        """The answer to a browser that the platform sends to be signed in."""
        return (by or self.browser).post("/lti/login", data=self.stub.login(**fields), follow_redirects=False)

    def come_back(self, form: dict[str, str], *, by: TestClient | None = None) -> Response:
        """The answer to the form that the platform's page sends, sent once more by ours."""
        used = by or self.browser
        foreign = {"Origin": self.stub.address, "Sec-Fetch-Site": "cross-site"}
        page = used.post("/lti/launch", data=form, headers=foreign)
        assert page.status_code == 200, page.text
        return used.post("/lti/launch/continue", data=form, follow_redirects=False)

    def launch(self, *, by: TestClient | None = None, **claims: Any) -> Response:
        """Go to the platform and come back."""
        begun = self.begin(by=by)
        assert begun.status_code == 303, begun.text
        return self.come_back(self.stub.launch(begun.headers["location"], **claims), by=by)

    def confirm(self, *, by: TestClient | None = None, **fields: str) -> Response:
        """Say that the account is one's own."""
        return (by or self.browser).post(
            "/sign-in/confirm", data={"answer": "yes", **fields}, follow_redirects=False
        )

    def give_number(self, name: str, number: str) -> None:
        """Let the roster have this number for somebody."""
        user = self.installation.user(name)
        numbered = update(Member).where(Member.user_id == user.id).values(student_number=number)
        self.installation.db.write(lambda session: session.execute(numbered))

    def arrive_as_iris(self, **claims: Any) -> TestClient:
        """A browser of the course's instructor, who has come from the platform for the first time."""
        client = browser(self.installation)
        mail = update(User).where(User.username == "iris").values(email="iris@example.edu")
        self.installation.db.write(lambda session: session.execute(mail))
        self.give_number("iris", "I1")
        named = {f"{CLAIM}lis": {"person_sourcedid": "I1"}}
        self.launch(by=client, **TEACHES, **named, **claims)
        assert self.confirm(by=client, password=PASSWORD).status_code == 303
        return client

    def link(self, **claims: Any) -> tuple[TestClient, int]:
        """Link the platform's course with `ml`; the instructor's browser, and the number of the link."""
        client = self.arrive_as_iris(**claims)
        (context_id,) = self.installation.db.read(
            lambda session: session.scalars(select(LtiContext.id)).all()
        )
        fields = {"course": "ml", "form_token": form_token(client)}
        answer = client.post(f"/lti/contexts/{context_id}", data=fields, follow_redirects=False)
        assert answer.headers.get("location") == "/courses/ml/lti", answer.text
        return client, context_id


def settle_platform(installation: Installation) -> None:
    """Let there be a platform that is away, one of its courses linked with `ml`, and one for the admin."""
    now, root = installation.clock(), installation.user("root").id
    students = [installation.user(f"student{number}").id for number in range(2)]
    tiny = installation.competition().id
    new = NewPlatform("Moodle", "c", ("7",), moodle_addresses("https://x.example"), RosterFact.STUDENT_NUMBER)

    def work(session: Session) -> None:
        platform = platforms.register(session, new, by=COMMAND_LINE, now=now)
        ml = session.scalars(select(Course.id).where(Course.slug == "ml")).one()
        own = {"platform_id": platform.id, "deployment_id": "7", "launched_at": now, "title": "ML"}
        places = {"members_url": "https://x.example/members", "items_url": "https://x.example/items"}
        linked = LtiContext(context_id="1", course_id=ml, linked_at=now, scopes=[], **own, **places)
        new_one = LtiContext(context_id="2", scopes=[], **own)
        session.add_all([linked, new_one])
        session.flush()
        for number, (state, error) in enumerate(
            ((ScoreState.SENT, ""), (ScoreState.REFUSED, "422 no student"))
        ):
            session.add(
                LtiScore(
                    context_id=linked.id,
                    competition_id=tiny,
                    user_id=students[number],
                    subject=f"student{number}",
                    points=number,
                    most=5,
                    changed_at=now,
                    next_try_at=now,
                    state=state,
                    error=error,
                )
            )
        session.add(LtiMember(context_id=new_one.id, subject="root", is_instructor=True))
        own_identity = {"issuer": platforms.identity_issuer(platform.id), "subject": "root"}
        session.add(LinkedIdentity(user_id=root, shown_as="Root", linked_at=now, **own_identity))

    installation.db.write(work)


@contextmanager
def lti_way(installation: Installation) -> Iterator[LtiWay]:
    """The installation with a platform by which student0 has the number B10901001."""
    own = {"origin": "http://testserver"}
    installation.app.state.settings = installation.app.state.settings.model_copy(update=own)
    data = installation.app.state.settings.data_dir
    shutil.copy(shared.once("lti-key", own_key) / FILE, data / FILE)  # to make one takes a tenth of a second
    with lti_platform(int(installation.clock().timestamp())) as stub:
        stub.tool_keys = published(data)
        way = LtiWay(installation, stub)
        way.register()
        way.give_number("student0", "B10901001")
        yield way


__all__ = ["CLIENT", "TEACHES", "LtiWay", "lti_way"]
