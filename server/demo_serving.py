"""The demonstration's server process: it brings the kept course to the newest schema by itself, then serves.

So the command that starts it need not load the database's libraries, and the page is there a second earlier.
"""

import sys

from server import serving
from server.migrate import upgrade
from server.settings import get_settings

if __name__ == "__main__":
    upgrade(get_settings().url)
    serving.main(sys.argv[1:])
