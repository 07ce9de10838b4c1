"""A draft's life: begun, saved step by step, taken back and forth, given up. Its launch is a matter apart."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.files.file_store import StoredFile
from server.domain.people.courses import SLUG
from server.domain.setup.drafts.parts import Parts, parts_of
from server.models import (
    Competition,
    Course,
    Draft,
    DraftFile,
    DraftSource,
    DraftState,
    DraftStep,
)

UNDER_WAY = (DraftState.WRITTEN, DraftState.LAUNCHING)
BEGUN, TAKEN_AWAY = "begun", "taken away"  # the names of the first step and of the last that can be undone
STEPS_MOST = 500  # that are kept of a draft; the oldest go first
TAKEN_AWAY_LISTED = 5  # drafts, the last ones


class Way(StrEnum):
    """Back by one step of a draft, or forth by one that was undone."""

    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True)
class DraftWithParts:
    """A draft, its parts as they hold, and the names of the steps that Undo and Redo lead to, if any."""

    draft: Draft
    parts: Parts
    undo: str | None
    redo: str | None


@dataclass(frozen=True)
class NewDraft:
    """A draft to be: its slug as a competition, where its parts come from, and the homework's name."""

    slug: str
    source: DraftSource
    homework: str
    parts: Parts
    trains: bool = False


def begin(session: Session, new: NewDraft, *, course: Course, by: Actor, now: datetime) -> Draft:
    """A new draft of the course.

    Raises Invalid for a bad slug, Conflict for one that a competition or another draft has.
    """
    if not SLUG.fullmatch(new.slug):
        raise Invalid(
            Message(
                "A competition's slug has small letters, digits and hyphens, at most 60; '{slug}' does not "
                "fit.",
                slug=new.slug,
            )
        )
    if is_taken(session, new.slug):
        raise not_free(session, new.slug)
    draft = Draft(
        course_id=course.id,
        slug=new.slug,
        source=new.source,
        homework=new.homework,
        trains=new.trains,
        created_at=now,
    )
    session.add(draft)
    session.flush()
    _add_step(session, draft, name=BEGUN, parts=new.parts, by=by, now=now)
    _record(session, "draft_begun", draft, by=by, now=now)
    return draft


def is_taken(session: Session, slug: str) -> bool:
    """Whether a competition has this slug, or a draft that is under way."""
    rows = (
        select(Competition.id).where(Competition.slug == slug),
        select(Draft.id).where(Draft.slug == slug, Draft.state.in_(UNDER_WAY)),
    )
    return any(session.scalar(query.limit(1)) is not None for query in rows)


def not_free(session: Session, slug: str) -> Conflict:
    """The refusal of a slug that is taken: with one that is not, and without a word on whose it is."""
    free = next(text for number in count(2) if not is_taken(session, text := f"{slug[:56]}-{number}"))
    return Conflict(
        Message("'{slug}' is not free as a name in addresses; '{free}' is.", slug=slug, free=free)
    )


def free_slug(session: Session, slug: str, *, course: Course) -> str:
    """The slug, or with the course's behind it where it is taken: two courses may have the same homework."""
    return slug if not is_taken(session, slug) else f"{slug}-{course.slug}"[:60]


def get(session: Session, *, course: Course, draft_id: int) -> DraftWithParts:
    """The draft of this course with its parts; raises NotFound, for one that was given up as well."""
    draft = get_any(session, course=course, draft_id=draft_id)
    if draft.draft.state is DraftState.DROPPED:
        raise _no_draft(draft_id)
    return draft


def get_any(session: Session, *, course: Course, draft_id: int) -> DraftWithParts:
    """The same, one that was given up as well."""
    draft = session.get(Draft, draft_id, populate_existing=True)
    if draft is None or draft.course_id != course.id:
        raise _no_draft(draft_id)
    return with_parts(session, draft)


def _no_draft(draft_id: int) -> NotFound:
    return NotFound(Message("There is no draft {draft_id} in this course.", draft_id=draft_id))


def with_parts(session: Session, draft: Draft) -> DraftWithParts:
    """The draft with its parts as they hold."""
    near = {
        step.number: step
        for step in session.scalars(
            select(DraftStep).where(
                DraftStep.draft_id == draft.id, DraftStep.number.between(draft.step, draft.step + 1)
            )
        )
    }
    first = session.scalar(select(func.min(DraftStep.number)).where(DraftStep.draft_id == draft.id))
    holds, after = near[draft.step], near.get(draft.step + 1)
    undo = holds.name if draft.step > (first or 0) else None
    redo = None if after is None else after.name
    if draft.state is DraftState.DROPPED:
        undo, redo = TAKEN_AWAY, None
    return DraftWithParts(draft, parts_of(holds.parts), undo, redo)


def under_way(session: Session, *, course: Course) -> list[DraftWithParts]:
    """The course's drafts that are being written or launched."""
    rows = session.scalars(
        select(Draft).where(Draft.course_id == course.id, Draft.state.in_(UNDER_WAY)).order_by(Draft.id)
    )
    return [with_parts(session, row) for row in rows]


