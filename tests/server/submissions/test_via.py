"""By which way a file came: a row differs from that of another way in nothing else, and no way is forged."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import select

import client
from client.api.client import Api
from server.models import PrivateScore, PublicScore, Submission
from tests.support.browser import TINY, browser, upload
from tests.support.installation import Installation
from tests.support.kaggle import KaggleClient
from tests.support.served import served
from tests.support.tiny_homework import predictions

UPLOADS = f"/api{TINY}/submissions"
DATA = predictions(400, accuracy=0.6, seed=1)
OWN = {"id", "team_id", "submitted_by", "idempotency_key", "via"}  # of a row, whatever the way
Way = Callable[[Installation, str], object]


def by_page(installation: Installation, student: str) -> None:
    upload(browser(installation, student), DATA)


def by_program(installation: Installation, student: str) -> None:
    query = {"file_name": "pred.csv"}
    installation.client(student).post(UPLOADS, content=DATA, params=query).raise_for_status()


def by_client(installation: Installation, student: str) -> None:
    with served(installation) as url, Api(url, installation.tokens[student]) as api:
        api.submit("tiny", DATA, file_name="pred.csv")


def by_notebook(installation: Installation, student: str) -> None:
    with TemporaryDirectory() as folder, served(installation) as url:
        path = Path(folder) / "pred.csv"
        path.write_bytes(DATA)
        client.submit("tiny", path, server=url, token=installation.tokens[student], origin=False)


def by_kaggle(installation: Installation, student: str) -> None:
    KaggleClient(installation, student).submit(DATA, note="").raise_for_status()


WAYS: list[tuple[str, Way]] = [
    *(("api", by_program), ("client", by_client), ("client", by_notebook), ("kaggle", by_kaggle)),
]


def row_of(installation: Installation, student: str) -> tuple[str | None, dict[str, Any], list[Any]]:
    """The way, all else of the row of a student's only submission, and its scores."""
    user = installation.user(student)

    def read(session: Any) -> tuple[str | None, dict[str, Any], list[Any]]:
        row = session.scalars(select(Submission).where(Submission.submitted_by == user.id)).one()
        scores = [
            session.execute(select(kind.score, kind.sort_key).where(kind.submission_id == row.id)).one()
            for kind in (PublicScore, PrivateScore)
        ]
        columns = Submission.__table__.columns.keys()
        return row.via, {name: getattr(row, name) for name in columns if name not in OWN}, scores

    return installation.db.read(read, private=True)


@pytest.mark.parametrize(("way", "send"), WAYS, ids=["API", "client", "notebook", "Kaggle"])
def test_a_file_is_the_same_by_whichever_way_it_came(installation: Installation, way: str, send: Way) -> None:
    by_page(installation, "student0")
    send(installation, "student1")

    page, other = (row_of(installation, student) for student in ("student0", "student1"))

    assert (page[0], other[0]) == ("page", way)
    assert other[1:] == page[1:]


@pytest.mark.parametrize("way", ["page", "api", "kaggle", "baseline", "Client", ""])
def test_no_program_names_a_way_that_the_server_sees_for_itself(installation: Installation, way: str) -> None:
    answer = installation.client("student0").post(UPLOADS, content=DATA, params={"via": way})

    assert answer.status_code == 422


def test_what_a_page_sends_is_of_the_page_whatever_it_says(installation: Installation) -> None:
    page = browser(installation, "student0")

    page.put(UPLOADS, content=DATA, params={"via": "agent"}).raise_for_status()

    assert row_of(installation, "student0")[0] == "page"


def test_staff_read_which_way_is_the_senders_word(installation: Installation) -> None:
    by_program(installation, "student0")
    query = {"via": "agent"}
    installation.client("student1").post(UPLOADS, content=DATA, params=query).raise_for_status()
    staff = browser(installation, "tina")
    pages = {
        name: [
            staff.get(path).text
            for path in (f"/submissions/{number}", f"/courses/ml/people/{installation.user(name).id}")
        ]
        for number, name in ((1, "student0"), (2, "student1"))
    }

    assert all("as its sender says" in page for page in pages["student1"])
    assert not any("as its sender says" in page for page in pages["student0"])


def test_a_baselines_predictions_came_by_none(installation: Installation) -> None:
    installation.train("simple")

    ways = installation.db.read(lambda session: session.scalars(select(Submission.via)).all())

    assert set(ways) == {None}
