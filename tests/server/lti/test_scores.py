"""Points on their way to a platform: revealed ones alone, only changes, each once; on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from server.domain.audit.actor import COMMAND_LINE
from server.domain.lti import outbox
from server.domain.privacy import erasure
from server.models import LtiContext, LtiScore, ScoreState, Submission
from server.services.lti.asking import PlatformServices
from server.services.lti.scores import report_of
from server.services.lti.sender import ScoreSender
from server.services.sign_on.fetching import FetchedAnswer
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.lti import LtiWay, lti_way
from tests.support.lti_platform import MEMBERSHIP

pytestmark = pytest.mark.both(later="postgresql")
ADJUST = {"homework": "tiny", "points": "1", "factor": "1", "reason": "A fair point."}


@pytest.fixture
def way(installation: Installation) -> Iterator[LtiWay]:
    """The installation with its platform: three students whom it knows, two of whom have sent something."""
    with lti_way(installation) as ready:
        installation.train("simple")
        installation.train("strong")
        installation.submit_accuracy("student0", 0.95, seed=1)
        installation.submit_accuracy("student1", 0.1, seed=2)
        ready.give_number("student1", "B1")
        ready.give_number("student2", "B2")
        numbers = {"subject-1": "B10901001", "subject-2": "b1", "subject-3": "B2", "subject-4": "X"}
        ready.stub.members = [
            {"user_id": subject, "lis_person_sourcedid": number, "roles": [f"{MEMBERSHIP}Learner"]}
            for subject, number in numbers.items()
        ]
        yield ready


def reveal(way: LtiWay) -> tuple[TestClient, int]:
    """Link the platform's course once the homework is revealed; the instructor's browser, and the link."""
    way.installation.clock.now = way.installation.competition().reveal_at
    way.stub.now = int(way.installation.clock().timestamp())
    return way.link()


def press(
    client: TestClient, context_id: int, button: str = "points", *, confirmed: bool = True
) -> tuple[int, str]:
    """Press a button of the page, and the one that confirms it; the answer's status and page."""
    fields = {"form_token": form_token(client), "confirmed": str(confirmed).lower()}
    answer = client.post(f"/courses/ml/lti/{context_id}/{button}", data=fields)
    return answer.status_code, answer.text


def sender(way: LtiWay) -> ScoreSender:
    """A sender of this very process."""
    services = PlatformServices(way.installation.app.state.settings.data_dir)
    return ScoreSender(way.installation.db, services, clock=way.installation.clock, pause_seconds=1)


def sent(way: LtiWay) -> dict[str, tuple[float, float]]:
    """Points and their most as the platform has taken them, by subject."""
    return {value["userId"]: (value["scoreGiven"], value["scoreMaximum"]) for _, value in way.stub.scores}


def states(way: LtiWay) -> list[ScoreState]:
    """What became of the scores, by subject."""
    query = select(LtiScore.state).order_by(LtiScore.subject)
    return list(way.installation.db.read(lambda session: session.scalars(query)))


def test_nothing_leaves_before_the_reveal_and_afterwards_what_each_student_may_see(way: LtiWay) -> None:
    way.installation.clock.now = way.installation.competition().reveal_at - timedelta(microseconds=1)
    way.stub.now = int(way.installation.clock().timestamp())
    client, context_id = way.link()

    early = press(client, context_id)
    sender(way).deliver_all()

    assert (early[0], "No homework of this course is revealed yet" in early[1]) == (409, True)
    assert [path for path in way.stub.requests if path != "/keys"] == []
    way.installation.clock.advance(timedelta(microseconds=1))
    status, page = press(client, context_id)
    sender(way).deliver_all()
    own = {
        name: way.installation.client(name).get("/api/courses/ml/points").json()
        for name in ("student0", "student1")
    }
    points = {name: answer["homeworks"][0] for name, answer in own.items()}
    assert status == 200, words(page)
    assert sent(way) == {
        "subject-1": (points["student0"]["earned"], points["student0"]["most"]),
        "subject-2": (0.0, points["student1"]["most"]),
    }
    assert points["student0"]["earned"] > 0
    assert [item["resourceId"] for item in way.stub.items] == ["splitboard-tiny"]


@pytest.mark.both
def test_only_changes_are_sent_with_one_token_and_into_one_column(way: LtiWay) -> None:
    client, context_id = reveal(way)
    one = sender(way)
    press(client, context_id)
    one.deliver_all()
    press(client, context_id)
    one.deliver_all()
    before = len(way.stub.scores)
    user = way.installation.user("student0").id
    token = {"form_token": form_token(client)}
    assert client.post(f"/courses/ml/people/{user}/adjustments", data=ADJUST | token).status_code == 200
    way.installation.clock.advance(timedelta(seconds=1))
    press(client, context_id)
    one.deliver_all()

    assert (before, len(way.stub.scores), len(way.stub.items)) == (2, 3, 1)
    assert {scope for scope in way.stub.tokens.values() if "score" in scope} == {outbox_scope(way)}
    assert sum("scope/score" in scope for scope in way.stub.tokens.values()) == 1
    shown = words(client.get("/courses/ml/lti").text)
    assert "Tiny accuracy 2 0 0 0" in shown


