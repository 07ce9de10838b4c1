"""A competition and its rules, as the web API tells of them (docs/api.md). Pages use them, too."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from grader.parted_text import PartedText
from server.clock import iso
from server.database.snapshot_memory import remembered
from server.domain.baselines import runs as baselines
from server.domain.baselines import thresholds
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access, Today
from server.domain.competitions.own_standings import days_of
from server.domain.grading import grading_key
from server.domain.setup import rules
from server.domain.setup.rules import Plain, RuleChange
from server.domain.teams import membership as teams
from server.domain.teams import trials
from server.models import Competition, PrivateStanding, Standing, Tier
from server.serializers.values import FileJson, Time, TodayJson, iso_or_none, rounded, today


class TierJson(TypedDict):
    """A tier of the baselines; `threshold_private` where private scores may be seen."""

    name: str
    hint: str
    minutes: float
    hardware: str
    points_public: float
    points_private: float
    threshold_public: float | None
    threshold_from: str
    state: str
    threshold_private: NotRequired[float | None]


class CompetitionJson(TypedDict):
    """A competition as one user meets it: upcoming, open, late, closed or revealed."""

    slug: str
    title: str
    course: str
    role: str
    metric: str
    higher_is_better: bool
    id_column: str
    target_columns: list[str]
    prediction_columns: list[str]
    daily_limit: int
    final_selections: int
    ladder_step: float | None
    team_size: int
    merge_until: Time
    state: str
    opens_at: Time
    deadline_at: Time
    late_until: Time
    extended_to: Time | None
    takes_uploads: bool
    reveal_at: Time
    reset_zone: str
    archived_at: Time | None
    now: Time
    today: TodayJson
    teams: int
    tiers: list[TierJson]
    upload_limit_bytes: int
    code_limit_bytes: int
    description_md: str


class CompetitionListJson(TypedDict):
    """The competitions of the viewer's courses."""

    competitions: list[CompetitionJson]


class FileListJson(TypedDict):
    """The files that a competition hands out."""

    files: list[FileJson]


class RuleDifferenceJson(TypedDict):
    """One rule before and after a change."""

    rule: str
    before: Plain
    after: Plain


class RuleChangeJson(TypedDict):
    """What was changed at one instant, and why."""

    at: Time
    reason: str
    changes: list[RuleDifferenceJson]


class RuleListJson(TypedDict):
    """The rules, the version by which a change names them, and how they came to be so."""

    rules: dict[str, Plain]
    version: str
    changes: list[RuleChangeJson]


def competition_list(session: Session, accesses: Sequence[Access], *, now: datetime) -> list[CompetitionJson]:
    """Several competitions as one user meets them, all of which or none show private scores.

    What is the student's own is read in two statements for all.
    """
    days = days_of(session, accesses, now=now)
    return [competition(session, each, now=now, own_day=days.get(each.competition.id)) for each in accesses]


def competition(
    session: Session, access: Access, *, now: datetime, own_day: Today | None = None
) -> CompetitionJson:
    """A competition as one user meets it. Private thresholds join only where private scores may be seen.

    own_day: of their team, read here where it is None. The session must be allowed private scores exactly
    when `access.sees_private(now)`.
    """
    row = access.competition
    return {
        "slug": row.slug,
        "title": row.title,
        "course": access.course.slug,
        "role": access.role.value,
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
        "state": access.state(now).value,
        "opens_at": iso(row.opens_at),
        "deadline_at": iso(row.deadline_at),
        "late_until": iso(row.late_until),
        "extended_to": iso(access.terms.deadline_at) if access.terms.is_extended else None,
        "takes_uploads": access.takes_uploads(now),
        "reveal_at": iso(row.reveal_at),
        "reset_zone": row.reset_zone,
        "archived_at": iso_or_none(row.archived_at),
        "now": iso(now),
        "today": today(own_day or _own_day(session, access, now), now),
        "teams": leaderboard.public_rank(session, competition_id=row.id, team_id=0)[1],
        "tiers": tiers(session, access, now=now),
        "upload_limit_bytes": row.upload_limit_bytes,
        "code_limit_bytes": row.code_limit_bytes,
        "description_md": row.description_md,
    }


def _own_day(session: Session, access: Access, now: datetime) -> Today:
    row = access.competition
    team_id = trials.team_id_as(session, competition_id=row.id, user_id=access.user_id, role=access.role)
    return competitions.today(session, competition=row, terms=access.terms, team_id=team_id, now=now)


def tiers(session: Session, access: Access, *, now: datetime) -> list[TierJson]:
    """The competition's tiers with their thresholds; private ones only where private scores may be seen."""
    row, sees_private = access.competition, access.sees_private(now)
    listed = remembered(
        session, ("tiers", row.id, sees_private), lambda: _tiers(session, row, sees_private=sees_private)
    )
    return [{**each} for each in listed]


def _tiers(session: Session, row: Competition, *, sees_private: bool) -> list[TierJson]:
    decimals = leaderboard.shown(session, row)
    states = baselines.tier_states(session, row.id)
    sources = thresholds.words_of(session, row.id)
    public = leaderboard.thresholds(session, competition_id=row.id, split=Standing)
    listed = [
        _tier(
            each,
            state=states.get(each.name, "not requested"),
            threshold=rounded(public.get(each.name.value), decimals),
            source=sources[each.name],
        )
        for each in competitions.tiers_of(session, row.id)
    ]
    if not sees_private:
        return listed
    private = leaderboard.thresholds(session, competition_id=row.id, split=PrivateStanding)
    return [{**each, "threshold_private": rounded(private.get(each["name"]), decimals)} for each in listed]


def _tier(row: Tier, *, state: str, threshold: float | None, source: str) -> TierJson:
    return {
        "name": row.name.value,
        "hint": PartedText(row.hint),
        "minutes": row.minutes,
        "hardware": row.hardware,
        "points_public": row.points_public,
        "points_private": row.points_private,
        "threshold_public": threshold,
        "threshold_from": source,
        "state": state,
    }


def change(row: RuleChange) -> RuleChangeJson:
    """What was changed at one instant, and why."""
    return {
        "at": iso(row.at),
        "reason": row.reason,
        "changes": [{"rule": each.rule, "before": each.before, "after": each.after} for each in row.changes],
    }


def change_list(session: Session, competition: Competition) -> list[RuleChangeJson]:
    """What everybody may know of how the rules came to be as they are, the newest first."""
    return [change(each) for each in rules.changes_of(session, competition_id=competition.id)]


def rule_list(session: Session, competition: Competition) -> RuleListJson:
    """The rules that everybody may read, as staff_rule_list has all of them."""
    every = staff_rule_list(session, competition)
    every["rules"].pop(rules.OF_STAFF)
    return every


def staff_rule_list(session: Session, competition: Competition) -> RuleListJson:
    """The rules, the version by which a change names them, and how they came to be so."""
    current = rules.rules_of(competition)
    return {
        "rules": rules.as_json(current),
        "version": rules.version_of(current),
        "changes": change_list(session, competition),
    }
