"""Launches of platforms: where browsers are sent, and what the token that they bring back says."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from joserfc.jwk import KeySet

from server.domain.lti.launches import MESSAGE, Launch, launch_of
from server.domain.people.sign_on import id_tokens, tickets
from server.domain.people.sign_on.id_tokens import Claims, UntrustedToken
from server.domain.people.sign_on.refusals import UntrustedAnswer
from server.domain.people.sign_on.tickets import NewTicket
from server.models import LtiPlatform
from server.services.sign_on.published import Published

LOGIN, LAUNCH = "/lti/login", "/lti/launch"
MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ITEM_SCOPE, SCORE_SCOPE, RESULT_SCOPE = f"{AGS}lineitem", f"{AGS}score", f"{AGS}result.readonly"
SCOPES = (ITEM_SCOPE, SCORE_SCOPE, RESULT_SCOPE, MEMBERS_SCOPE)
HINT_MOST = 4000  # characters of what a platform wants to read again


def address_for(platform: LtiPlatform, ticket: NewTicket, *, hints: dict[str, str], origin: str) -> str:
    """Where a browser with this ticket is sent. hints: what the platform sent along and wants back."""
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": f"{origin}{LAUNCH}",
        "state": ticket.state,
        "nonce": ticket.nonce,
        **hints,
    }
    joint = "&" if "?" in platform.authorization_url else "?"
    return f"{platform.authorization_url}{joint}{urlencode(query)}"


class Launches:
    """Checks the tokens of all platforms; each platform's keys are fetched when first needed, and kept."""

    def __init__(self) -> None:
        self._published: dict[tuple[int, str], Published] = {}

    async def launch(
        self, platform: LtiPlatform, *, token: str, state: str, secret: str, now: datetime
    ) -> Launch:
        """The launch in this token; raises ProviderAway, and SignOnRefused for all that is wrong with it."""
        nonce = tickets.nonce_of(state, secret)

        def checked(keys: KeySet) -> Claims:
            return id_tokens.checked(
                token, keys, issuer=platform.issuer, client_id=platform.client_id, nonce=nonce, now=now
            )

        place = (platform.id, platform.keys_url)
        published = self._published.setdefault(place, Published(platform.label))
        try:
            claims = await published.checked(platform.keys_url, checked)
        except UntrustedToken as error:
            raise UntrustedAnswer(platform.label, str(error)) from None
        return launch_of(claims, platform)


def canvas_settings(origin: str) -> dict[str, Any]:
    """The settings of an LTI key of Canvas, as its page for developer keys reads them."""
    placement = {
        "placement": "course_navigation",
        "message_type": MESSAGE,
        "target_link_uri": f"{origin}/",
        "text": "Splitboard",
        "windowTarget": "_blank",
    }
    return {
        "title": "Splitboard",
        "description": "Leaderboards, baselines and points of machine-learning homeworks",
        "target_link_uri": f"{origin}/",
        "oidc_initiation_url": f"{origin}{LOGIN}",
        "redirect_uris": [f"{origin}{LAUNCH}"],
        "public_jwk_url": f"{origin}/lti/keys.json",
        "scopes": list(SCOPES),
        "custom_fields": {"student_number": "$Canvas.user.sisSourceId", "username": "$Canvas.user.loginId"},
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "settings": {"placements": [placement]},
            }
        ],
    }
