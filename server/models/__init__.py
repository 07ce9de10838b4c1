"""The tables, one noun a file. Importing this package makes all of them known to the metadata."""

from server.db import Base
from server.models.audit import AuditEntry
from server.models.baselines import BaselineRun, RunState
from server.models.competitions import AnswerKeyVersion, Competition, CompetitionFile, Tier, TierName
from server.models.courses import Course, Member, Role
from server.models.people import ApiToken, SignInThrottle, TokenKind, User, WebSession
from server.models.standings import BoardRevision, PrivateStanding, Standing
from server.models.submissions import (
    PrivateFailure,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
)
from server.models.teams import Team, TeamKind, TeamMember

__all__ = [
    "AnswerKeyVersion",
    "ApiToken",
    "AuditEntry",
    "Base",
    "BaselineRun",
    "BoardRevision",
    "Competition",
    "CompetitionFile",
    "Course",
    "Member",
    "PrivateFailure",
    "PrivateScore",
    "PrivateStanding",
    "PublicScore",
    "Role",
    "RunState",
    "SignInThrottle",
    "Standing",
    "Submission",
    "SubmissionState",
    "Team",
    "TeamKind",
    "TeamMember",
    "Tier",
    "TierName",
    "TokenKind",
    "User",
    "WebSession",
]
