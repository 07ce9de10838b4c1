"""What an installation may set, by environment variables that begin with SPLITBOARD_."""

import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.0.0.1", "localhost")
LogLevel = Literal["debug", "info", "warning", "error"]
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
HEADER_NAME = r"^([A-Za-z0-9-]+)?$"
RosterFactName = Literal["email", "username", "student_number"]


class Settings(BaseSettings):
    """The settings of one server process; the defaults serve one laptop with SQLite and no broker."""

    model_config = SettingsConfigDict(
        env_prefix="SPLITBOARD_", extra="ignore", hide_input_in_errors=True
    )  # an error must not quote a password

    data_dir: Path = Field(default=Path("splitboard-data"), description="database, uploads, built homeworks")
    database_url: SecretStr | None = Field(
        default=None, description="postgresql+psycopg://...; default: SQLite in data_dir"
    )
    redis_url: SecretStr | None = Field(
        default=None, description="broker that wakes GPU workers; default: none, they ask"
    )
    homeworks_dir: Path = Field(default=PROJECT / "baselines" / "homeworks", description="homework folders")
    host: str = "127.0.0.1"
    port: int = 8080
    origin: str | None = Field(
        default=None, description="public address, e.g. https://ml.example.edu; turns on Secure cookies"
    )
    connections: int = Field(
        default=1000, ge=16, description="connections that one server process holds at once"
    )
    head_seconds: float = Field(
        default=15.0, gt=0, description="how long a connection may take for a request's head, or be silent"
    )
    still_seconds: float = Field(
        default=30.0, gt=0, description="in which a body that is sent or read has to move on by 16 kB"
    )
    institution: str = Field(
        default="", max_length=100, description="whose installation it is, on the sign-in page and in titles"
    )
    security_contact: str | None = Field(
        default=None,
        pattern=r"^(mailto:|https://)[!-~]+$",
        description="whom /.well-known/security.txt names: mailto:ml@example.edu, or a page",
    )
    unconfined_metrics: bool = Field(
        default=False, description="whether metrics of homeworks run where the sandbox lacks a wall"
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="addresses or networks whose X-Forwarded-For tells the client's address",
    )
    hsts_subdomains: bool = Field(
        default=False, description="whether browsers are told to use https for the origin's subdomains, too"
    )
    upload_limit_bytes: int = Field(
        default=64_000_000, description="cap on any upload, before a competition's own"
    )
    upload_memory_bytes: int = Field(
        default=512_000_000, ge=1, description="bytes of uploads that one server process holds at once"
    )
    grading_threads: int = Field(
        default=2, ge=1, description="submissions graded side by side in one process"
    )
    patience_seconds: float = Field(
        default=20.0, gt=0, description="how long a reply waits for its score before it says 202"
    )
    board_lag_ms: int = Field(
        default=100, ge=0, description="by how much the JSON of a whole board may lag behind the newest score"
    )
    sweep_seconds: float = Field(
        default=5.0, gt=0, description="how often a server looks for submissions left unscored"
    )
    sweep_age_seconds: float = Field(
        default=60.0, ge=0, description="how old a submission must be to count as left behind"
    )
    lease_seconds: float = Field(
        default=30.0, gt=0, description="a worker silent for so long has lost its baseline run"
    )
    invalid_per_hour: int = Field(
        default=60, ge=1, description="invalid files an account may send in an hour"
    )
    session_hours: int = Field(default=12, ge=1, description="idle hours after which a sign-in ends")
    staff_second_factor: bool = Field(
        default=False, description="whether staff and admins must have a second factor beside a password"
    )
    log_level: LogLevel = Field(default="info", description="the least important lines that are logged")
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://user:password@host:587 or smtps://...; default: no mails are made"
    )
    mail_from: str | None = Field(default=None, description="whom mails come from: ML <ml@example.edu>")
    mail_dir: Path | None = Field(
        default=None, description="folder into which mails are written instead of being sent, for trials"
    )

    oidc_issuer: str | None = Field(
        default=None, description="identity provider's issuer; default: people sign in with passwords alone"
    )
    oidc_client_id: str | None = Field(default=None, description="what this installation is to the provider")
    oidc_client_secret: SecretStr | None = Field(default=None, description="the client's secret")
    oidc_client_secret_file: Path | None = Field(default=None, description="a file that holds it instead")
    oidc_label: str = Field(default="", max_length=60, description="what people call the provider")
    oidc_claim: str = Field(default="email", min_length=1, description="the claim that names a person")
    oidc_matches: RosterFactName = Field(default="email", description="what of the roster that claim is")
    oidc_domains: str = Field(default="", description="mail domains of which that claim must be")

    user_header: str = Field(
        default="", pattern=HEADER_NAME, description="header in which a proxy names its user; default: none"
    )
    user_header_from: str = Field(
        default="", description="addresses or networks whose connections may set that header"
    )
    user_header_matches: Literal["username", "email"] = Field(
        default="username", description="what of the roster the header's value is"
    )

    @model_validator(mode="after")
    def _proxy_is_known(self) -> Self:
        if not self.user_header:
            return self
        try:
            networks = self.user_networks
        except ValueError:
            raise ValueError(
                "SPLITBOARD_USER_HEADER_FROM reads addresses or networks, as in 127.0.0.1,10.1.0.0/24"
            ) from None
        if not networks:
            raise ValueError("SPLITBOARD_USER_HEADER needs SPLITBOARD_USER_HEADER_FROM: who may set it")
        if any(network.prefixlen == 0 for network in networks):
            raise ValueError("SPLITBOARD_USER_HEADER_FROM must not be everybody")
        return self

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        if self.oidc_issuer is None:
            return self
        parts = urlsplit(self.oidc_issuer)
        if not parts.hostname or (parts.scheme != "https" and parts.hostname not in LOOPBACK):
            raise ValueError("SPLITBOARD_OIDC_ISSUER reads https://..., as the provider's description has it")
        if not self.oidc_client_id:
            raise ValueError("SPLITBOARD_OIDC_ISSUER needs SPLITBOARD_OIDC_CLIENT_ID")
        if self.link_origin is None:
            raise ValueError("SPLITBOARD_OIDC_ISSUER needs SPLITBOARD_ORIGIN, to which the provider answers")
        if self.oidc_client_secret is not None and self.oidc_client_secret_file is not None:
            raise ValueError(
                "Set SPLITBOARD_OIDC_CLIENT_SECRET or SPLITBOARD_OIDC_CLIENT_SECRET_FILE, not both"
            )
        if self.oidc_client_secret_file is not None and not self.oidc_client_secret_file.is_file():
            raise ValueError("SPLITBOARD_OIDC_CLIENT_SECRET_FILE names no file that can be read")
        return self

    @model_validator(mode="after")
    def _mails_can_go(self) -> Self:
        if self.smtp_url is None:
            return self
        parts = urlsplit(self.smtp_url.get_secret_value())
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SPLITBOARD_SMTP_URL reads smtp://user:password@host:587 or smtps://host")
        if self.mail_from is None and self.mail_dir is None:
            raise ValueError("SPLITBOARD_SMTP_URL needs SPLITBOARD_MAIL_FROM, the address mails come from")
        return self

    @property
    def sends_mail(self) -> bool:
        """Whether announcements go out by mail too, to a mail server or into a folder."""
        return self.mail_dir is not None or self.smtp_url is not None

    @property
    def link_origin(self) -> str | None:
        """The address in links of mails; None where nobody has said it, and others cannot reach this machine.

        It never comes from a request, whose Host may be anybody's.
        """
        if self.origin is not None:
            return self.origin
        return f"http://{self.host}:{self.port}" if self.host in LOOPBACK else None

    @property
    def mails_links(self) -> bool:
        """Whether links with which people set a password can go out by mail."""
        return self.sends_mail and self.link_origin is not None

    @property
    def user_networks(self) -> Networks:
        """From where a connection may name its user; raises ValueError for what is no network."""
        texts = (each.strip() for each in self.user_header_from.split(","))
        return tuple(ipaddress.ip_network(text) for text in texts if text)

    @property
    def oidc_secret(self) -> str | None:
        """The client's secret, from wherever it is; None for a client without one."""
        if self.oidc_client_secret_file is not None:
            return self.oidc_client_secret_file.read_text(encoding="utf-8").strip()
        return None if self.oidc_client_secret is None else self.oidc_client_secret.get_secret_value()

    @property
    def url(self) -> str:
        """The database's address for SQLAlchemy."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.resolve() / 'splitboard.db'}"

    @property
    def files_dir(self) -> Path:
        """Where uploaded and imported files lie, each under its own hash."""
        return self.data_dir / "files"

    @property
    def receipt_keys_dir(self) -> Path:
        """Where the keys that sign receipts lie."""
        return self.data_dir / "receipt-keys"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
