"""Learning platforms: launches from them, registering them, the courses that are linked with theirs."""
