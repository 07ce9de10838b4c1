"""What is said of a team, a receipt, a submission and a board: texts that tables show in a language."""

from collections.abc import Sequence

from client.api.types.code import CodeVersion, NewCode, OwnCode
from client.api.types.comparisons import Comparison, SplitComparison
from client.api.types.competitions import (
    Competition,
    PastLeaderboard,
    Receipt,
    Standings,
    Submission,
    Today,
)
from client.api.types.grades import HomeworkPoints, Points
from client.api.types.notices import Notice, NoticeChoice
from client.api.types.teams import ReceivedInvitation, Team
from client.output.views import Finding
from client.output.words import (
    NOTHING,
    duration_text,
    mark_of,
    metric_text,
    score_text,
    size_text,
    time_text,
)
from grader.messages import COMMA, Message, counted, joined

SENT_BEFORE = Message(
    "Your team sent this very file before: this is that result, and no submission was used."
)


def team_lines(team: Team) -> list[str]:
    """A team as sentences, one a line."""
    size = Message(
        "{team}: {count} of at most {most}", team=team.name, count=len(team.members), most=team.team_size
    )
    members = [f"  {person.display_name or person.username} ({person.username})" for person in team.members]
    invited = [
        Message("Invited: {student}, invitation {id}", student=one.student, id=one.id) for one in team.invited
    ]
    return [size, *members, *invited, *map(_invitation_text, team.invitations)]


def _invitation_text(invitation: ReceivedInvitation) -> str:
    comes_to = invitation.refusal or (
        Message("a merge of the two teams") if invitation.is_merge else Message("you simply join")
    )
    return Message(
        "{team} invites you, invitation {id}: {outcome}",
        team=invitation.team,
        id=invitation.id,
        outcome=comes_to,
    )


def comparison_title(comparison: Comparison, split: SplitComparison, scores: Sequence[str]) -> str:
    """What stands above two submissions on one split. scores: the first's and the second's, as texts."""
    facts = {
        "first": comparison.first.id,
        "first_score": scores[0],
        "second": comparison.second.id,
        "second_score": scores[1],
    }
    if split.split == "public":
        return Message(
            "Public rows: submission {first} has {first_score}, submission {second} {second_score}.", **facts
        )
    return Message(
        "Private rows: submission {first} has {first_score}, submission {second} {second_score}.", **facts
    )


def waiting_sentences(receipt: Receipt, competition: Competition) -> list[str]:
    """What is said of a file whose score takes longer than the client waits."""
    return [
        Message("{file} is safe on the server and still being scored.", file=receipt.file_name),
        Message(
            "`splitboard submissions {competition}` shows its score when it is there.",
            competition=competition.slug,
        ),
    ]


def receipt_facts(receipt: Receipt, competition: Competition) -> list[Finding]:
    """What a receipt says, each fact with its heading."""
    score = Message("{score} ({metric})", score=score_text(receipt.public_score), metric=competition.metric)
    facts = [
        Finding(what=Message("Public score"), said=score),
        Finding(what=Message("Rank"), said=_rank_text(receipt)),
    ]
    if receipt.feedback is not None:
        facts += [Finding(what="", said=sentence) for sentence in receipt.feedback.sentences]
    if receipt.tiers_passed is not None:
        facts.append(Finding(what=Message("Tiers passed"), said=_tiers_text(receipt.tiers_passed)))
    if receipt.today is not None:
        left = _left_text(receipt.today, receipt.reset_zone or competition.reset_zone)
        facts.append(Finding(what=Message("Left today"), said=left))
    mark = mark_of(receipt)
    if mark is not None:
        facts.append(Finding(what=mark.heading, said=mark.means))
    took = NOTHING if receipt.took_ms is None else Message("{number:.0f} ms", number=receipt.took_ms)
    time = Message("{time}, for submission {id}", time=took, id=receipt.id)
    return [*facts, Finding(what=Message("Server time"), said=time)]


def _rank_text(receipt: Receipt) -> str:
    if receipt.rank is None:
        return NOTHING
    if not receipt.teams:
        return str(receipt.rank)
    return Message("{rank} of {teams}", rank=receipt.rank, teams=receipt.teams)


