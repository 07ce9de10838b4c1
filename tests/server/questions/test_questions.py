"""Questions about a submission: its team asks, the staff reply, and nobody else knows of it."""

from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.domain.questions.questions import ASKED_MOST, BODY_MOST
from server.models import AuditEntry, Mail, Member, Right, User, WithheldRight
from tests.server.first_law.test_first_law import private_values
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation

LIST = "/courses/ml/questions"


def post(client: TestClient, address: str, **fields: str) -> Response:
    """Send a form as its page does."""
    return client.post(address, data={"form_token": form_token(client), **fields})


@pytest.fixture
def submission(installation: Installation) -> str:
    """The address of a submission of student0's."""
    return f"/submissions/{installation.submit_accuracy('student0', 0.6, seed=1).id}"


@pytest.mark.both
def test_a_team_asks_and_the_reply_stands_beside_the_submission(
    installation: Installation, submission: str
) -> None:
    student, tina = browser(installation, "student0"), browser(installation, "tina")

    page = post(student, f"{submission}/questions", body_md="Why is *row 7* wrong? <script>x</script>")
    waiting = tina.get(LIST)
    replied = post(tina, "/questions/1/replies", body_md="It is **not**.")

    assert "<em>row 7</em>" in page.text
    assert "<script>x" not in page.text
    assert "1 open question" in words(waiting.text)
    assert f'<a href="{submission}#questions">' in waiting.text
    assert "<strong>not</strong>" in replied.text
    assert "Reply of Tina" in words(student.get(submission).text)
    assert "Nobody waits for a reply" in words(tina.get(LIST).text)
    acts = installation.db.read(lambda session: session.scalars(select(AuditEntry.act)).all())
    assert acts[-1] == "question_replied"


def test_staff_close_a_question_and_reopen_it_once(installation: Installation, submission: str) -> None:
    student, tina = browser(installation, "student0"), browser(installation, "tina")
    post(student, f"{submission}/questions", body_md="Why?")

    closed = post(tina, "/questions/1/closed", closed="true")
    again = post(tina, "/questions/1/closed", closed="true")
    empty = words(tina.get(LIST).text)
    reopened = post(tina, "/questions/1/closed", closed="false")

    assert [closed.status_code, again.status_code, reopened.status_code] == [200, 409, 200]
    assert "0 open questions" in empty
    assert "1 open question" in words(tina.get("/").text)


def test_only_the_team_asks_and_only_the_courses_staff_see_the_list(
    installation: Installation, submission: str
) -> None:
    student, other = browser(installation, "student0"), browser(installation, "student1")
    post(student, f"{submission}/questions", body_md="Mine alone")

    assert post(other, f"{submission}/questions", body_md="Theirs?").status_code == 404
    assert post(browser(installation, "tina"), f"{submission}/questions", body_md="x").status_code == 403
    for client in (student, other):
        assert client.get(LIST).status_code == 403
        assert post(client, "/questions/1/replies", body_md="x").status_code == 404
        assert post(client, "/questions/1/closed", closed="true").status_code == 404
    assert browser(installation, "mallory").get(LIST).status_code == 404


@pytest.mark.parametrize("text", ["", "   ", "x" * (BODY_MOST + 1)], ids=["none", "blanks", "too long"])
def test_a_text_that_is_empty_or_too_long_comes_back(
    installation: Installation, submission: str, text: str
) -> None:
    answer = post(browser(installation, "student0"), f"{submission}/questions", body_md=text)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert text in answer.text


@pytest.mark.both
def test_a_person_asks_so_often_within_a_day(installation: Installation, submission: str) -> None:
    student = browser(installation, "student0")
    for number in range(ASKED_MOST):
        assert post(student, f"{submission}/questions", body_md=f"Question {number}").status_code == 200

    refused = post(student, f"{submission}/questions", body_md="One more")
    installation.clock.advance(timedelta(hours=24, seconds=1))
    student = browser(installation, "student0")

    assert refused.status_code == 429
    assert post(student, f"{submission}/questions", body_md="One more").status_code == 200


@pytest.mark.both
def test_question_and_reply_go_by_mail_in_the_language_of_who_gets_them(
    installation: Installation, submission: str
) -> None:
    config = installation.app.state.settings
    installation.app.state.settings = config.model_copy(update={"mail_dir": installation.folder / "mails"})

    def address(session: Session) -> None:
        for user in session.scalars(select(User).where(User.username.in_(["student0", "tina"]))):
            user.email, user.language = (
                f"{user.username}@a.example",
                "zh-TW" if user.username == "tina" else "",
            )

    installation.db.write(address)
    student, tina = browser(installation, "student0"), browser(installation, "tina")
    private = private_values(installation)

    post(student, f"{submission}/questions", body_md="Why is **row 7** wrong?")
    post(tina, "/questions/1/replies", body_md="It is not.")

    mails = installation.db.read(lambda session: session.scalars(select(Mail).order_by(Mail.id)).all())
    assert [each.address for each in mails] == ["tina@a.example", "student0@a.example"]
    assert mails[0].subject == "[ML] 關於繳交 1 的問題"
    assert "Why is row 7 wrong?" in mails[0].body
    assert mails[1].subject == "[ML] A reply about submission 1"
    shown = "".join([student.get(submission).text, *(each.body for each in mails)])
    assert private
    assert [value for value in private if value in shown] == []
    assert "It is not." in mails[1].body


def test_a_ta_who_may_not_see_names_gets_no_question(installation: Installation, submission: str) -> None:
    student, tina = browser(installation, "student0"), browser(installation, "tina")
    post(student, f"{submission}/questions", body_md="Why?")

    def withhold(session: Session) -> None:
        member = session.scalars(select(Member).where(Member.user_id == installation.user("tina").id)).one()
        session.add(WithheldRight(member_id=member.id, withheld=Right.SEE_NAMES))

    installation.db.write(withhold)

    assert tina.get(LIST).status_code == 403
    assert post(tina, "/questions/1/replies", body_md="x").status_code == 403
    assert LIST not in tina.get("/").text
