"""An installation whose people sign in by a provider, and the way of a browser there and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from httpx2 import Response
from pydantic import SecretStr
from sqlalchemy import update
from starlette.testclient import TestClient

from server.models import User
from server.services.sign_on.from_settings import provider_of
from tests.support.browser import browser
from tests.support.installation import Installation
from tests.support.provider_stub import CLIENT, SECRET, Provider, provider_stub


@dataclass
class SignOn:
    """An installation and its provider; `browser` is on its sign-in page."""

    installation: Installation
    provider: Provider
    browser: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = browser(self.installation)

    def settle(self, **settings: str) -> None:
        """Let the installation have these settings of the provider, beside what it needs."""
        own = {
            "oidc_issuer": self.provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(SECRET),
            "oidc_label": "Campus",
            "origin": "http://testserver",
        }
        chosen = self.installation.app.state.settings.model_copy(update=own | settings)
        self.installation.app.state.settings = chosen
        self.installation.app.state.provider = provider_of(chosen)

    def begin(self, path: str = "/sign-in/provider", *, by: TestClient | None = None) -> str:
        """The address of the provider to which a browser is sent."""
        answer = (by or self.browser).get(path, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def come_back(self, query: dict[str, str], *, by: TestClient | None = None) -> Response:
        """The answer to a browser that the provider has sent back."""
        return (by or self.browser).get("/sign-in/callback", params=query, follow_redirects=False)

    def sign_in(self, path: str = "/sign-in/provider", *, by: TestClient | None = None) -> Response:
        """Go to the provider and come back."""
        return self.come_back(self.provider.sign_in(self.begin(path, by=by)), by=by)

    def confirm(self, *, by: TestClient | None = None, **fields: str) -> Response:
        """Say that the account is one's own."""
        return (by or self.browser).post(
            "/sign-in/confirm", data={"answer": "yes", **fields}, follow_redirects=False
        )


@contextmanager
def sign_on(installation: Installation) -> Iterator[SignOn]:
    """The installation with a provider by which student0 is ann@example.edu."""
    ann = update(User).where(User.username == "student0").values(email="Ann@example.edu", display_name="Ann")
    installation.db.write(lambda session: session.execute(ann))
    with provider_stub(int(installation.clock().timestamp())) as provider:
        way = SignOn(installation, provider)
        way.settle()
        yield way
