"""A file that comes to an address of one use: received to disk, kept under its hash, then entered."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import utc_now
from server.domain.errors import Invalid, TooLarge
from server.domain.files import file_uses
from server.domain.kaggle import uploads
from server.logs import logger_of
from server.models import KaggleUpload
from server.services.grading.context import GradingContext
from server.services.grading.to_disk import PIECE_BYTES, to_disk

FRESH = timedelta(minutes=2)  # a file that was kept so recently may have a row on the way
log = logger_of(__name__)


async def receive(context: GradingContext, *, secret: str, stream: AsyncIterator[bytes]) -> None:
    """Take the file of this address; raises NotFound, TooLarge, Invalid for no byte, Conflict for another.

    The row comes before the file, so that none is kept that no row knows; where the disk fails in between,
    the same bytes may come again.
    """

    def read(session: Session) -> KaggleUpload:
        return uploads.awaited(session, secret, now=context.clock())

    user_id = (await context.db.aread_by_key(read)).user_id
    async with context.turns.one(user_id):
        row = await context.db.aread_by_key(read)
        with context.store.arriving() as path:
            file = await to_disk(context, stream, path, limit=row.most_bytes, too_large=TooLarge)
            if not file.size:
                raise Invalid(Message("The file is empty: not one byte came."))
            now = context.clock()
            await context.db.awrite(lambda session: uploads.arrive(session, row.id, file, now=now))
            await context.in_thread(partial(context.store.adopt, path, file.sha256))
    log.info("a file came by Kaggle's client", user=user_id, size=file.size)


async def pieces_of(context: GradingContext, row: KaggleUpload) -> AsyncIterator[bytes]:
    """The bytes of a file that has come, piece by piece; raises Conflict where it did not reach the disk."""
    assert row.sha256 is not None
    try:
        file = context.store.path(row.sha256).open("rb")
    except FileNotFoundError:
        raise uploads.nothing_came() from None
    with file:
        while piece := await context.in_thread(partial(file.read, PIECE_BYTES)):
            yield piece


def tidy(context: GradingContext, *, now: datetime) -> int:
    """Forget addresses whose hour is over, and remove their files where nothing else has them; how many.

    One whose file was kept just now waits for the next time: without a row nobody would know of the file.
    """
    store, since = context.store, utc_now() - FRESH
    over = context.db.read(lambda session: uploads.expired_files(session, now=now))
    fresh = {each for each in over if store.path(each).exists() and store.is_touched(each, since=since)}
    gone = context.db.write(lambda session: uploads.drop_expired(session, but=fresh, now=now))
    if not gone:
        return 0
    used = context.db.read(lambda session: file_uses.in_use(session, gone), private=True)
    return sum(store.remove(each, untouched_since=since) for each in sorted(gone - used))
