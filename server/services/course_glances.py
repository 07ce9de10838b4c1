"""Courses at a glance, kept as long as nothing that they are made from has changed.

What is kept is what one set of rights may see: a student's copy never holds what staff see.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.glance import figures
from server.domain.glance import glance as glances
from server.domain.glance.glance import Glance
from server.domain.glance.state import state_of
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.models import User

KEPT_MOST = 32  # glances in memory, of the courses looked at last


@dataclass
class CourseGlances:
    """The glances of one process, by course and what is seen of it; each with the state that it shows."""

    _kept: dict[Hashable, tuple[Hashable, Glance]] = field(default_factory=dict)

    async def glance(self, db: Database, *, slug: str, user: User, now: datetime) -> Glance:
        """The course as this user may see it at this instant. Raises NotFound for outsiders."""

        def look(session: Session) -> tuple[Membership, Hashable, dict[int, float]]:
            own = courses.membership(session, slug=slug, user=user)
            state = state_of(session, course_id=own.course.id, opened_by=now)
            if own.role.is_staff:
                return own, state, {}
            return own, state, figures.own_scores(session, course_id=own.course.id, user_id=user.id)

        own, state, scores = await db.aread(look)
        audience = (own.course.id, own.role.is_staff, frozenset(own.rights))
        last_state, glance = self._kept.pop(audience, (None, None))
        if glance is None or last_state != (state, glance.visible_at(now)):
            glance = await self._computed(db, own, now=now)
        self._kept[audience] = ((state, glance.visible_at(now)), glance)
        while len(self._kept) > KEPT_MOST:
            self._kept.pop(next(iter(self._kept)))
        return glance.seen_by(own, scores=scores, now=now)

    async def _computed(self, db: Database, own: Membership, *, now: datetime) -> Glance:
        half = await db.aread(lambda session: glances.open_half(session, own=own, now=now))
        if not half.visible and not half.is_staff:
            return half
        return await db.aread(lambda session: glances.whole(session, half), private=True)
