"""The pages: server-rendered HTML, one noun a file or folder, complete without script."""

from fastapi import APIRouter

from server.web import audit, integrity, privacy, questions, rescores
from server.web.baselines import costs, runs, thresholds
from server.web.boards import hall, leaderboard, shake_up, time_machine
from server.web.code import handing_in as code_handing_in
from server.web.code import staff as code_staff
from server.web.competitions import competition, course, courses, data, pictures, tiers
from server.web.competitions import rules as competition_rules
from server.web.glance import course as course_glance
from server.web.grades import adjustments as grade_adjustments
from server.web.grades import course as course_points
from server.web.grades import exports as grade_exports
from server.web.grades import items as grade_items
from server.web.grades import partners as grade_partners
from server.web.grades import preview as grade_preview
from server.web.grades import rules as grade_rules
from server.web.lti import course as lti_course
from server.web.lti import launch as lti_launch
from server.web.lti import platforms as lti_platforms
from server.web.notices import announcements, notices
from server.web.people import (
    accounts,
    directory,
    own_address,
    own_password,
    password_links,
    passwords,
    results,
    roster,
    second_factor,
    sign_in,
    sign_on,
    tokens,
)
from server.web.setup import cloning, course_settings, data_files, rules
from server.web.setup.drafts import calendar as draft_calendar
from server.web.setup.drafts import files as draft_files
from server.web.setup.drafts import preview as draft_preview
from server.web.setup.drafts import steps as draft_steps
from server.web.site import command_line, help, languages, security_txt
from server.web.submissions import comparison, receipts, submit
from server.web.submissions import mine as my_submissions
from server.web.teams import allowances
from server.web.teams import mine as my_team
from server.web.teams import staff as team_staff

router = APIRouter(include_in_schema=False)
for noun in (
    sign_in,
    sign_on,
    lti_launch,
    lti_platforms,
    lti_course,
    second_factor,
    passwords,
    own_password,
    own_address,
    password_links,
    courses,
    competition,
    data,
    data_files,
    tiers,
    competition_rules,
    pictures,
    submit,
    my_submissions,
    code_handing_in,
    code_staff,
    course_glance,
    questions,
    comparison,
    shake_up,
    leaderboard,
    time_machine,
    hall,
    runs,
    costs,
    thresholds,
    grade_preview,
    grade_items,
    grade_rules,
    grade_adjustments,
    course_points,
    grade_exports,
    grade_partners,
    integrity,
    rescores,
    announcements,
    notices,
    allowances,
    audit,
    rules,
    accounts,
    tokens,
    receipts,
    course_settings,
    draft_calendar,
    draft_steps,
    draft_files,
    draft_preview,
    course,
    roster,
    results,
    directory,
    cloning,
    my_team,
    team_staff,
    privacy,
    command_line,
    help,
    languages,
    security_txt,
):
    router.include_router(noun.router)
