"""A competition and its rules, as the web API tells of them (docs/api.md). Pages use them, too."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.baselines import runs as baselines
from server.domain.baselines import thresholds
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.grading import grading_key
from server.domain.setup import rules
from server.domain.setup.rules import RuleChange
from server.domain.teams import membership as teams
from server.models import Competition, PrivateStanding, Standing, Tier
from server.serializers.values import Json, rounded, today


def tier(row: Tier, *, state: str, threshold: float | None, source: str) -> Json:
    """A tier as everybody sees it: hint, cost, points, public threshold and the runs that it comes from."""
    return {
        "name": row.name.value,
        "hint": row.hint,
        "minutes": row.minutes,
        "hardware": row.hardware,
        "points_public": row.points_public,
        "points_private": row.points_private,
        "threshold_public": threshold,
        "threshold_from": source,
        "state": state,
    }


def competition(session: Session, found: Access, *, now: datetime) -> Json:
    """A competition as one user meets it. Private thresholds join only where private scores may be seen.

    The session must be allowed private scores exactly when `found.sees_private(now)`.
    """
    row = found.competition
    team = teams.team_of(session, competition_id=row.id, user_id=found.user_id)
    team_id = team.id if team else None
    return {
        "slug": row.slug,
        "title": row.title,
        "course": found.course.slug,
        "role": found.role.value,
        "metric": row.metric,
        "higher_is_better": row.higher_is_better,
        "id_column": row.id_column,
        "target_columns": row.target_columns,
        "prediction_columns": list(grading_key.spec_of(row).prediction_columns),
        "daily_limit": row.daily_limit,
        "final_selections": row.final_selections,
        "ladder_step": row.ladder_step,
        "team_size": row.team_size,
        "merge_until": iso(teams.merges_end(row)),
        "state": found.state(now).value,
        "opens_at": iso(row.opens_at),
        "deadline_at": iso(row.deadline_at),
        "late_until": iso(row.late_until),
        "extended_to": iso(found.terms.deadline_at) if found.terms.is_extended else None,
        "takes_uploads": found.takes_uploads(now),
        "reveal_at": iso(row.reveal_at),
        "reset_zone": row.reset_zone,
        "archived_at": None if row.archived_at is None else iso(row.archived_at),
        "now": iso(now),
        "today": today(
            competitions.today(session, competition=row, terms=found.terms, team_id=team_id, now=now), now
        ),
        "teams": leaderboard.public_rank(session, competition_id=row.id, team_id=team_id or 0)[1],
        "tiers": tiers(session, found, now=now),
        "upload_limit_bytes": row.upload_limit_bytes,
        "description_md": row.description_md,
    }


def tiers(session: Session, found: Access, *, now: datetime) -> list[Json]:
    """The competition's tiers with their thresholds; private ones only where private scores may be seen."""
    row = found.competition
    decimals = leaderboard.shown(session, row)
    states = baselines.tier_states(session, row.id)
    sources = thresholds.words_of(session, row.id)
    public = leaderboard.thresholds(session, competition_id=row.id, split=Standing)
    shown = [
        tier(
            each,
            state=states.get(each.name, "not requested"),
            threshold=rounded(public.get(each.name.value), decimals),
            source=sources[each.name],
        )
        for each in competitions.tiers_of(session, row.id)
    ]
    if found.sees_private(now):
        private = leaderboard.thresholds(session, competition_id=row.id, split=PrivateStanding)
        for each in shown:
            each["threshold_private"] = rounded(private.get(each["name"]), decimals)
    return shown


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
        "rules": rules.as_json(current),
        "version": rules.version_of(current),
        "changes": change_list(session, competition),
    }
