"""The tables, one noun a file. Importing this package makes all of them known to the metadata."""

from grader.homeworks.rules import TierName, Unselected
from server.database.database import Base
from server.models.announcements import Announcement, Mail
from server.models.audit import AuditEntry
from server.models.baselines import BaselineRun, CurveRow, RunState
from server.models.code import CodeKind, CodeVersion
from server.models.competitions import (
    AnswerKeyVersion,
    Competition,
    CompetitionFile,
    CompetitionFileVersion,
    PrivateSalt,
    ThresholdRule,
    Tier,
)
from server.models.courses import (
    ALL_RIGHTS,
    BoardNames,
    Course,
    Member,
    Right,
    Role,
    StaffNote,
    WithheldRight,
)
from server.models.drafts import Draft, DraftFile, DraftSource, DraftState, DraftStep
from server.models.grade_exports import ExportKind, GradebookPartner, PrivateExport
from server.models.grades import (
    CourseGradeRules,
    GradeAdjustment,
    GradeItem,
    GradeRules,
    ItemPoints,
)
from server.models.kaggle import KaggleUpload
from server.models.lti import LtiContext, LtiItem, LtiMember, LtiPlatform, LtiScore, ScoreState
from server.models.notices import Notice, NoticeChoice, NoticeEvent, NoticeKind, SecurityChange
from server.models.people import (
    ALL_SCOPES,
    AddressChange,
    ApiToken,
    LinkKind,
    PasswordLink,
    Scope,
    SessionWay,
    SignInThrottle,
    TokenKind,
    User,
    WebSession,
)
from server.models.questions import Question, Reply
from server.models.rescores import PrivateKnownScore, Rescore, RescoreState, Unscored
from server.models.second_factors import HalfSignIn, RecoveryCode, SecondFactor
from server.models.sign_on import IdentityOffer, LinkedIdentity, SignOnTicket
from server.models.snapshots import BoardSnapshot, PrivateSnapshot
from server.models.standings import BoardRevision, PrivateStanding, Standing, StandingChange
from server.models.submissions import (
    DECLARED_WAYS,
    PrivateFailure,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
    Via,
)
from server.models.teams import Allowance, Invitation, InvitationState, Team, TeamKind, TeamMember

__all__ = [
    "ALL_RIGHTS",
    "ALL_SCOPES",
    "DECLARED_WAYS",
    "AddressChange",
    "Allowance",
    "Announcement",
    "AnswerKeyVersion",
    "ApiToken",
    "AuditEntry",
    "Base",
    "BaselineRun",
    "BoardNames",
    "BoardRevision",
    "BoardSnapshot",
    "CodeKind",
    "CodeVersion",
    "Competition",
    "CompetitionFile",
    "CompetitionFileVersion",
    "Course",
    "CourseGradeRules",
    "CurveRow",
    "Draft",
    "DraftFile",
    "DraftSource",
    "DraftState",
    "DraftStep",
    "ExportKind",
    "GradeAdjustment",
    "GradeItem",
    "GradeRules",
    "GradebookPartner",
    "HalfSignIn",
    "IdentityOffer",
    "Invitation",
    "InvitationState",
    "ItemPoints",
    "KaggleUpload",
    "LinkKind",
    "LinkedIdentity",
    "LtiContext",
    "LtiItem",
    "LtiMember",
    "LtiPlatform",
    "LtiScore",
    "Mail",
    "Member",
    "Notice",
    "NoticeChoice",
    "NoticeEvent",
    "NoticeKind",
    "PasswordLink",
    "PrivateExport",
    "PrivateFailure",
    "PrivateKnownScore",
    "PrivateSalt",
    "PrivateScore",
    "PrivateSnapshot",
    "PrivateStanding",
    "PublicScore",
    "Question",
    "RecoveryCode",
    "Reply",
    "Rescore",
    "RescoreState",
    "Right",
    "Role",
    "RunState",
    "Scope",
    "ScoreState",
    "SecondFactor",
    "SecurityChange",
    "SessionWay",
    "SignInThrottle",
    "SignOnTicket",
    "StaffNote",
    "Standing",
    "StandingChange",
    "Submission",
    "SubmissionState",
    "Team",
    "TeamKind",
    "TeamMember",
    "ThresholdRule",
    "Tier",
    "TierName",
    "TokenKind",
    "Unscored",
    "Unselected",
    "User",
    "Via",
    "WebSession",
    "WithheldRight",
]
