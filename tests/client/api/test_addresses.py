"""Addresses as people type them."""

import pytest

from client.addresses import address_in


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://ml.example.edu", "https://ml.example.edu"),
        ("https://ml.example.edu/", "https://ml.example.edu"),
        ("  <https://ml.example.edu/>\r\n", "https://ml.example.edu"),
        ("'https://ml.example.edu'", "https://ml.example.edu"),
        ("ml.example.edu", "https://ml.example.edu"),
        ("ml.example.edu:8443/", "https://ml.example.edu:8443"),
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1:8080/competitions/hw01", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("http://ml.example.edu:8080/sign-in?next=/", "http://ml.example.edu:8080"),
        ("https://www.example.edu/judge/competitions/hw01/submit#upload", "https://www.example.edu/judge"),
        ("https://www.example.edu/judge/", "https://www.example.edu/judge"),
        ("https://competitions.example.edu", "https://competitions.example.edu"),
        ("", ""),
    ],
)
def test_the_servers_address_is_found_in_what_was_typed(typed: str, address: str) -> None:
    assert address_in(typed) == address
