"""A reason is kept as it is asked for: without the spaces around it."""

import ast
from pathlib import Path

from sqlalchemy import select

from server.domain.audit.actor import Actor
from server.domain.rescores import rescore
from server.models import AuditEntry
from server.settings import PROJECT
from tests.support.installation import Installation
from tests.support.rescored import REASON, asked_for


def unused_results(path: Path) -> list[str]:
    """Where a module asks whether there is a reason, and goes on with the text that it was given."""
    calls = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Expr)]
    return [
        f"{path}:{call.lineno}"
        for call in calls
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "reasons.required"
    ]


def test_who_asks_for_a_reason_goes_on_with_what_is_answered() -> None:
    modules = (PROJECT / "server").rglob("*.py")

    assert [place for path in modules for place in unused_results(path)] == []


def test_the_reason_of_a_rescore_is_kept_without_the_spaces_around_it(installation: Installation) -> None:
    request = asked_for(installation)
    installation.db.write(
        lambda session: rescore.cancel(
            session,
            competition=installation.competition(),
            rescore_id=request.id,
            reason=f"  {REASON}\n",
            by=Actor(installation.user("tina").id),
            now=installation.clock(),
        )
    )

    last = select(AuditEntry.reason).order_by(AuditEntry.id.desc()).limit(1)
    assert installation.db.read(lambda session: session.scalar(last)) == REASON
