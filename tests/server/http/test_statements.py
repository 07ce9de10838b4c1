"""How many statements an ordinary request takes, once what is the same for everybody is remembered.

A number here grows with what a page tells, not with the course: it is raised by whoever adds to a page, and
knows that each statement costs every student of a course a tenth of a millisecond of the processor.
"""

import pytest
from sqlalchemy import event

from tests.support.browser import browser
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

MOST = {
    "/api/me": 2,
    "/api/competitions": 6,
    "/api/competitions/tiny": 6,
    "/api/competitions/tiny/submissions": 10,
    "/": 21,
    "/competitions/tiny": 15,
    "/competitions/tiny/submit": 6,
    "/competitions/tiny/submissions": 16,
    "/competitions/tiny/data": 5,
    "/competitions/tiny/leaderboard": 8,
    "/courses/ml/results": 20,
}


@pytest.mark.parametrize(("path", "most"), MOST.items())
def test_a_request_takes_no_more_statements(installation: Installation, path: str, most: int) -> None:
    """The last of three: the first ones fill what is remembered."""
    upload = installation.client("student0").post(
        "/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.7, seed=1)
    )
    assert upload.status_code == 201
    client = installation.client("student0") if path.startswith("/api") else browser(installation, "student0")
    statements: list[str] = []
    event.listen(
        installation.app.state.db.engine, "before_cursor_execute", lambda *of: statements.append(of[2])
    )
    for _ in range(3):
        statements.clear()
        assert client.get(path).status_code == 200

    assert len(statements) <= most, statements
