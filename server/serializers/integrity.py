"""A comparison's report with names in it, for the API and the pages; staff alone are given it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.competitions.access import Access
from server.domain.errors import NotFound
from server.domain.submissions import submit as submissions
from server.models import Submission, Team, TeamMember, User
from server.serializers import submissions as shapes_submissions
from server.serializers.values import Json


def report(session: Session, kept: Json | None, *, running_since: str | None) -> Json:
    """The kept report of a competition, its teams named; `report` is null before the first."""
    if kept is None:
        return {"running_since": running_since, "report": None}
    ids = {each["team_id"] for pair in kept["pairs"] for each in (pair["one"], pair["other"])}
    ids |= {each["team_id"] for each in kept["probing"]}
    ids |= {each["team_id"] for found in kept["shared"] for each in found["uploads"]}
    named = teams(session, ids)
    told = {name: value for name, value in kept.items() if name != "form"}
    told["pairs"] = [
        pair
        | {"base_rate": base_rate(pair["at_least"], kept["pairs_compared"], pair["expected"])}
        | {side: named_upload(pair[side], named) for side in ("one", "other")}
        for pair in kept["pairs"]
    ]
    told["probing"] = [each | named[each["team_id"]] for each in kept["probing"]]
    told["shared"] = [
        found | {"uploads": [named_upload(each, named) for each in found["uploads"]]}
        for found in kept["shared"]
    ]
    return {"running_since": running_since, "report": told}


def base_rate(at_least: int, compared: int, expected: float) -> str:
    """How unusual a pair is among all pairs, in a sentence.

    >>> base_rate(3, 844_350, 0.3123)
    '3 of 844,350 pairs are so alike or more (0.00036 %); by chance, 0.31 would be expected.'
    >>> base_rate(1, 3, 1e-9)
    '1 of 3 pairs is so alike or more (33 %); by chance, fewer than 0.01 would be expected.'
    """
    share = float(f"{100 * at_least / compared:.2g}")
    odds = "fewer than 0.01" if expected < 0.01 else f"{float(f'{expected:.2g}'):,g}"
    verb = "is" if at_least == 1 else "are"
    percent = f"{share:.10f}".rstrip("0").rstrip(".")
    return (
        f"{at_least:,} of {compared:,} pairs {verb} so alike or more ({percent} %); "
        f"by chance, {odds} would be expected."
    )


def named_upload(upload: Json, named: dict[int, Json]) -> Json:
    """An upload of a report with its team's name and members."""
    return upload | named[upload["team_id"]]


def teams(session: Session, ids: set[int]) -> dict[int, Json]:
    """Each team's name and its members, by the team's id."""
    names = session.execute(select(Team.id, Team.name).where(Team.id.in_(ids))).all()
    found: dict[int, Json] = {each: {"team_id": each, "team": name, "members": []} for each, name in names}
    members = session.execute(
        select(TeamMember.team_id, User.username, User.display_name)
        .join(User, User.id == TeamMember.user_id)
        .where(TeamMember.team_id.in_(ids))
        .order_by(User.username)
    )
    for team_id, username, name in members:
        found[team_id]["members"].append({"username": username, "name": name})
    return found


def pair(session: Session, kept: Json | None, *, one: int, other: int, found: Access, now: datetime) -> Json:
    """Two teams side by side: what the report says of them, and all their uploads in order of receipt.

    `pair` is null where they are not among the pairs told of. Needs a session that may see private scores.
    NotFound unless both are teams of this competition.
    """
    competition = found.competition
    rows = session.scalars(
        select(Team).where(Team.id.in_([one, other]), Team.competition_id == competition.id)
    ).all()
    if len(rows) != 2:
        raise NotFound("One of these two is no team of this competition.")
    named = teams(session, {one, other})
    told = next((each for each in (kept or {"pairs": []})["pairs"] if _is_of(each, one, other)), None)
    if kept is not None and told is not None:
        told |= {"base_rate": base_rate(told["at_least"], kept["pairs_compared"], told["expected"])}
    uploads = [
        shape | {"team_id": row.team_id, "side": "one" if row.team_id == one else "other"}
        for team_id in (one, other)
        for row, shape in _uploads(session, team_id, found, now)
    ]
    return {
        "teams": [named[one], named[other]],
        "pair": told,
        "uploads": sorted(uploads, key=lambda each: (each["received_at"], each["id"])),
    }


def _is_of(told: Json, one: int, other: int) -> bool:
    return {told["one"]["team_id"], told["other"]["team_id"]} == {one, other}


def _uploads(session: Session, team_id: int, found: Access, now: datetime) -> list[tuple[Submission, Json]]:
    rows = submissions.of_team(session, team_id)
    shown = shapes_submissions.submission_list(session, rows, found=found, now=now)
    return list(zip(rows, shown, strict=True))
