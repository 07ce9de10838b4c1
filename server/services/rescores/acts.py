"""What staff do about a rescore: ask for it, apply it, undo it.

Each is a few transactions, and grading between them, which no transaction waits for. A switch needs a verdict
for every scored submission. The background has given most; the few that came since are graded here, right
before it, as often as uploads get in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit.actor import Actor
from server.domain.competitions import access as competitions
from server.domain.errors import Conflict
from server.domain.grading import answer_keys
from server.domain.grading.answer_keys import SAMPLE, KeyChange
from server.domain.grading.grading_key import GradingKey
from server.domain.rescores import rescore as rescores
from server.domain.rescores import switch as rescore_switch
from server.domain.rescores import verdicts as rescore_verdicts
from server.domain.rescores.known_files import KnownFileCheck
from server.domain.rescores.preview import SWITCHED_TABLES, Preview, preview
from server.domain.rescores.verdicts import StoredSubmission, Verdict
from server.models import AnswerKeyVersion, Competition, CompetitionFile, Rescore, RescoreState
from server.services.grading.context import GradingContext
from server.services.grading.grade import outcome_of_file
from server.services.rescores.known_files import checks, require_same_again
from server.services.uploads.left_behind import sweep
from server.words import word

MISSING_MOST = 200  # files that are graded right before a switch; more are the background's
MOST_ROUNDS = 20  # in which uploads may get between the grading and the switch
BATCH = 64  # files whose verdicts are kept in one commit, so that uploads wait for little
Switch = Callable[[Session], None]


def start(
    context: GradingContext, *, competition: Competition, change: KeyChange, reason: str, by: Actor
) -> Rescore:
    """A rescore to the version that `wanted` makes of the current one, all of it checked.

    Raises Invalid with every problem of the key, of the metric's settings or of the sample under them.
    """
    reason = reasons.required(reason)
    current, sample = context.db.read(lambda session: _files_of(session, competition.id))
    new = answer_keys.prepare(
        context.store, competition=competition, current=current, sample=sample, change=change
    )
    return context.db.write(
        lambda session: rescores.request(
            session,
            competition=session.get_one(Competition, competition.id),
            new=new,
            reason=reason,
            by=by,
            now=context.clock(),
        ),
        private=True,
    )


def _files_of(session: Session, competition_id: int) -> tuple[AnswerKeyVersion, CompetitionFile]:
    current = answer_keys.current_of(session, competition_id)
    return current, competitions.file_named(session, competition_id=competition_id, name=SAMPLE)


def apply(
    context: GradingContext,
    *,
    competition_id: int,
    rescore_id: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Switch the boards to the rescore's version, once every scored submission has its verdict under it.

    Raises Conflict when that is not so, when the known files do not come to what they came to at the request,
    or when somebody else was first.
    """
    reason = reasons.required(reason)
    rescore = context.db.read(
        lambda session: rescores.get(session, competition_id=competition_id, rescore_id=rescore_id)
    )
    if rescore.state is not RescoreState.READY:
        raise Conflict(
            Message(
                "Rescore {rescore_id} is {state}; only a ready one can be applied.",
                rescore_id=rescore_id,
                state=word(rescore.state.value),
            )
        )
    require_same_again(context, rescore.to_key_id)

    def switch(session: Session) -> None:
        rescore_switch.apply(
            session, competition_id=competition_id, rescore_id=rescore_id, reason=reason, by=by, now=now
        )

    _require_few_missing(context, competition_id, rescore.to_key_id)
    _switch_when_complete(context, switch, competition_id, rescore.to_key_id)
    sweep(context, older_than=timedelta())  # what was being graded under the old version at the switch


