"""The guard of private scores knows exactly the tables that hold them, from the models themselves."""

import pytest
from sqlalchemy import select

from server.database.database import PrivateTable
from server.database.private_tables import NAMES, PREFIX, PrivateScoresGuarded, names_private
from server.models import Base
from tests.support.installation import Installation

PRIVATE = {mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, PrivateTable)}


def test_every_private_table_and_no_other_is_guarded() -> None:
    named = {name for name in Base.metadata.tables if name.startswith(PREFIX)}

    assert named == {model.__tablename__ for model in PRIVATE} == NAMES
    guarded = {name for name, table in Base.metadata.tables.items() if names_private(str(table.delete()))}
    assert guarded == named
    assert len(named) >= 6


def test_a_column_that_begins_alike_is_no_table() -> None:
    assert not names_private("SELECT private_rows FROM answer_keys")


def test_a_private_table_must_be_named_like_one() -> None:
    with pytest.raises(ValueError, match="its name begins with private_"):

        class Hidden(PrivateTable):
            __tablename__ = "hidden"


@pytest.mark.parametrize("model", sorted(PRIVATE, key=lambda model: model.__tablename__))
def test_a_session_that_may_not_see_private_scores_cannot_name_it(
    installation: Installation, model: type[PrivateTable]
) -> None:
    with pytest.raises(PrivateScoresGuarded):
        installation.db.read(lambda session: session.execute(select(model)).all())
