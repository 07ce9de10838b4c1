"""Taking code: received to disk as it comes, checked by its bytes, kept under its hash, then entered.

Memory holds one piece of a file at a time, however large it is. A version is entered after its file is
durable, so a server that dies in between leaves a file without a use, which tidying removes.
"""

from collections.abc import AsyncIterator
from functools import partial

from sqlalchemy.orm import Session

from server.domain.code import handing_in
from server.domain.code.handing_in import CodeFile, EnteredCode
from server.domain.code.kinds import kind_of
from server.domain.code.refusals import CodeTooLarge, nothing_in_it
from server.domain.competitions.access import Access
from server.logs import bind, logger_of
from server.models import Competition
from server.services.grading.context import GradingContext
from server.services.grading.to_disk import to_disk
from server.settings import Settings

log = logger_of(__name__)


def most_bytes(competition: Competition, settings: Settings) -> int:
    """The size of the largest file that is taken as code."""
    return min(competition.code_limit_bytes, settings.upload_limit_bytes)


async def take_code(
    context: GradingContext, *, access: Access, stream: AsyncIterator[bytes], file_name: str
) -> EnteredCode:
    """Take a team's code to its list of versions.

    Raises InvalidCode, CodeTooLarge, TooManyUploads, LimitReached after many refusals, and what `handing_in`
    raises; then nothing is kept.
    """
    bind(competition=access.competition.slug)
    handing_in.require_window(access, context.clock())
    limit = most_bytes(access.competition, context.settings)
    async with context.turns.one(access.user_id):
        await context.db.awrite(
            lambda session: handing_in.count_try(session, access=access, now=context.clock())
        )
        with context.store.arriving() as path:
            received = await to_disk(context, stream, path, limit=limit, too_large=CodeTooLarge)
            if not received.size:
                raise nothing_in_it()
            now = context.clock()
            kind = await context.in_thread(partial(kind_of, path, name=file_name))
            await context.in_thread(partial(context.store.adopt, path, received.sha256))
    file = CodeFile(file_name, received.sha256, received.size, kind)

    def enter(session: Session) -> EnteredCode:
        handing_in.forgive_try(session, access=access)
        return handing_in.hand_in(session, file, access=access, now=now)

    entered = await context.db.awrite(enter)
    log.info("code taken", version=entered.version.id, kind=kind.value, repeated=entered.repeated)
    return entered
