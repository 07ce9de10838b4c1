"""Scores on their way to a platform, killed in the middle, continued: each arrives once.

It takes a second: a process is started and killed, and each score is a question over HTTP.
"""

import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.domain.audit.actor import COMMAND_LINE
from server.domain.lti import outbox, own_key, platforms
from server.domain.lti.platforms import NewPlatform
from server.domain.lti.released import ReleasedScore
from server.domain.people.sign_on.claims import RosterFact
from server.models import LtiContext, LtiScore, ScoreState, User
from server.services.lti.asking import PlatformServices
from server.services.lti.platforms import SCOPES
from server.services.lti.sender import ScoreSender
from server.settings import PROJECT
from tests.support.installation import Installation
from tests.support.lti_platform import CLIENT, DEPLOYMENT, LtiStub, lti_platform

pytestmark = pytest.mark.both


def fill(installation: Installation, stub: LtiStub, *, students: int) -> None:
    """Let there be so many students with a score each, 0 points among them, and a column that takes them."""
    now, competition = utc_now(), installation.competition()
    new = NewPlatform("Moodle", CLIENT, (DEPLOYMENT,), stub.addresses, RosterFact.STUDENT_NUMBER)

    def work(session: Session) -> None:
        platform = platforms.register(session, new, by=COMMAND_LINE, now=now)
        context = LtiContext(
            platform_id=platform.id,
            deployment_id=DEPLOYMENT,
            context_id="1",
            title="ML",
            course_id=competition.course_id,
            members_url="",
            items_url="",
            scopes=list(SCOPES),
            launched_at=now,
        )
        people = [
            User(username=f"s{number}", username_key=f"s{number}", display_name=f"S {number}", created_at=now)
            for number in range(students)
        ]
        session.add_all([context, *people])
        session.flush()
        item = f"{stub.address}/items/1?type_id=2"
        outbox.keep_item(session, context_id=context.id, competition_id=competition.id, address=item)
        scores = [
            ReleasedScore(competition.id, user.id, f"subject-{place}", place % 5, 5.0)
            for place, user in enumerate(people)
        ]
        assert outbox.enqueue(session, scores, context=context, now=now) == students

    installation.db.write(work)


def count(installation: Installation, state: ScoreState) -> int:
    query = select(func.count()).where(LtiScore.state == state)
    return installation.db.read(lambda session: session.scalar(query)) or 0


@pytest.mark.parametrize("students", [96, pytest.param(1280, marks=pytest.mark.long)])
def test_scores_killed_in_the_middle_and_continued_arrive_once_each(
    installation: Installation, students: int
) -> None:
    killed_at = students // 2
    data: Path = installation.app.state.settings.data_dir
    with lti_platform() as stub:
        stub.members = [{"user_id": f"subject-{number}"} for number in range(students)]
        stub.tool_keys = own_key.published(data)
        fill(installation, stub, students=students)
        is_there, is_over = threading.Event(), threading.Event()

        def hold_on(taken: int) -> None:
            """Keep the answer to one score back until its sender is dead."""
            if taken == killed_at:
                is_there.set()
                is_over.wait(60)

        stub.on_score = hold_on
        command = [sys.executable, "-m", "tests.support.lti_sender", installation.db.url, str(data)]
        process = subprocess.Popen(command, cwd=PROJECT)
        assert is_there.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        is_over.set()
        before = count(installation, ScoreState.SENT)

        services = PlatformServices(data)
        later = ScoreSender(
            installation.db, services, clock=lambda: utc_now() + outbox.LEASE, pause_seconds=1
        )
        later.deliver_all()

    arrived = Counter(value["userId"] for _, value in stub.scores)
    assert before == killed_at - 1  # one has arrived, and nobody noted it
    assert (len(arrived), set(arrived.values())) == (students, {1})
    assert count(installation, ScoreState.SENT) == students
    assert {value["userId"]: value["scoreGiven"] for _, value in stub.scores} == {
        f"subject-{place}": place % 5 for place in range(students)
    }
    assert sum("scope/score" in scope for scope in stub.tokens.values()) == 2  # one for each process
