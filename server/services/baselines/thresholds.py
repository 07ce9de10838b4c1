"""A tier's threshold from a file of predictions that staff have, without a run: graded, entered, chosen."""

from sqlalchemy.orm import Session

from grader.errors import InvalidSubmission
from grader.grade import Grade
from grader.homeworks.rules import TierName
from grader.messages import Message, joined
from server.domain.audit import reasons
from server.domain.audit.actor import Actor
from server.domain.baselines import thresholds
from server.domain.baselines.thresholds import Choice
from server.domain.competitions import archiving
from server.domain.errors import Invalid, TooLarge
from server.domain.files.file_store import StoredFile
from server.domain.grading import grading_key
from server.domain.setup.drafts import tier_files
from server.domain.setup.drafts.tier_files import TierFile
from server.models import Competition, ThresholdRule
from server.services.grading.context import GradingContext
from server.services.grading.grade import outcome_of_file


def set_from_bytes(
    context: GradingContext, data: bytes, *, tier: str, competition: Competition, reason: str, by: Actor
) -> None:
    """Let what these bytes score be the tier's threshold. Slow; raises what `set_from_file` raises."""
    reason = reasons.required(reason)  # before anything is stored
    if len(data) > competition.upload_limit_bytes:
        raise TooLarge(competition.upload_limit_bytes)
    set_from_file(context, context.store.put(data), tier=tier, competition=competition, reason=reason, by=by)


def set_from_file(
    context: GradingContext, file: StoredFile, *, tier: str, competition: Competition, reason: str, by: Actor
) -> None:
    """Let what this stored file scores be the tier's threshold, as a run of its own that is picked. Slow.

    It goes the way of a worker's predictions, so that a threshold is a score that a file has reached. Raises
    Archived, NotFound for a tier that is not here, Invalid for a file without a score.
    """
    archiving.require_live(competition)
    name = context.db.read(lambda session: thresholds.tier_named(session, competition, tier)).name
    key = context.db.read(lambda session: grading_key.current_key(session, competition))
    outcome = outcome_of_file(context.store, file.sha256, key=key, keys=context.keys)
    match outcome:
        case Grade():
            pass
        case InvalidSubmission(problems=problems):
            verdict = Message("The file has no score, so the threshold stays as it is.")
            texts = [text for problem in problems for text in (problem.message, problem.hint)]
            raise Invalid(
                joined(verdict, *texts), details={"problems": [each.as_dict() for each in problems]}
            )
        case _:
            raise Invalid(Message("The metric gave no score for this file, so the threshold stays as it is."))
    _enter(context, TierFile(TierName(name), file, outcome), competition, reason=reason, by=by)


def _enter(
    context: GradingContext, file: TierFile, competition: Competition, *, reason: str, by: Actor
) -> None:
    now = context.clock()

    def work(session: Session) -> None:
        run = tier_files.enter(session, file, competition=competition, by=by, now=now)
        choice = Choice(file.tier, ThresholdRule.ONE_RUN, run.id, reason)
        thresholds.choose(session, choice, competition=competition, by=by, now=now)

    context.db.write(work, private=True)
