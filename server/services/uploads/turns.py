"""A user's turn to send a file, and what can be said of it before a byte of it is read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.domain.competitions.access import Access
from server.domain.submissions import expected
from server.domain.submissions.expected import ExpectedFile
from server.services.grading.context import GradingContext


@asynccontextmanager
async def turn_to_send(context: GradingContext, access: Access, file: ExpectedFile) -> AsyncIterator[None]:
    """Read the user's file within this block.

    Raises TooManyUploads, and what `submit` would raise whatever the file holds: NotOpen, Archived, Closed,
    Invalid, LimitReached.
    """
    async with context.turns.one(access.user_id):
        now, most = context.clock(), context.settings.invalid_per_hour
        await context.db.aread_by_key(
            lambda session: expected.require_welcome(session, file, access=access, now=now, invalid_most=most)
        )
        yield
