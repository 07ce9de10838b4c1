"""A competition to be, changed by Kaggle's client: each call is a step of its draft, as on its page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from grader.homeworks.rules import TierName
from grader.messages import COMMA, Message, joined
from server.domain.audit.actor import Actor
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore, StoredFile
from server.domain.grading.answer_keys import SAMPLE
from server.domain.kaggle import hosting, uploads
from server.domain.setup.drafts import calendar, checks, launch, steps
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.draft import DraftWithParts, NewDraft
from server.domain.setup.drafts.parts import Parts
from server.domain.teams import trials
from server.models import Course, Draft, DraftSource, Submission, User
from server.services.baselines import thresholds as tier_thresholds
from server.services.grading.context import GradingContext

Step = Callable[[Parts], Parts]
TIMES = {"deadline": "deadline_at", "privateLeaderboardReleaseDate": "reveal_at"}  # by Kaggle's names


@dataclass(frozen=True)
class ActingHost:
    """Who sets a competition up, and when."""

    user: User
    now: datetime

    @property
    def actor(self) -> Actor:
        """This person as one who acts."""
        return Actor(self.user.id)


@dataclass(frozen=True)
class NewKaggleDraft:
    """A competition to be; course_id: 0 for the only course that the host may set up."""

    slug: str
    title: str
    description: str
    course_id: int


def create(context: GradingContext, new: NewKaggleDraft, host: ActingHost) -> tuple[Draft, Course]:
    """Begin a draft with what is usual; raises what drafts raise."""

    def work(session: Session) -> tuple[Draft, Course]:
        course = hosting.course_for(session, host.user, new.course_id)
        day = calendar.first_opening(session, course=course, now=host.now)
        opens = datetime.fromisoformat(f"{day.isoformat()}T09:00:00+00:00")
        parts = steps.usual_parts(title=new.title, opens=opens, zone=course.zone)
        parts = steps.with_words(parts, title=new.title, description_md=new.description)
        begun = NewDraft(slug=new.slug, source=DraftSource.FORM, homework=new.slug, parts=parts)
        return drafts.begin(session, begun, course=course, by=host.actor, now=host.now), course

    return context.db.write(work)


def load(context: GradingContext, slug: str, host: ActingHost) -> tuple[Course, DraftWithParts]:
    """The draft of this slug with its parts; raises NotFound, NotAllowed, Conflict once it is launched."""

    def read(session: Session) -> tuple[Course, DraftWithParts]:
        course, draft = hosting.draft_named(session, slug, host.user)
        return course, drafts.with_parts(session, draft)

    return context.db.read(read)


def description_of(session: Session, slug: str, user: User) -> str | None:
    """The description of the draft that the user writes under this slug; None where there is none."""
    draft = hosting.draft_of(session, slug, user)
    return None if draft is None else drafts.with_parts(session, draft).parts.description_md


def save(context: GradingContext, slug: str, step: Step, *, name: str, host: ActingHost) -> Parts:
    """Save what the step makes of the draft's parts. Slow; raises what the step raises."""
    _, row = load(context, slug, host)
    if row.draft.source is DraftSource.BOX:
        raise Invalid(Message("This homework is its folder's; only its times can be changed here."))
    parts = step(row.parts)
    context.db.write(
        lambda session: drafts.save(session, row.draft, parts, name=name, by=host.actor, now=host.now)
    )
    return parts


def file_of(context: GradingContext, token: str, host: ActingHost) -> bytes:
    """What the host has sent to the address of this token."""
    row = context.db.read(
        lambda session: uploads.arrived(
            session, token, user_id=host.user.id, competition_id=None, now=host.now
        )
    )
    context.db.write(lambda session: uploads.note_entered(session, row.id, now=host.now))
    assert row.sha256 is not None
    return context.store.read(row.sha256)


def with_files(store: FileStore, parts: Parts, files: Sequence[tuple[str, bytes]]) -> Parts:
    """The parts with these data files and no others; a sample submission stays until another comes."""
    sample = {name: file for name, file in parts.files.items() if name == SAMPLE}
    parts = replace(parts, files=sample)
    for name, data in files:
        parts = steps.with_file(store, parts, name=name, data=data)
    return parts


def with_times(parts: Parts, times: dict[str, datetime], *, course: Course, slug: str) -> Parts:
    """The parts with another deadline or reveal; what ends later moves with the deadline."""
    own: dict[str, datetime] = dict(calendar.times_of(parts))
    moved = times.get("deadline_at", own["deadline_at"]) - own["deadline_at"]
    later: dict[str, datetime] = {
        name: own[name] + moved for name in ("late_until", "reveal_at") if name in own
    }
    return calendar.with_times(parts, {**own, **later, **times}, course=course, slug=slug)


def lacks(context: GradingContext, row: DraftWithParts) -> list[str]:
    """What stands between the draft and its launch. Slow."""
    return checks.problems_of(context.store, row.parts, name=row.draft.slug)


def ask_for_launch(context: GradingContext, slug: str, opens: datetime | None, host: ActingHost) -> None:
    """Let the draft be launched, to open then, or now; raises Invalid with all that it lacks."""
    course, row = load(context, slug, host)
    missing = lacks(context, row)
    if missing:
        raise Invalid(joined(Message("'{slug}' cannot be launched yet.", slug=slug), *missing, between="\n"))
    own = calendar.times_of(row.parts)
    chosen = opens or min(host.now.replace(microsecond=0) - timedelta(seconds=1), own["opens_at"])

    def work(session: Session) -> None:
        draft = drafts.with_parts(session, row.draft)
        times = {**own, "opens_at": chosen}
        calendar.set_times(session, draft, times, course=course, by=host.actor, now=host.now)
        _, fresh = hosting.draft_named(session, slug, host.user)
        launch.ask(session, fresh, trains=fresh.trains, by=host.actor, now=host.now)

    context.db.write(work)


def publish_as_threshold(
    context: GradingContext, submission: Submission, access: Access, host: ActingHost
) -> TierName:
    """Let a trial's score be the threshold of the tier that its note names. Raises Invalid for any other.

    It goes the way of a tier's predictions, so that a threshold is a score that a file has reached.
    """
    competition, named = access.competition, submission.note.strip().lower()
    if named not in list(TierName):
        raise Invalid(
            Message(
                "Which tier's threshold? Let the note of the submission be its name: {tiers}.",
                tiers=joined(*TierName, between=COMMA),
            )
        )
    is_trial = context.db.read(lambda session: trials.among(session, submission_ids=[submission.id]))
    if not is_trial:
        raise Invalid(
            Message("Only what the staff have sent can be a threshold; this file is a student team's.")
        )
    reason = f"Submission {submission.id}, published as a benchmark."
    file = StoredFile(submission.sha256, submission.size)
    tier_thresholds.set_from_file(
        context, file, tier=named, competition=competition, reason=reason, by=host.actor
    )
    return TierName(named)
