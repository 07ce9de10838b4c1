"""The web API, one noun a file; docs/api.md describes it."""

from fastapi import APIRouter

from server.api import (
    allowances,
    announcements,
    archiving,
    audit,
    baselines,
    cloning,
    competitions,
    costs,
    grades,
    integrity,
    leaderboard,
    me,
    people,
    rescores,
    rules,
    submissions,
    teams,
    thresholds,
    time_machine,
    tokens,
    trust,
    worker,
)

router = APIRouter()
for noun in (
    tokens,
    me,
    competitions,
    submissions,
    leaderboard,
    time_machine,
    baselines,
    costs,
    thresholds,
    worker,
    grades,
    integrity,
    rescores,
    trust,
    announcements,
    allowances,
    audit,
    archiving,
    cloning,
    rules,
    teams,
    people,
):
    router.include_router(noun.router)
