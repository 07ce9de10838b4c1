"""People and how they prove who they are: users, API tokens, web sessions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, LanguageTag, Name, Sha256, states


class TokenKind(StrEnum):
    """What a token may do: act as its owner, or run baselines."""

    PERSONAL = "personal"
    WORKER = "worker"


class Scope(StrEnum):
    """What a personal token may be used for, of what its owner may do."""

    READ = "read"
    SUBMIT = "submit"  # send files, and change what is one's own
    STAFF = "staff"  # whatever staff alone may do or read


ALL_SCOPES = frozenset(Scope)


class LinkKind(StrEnum):
    """Why somebody gets a link to set a password: they are new, or have forgotten theirs."""

    INVITATION = "invitation"
    RESET = "reset"


class SessionWay(StrEnum):
    """What opened a session: a password, an identity provider, a learning platform's launch, or a proxy."""

    PASSWORD = "password"  # noqa: S105  # the name of a way
    PROVIDER = "provider"
    LAUNCH = "launch"
    PROXY = "proxy"


class User(Base):
    """A person of this installation, in any number of courses.

    token_scopes: what the token by which they ask now is for; no column.
    """

    __tablename__ = "users"
    token_scopes = ALL_SCOPES

    id: Mapped[Key]
    username: Mapped[Name]
    username_key: Mapped[str] = mapped_column(
        String(200), unique=True
    )  # NFKC and case folded: no look-alikes
    display_name: Mapped[Name]
    email: Mapped[Name] = mapped_column(default="")
    password_hash: Mapped[str | None] = mapped_column(String(255))  # None: cannot sign in by password
    password_is_initial: Mapped[bool] = mapped_column(default=False)  # made by others, to be replaced at once
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    wants_mail: Mapped[bool] = mapped_column(default=True)  # announcements by mail as well as on the page
    language: Mapped[LanguageTag] = mapped_column(default="")  # chosen, as in "zh-TW"; "": the browser's
    zone: Mapped[str] = mapped_column(String(60), default="")  # "": the browser's
    created_at: Mapped[Instant]
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcMicros)  # exact to an hour; None: never


class ApiToken(Base):
    """A secret that a program shows; only its hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[TokenKind] = mapped_column(states(TokenKind))
    name: Mapped[Name]
    prefix: Mapped[str] = mapped_column(String(12))  # its first characters, to recognise it by
    sha256: Mapped[Sha256] = mapped_column(unique=True)
    can_read: Mapped[bool] = mapped_column(default=True)  # a worker's token has a use of its own
    can_submit: Mapped[bool] = mapped_column(default=True)
    can_act_as_staff: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Instant]
    expires_at: Mapped[datetime | None] = mapped_column(UtcMicros)  # None: never
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMicros)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMicros)


class WebSession(Base):
    """A browser that has signed in; only the hash of its cookie is kept."""

    __tablename__ = "web_sessions"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    sha256: Mapped[Sha256] = mapped_column(unique=True)
    form_token: Mapped[str] = mapped_column(String(64))  # hidden in each form, against forged requests
    way: Mapped[SessionWay] = mapped_column(states(SessionWay), default=SessionWay.PASSWORD)
    browser: Mapped[Name] = mapped_column(default="")  # in two words, such as "Firefox, Linux"
    network: Mapped[str] = mapped_column(String(64), default="")  # of its address, never the whole
    created_at: Mapped[Instant]
    seen_at: Mapped[datetime | None] = mapped_column(UtcMicros)  # to some minutes
    expires_at: Mapped[Instant]


class PasswordLink(Base):
    """A link by which its owner sets a password, once; only the hash of its secret is kept.

    A new one of the same kind takes the place of the old one, and a used one is removed.
    """

    __tablename__ = "password_links"
    __table_args__ = (UniqueConstraint("user_id", "kind"),)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[LinkKind] = mapped_column(states(LinkKind))
    sha256: Mapped[Sha256] = mapped_column(unique=True)
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    # whose staff were shown it; None: its owner alone, by mail, or an admin
    handed_by_course: Mapped[int | None] = mapped_column(ForeignKey("courses.id"))


class AddressChange(Base):
    """A mail address that its owner has typed and not confirmed, and the hash of the link that confirms it.

    A new one takes the place of the old one; the link is made when its mail is sent.
    """

    __tablename__ = "address_changes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    address: Mapped[Name]
    sha256: Mapped[Sha256 | None] = mapped_column(unique=True)  # None: no mail has gone out
    asked_at: Mapped[Instant]
    expires_at: Mapped[Instant]


class SignInThrottle(Base):
    """How far tries to sign in have run ahead of the clock: at one user name, from one address, or both.

    The name need not exist, so that none is told. `people/accounts/tries.py` makes the keys.
    """

    __tablename__ = "sign_in_throttles"

    username_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    spent_until: Mapped[
        Instant
    ]  # each try moves it on; once it is past, the row means nothing and is removed