def undo(
    context: GradingContext,
    *,
    competition_id: int,
    rescore_id: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> Rescore | None:
    """Switch the boards back to the version before the rescore, and return None.

    Where many submissions came since, they must be graded under that version first: then a rescore back to it
    begins, which is returned, and is applied when it is ready.
    """
    reason = reasons.required(reason)
    rescore = context.db.read(
        lambda session: rescores.get(session, competition_id=competition_id, rescore_id=rescore_id)
    )

    def switch(session: Session) -> None:
        rescore_switch.undo(
            session, competition_id=competition_id, rescore_id=rescore_id, reason=reason, by=by, now=now
        )

    if _how_many_missing(context, competition_id, rescore.from_key_id) <= MISSING_MOST:
        require_same_again(context, rescore.from_key_id)
        _switch_when_complete(context, switch, competition_id, rescore.from_key_id)
        sweep(context, older_than=timedelta())
        return None
    return context.db.write(
        lambda session: rescores.request_back(
            session,
            competition=session.get_one(Competition, competition_id),
            to_key_id=rescore.from_key_id,
            reason=reason,
            by=by,
            now=now,
        )
    )


def _require_few_missing(context: GradingContext, competition_id: int, answer_key_id: int) -> None:
    missing = _how_many_missing(context, competition_id, answer_key_id)
    if missing > MISSING_MOST:
        raise Conflict(
            Message(
                "{missing:,} submissions came since, and are graded under the new version now. Apply it "
                "again in a moment.",
                missing=missing,
            )
        )


def _how_many_missing(context: GradingContext, competition_id: int, answer_key_id: int) -> int:
    return context.db.read(
        lambda session: rescore_verdicts.how_many_missing(
            session, competition_id=competition_id, answer_key_id=answer_key_id
        )
    )


def _switch_when_complete(
    context: GradingContext, switch: Switch, competition_id: int, answer_key_id: int
) -> None:
    key = context.db.read(lambda session: rescore_verdicts.key_of_version(session, answer_key_id))
    for _ in range(MOST_ROUNDS):
        grade_missing(context, competition_id, key)
        try:
            return context.db.write(switch, private=True)
        except rescore_switch.StillMissing:
            continue
    raise Conflict(
        Message("Uploads come in too fast for the switch just now, and nothing was changed. Try again.")
    )


def grade_missing(context: GradingContext, competition_id: int, key: GradingKey) -> None:
    """Grade what is scored and has no verdict under the key, and keep that; the key need not be current."""
    while missing := context.db.read(
        lambda session: rescore_verdicts.missing(
            session, competition_id=competition_id, answer_key_id=key.answer_key_id, most=BATCH
        )
    ):
        verdicts = [_graded(context, stored, key) for stored in missing]
        keep(context, key, verdicts)


def keep(context: GradingContext, key: GradingKey, verdicts: list[Verdict]) -> None:
    """Keep verdicts in one commit."""
    context.db.write(
        lambda session: rescore_verdicts.keep(session, key=key, verdicts=verdicts, now=context.clock()),
        private=True,
    )


def _graded(context: GradingContext, stored: StoredSubmission, key: GradingKey) -> Verdict:
    return stored, outcome_of_file(context.store, stored.sha256, key=key, keys=context.keys)


@dataclass(frozen=True)
class CheckedPreview:
    """A preview, with the known files graded again."""

    preview: Preview
    checks: list[KnownFileCheck]


def checked_preview(context: GradingContext, *, competition_id: int, rescore_id: int) -> CheckedPreview:
    """What the rescore would change, or has changed; Conflict while it is graded, or when it was given up.

    Slow: boards and grades are made four times, and the known files graded again.
    """
    rescore = context.db.read(
        lambda session: rescores.get(session, competition_id=competition_id, rescore_id=rescore_id)
    )
    if rescore.state not in (RescoreState.READY, RescoreState.APPLIED, RescoreState.UNDONE):
        raise Conflict(
            Message(
                "Rescore {rescore_id} is {state}: there is no preview of it.",
                rescore_id=rescore_id,
                state=word(rescore.state.value),
            ),
            details={"done": rescore.done, "total": rescore.total},
        )
    changes = context.db.rehearse(
        lambda session, copy_tables: preview(session, copy_tables, rescore_id=rescore_id),
        tables=SWITCHED_TABLES,
        private=True,
    )
    return CheckedPreview(changes, checks(context, before_id=rescore.from_key_id, after_id=rescore.to_key_id))
