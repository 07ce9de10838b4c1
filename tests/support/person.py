"""A student with a name, an address, a number, mails and files, for tests of what is kept of a person."""

import os
import time

from sqlalchemy import inspect, select, text, update
from sqlalchemy.orm import Session

from server.database.engines import unguarded
from server.domain.boards import snapshots
from server.models import GradeAdjustment, GradebookPartner, GradeItem, ItemPoints, Mail, Member, User
from tests.support.browser import browser
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

WHY = {"reason": "Asked for on paper"}
BOARDS = [f"/api/competitions/tiny/leaderboard/{split}" for split in ("public", "private")]
SECRETS = ("Wei-Ling", "weiling", "weiling@example.edu", "B10902042", "Dept-of-Secrets", "my-name-is-wei")


def furnish_person(installation: Installation) -> None:
    """student0 with a name, an address, a number, mails and files; student1 sent one of the files too."""
    installation.train("simple")

    def work(session: Session) -> None:
        session.execute(
            update(User)
            .where(User.username == "student0")
            .values(
                username="weiling",
                username_key="weiling",
                display_name="Wei-Ling",
                email="weiling@example.edu",
            )
        )
        user = session.scalars(select(User).where(User.username == "weiling")).one()
        session.execute(
            update(Member)
            .where(Member.user_id == user.id)
            .values(student_number="B10902042", department="Dept-of-Secrets")
        )
        session.add(
            Mail(
                user_id=user.id,
                address=user.email,
                subject="x",
                body="Dear Wei-Ling",
                created_at=installation.clock(),
                next_try_at=installation.clock(),
            )
        )
        give_points(session, user_id=user.id, installation=installation)

    installation.db.write(work)
    installation.submit("weiling", predictions(400, accuracy=0.6, seed=1), "my-name-is-wei.csv")
    installation.submit("weiling", predictions(400, accuracy=0.7, seed=2), "my-name-is-wei.csv")
    installation.submit("student1", predictions(400, accuracy=0.7, seed=2))
    installation.submit("student1", predictions(400, accuracy=0.8, seed=3))
    browser_of_hers = browser(installation)
    browser_of_hers.post("/sign-in", data={"username": "weiling", "password": "correct horse battery"})
    age_files(installation)


def give_points(session: Session, *, user_id: int, installation: Installation) -> None:
    """Points for an item that staff checked, and an adjustment whose reason names the person."""
    competition, at = installation.competition(), installation.clock()
    item = GradeItem(competition_id=competition.id, name="code", place=0, most=2.0)
    session.add(item)
    session.flush()
    session.add(ItemPoints(item_id=item.id, user_id=user_id, points=1.5, checked_at=at))
    session.add(
        GradeAdjustment(
            course_id=competition.course_id,
            user_id=user_id,
            points=1.0,
            reason="Wei-Ling was ill.",
            given_at=at,
        )
    )
    partner = {"course_id": competition.course_id, "key": "weiling@old.example.edu", "user_id": user_id}
    session.add(GradebookPartner(**partner, confirmed_at=at))


def age_files(installation: Installation) -> None:
    """Let every stored file be of an hour ago."""
    then = time.time() - 3600
    for file in installation.context.store.stored():
        os.utime(installation.context.store.path(file.sha256), (then, then))


def erase(installation: Installation, name: str = "weiling") -> dict[str, object]:
    """Delete a person's data as an admin; what the API says."""
    answer = installation.client("root").post(f"/api/people/{installation.user(name).id}/erasure", json=WHY)
    assert answer.status_code == 200, answer.text
    report: dict[str, object] = answer.json()
    return report


def everything(installation: Installation) -> str:
    """Every value of every row of every table, as one text."""
    with unguarded(installation.db.engine) as connection:
        return "\n".join(
            str(row)
            for table in inspect(connection).get_table_names()
            for row in connection.execute(text(f'select * from "{table}"'))  # noqa: S608
        )


def board(installation: Installation, path: str) -> list[dict[str, object]]:
    """A board's rows as staff see them."""
    rows: list[dict[str, object]] = installation.client("tina").get(path).json()["rows"]
    return rows


def take_snapshots(installation: Installation) -> None:
    """Keep the boards of the deadline, as the sweep does."""
    of = installation.competition().id
    installation.db.write(
        lambda session: snapshots.take(session, competition_id=of, now=installation.clock()), private=True
    )
