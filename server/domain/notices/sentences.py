"""What a notice says, and to which page it leads. No sentence has a score in it."""

from collections.abc import Mapping
from datetime import datetime

from grader.messages import Message
from grader.parted_text import PartedTitle
from server.domain.notices.notices import PlacedNotice
from server.local_time import local_text
from server.models import NoticeKind, SecurityChange

TEMPLATES: dict[NoticeKind, Message] = {
    NoticeKind.ANNOUNCEMENT: Message("{competition}: {title}"),
    NoticeKind.OPENED: Message("{competition} is open."),
    NoticeKind.REVEALED: Message("The private scores of {competition} are revealed."),
    NoticeKind.RESCORED: Message("A rescore of {competition} changed scores of your team."),
    NoticeKind.DEADLINE: Message(
        "The deadline of {competition} is {deadline_at}, and you have handed in nothing yet."
    ),
    NoticeKind.EXCLUDED: Message(
        "Submission {submission} in {competition} is excluded; its page has the reason."
    ),
    NoticeKind.INVITATION: Message("Team {team_name} invites you to join it in {competition}."),
    NoticeKind.ALLOWANCE: Message("Your deadline in {competition} is extended to {deadline_at}."),
    NoticeKind.REPLY: Message("The staff replied about submission {submission} in {competition}."),
    NoticeKind.QUESTION: Message(
        "A question about submission {submission} in {competition} waits for a reply."
    ),
    NoticeKind.RUN_FAILED: Message("A baseline run of {tier} in {competition} failed."),
    NoticeKind.LOOK_ALIKES: Message("{competition} has look-alikes that were not there before."),
    NoticeKind.MAILS_REFUSED: Message("Mails of an announcement in {competition} were refused."),
}
RESTORED = Message("Submission {submission} in {competition} counts again.")
MORE_SLOTS = Message("You have {extra_slots} more submissions a day in {competition}.")
MORE_ON_A_DAY = Message("You have {extra_slots} more submissions in {competition} on {course_day}.")
OF_ACCOUNTS: dict[SecurityChange, Message] = {
    SecurityChange.TOKEN_MADE: Message("An API token was made for your account."),
    SecurityChange.IDENTITY_LINKED: Message("An account of an identity provider now opens your account."),
    SecurityChange.IDENTITY_UNLINKED: Message(
        "An account of an identity provider opens your account no more."
    ),
    SecurityChange.FACTOR_SET_UP: Message("A second factor was set up for your account."),
    SecurityChange.FACTOR_ENDED: Message("The second factor of your account was switched off."),
    SecurityChange.FACTOR_REMOVED: Message("An admin has switched off the second factor of your account."),
    SecurityChange.ADDRESS_CHANGED: Message("The mail address of your account was changed."),
}
ADDRESSES: dict[NoticeKind, str] = {
    NoticeKind.ANNOUNCEMENT: "{home}/announcements#announcement-{announcement}",
    NoticeKind.OPENED: "{home}",
    NoticeKind.REVEALED: "{home}/leaderboard/private",
    NoticeKind.RESCORED: "{home}/submissions",
    NoticeKind.DEADLINE: "{home}/submit",
    NoticeKind.EXCLUDED: "/submissions/{submission}",
    NoticeKind.INVITATION: "{home}/team",
    NoticeKind.ALLOWANCE: "{home}/submit",
    NoticeKind.REPLY: "/submissions/{submission}#questions",
    NoticeKind.QUESTION: "/submissions/{submission}#questions",
    NoticeKind.RUN_FAILED: "/baseline-runs/{run}",
    NoticeKind.LOOK_ALIKES: "{home}/integrity",
    NoticeKind.MAILS_REFUSED: "{home}/announcements",
}


def sentence(notice: PlacedNotice, *, teams: Mapping[int, str]) -> Message:
    """The notice in a sentence. teams: the names of the teams that invitations are from, by their ids."""
    competition, values = notice.competition, dict(notice.row.facts)
    if competition is None:
        return OF_ACCOUNTS[SecurityChange(values["change"])]
    values["competition"] = competition.title
    if "title" in values:
        values["title"] = PartedTitle(values["title"])
    if "team" in values:
        values["team_name"] = teams.get(values["team"], "")
    deadline = deadline_of(notice)
    if deadline is not None:
        values["deadline_at"] = local_text(deadline, competition.reset_zone)
    return _template(notice).filled(**values)


def deadline_of(notice: PlacedNotice) -> datetime | None:
    """The deadline that the notice names, where it names one."""
    text = notice.row.facts.get("deadline_at")
    return datetime.fromisoformat(text) if text else None


def _template(notice: PlacedNotice) -> Message:
    kind, facts = notice.row.kind, notice.row.facts
    if kind is NoticeKind.EXCLUDED and facts["is_restored"]:
        return RESTORED
    if kind is NoticeKind.ALLOWANCE and facts["deadline_at"] is None:
        return MORE_SLOTS if facts["course_day"] is None else MORE_ON_A_DAY
    return TEMPLATES[kind]


def address(notice: PlacedNotice) -> str:
    """The page to which the notice leads, on this installation."""
    if notice.competition is None:
        return "/account"
    home = f"/competitions/{notice.competition.slug}"
    return ADDRESSES[notice.row.kind].format(home=home, **notice.row.facts)
