"""How Alembic connects: to the address in its config, in one transaction for all that is missing.

So an upgrade that is interrupted leaves the schema as it was, on both databases: SQLite can undo a change of
its schema as well, but Python's driver and Alembic have to be told so. The transaction begins with a lock,
before the present revision is read: of two servers that start together, one upgrades and one finds it done.
"""

import sqlite3
from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event, text

from server.models import Base

LOCK = 7_116_503  # names our migrations among PostgreSQL's advisory locks; the number means nothing
BUSY_SECONDS = 60


def whole_transactions(engine: Engine) -> None:
    """Let a transaction of SQLite begin where SQLAlchemy says, holding the write lock and the schema."""

    @event.listens_for(engine, "connect")
    def _by_hand(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


url = context.config.get_main_option("sqlalchemy.url") or ""
is_sqlite = url.startswith("sqlite")
engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS} if is_sqlite else {})
if is_sqlite:
    whole_transactions(engine)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=is_sqlite,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if not is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()
engine.dispose()
