"""The shape of what the installation knows of a person, and of what became of it when it was deleted."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from server.serializers.people.credentials_data import (
    AddressChangeDataJson,
    IdentityDataJson,
    PasswordLinkDataJson,
    PlatformDataJson,
    SecondFactorDataJson,
    SessionDataJson,
    TokenDataJson,
)
from server.serializers.submissions.submissions import OriginJson, ProblemJson
from server.serializers.values import Day, Time


class AccountDataJson(TypedDict):
    """A person's account."""

    username: str
    display_name: str
    email: str | None
    is_admin: bool
    is_active: bool
    wants_mail: bool
    language: str
    zone: str
    has_password: bool
    password_is_initial: bool
    created_at: Time
    last_seen_at: Time | None


class MembershipDataJson(TypedDict):
    """A course that the person is or was in."""

    course: str
    title: str
    role: str
    student_number: str | None
    department: str
    section: str
    is_active: bool
    withheld_rights: list[str]


class TeamDataJson(TypedDict):
    """A team that the person is in."""

    id: int
    name: str
    pseudonym: str | None
    competition: str
    created_at: Time


class SubmissionDataJson(TypedDict):
    """A file that the person sent; `private_score` from the reveal on."""

    id: int
    competition: str
    team_id: int
    received_at: Time
    course_day: Day
    file_name: str
    note: str
    origin: OriginJson | None
    via: str | None
    size: int
    sha256: str
    state: str
    is_late: bool
    is_practice: bool
    is_excluded: bool
    is_final: bool
    problems: list[ProblemJson]
    is_revealed: bool
    decimals: int
    public_score: float | None
    private_score: NotRequired[float | None]


class CodeDataJson(TypedDict):
    """Code that the person handed in for a team."""

    id: int
    competition: str
    team_id: int
    received_at: Time
    file_name: str
    kind: str
    size: int
    sha256: str


class InvitationDataJson(TypedDict):
    """An invitation that the person sent or received."""

    competition: str
    was: str
    state: str
    created_at: Time


class AllowanceDataJson(TypedDict):
    """An extension or a grant for the person."""

    competition: str
    extra_slots: int | None
    deadline_at: Time | None
    reason: str
    created_at: Time


class MailDataJson(TypedDict):
    """A mail to the person."""

    address: str
    subject: str
    body: str
    created_at: Time
    sent_at: Time | None


class NoticeDataJson(TypedDict):
    """What the bell told the person, as long as it is kept; competition: None about their account."""

    kind: str
    competition: str | None
    text: str
    made_at: Time
    read_at: Time | None


class NoticeChoiceDataJson(TypedDict):
    """Whether the person chose to get a kind of notices by mail."""

    kind: str
    by_mail: bool


class ActDataJson(TypedDict):
    """An act of the person, or on their account."""

    at: Time
    act: str
    was_mine: bool
    reason: str


class ReplyDataJson(TypedDict):
    """What staff have written below a question."""

    body_md: str
    written_at: Time


class QuestionDataJson(TypedDict):
    """What the person has asked about a submission, and the replies."""

    submission_id: int
    body_md: str
    asked_at: Time
    replies: list[ReplyDataJson]


class ItemDataJson(TypedDict):
    """Points for an item that staff checked by hand."""

    competition: str
    item: str
    points: float
    checked_at: Time


class AdjustmentDataJson(TypedDict):
    """What staff adjusted by hand; competition: None for the course's total."""

    course: str
    competition: str | None
    points: float
    factor: float
    is_excused: bool
    reason: str
    given_at: Time
    revoked_at: Time | None


class GradebookKeyDataJson(TypedDict):
    """What another system calls the person in its gradebook, as staff have confirmed."""

    course: str
    key: str
    confirmed_at: Time


class PlatformScoreDataJson(TypedDict):
    """Points that were sent to a learning platform, or wait for it; or what became of them."""

    platform: str
    competition: str
    points: float
    most: float
    changed_at: Time
    state: Literal["waiting", "sent", "refused", "newer"]


class AnnouncementDataJson(TypedDict):
    """An announcement that the person posted."""

    competition: str
    title: str
    body_md: str
    posted_at: Time
    withdrawn_at: Time | None


class DraftStepDataJson(TypedDict):
    """A step of a competition to be that the person saved."""

    course: str
    draft: str
    step: str
    saved_at: Time


class PersonalDataJson(TypedDict):
    """All that the installation knows of a person."""

    made_at: Time
    account: AccountDataJson
    courses: list[MembershipDataJson]
    teams: list[TeamDataJson]
    submissions: list[SubmissionDataJson]
    code: list[CodeDataJson]
    invitations: list[InvitationDataJson]
    allowances: list[AllowanceDataJson]
    items: list[ItemDataJson]
    adjustments: list[AdjustmentDataJson]
    gradebook_keys: list[GradebookKeyDataJson]
    platform_scores: list[PlatformScoreDataJson]
    tokens: list[TokenDataJson]
    sessions: list[SessionDataJson]
    password_links: list[PasswordLinkDataJson]
    address_change: AddressChangeDataJson | None
    identities: list[IdentityDataJson]
    platforms: list[PlatformDataJson]
    second_factor: SecondFactorDataJson | None
    questions: list[QuestionDataJson]
    replies: list[ReplyDataJson]
    announcements: list[AnnouncementDataJson]
    draft_steps: list[DraftStepDataJson]
    mails: list[MailDataJson]
    notices: list[NoticeDataJson]
    notice_choices: list[NoticeChoiceDataJson]
    audit: list[ActDataJson]


class NoteDataJson(TypedDict):
    """What the staff of a course have noted about the person."""

    course: str
    body: str
    created_at: Time


class HandedOutDataJson(PersonalDataJson):
    """What an admin hands to a person: notes of staff may tell what is sealed, so they are read first."""

    notes: list[NoteDataJson]


class ErasureJson(TypedDict):
    """What became of a person's data: `files_left` could not be removed yet."""

    pseudonym: str
    submissions: int
    files_removed: int
    files_shared: int
    files_left: int