@pytest.mark.both
def test_points_that_are_gone_since_are_taken_back_there_too(way: LtiWay) -> None:
    client, context_id = reveal(way)
    one = sender(way)
    press(client, context_id)
    one.deliver_all()
    before = sent(way)["subject-1"]
    excluding = {"excluded": True, "reason": "not their own"}
    query = select(Submission.id).where(Submission.submitted_by == way.installation.user("student0").id)
    path = f"/api/submissions/{way.installation.db.read(lambda session: session.scalar(query))}/excluded"
    assert way.installation.client("iris").put(path, json=excluding).status_code == 200
    way.installation.clock.advance(timedelta(seconds=1))
    press(client, context_id)
    one.deliver_all()

    assert before[0] > 0
    assert sent(way)["subject-1"] == (0, before[1])


def outbox_scope(way: LtiWay) -> str:
    (scope,) = {each for each in way.stub.tokens.values() if each.endswith("/score")}
    return scope


OUTCOMES: dict[str, tuple[tuple[int, Any], ScoreState, int]] = {
    "throttled": ((429, {}), ScoreState.WAITING, 1),
    "throttled by an older Canvas": ((403, {"errors": "Rate Limit Exceeded"}), ScoreState.WAITING, 1),
    "broken": ((500, {}), ScoreState.WAITING, 1),
    "older": ((400, {"errors": "Provided timestamp before last"}), ScoreState.NEWER, 2),
    "older in Moodle": ((409, {}), ScoreState.NEWER, 2),
    "no attempts": ((422, {"errors": "maximum number of allowed attempts"}), ScoreState.REFUSED, 2),
    "malformed": ((400, {"errors": "no such thing"}), ScoreState.REFUSED, 2),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_each_answer_of_a_platform_is_dealt_with(way: LtiWay, case: str) -> None:
    answer, state, tries = OUTCOMES[case]
    client, context_id = reveal(way)
    press(client, context_id)
    way.stub.answers["/items/1/scores"] = answer

    sender(way).deliver_all()

    assert states(way) == [state] * 2
    assert way.stub.requests.count("/items/1/scores") == tries  # a platform that waits is not pressed
    del way.stub.answers["/items/1/scores"]
    way.installation.clock.advance(timedelta(minutes=2))
    sender(way).deliver_all()
    arrives = state is ScoreState.WAITING
    assert states(way) == ([ScoreState.SENT] * 2 if arrives else [state] * 2)
    assert len(way.stub.scores) == (2 if arrives else 0)
    if state is ScoreState.REFUSED:
        assert "2 are not there" in words(client.get("/courses/ml/lti").text)
        press(client, context_id)
        sender(way).deliver_all()
        assert len(way.stub.scores) == 2


@pytest.mark.both
def test_a_newer_grade_of_the_platform_stays_until_the_points_change_again(way: LtiWay) -> None:
    client, context_id = reveal(way)
    press(client, context_id)
    newer = {"scoreGiven": 3.0, "scoreMaximum": 5.0, "timestamp": "2099-01-01T00:00:00.000000Z"}
    way.stub.grades["/items/1", "subject-1"] = newer

    sender(way).deliver_all()
    press(client, context_id)
    sender(way).deliver_all()

    assert way.stub.grades["/items/1", "subject-1"] == newer
    assert states(way) == [ScoreState.NEWER, ScoreState.SENT]


def test_scores_need_no_attempt_in_canvas(way: LtiWay) -> None:
    way.stub.has_attempts = False
    client, context_id = reveal(way)
    press(client, context_id)

    sender(way).deliver_all()

    assert states(way) == [ScoreState.SENT] * 2


def test_a_column_that_was_deleted_there_is_made_anew(way: LtiWay) -> None:
    client, context_id = reveal(way)
    press(client, context_id)
    way.stub.answers["/items/1/scores"] = (404, {})

    sender(way).deliver_all()
    way.stub.items[0]["resourceId"] = "deleted"
    press(client, context_id)
    sender(way).deliver_all()

    assert states(way) == [ScoreState.SENT] * 2
    assert {item for item, _ in way.stub.scores} == {"/items/2"}


def test_a_score_that_has_arrived_unnoticed_is_not_sent_again(way: LtiWay) -> None:
    client, context_id = reveal(way)
    press(client, context_id)
    now = way.installation.clock()
    (score,) = way.installation.db.write(lambda session: outbox.claim(session, most=1, now=now))
    way.stub.grades["/items/1", score.subject] = {
        "scoreGiven": score.points,
        "scoreMaximum": score.most,
        "timestamp": "",
    }  # and the process that sent it died

    sender(way).deliver_all()
    before = states(way)
    way.installation.clock.advance(outbox.LEASE)
    sender(way).deliver_all()

    assert (sorted(before), states(way)) == ([ScoreState.SENT, ScoreState.WAITING], [ScoreState.SENT] * 2)
    assert [value["userId"] for _, value in way.stub.scores] == list(
        {"subject-1", "subject-2"} - {score.subject}
    )


def test_a_report_of_points_that_have_changed_meanwhile_counts_for_nothing(way: LtiWay) -> None:
    client, context_id = reveal(way)
    press(client, context_id)
    now = way.installation.clock()
    old = way.installation.db.write(lambda session: outbox.claim(session, most=1, now=now))[0]
    later = now + timedelta(seconds=1)
    changed = update(LtiScore).values(points=1.5, changed_at=later, tries=0, next_try_at=later)
    way.installation.db.write(lambda session: session.execute(changed))
    way.installation.db.write(lambda session: outbox.claim(session, most=1, now=later))

    way.installation.db.write(
        lambda session: outbox.note(session, old, outbox.ScoreOutcome.SENT, error="", now=later)
    )

    assert states(way) == [ScoreState.WAITING] * 2


def test_a_score_that_is_refused_for_days_is_given_up_and_told_of(way: LtiWay) -> None:
    client, context_id = reveal(way)
    press(client, context_id)
    way.stub.answers["/items/1/scores"] = (503, {})
    way.installation.clock.advance(outbox.GIVEN_UP_AFTER)

    sender(way).deliver_all()

    assert ScoreState.REFUSED in states(way)
    assert "503" in browser(way.installation, "iris").get("/courses/ml/lti").text


def test_a_platform_without_the_service_is_told_of_and_one_without_a_list_knows_who_came(way: LtiWay) -> None:
    client, context_id = reveal(way)
    way.launch()
    way.confirm()
    way.installation.db.write(lambda session: session.execute(update(LtiContext).values(members_url="")))
    assert press(client, context_id)[0] == 200
    sender(way).deliver_all()
    way.installation.db.write(lambda session: session.execute(update(LtiContext).values(items_url="")))

    status, page = press(client, context_id)

    assert (status, "takes no points of this course" in page) == (422, True)
    assert list(sent(way)) == ["subject-1"]


def test_a_person_whose_data_are_deleted_has_no_score_on_its_way(way: LtiWay) -> None:
    client, context_id = reveal(way)
    press(client, context_id)
    student, now = way.installation.user("student0"), way.installation.clock()

    way.installation.db.write(
        lambda session: erasure.erase(session, user=student, reason="A letter.", by=COMMAND_LINE, now=now),
        private=True,
    )

    assert states(way) == [ScoreState.WAITING]


def test_a_person_reads_in_their_data_what_was_sent_of_them(way: LtiWay) -> None:
    client, context_id = reveal(way)
    press(client, context_id)
    sender(way).deliver_all()

    data = way.installation.client("student1").get("/api/me/data").json()

    (score,) = data["platform_scores"]
    assert (score["platform"], score["competition"], score["points"], score["state"]) == (
        *("Moodle", "tiny", 0.0, "sent"),
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("0", 1), ("9" * 40, 3600), ("Fri, 31 Dec", 60), ("", 60), ("-5", 60)],
)
def test_a_platform_is_left_alone_for_as_long_as_it_says(header: str, seconds: int) -> None:
    report = report_of(FetchedAnswer(429, {"retry-after": header}, b""))

    assert report.pause == timedelta(seconds=seconds)


def test_who_has_no_partner_is_named_before_anything_is_sent(way: LtiWay) -> None:
    client, context_id = reveal(way)
    way.stub.members[2] |= {"lis_person_sourcedid": "B9", "name": "A stranger"}

    status, page = press(client, context_id, confirmed=False)
    shown, waiting = words(page), states(way)
    press(client, context_id)

    assert status == 200, shown
    assert "2 students of Moodle are nobody here A stranger X" in shown
    assert "1 student here gets no points in Moodle Student2" in shown
    assert waiting == []
    assert len(states(way)) == 2


def test_two_people_of_the_platform_with_one_fact_get_nobodys_points(way: LtiWay) -> None:
    client, context_id = reveal(way)
    way.stub.members.append({**way.stub.members[0], "user_id": "attacker"})

    press(client, context_id)
    sender(way).deliver_all()

    assert set(sent(way)) == {"subject-2"}
