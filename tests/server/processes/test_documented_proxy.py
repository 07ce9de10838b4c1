"""The documented web server in front lets through what the server takes, and waits as long as it does."""

import re

from server.processes.connections import HEAD_MOST, LEAST
from server.settings import PROJECT, Settings

OPERATE = (PROJECT / "docs" / "operate.md").read_text(encoding="utf-8")


def number_in(pattern: str) -> int:
    """The one number that the pattern finds in the page."""
    (number,) = re.findall(pattern, OPERATE)
    return int(number)


def test_the_example_for_nginx_fits_the_servers_own_bounds() -> None:
    settings = Settings()

    assert number_in(r"client_max_body_size (\d+)m;") * 10**6 > settings.upload_limit_bytes * 1.05
    assert number_in(r"proxy_read_timeout (\d+)s;") > settings.patience_seconds + settings.still_seconds
    assert "return 308 https://" in OPERATE


def test_the_documented_bounds_of_connections_are_those_of_the_server() -> None:
    settings = Settings()

    assert number_in(r"line and headers may have (\d+) kB") == HEAD_MOST // 1024
    assert number_in(r"does not move on by (\d+) kB") == LEAST // 1024
    assert number_in(r"holds at once, (\d+) \|") == settings.connections
    assert number_in(r"or be silent, (\d+) \|") == settings.head_seconds
    assert number_in(r"move on by 16 kB, (\d+) \|") == settings.still_seconds
