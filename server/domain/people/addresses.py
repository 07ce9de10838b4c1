"""Mail addresses, as a mail server takes them: one rule for the roster that brings them and the mailer."""

import re
import unicodedata

from grader.messages import Message
from server.domain.errors import Invalid

LOCAL_PART = re.compile(r"[^\s,;:<>()\[\]\"\\@]+")
LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")  # of a domain


def clean_address(address: str) -> str:
    """The address in NFKC without blanks around it; some keyboards write full-width letters."""
    return unicodedata.normalize("NFKC", address).strip()


def require_address(address: str) -> None:
    """Raise Invalid unless this is one mail address, such as ann@example.edu."""
    local, _, domain = address.rpartition("@")
    labels = domain.split(".")
    if not (
        address.isprintable()
        and LOCAL_PART.fullmatch(local)
        and not local.startswith(".")
        and not local.endswith(".")
        and ".." not in local
        and all(LABEL.fullmatch(label) for label in labels)
    ):
        raise Invalid(
            Message("'{address}' is no mail address. One is written as in ann@example.edu.", address=address)
        )
