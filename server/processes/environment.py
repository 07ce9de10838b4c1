"""What a child process must be told to work on the same installation."""

import os

from server.settings import PROJECT, Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """What a child must be told to work on the same installation."""
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")])),
        "SPLITBOARD_DATA_DIR": str(settings.data_dir.resolve()),
        "SPLITBOARD_DATABASE_URL": settings.url,
    }
