"""What a child process must be told to work on the same installation as its parent."""

from server.settings import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings that a parent may have from elsewhere than its environment, as the child reads them."""
    return {
        "SPLITBOARD_DATA_DIR": str(settings.data_dir.resolve()),
        "SPLITBOARD_DATABASE_URL": settings.url,
        "SPLITBOARD_HOMEWORKS_DIR": str(settings.homeworks_dir.resolve()),
        "SPLITBOARD_LOG_LEVEL": settings.log_level,
    }
