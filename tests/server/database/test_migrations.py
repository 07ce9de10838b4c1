"""Migrations: up, down and up again on both databases, and no difference to the models."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from server.services.schema import downgrade, drift, upgrade
from tests.support import databases


@pytest.mark.parametrize("kind", databases.KINDS)
def test_migrations_go_up_down_and_up_and_end_where_the_models_are(kind: str, tmp_path: Path) -> None:
    url = (
        f"sqlite:///{tmp_path}/a.db"
        if kind == "sqlite"
        else databases.empty_postgres(f"migrate_{tmp_path.name}")
    )
    upgrade(url)
    downgrade(url, "base")
    engine = create_engine(url)
    left = inspect(engine).get_table_names()
    engine.dispose()

    upgrade(url)

    assert left == ["alembic_version"]
    assert drift(url) == []
