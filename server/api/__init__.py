"""The web API, one noun a file; docs/api.md describes it."""

from fastapi import APIRouter

from server.api import (
    allowances,
    announcements,
    audit,
    baselines,
    competitions,
    grades,
    leaderboard,
    me,
    submissions,
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
    baselines,
    worker,
    grades,
    trust,
    announcements,
    allowances,
    audit,
):
    router.include_router(noun.router)
