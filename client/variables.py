"""Variables of the environment that are options of every command, too."""

PROFILE = "SPLITBOARD_PROFILE"  # --profile
QUIET = "SPLITBOARD_QUIET"  # --quiet: errors alone
