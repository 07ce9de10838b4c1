"""A process that sends waiting scores and does nothing else, for a test that kills it."""

import sys
from pathlib import Path

from server.clock import utc_now
from server.database.database import Database
from server.services.lti.asking import PlatformServices
from server.services.lti.sender import ScoreSender


def main(url: str, data_dir: str) -> None:
    """Send what is due, over this database, with the key in this folder."""
    db = Database(url)
    ScoreSender(db, PlatformServices(Path(data_dir)), clock=utc_now, pause_seconds=1).deliver_all()
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
