"""The routes of every noun, in the order in which the API is described."""

from server.api import audit, integrity, privacy, rescores
from server.api.baselines import costs, runs, thresholds, worker
from server.api.boards import export, leaderboard, time_machine
from server.api.code import handing_in, staff
from server.api.competitions import archiving, competition
from server.api.grades import course_exports, items, points, results
from server.api.grades import export as grade_export
from server.api.grades import rules as grade_rules
from server.api.notices import announcements, notices
from server.api.people import me, tokens
from server.api.setup import cloning, drafts, rules
from server.api.submissions import comparisons, receipts, submit
from server.api.teams import allowances, team

ROUTERS = [
    noun.router
    for noun in (
        tokens,
        me,
        competition,
        submit,
        comparisons,
        handing_in,
        staff,
        leaderboard,
        time_machine,
        export,
        runs,
        costs,
        thresholds,
        worker,
        grade_export,
        points,
        items,
        grade_rules,
        course_exports,
        results,
        integrity,
        rescores,
        receipts,
        announcements,
        notices,
        allowances,
        audit,
        archiving,
        cloning,
        drafts,
        rules,
        team,
        privacy,
    )
]
