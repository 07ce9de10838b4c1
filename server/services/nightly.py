"""Compares files at night, in a process at the lowest priority: a guarded child, run with an id.

One competition a process, and one process a server at a time: the sweep begins the next when this one ends.
"""

import os
import sys
from datetime import datetime

from server import logs
from server.clock import utc_now
from server.database.database import Database
from server.domain.errors import Conflict
from server.domain.files.file_store import FileStore
from server.domain.integrity import nightly
from server.domain.integrity.report_files import IntegrityFiles
from server.logs import logger_of
from server.models import Competition
from server.services import look_alikes
from server.settings import Settings, get_settings

log = logger_of(__name__)
MODULE = "server.services.nightly"
LOWEST = 19


def compare(db: Database, settings: Settings, *, competition_id: int, began: datetime) -> bool:
    """Compare the competition's files, where it is due and nobody else does; whether it was ours to do."""
    night = db.write(lambda session: nightly.begin(session, competition_id=competition_id, now=began))
    if night is None:
        return False
    competition = db.read(lambda session: session.get_one(Competition, competition_id))
    store = FileStore(settings.files_dir)
    before = nightly.pairs_of(IntegrityFiles(store.root).report(competition_id))
    try:
        report = look_alikes.run(db, store, competition=competition, now=began)
    except Conflict:  # a comparison that staff have asked for is running; its report is as good
        log.info("files are being compared already", competition=competition.slug)
        return False
    new = nightly.pairs_of(report) - before
    facts = {"files": report["files_compared"], "pairs": len(nightly.pairs_of(report))}
    db.write(
        lambda session: nightly.finish(
            session, competition_id=competition_id, night=night, new=new, facts=facts, now=utc_now()
        )
    )
    return True


def main(arguments: list[str]) -> None:
    """Compare the files of the competition with this id."""
    os.nice(LOWEST)
    settings = get_settings()
    logs.configure(settings.log_level)
    logs.begin(competition=int(arguments[0]))
    db = Database(settings.url)
    try:
        compare(db, settings, competition_id=int(arguments[0]), began=utc_now())
    finally:
        db.close()


if __name__ == "__main__":
    main(sys.argv[1:])