def taken_away(session: Session, *, course: Course) -> list[DraftWithParts]:
    """The course's drafts that were given up last, the youngest first."""
    rows = session.scalars(
        select(Draft)
        .where(Draft.course_id == course.id, Draft.state == DraftState.DROPPED)
        .order_by(Draft.id.desc())
        .limit(TAKEN_AWAY_LISTED)
    )
    return [with_parts(session, row) for row in rows]


@dataclass(frozen=True)
class Version:
    """A stored file that some step of a draft named, and when it came."""

    id: int
    name: str
    sha256: str
    size: int
    added_at: str

    @property
    def file(self) -> StoredFile:
        """The file itself."""
        return StoredFile(self.sha256, self.size)


def versions_of(session: Session, draft: Draft) -> list[Version]:
    """Every file that the draft has had, the newest first."""
    query = select(DraftFile).where(DraftFile.draft_id == draft.id).order_by(DraftFile.id.desc())
    return [
        Version(each.id, each.name, each.sha256, each.size, iso(each.added_at))
        for each in session.scalars(query)
    ]


def save(session: Session, draft: Draft, parts: Parts, *, name: str, by: Actor, now: datetime) -> None:
    """Let these parts hold, as the step `name`; what was undone before is dropped.

    Raises Conflict when the draft is being launched or was saved meanwhile.
    """
    session.execute(delete(DraftStep).where(DraftStep.draft_id == draft.id, DraftStep.number > draft.step))
    row = _move(session, draft, draft.step + 1)
    _add_step(session, row, name=name, parts=parts, by=by, now=now)
    session.execute(
        delete(DraftStep).where(DraftStep.draft_id == draft.id, DraftStep.number <= row.step - STEPS_MOST)
    )


def go(session: Session, draft: DraftWithParts, way: Way, *, by: Actor, now: datetime) -> None:
    """Go back by one step or forth by one that was undone; a draft that was given up stands again by Undo.

    Raises Conflict where there is no such step, or where the slug is another one's by now.
    """
    step = draft.undo if way is Way.UNDO else draft.redo
    if step is None:
        raise Conflict(
            Message("There is nothing to undo in this draft.")
            if way is Way.UNDO
            else Message("There is nothing to do again in this draft.")
        )
    if draft.draft.state is DraftState.DROPPED:
        _restore(session, draft.draft, by=by, now=now)
    else:
        _move(session, draft.draft, draft.draft.step + (-1 if way is Way.UNDO else 1))


def _restore(session: Session, draft: Draft, *, by: Actor, now: datetime) -> None:
    if is_taken(session, draft.slug):
        raise Conflict(
            Message(
                "There is a competition or a draft '{slug}' by now, so the one that was taken away cannot "
                "stand again beside it.",
                slug=draft.slug,
            )
        )
    _change(session, draft, of=DraftState.DROPPED, state=DraftState.WRITTEN)
    _record(session, "draft_restored", draft, by=by, now=now)


def drop(session: Session, draft: Draft, *, by: Actor, now: datetime) -> None:
    """Give the draft up, until that is undone; its slug is free. Raises Conflict during a launch."""
    _change(session, draft, state=DraftState.DROPPED)
    _record(session, "draft_dropped", draft, by=by, now=now)


def _move(session: Session, draft: Draft, number: int) -> Draft:
    return _change(session, draft, step=number, error="")


def _change(
    session: Session, draft: Draft, *, of: DraftState = DraftState.WRITTEN, **values: object
) -> Draft:
    """The draft's row, changed as it was read, while it is being written, or is in the state `of`."""
    changed = session.execute(
        update(Draft)
        .where(Draft.id == draft.id, Draft.step == draft.step, Draft.state == of)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise Conflict(
            Message("The draft '{slug}' was changed or launched meanwhile. Look again.", slug=draft.slug)
        )
    return session.get_one(Draft, draft.id, populate_existing=True)


def _add_step(session: Session, draft: Draft, *, name: str, parts: Parts, by: Actor, now: datetime) -> None:
    session.add(
        DraftStep(
            draft_id=draft.id,
            number=draft.step,
            name=name,
            parts=parts.as_json(),
            saved_at=now,
            saved_by=by.user_id,
        )
    )
    known = set(
        session.execute(select(DraftFile.name, DraftFile.sha256).where(DraftFile.draft_id == draft.id))
    )
    for file_name, file in parts.stored_files.items():
        if (file_name, file.sha256) not in known:
            session.add(
                DraftFile(draft_id=draft.id, name=file_name, sha256=file.sha256, size=file.size, added_at=now)
            )
    session.flush()


def _record(session: Session, name: str, draft: Draft, *, by: Actor, now: datetime) -> None:
    act = audit.Act(name, f"draft {draft.slug}", course_id=draft.course_id)
    audit.record(session, act, by=by, now=now)
