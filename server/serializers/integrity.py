"""A comparison's report with names in it, for the API and the pages; staff alone are given it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from grader.messages import Message, counted
from server.domain.competitions.access import Access
from server.domain.submissions import submit as submissions
from server.domain.teams import membership
from server.models import Submission
from server.serializers.submissions import submissions as submissions_json
from server.serializers.submissions.submissions import ListedSubmissionJson
from server.serializers.values import Time

StoredReport = dict[str, Any]  # as `server/services/look_alikes.py` wrote it


class MemberJson(TypedDict):
    """A member of a team, by number, by user name and by the name that stands on pages."""

    user_id: int
    username: str
    name: str


class NamedTeamJson(TypedDict):
    """A team with the people in it."""

    team_id: int
    team: str
    members: list[MemberJson]


class NamedUploadJson(NamedTeamJson):
    """An upload in a report, with its team."""

    submission_id: int
    sha256: str
    received_at: Time
    rank: int


class PairJson(TypedDict):
    """Two teams' most alike files; what is counted of wrong labels is null for numbers.

    `expected`: so many pairs of this index or a higher one would come by chance. `expected_shared`: so many
    shared errors would.
    """

    one: NamedUploadJson
    other: NamedUploadJson
    correlation: float
    index: float
    at_least: int
    expected: float
    base_rate: str
    next_one: float | None
    next_other: float | None
    cells: int
    same: int
    usual_same: float
    wrong_one: int | None
    wrong_other: int | None
    both_wrong: int | None
    shared: int | None
    expected_shared: float | None
    give_or_take: float | None
    examples: list[dict[str, object]]


class ProbingJson(NamedTeamJson):
    """A team that sent many small edits."""

    uploads: int
    edits: int
    median_share: float
    first_at: Time
    last_at: Time


class SharedFileJson(TypedDict):
    """The same predictions from several teams, in order of receipt."""

    teams: int
    seconds: float
    is_same_file: bool
    uploads: list[NamedUploadJson]


class ReportJson(TypedDict):
    """A comparison of all teams' files, the most unusual pairs first."""

    made_at: Time
    seconds: float
    answer_key_id: int
    is_labels: bool
    rows: int
    sampled_rows: int
    teams: int
    files_compared: int
    files_read: int
    baselines: int
    pairs_compared: int
    groups: int
    explained: list[int]
    pairs: list[PairJson]
    probing: list[ProbingJson]
    shared: list[SharedFileJson]


class LookAlikesJson(TypedDict):
    """The last comparison of a competition; `report` is null before the first."""

    running_since: Time | None
    report: ReportJson | None


class StartedComparisonJson(TypedDict):
    """Where the report of a comparison will be."""

    url: str


class SidedSubmissionJson(ListedSubmissionJson):
    """A submission beside those of another team."""

    team_id: int
    side: Literal["one", "other"]


class SideBySideJson(TypedDict):
    """Two teams with all their uploads; `pair` is null where the report tells nothing of them."""

    teams: list[NamedTeamJson]
    pair: StoredReport | None
    uploads: list[SidedSubmissionJson]


def report(session: Session, stored: StoredReport | None, *, running_since: str | None) -> LookAlikesJson:
    """The stored report of a competition, its teams named; `report` is null before the first."""
    if stored is None:
        return {"running_since": running_since, "report": None}
    ids = {upload["team_id"] for pair in stored["pairs"] for upload in (pair["one"], pair["other"])}
    ids |= {each["team_id"] for each in stored["probing"]}
    ids |= {upload["team_id"] for shared in stored["shared"] for upload in shared["uploads"]}
    named = teams(session, ids)
    facts = {name: value for name, value in stored.items() if name != "form"}
    facts["pairs"] = [
        pair
        | {"base_rate": base_rate(pair["at_least"], stored["pairs_compared"], pair["expected"])}
        | {side: _named_upload(pair[side], named) for side in ("one", "other")}
        for pair in stored["pairs"]
    ]
    facts["probing"] = [each | named[each["team_id"]] for each in stored["probing"]]
    facts["shared"] = [
        shared | {"uploads": [_named_upload(each, named) for each in shared["uploads"]]}
        for shared in stored["shared"]
    ]
    return {"running_since": running_since, "report": cast(ReportJson, facts)}


def base_rate(at_least: int, compared: int, expected: float) -> str:
    """How unusual a pair is among all pairs, in a sentence.

    >>> base_rate(3, 844_350, 0.3123)
    '3 of 844,350 pairs are so alike or more (0.00036 %); by chance, 0.31 would be expected.'
    >>> base_rate(1, 3, 1e-9)
    '1 of 3 pairs is so alike or more (33 %); by chance, fewer than 0.01 would be expected.'
    """
    share = float(f"{100 * at_least / compared:.2g}")
    few = Message("fewer than {limit}", limit=0.01)
    return counted(
        "{count} of {pairs:,} pairs is so alike or more ({percent} %); by chance, {odds} would be expected.",
        "{count:,} of {pairs:,} pairs are so alike or more ({percent} %); "
        "by chance, {odds} would be expected.",
        at_least,
        pairs=compared,
        percent=f"{share:.10f}".rstrip("0").rstrip("."),
        odds=few if expected < 0.01 else f"{float(f'{expected:.2g}'):,g}",
    )


def _named_upload(upload: dict[str, Any], named: dict[int, NamedTeamJson]) -> dict[str, Any]:
    """An upload of a report with its team's name and members."""
    return {**upload, **named[upload["team_id"]]}


def teams(session: Session, ids: set[int]) -> dict[int, NamedTeamJson]:
    """Each team's name and its members, by the team's id."""
    members = membership.members_of_all(session, ids)
    return {
        team_id: {
            "team_id": team_id,
            "team": name,
            "members": [
                {"user_id": user.id, "username": user.username, "name": user.display_name}
                for user in members[team_id]
            ],
        }
        for team_id, name in membership.names_of(session, ids).items()
    }


def pair(
    session: Session, stored: StoredReport | None, *, one: int, other: int, access: Access, now: datetime
) -> SideBySideJson:
    """Two teams side by side: what the report says of them, and all their uploads in order of receipt.

    `pair` is null where they are not among the pairs told of. Needs a session that may see private scores.
    NotFound unless both are teams of this competition.
    """
    membership.require_teams_of(session, [one, other], competition=access.competition)
    named = teams(session, {one, other})
    facts = next((each for each in (stored or {"pairs": []})["pairs"] if _is_of(each, one, other)), None)
    if stored is not None and facts is not None:
        facts |= {"base_rate": base_rate(facts["at_least"], stored["pairs_compared"], facts["expected"])}
    sides: Sequence[tuple[int, Literal["one", "other"]]] = ((one, "one"), (other, "other"))
    uploads: list[SidedSubmissionJson] = [
        {**upload, "team_id": row.team_id, "side": side}
        for team_id, side in sides
        for row, upload in _uploads(session, team_id, access, now)
    ]
    return {
        "teams": [named[one], named[other]],
        "pair": facts,
        "uploads": sorted(uploads, key=lambda each: (each["received_at"], each["id"])),
    }


def _is_of(pair: dict[str, Any], one: int, other: int) -> bool:
    return {pair["one"]["team_id"], pair["other"]["team_id"]} == {one, other}


def _uploads(
    session: Session, team_id: int, access: Access, now: datetime
) -> list[tuple[Submission, ListedSubmissionJson]]:
    rows = submissions.of_teams(session, [team_id])
    listed = submissions_json.submission_list(session, rows, access=access, now=now)
    return list(zip(rows, listed, strict=True))
