"""The shapes of rules and their changes in the web API and on pages; the rest is in `shapes.py`."""

from dataclasses import asdict

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.setup import rules
from server.domain.setup.rules import RuleChange
from server.models import Competition
from server.serializers.competitions import Json


def change(row: RuleChange) -> Json:
    """What was changed at one instant, and why."""
    return {"at": iso(row.at), "reason": row.reason, "changes": [asdict(each) for each in row.changes]}


def change_list(session: Session, competition: Competition) -> list[Json]:
    """What everybody may know of how the rules came to be as they are, the newest first."""
    return [change(each) for each in rules.changes_of(session, competition_id=competition.id)]


def rule_list(session: Session, competition: Competition) -> Json:
    """The rules, the version by which a change names them, and how they came to be so."""
    current = rules.rules_of(competition)
    return {
        "rules": rules.told(current),
        "version": rules.version_of(current),
        "changes": change_list(session, competition),
    }
