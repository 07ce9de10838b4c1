"""Which section of the guides is about which page: what the page's foot leads to."""

from functools import cache

from server.web.rendering.guides import Section, section_at

# By template, as in "students#teams"; None: no section is about it. A test holds that no page is left out.
HELP_SECTIONS: dict[str, str | None] = {
    "audit/list.html": "staff#audit",
    "baselines/compare.html": "students#what-is-reachable-and-at-what-price",
    "baselines/list.html": "staff#baselines",
    "baselines/show.html": "staff#baselines",
    "baselines/thresholds.html": "staff#baselines",
    "boards/deadline.html": "students#why-private-is-not-public",
    "boards/hall.html": None,  # a wall of large letters
    "boards/hidden.html": "students#why-private-is-not-public",
    "boards/leaderboard.html": "students#groups-on-a-board",
    "boards/shake_up.html": "students#why-private-is-not-public",
    "boards/time_machine.html": "students#receipts-and-proof",
    "code/mine.html": "students#code",
    "code/teams.html": "staff#code",
    "command_line.html": "students#four-ways-to-submit",
    "competitions/competition.html": "students#the-short-way",
    "competitions/course.html": "staff#the-next-term",
    "competitions/courses.html": "students#the-short-way",
    "competitions/data.html": "students#ids-are-text",
    "competitions/rules.html": "students#late",
    "competitions/staff.html": "staff#",
    "competitions/tiers.html": "students#what-is-reachable-and-at-what-price",
    "errors/show.html": None,
    "glance/course.html": "students#the-course-at-a-glance",
    "grades/course.html": "staff#points",
    "grades/items.html": "staff#points",
    "grades/items_file.html": "staff#points",
    "grades/preview.html": "staff#points",
    "grades/rules.html": "staff#points",
    "help/guide.html": None,
    "help/list.html": None,
    "integrity/pair.html": "staff#look-alikes",
    "integrity/show.html": "staff#look-alikes",
    "notices/announcements.html": None,
    "notices/list.html": "students#notices",
    "people/account.html": "students#your-password",
    "people/confirm_identity.html": "students#your-password",
    "people/forgotten_password.html": "students#your-password",
    "people/give_link.html": "staff#passwords-and-links",
    "people/invitations.html": "staff#passwords-and-links",
    "people/link_over.html": "students#your-password",
    "people/list.html": "staff#people-of-a-course",
    "people/own_password.html": "students#your-password",
    "people/results.html": "students#my-results",
    "people/roster.html": "staff#roster-files",
    "people/roster_done.html": "staff#roster-files",
    "people/set_password.html": "students#your-password",
    "people/show.html": "staff#a-page-for-every-student",
    "people/sign_in.html": "students#your-password",
    "people/slips.html": "staff#passwords-and-links",
    "privacy/list.html": None,
    "privacy/person.html": None,
    "questions/list.html": "staff#questions",
    "rescores/list.html": "staff#rescores",
    "rescores/show.html": "staff#rescores",
    "setup/cloning.html": "staff#the-next-term",
    "setup/course_settings.html": "staff#a-new-course",
    "setup/new_course.html": "staff#a-new-course",
    "setup/drafts/calendar.html": "staff#homeworks-on-a-calendar",
    "setup/drafts/show.html": "staff#a-competition-from-nothing",
    "setup/drafts/trial.html": "staff#a-competition-from-nothing",
    "setup/rules.html": "staff#changing-rules",
    "submissions/comparison.html": "students#comparing-two-files",
    "submissions/limit.html": "students#why-a-daily-limit",
    "submissions/mine.html": "students#what-costs-a-submission-and-what-does-not",
    "submissions/receipts.html": "students#receipts-and-proof",
    "submissions/refused.html": "students#what-costs-a-submission-and-what-does-not",
    "submissions/result.html": "students#why-private-is-not-public",
    "submissions/show.html": "students#receipts-and-proof",
    "submissions/submit.html": "students#four-ways-to-submit",
    "teams/allowances.html": "staff#extensions-and-grants",
    "teams/list.html": "staff#teams",
    "teams/mine.html": "students#teams",
    "teams/show.html": "staff#teams",
}


@cache
def help_section(template: str, language: str) -> Section | None:
    """The section about the page of this template; None where there is none."""
    address = HELP_SECTIONS.get(template)
    return None if address is None else section_at(address, language)
