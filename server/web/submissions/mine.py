"""My submissions: each with its state and reasons, the choice of final ones, and one submission alone."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from grader.messages import Catalogue, Message
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions import placeholders
from server.domain.competitions.access import Access
from server.domain.questions import questions
from server.domain.rescores import score_changes
from server.domain.rescores import verdicts as rescore_verdicts
from server.domain.submissions import comparison as comparisons
from server.domain.submissions import finals, notes
from server.domain.submissions import submit as submissions
from server.domain.teams import membership as teams
from server.domain.teams import trials
from server.domain.texts.letters import without_steering
from server.http.deps import Db, Now
from server.models import PrivateStanding, Right, Standing, Submission, SubmissionState, Team, TeamKind
from server.serializers import questions as questions_json
from server.serializers import values as values_json
from server.serializers.submissions import submissions as submissions_json
from server.serializers.submissions.submissions import ListedSubmissionJson
from server.serializers.values import Json
from server.web.code.handing_in import own_code
from server.web.rendering import pages
from server.web.rendering.charts.score_chart import ChartPoint, ThresholdLine, score_chart
from server.web.rendering.filters import local_short, score
from server.web.rendering.forms import Acting
from server.web.rendering.pages import AccessHere, ViewerHere

WORDS_MOST = 200
router = APIRouter()


@router.get("/competitions/{slug}/submissions")
async def mine(
    request: Request,
    access: AccessHere,
    viewer: ViewerHere,
    db: Db,
    now: Now,
    q: Annotated[str, Query(max_length=WORDS_MOST)] = "",
) -> Response:
    """The viewer's team's submissions, the newest first; with `q` those whose name or note has the words."""
    catalogue, words = pages.catalogue_of(request, viewer), q.strip()
    values = await db.aread(
        lambda session: {
            **_submission_list_values(session, access, now, catalogue),
            "code": own_code(session, access, request.app.state.settings, now),
        },
        private=access.sees_private(now),
    )
    entries = values["submissions"]
    listed = [each for each in entries if notes.holds(words, each["file_name"], each["note"])]
    shown = {"submissions": listed, "count": len(entries), "words": words}
    return pages.render(request, "submissions/mine.html", viewer, **values | shown)


def _submission_list_values(session: Session, access: Access, now: datetime, catalogue: Catalogue) -> Json:
    row = access.competition
    own = trials.own_teams(session, competition_id=row.id, user_id=access.user_id)
    rows = submissions.of_teams(session, own.ids)
    entries = submissions_json.submission_list(session, rows, access=access, now=now)
    team_id = own.team_id_as(access.role)
    today = competitions.today(session, competition=row, terms=access.terms, team_id=team_id, now=now)
    return {
        "submissions": entries,
        "changes": score_changes.public_changes(
            session, competition_id=row.id, submission_ids=[each.id for each in rows]
        ),
        "today": values_json.today(today, now),
        "comparable": sum(each["public_score"] is not None for each in entries),
        "final_selections": row.final_selections,
        "unselected": placeholders.unselected(row),
        "has_fellows": own.student is not None and teams.member_count(session, own.student) > 1,
        "chosen": sum(each["is_final"] for each in entries),
        "can_choose": not access.role.is_staff and not access.terms.is_late(now),
        "decimals": leaderboard.shown(session, row),
        "counted": _counted(session, access, own.student, now),
        "chart": _chart(session, access, rows, entries, now, catalogue),
    }


def _counted(session: Session, access: Access, team_id: int | None, now: datetime) -> dict[str, int | None]:
    """The submission that each board counts for the team, by split; of the private one once it is open."""
    if team_id is None:
        return {"public": None, "private": None}
    public = session.get(Standing, team_id)
    is_revealed = competitions.is_revealed(access.competition, now)
    private = session.get(PrivateStanding, team_id) if is_revealed else None
    return {
        "public": None if public is None else public.submission_id,
        "private": None if private is None else private.submission_id,
    }


def _chart(
    session: Session,
    access: Access,
    rows: list[Submission],
    entries: list[ListedSubmissionJson],
    now: datetime,
    catalogue: Catalogue,
) -> Markup | None:
    row = access.competition
    decimals = leaderboard.shown(session, row)
    points = [
        ChartPoint(
            each.received_at,
            shape["public_score"],
            each.is_final,
            each.is_late,
            words=Message(
                "{file_name}, {time}: {score}",
                file_name=without_steering(each.file_name),
                time=local_short(each.received_at, row.reset_zone, now),
                score=_scores_in_words(shape, decimals),
            ),
            private_score=shape.get("private_score"),
        )
        for each, shape in zip(reversed(rows), reversed(entries), strict=True)
        if shape["public_score"] is not None and not shape["is_excluded"] and not shape["is_trial"]
    ]
    if not points:
        return None
    limits = leaderboard.thresholds(session, competition_id=row.id, split=Standing)
    return score_chart(
        points,
        [ThresholdLine(name, score) for name, score in limits.items()],
        higher_is_better=row.higher_is_better,
        decimals=decimals,
        first=local_short(points[0].at, row.reset_zone, now),
        last=local_short(points[-1].at, row.reset_zone, now),
        catalogue=catalogue,
    )


def _scores_in_words(shape: ListedSubmissionJson, decimals: int) -> str:
    """The scores of one submission that its viewer may see."""
    public, private = shape["public_score"], shape.get("private_score")
    if private is None:
        return score(public, decimals)
    both = {"public": score(public, decimals), "private": score(private, decimals)}
    return Message("{public} public, {private} private", **both)


@router.get("/submissions/{submission_id}")
async def one(request: Request, submission_id: int, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """One submission with all that is known of it, for its team and the staff."""
    row, access = await db.aread(
        lambda session: submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
    )
    pages.stand_in(request, access, now)
    values = await db.aread(
        lambda session: _submission_values(session, row, access, now), private=access.sees_private(now)
    )
    return pages.render(request, "submissions/show.html", viewer, **values)


def _submission_values(session: Session, row: Submission, access: Access, now: datetime) -> Json:
    own = trials.own_team_ids(session, competition_id=access.competition.id, user_id=access.user_id)
    receipt = {
        **submissions_json.receipt(session, row, access=access, repeated=False, took_ms=0, now=now),
        **submissions_json.submission_list(session, [row], access=access, now=now)[0],
    }
    is_students = session.get_one(Team, row.team_id).kind is TeamKind.STUDENT
    return {
        "receipt": receipt,
        "is_own": row.team_id in own,
        "person_id": row.submitted_by if access.holds(Right.SEE_NAMES) and is_students else None,
        "can_choose": not access.role.is_staff
        and not access.terms.is_late(now)
        and not row.is_late
        and not receipt["is_trial"]
        and row.excluded_at is None
        and row.state is SubmissionState.SCORED,
        "final_selections": access.competition.final_selections,
        "decimals": leaderboard.shown(session, access.competition),
        "can_exclude": access.holds(Right.EXCLUDE) and row.state is SubmissionState.SCORED and is_students,
        "failure": submissions.failure_of(session, row.id)
        if access.role.is_staff and access.sees_private(now)
        else None,
        "scored_before": comparisons.scored_before(session, row, competition=access.competition),
        "changes": score_changes.public_changes(
            session, competition_id=access.competition.id, submission_ids=[row.id]
        ),
        "unscored": rescore_verdicts.why_unscored(session, row),
        "tiers": competitions.tier_names(session, access.competition.id),
        "trained": list(
            leaderboard.thresholds(session, competition_id=access.competition.id, split=Standing)
        ),
        "questions": [questions_json.question(each) for each in questions.about(session, submission=row)],
        "can_ask": not access.role.is_staff and row.team_id in own,
        "question_most": questions.BODY_MOST,
        "note_most": notes.NOTE_MOST,
    }


@router.post("/submissions/{submission_id}/note")
async def change_note(
    submission_id: int, viewer: Acting, db: Db, now: Now, note: Annotated[str, Form()] = ""
) -> Response:
    """Change the note of a submission of one's own team."""

    def work(session: Session) -> None:
        row, access = submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
        notes.change(session, submission=row, access=access, text=note)

    await db.awrite(work)
    return RedirectResponse(f"/submissions/{submission_id}#note", 303)


@router.post("/submissions/{submission_id}/final")
async def select_final(
    submission_id: int,
    viewer: Acting,
    db: Db,
    now: Now,
    selected: Annotated[bool, Form()],
) -> Response:
    """Put a submission among the final selections, or take it off."""

    def choose(session: Session) -> str:
        row, access = submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
        finals.require_own(session, submission=row, access=access)
        finals.select_final(
            session,
            submission=row,
            competition=access.competition,
            terms=access.terms,
            selected=selected,
            now=now,
        )
        return access.competition.slug

    slug = await db.awrite(choose, private=True)
    return RedirectResponse(f"/competitions/{slug}/submissions#final-{submission_id}", 303)
