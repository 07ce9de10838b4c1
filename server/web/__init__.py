"""The pages: server-rendered HTML, one noun a file, complete without script."""

from fastapi import APIRouter

from server.web import (
    accounts,
    allowances,
    announcements,
    audit,
    baselines,
    competitions,
    course,
    courses,
    grades,
    integrity,
    keeping,
    leaderboard,
    people,
    rescores,
    rules,
    shake_up,
    sign_in,
    submissions,
    submit,
    team_staff,
    teams,
    thresholds,
    time_machine,
    trust,
)

router = APIRouter(include_in_schema=False)
for noun in (
    sign_in,
    courses,
    competitions,
    submit,
    submissions,
    shake_up,
    leaderboard,
    time_machine,
    baselines,
    thresholds,
    grades,
    integrity,
    rescores,
    announcements,
    allowances,
    audit,
    rules,
    accounts,
    trust,
    course,
    keeping,
    teams,
    team_staff,
    people,
):
    router.include_router(noun.router)