def _tiers_text(tiers: Sequence[str]) -> str:
    return joined(*tiers, between=COMMA) if tiers else Message("none yet")


def _left_text(today: Today, zone: str) -> str:
    return Message(
        "{left} of {limit}; the next day begins {time}, in {duration}",
        left=today.left,
        limit=today.limit,
        time=time_text(today.resets_at, zone),
        duration=duration_text(today.resets_in_seconds),
    )


def remarks(submission: Submission) -> str:
    """Why a submission was refused, and what is special about it."""
    texts = [problem.message for problem in submission.problems]
    if submission.is_final:
        texts.append(Message("final selection"))
    mark = mark_of(submission)
    if mark is not None:
        texts.append(mark.word)
    if submission.is_excluded:
        reason = submission.exclusion_reason or Message("no reason told")
        texts.append(Message("excluded by the staff: {reason}", reason=reason))
    return joined(*texts, between=Message("; "))


def board_title(board: Standings) -> str:
    """What stands above a board: whose it is, of which split and time, and how it is scored."""
    fields = {
        "competition": board.competition,
        "metric": metric_text(board.metric, higher_is_better=board.higher_is_better),
        "teams": counted("{count} team", "{count} teams", board.teams),
    }
    if isinstance(board, PastLeaderboard):
        fields["time"] = time_text(board.at, "UTC")
        if board.split == "private":
            return Message("{competition}: private board at {time}, {metric}, {teams}", **fields)
        return Message("{competition}: public board at {time}, {metric}, {teams}", **fields)
    if board.split == "private":
        return Message("{competition}: private board, {metric}, {teams}", **fields)
    return Message("{competition}: public board, {metric}, {teams}", **fields)


def new_code_text(code: NewCode, *, zone: str) -> str:
    """What became of code that was handed in."""
    if code.repeated:
        return joined(Message("This is the newest version already:"), _version_text(code.version, zone))
    return joined(Message("Handed in:"), _version_text(code.version, zone))


def code_lines(own: OwnCode, *, zone: str) -> list[str]:
    """A team's code as sentences, one a line; the newest version, which counts, first."""
    if not own.versions:
        return [Message("No code was handed in yet.")]
    return [_version_text(each, zone) for each in own.versions]


def _version_text(version: CodeVersion, zone: str) -> str:
    facts = {
        "number": version.number,
        "file": version.file_name,
        "size": size_text(version.size),
        "time": time_text(version.received_at, zone),
        "by": version.handed_in_by,
        "sha256": version.sha256,
    }
    if version.is_late:
        return Message("version {number}: {file}, {size}, {time}, late, by {by}, SHA-256 {sha256}", **facts)
    return Message("version {number}: {file}, {size}, {time}, by {by}, SHA-256 {sha256}", **facts)


def points_cells(row: Points | HomeworkPoints) -> tuple[str, str, str]:
    """Earned of what can be had, what is sealed at the most, what is still to be had at the most."""
    earned = Message("{points:g} of {most:g}", points=row.earned, most=row.most)
    return earned, _up_to(row.sealed_most), _up_to(row.open_most)


def _up_to(most: float) -> str:
    return Message("up to {most:g}", most=most) if most else NOTHING


def next_step(row: HomeworkPoints) -> str:
    """The next tier, and what is missing."""
    step = [] if row.next_tier is None else [row.next_tier.name]
    missing = [Message("nothing handed in") if each == "file" else each for each in row.missing]
    return joined(*step, *missing, between=COMMA) if step or missing else NOTHING


def by_mail_text(choice: NoticeChoice) -> str:
    """Whether a kind of notices comes by mail."""
    return Message("yes") if choice.by_mail else NOTHING


def notice_cells(notice: Notice) -> tuple[str, str, str, str]:
    """Whether it is new, when it came, what it says, and its key."""
    new = Message("new") if notice.read_at is None else ""
    return new, time_text(notice.made_at, "UTC"), notice.text, notice.key
