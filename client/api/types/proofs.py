"""The values of what students check themselves (docs/api.md): keys of receipts, and commitments."""

from dataclasses import dataclass

from client.api.decode import Time


@dataclass(frozen=True, kw_only=True)
class ReceiptKey:
    """A public key that receipts are signed with; `public` is base64 of its 32 bytes."""

    id: str
    public: str
    made_at: str | None = None
    retired_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReceiptKeys:
    """The keys of one server, the one that signs now first."""

    keys: tuple[ReceiptKey, ...]


@dataclass(frozen=True, kw_only=True)
class KeyVersion:
    """What was promised of one version of an answer key; salt and text are there from the reveal on."""

    version: int
    commitment: str
    made_at: Time
    reason: str = ""
    is_current: bool = False
    salt: str | None = None
    text: str | None = None


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """What was promised at a competition's opening and later: `state` is none, sealed or opened."""

    competition: str
    commitment: str | None = None
    state: str
    reveal_at: Time
    versions: tuple[KeyVersion, ...] = ()
