"""An error of the database, which is logged, does not tell what the statement was given."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.database.database import Database


@pytest.mark.both
def test_an_error_keeps_a_statements_values_to_itself(database_url: str) -> None:
    database = Database(database_url)

    with pytest.raises(IntegrityError) as refusal:
        database.write(
            lambda session: session.execute(
                text("INSERT INTO courses (slug, title) VALUES (NULL, :title)"), {"title": "a secret title"}
            )
        )
    database.close()

    assert "a secret title" not in f"{refusal.value} {refusal.value.orig}"
    assert "parameters hidden" in str(refusal.value)
