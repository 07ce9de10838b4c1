"""How the keys and codes of second factors are kept: whoever reads the database alone can use none.

Whoever makes a seal takes its key from the installation's secret in the data folder.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.people.accounts.secrets import INITIAL_ALPHABET

CODE_LENGTH, GROUP = 12, 4  # of a recovery code: 59 bits
ISSUER = "Splitboard"


@dataclass(frozen=True)
class Seal:
    """Seals keys, and hashes recovery codes."""

    key: bytes = field(repr=False)

    def sealed(self, app_key: str) -> str:
        """What the database keeps of an app's key."""
        return self._fernet.encrypt(app_key.encode()).decode()

    def opened(self, sealed: str) -> str:
        """The app's key; raises Invalid where it was sealed with another secret."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Invalid(
                Message(
                    "The key of your second factor cannot be read: the installation's secret is another one "
                    "by now. An admin can switch the second factor off."
                )
            ) from None

    def hash_of(self, user_id: int, code: str) -> str:
        """The keyed hash of a recovery code, however it was typed."""
        plain = "".join(each for each in code.casefold() if each.isalnum())
        return hmac.new(self.key, f"{user_id} {plain}".encode(), hashlib.sha256).hexdigest()

    @property
    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.key))


def new_app_key() -> str:
    """A fresh key for an app, in base32, of 160 bits."""
    return pyotp.random_base32()


def address_of(app_key: str, username: str) -> str:
    """The address that a QR code tells the app."""
    return pyotp.TOTP(app_key).provisioning_uri(name=username, issuer_name=ISSUER)


def new_recovery_code() -> str:
    """A random code in groups of four, 'k3f9-...'."""
    letters = "".join(secrets.choice(INITIAL_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(letters[start : start + GROUP] for start in range(0, CODE_LENGTH, GROUP))
