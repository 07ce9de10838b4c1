"""The shapes of what a person proves with who they are, as their data tell it: without any secret."""

from typing_extensions import TypedDict

from server.serializers.values import Time


class TokenDataJson(TypedDict):
    """A personal token, without its secret."""

    name: str
    prefix: str
    scopes: list[str]
    created_at: Time
    expires_at: Time | None
    last_used_at: Time | None
    revoked_at: Time | None


class SessionDataJson(TypedDict):
    """A sign-in of the person's browser, which is told in two words, from a network."""

    browser: str
    way: str
    network: str
    created_at: Time
    seen_at: Time | None
    expires_at: Time


class PasswordLinkDataJson(TypedDict):
    """A link with which the person may set a password: an invitation or a reset, without its secret."""

    kind: str
    made_at: Time
    expires_at: Time


class AddressChangeDataJson(TypedDict):
    """A mail address that the person has typed and not confirmed."""

    address: str
    asked_at: Time
    expires_at: Time


class IdentityDataJson(TypedDict):
    """An identity of a provider that opens the person's account."""

    issuer: str
    subject: str
    shown_as: str
    linked_at: Time
    last_used_at: Time | None


class SecondFactorDataJson(TypedDict):
    """The person's second factor, without its key."""

    made_at: Time
    confirmed_at: Time | None
    recovery_codes_left: int


class PlatformDataJson(TypedDict):
    """By which subject a learning platform knows the person in one of its courses."""

    platform: str
    course: str
    subject: str
    is_instructor: bool
