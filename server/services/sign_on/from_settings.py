"""The provider that the settings name, if they name one."""

from urllib.parse import urlsplit

from server.domain.people.sign_on.claims import ClaimRule, RosterFact
from server.services.sign_on.provider import Client, Provider
from server.settings import Settings

CALLBACK = "/sign-in/callback"  # where the provider sends people back


def provider_of(settings: Settings) -> Provider | None:
    """The provider of the settings; None where people sign in with passwords alone."""
    issuer, client_id, origin = settings.oidc_issuer, settings.oidc_client_id, settings.link_origin
    if issuer is None or client_id is None or origin is None:
        return None
    rule = ClaimRule(
        settings.oidc_label or urlsplit(issuer).netloc,
        settings.oidc_claim,
        RosterFact(settings.oidc_matches),
        tuple(each.strip().casefold() for each in settings.oidc_domains.split(",") if each.strip()),
    )
    client = Client(client_id, settings.oidc_secret, f"{origin.rstrip('/')}{CALLBACK}")
    return Provider(issuer=issuer, client=client, rule=rule)
