"""Accounts switched off and on from the command line."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.database import Database
from server.models import User
from tests.server.commands.test_commands import data, run

__all__ = ["data"]


def test_an_account_is_switched_off_and_on_again(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(f"sqlite:///{data}/splitboard.db")

    def is_active() -> bool:
        def read(session: Session) -> bool:
            return session.scalars(select(User.is_active).where(User.username == "ann")).one()

        return database.read(read)

    run("user", "add", "ann")
    states = [(run("user", word, "Ann"), is_active()) for word in ("deactivate", "reactivate")]

    assert states == [(0, False), (0, True)]
    assert "`splitboard user reactivate` takes this back" in capsys.readouterr().out
    assert run("user", "deactivate", "nobody") == 1
    database.close()
