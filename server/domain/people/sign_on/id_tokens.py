"""ID tokens: what a provider says of a person, believed only where every part of it is as it must be."""

from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from server.domain.people.accounts.secrets import same_secret
from server.models.sign_on import PROVIDER_TEXT_MOST

# Signatures by a key that the provider alone has. Never HS256: its key would be the client's secret, and a
# public key taken for such a secret lets anybody sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_SECONDS = 60  # for clocks that are not quite in step
AGE_MOST_SECONDS = 600  # of a token just issued, as it must be
Claims = dict[str, Any]


class UntrustedToken(ValueError):
    """The token is not to be believed; the text says which part, and holds nothing of the token's secret."""


class UnknownKey(UntrustedToken):
    """The token names a key that is not among those of the provider that are known here."""


def checked(token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: datetime) -> Claims:
    """What the token says, once its signature, issuer, audience, times and nonce are right.

    Raises UntrustedToken, UnknownKey where only the provider's newest keys can tell.
    Source: OpenID Connect Core 1.0, section 3.1.3.7.
    """
    claims = _signed(token, keys)
    instant = int(now.timestamp())
    rules = jwt.JWTClaimsRegistry(
        now=instant,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        rules.validate(claims)
    except JoseError as error:
        raise UntrustedToken(f"{_claim_of(error)}: {error.description}") from None
    if claims["iat"] < instant - AGE_MOST_SECONDS:
        raise UntrustedToken("iat: issued too long ago")
    party, audience = claims.get("azp"), claims["aud"]
    is_for_several = isinstance(audience, list) and len(audience) > 1
    if party not in (None, client_id) or (party is None and is_for_several):
        raise UntrustedToken("azp: issued to another client")
    if not 0 < len(claims["sub"]) <= PROVIDER_TEXT_MOST:
        raise UntrustedToken("sub: empty or too long")
    if not isinstance(claims.get("nonce"), str) or not same_secret(claims["nonce"], nonce):
        raise UntrustedToken("nonce: not the one of this sign-in")
    return claims


def _signed(token: str, keys: KeySet) -> Claims:
    try:
        return jwt.decode(token, _of_header(keys), algorithms=list(ALGORITHMS)).claims
    except UntrustedToken:
        raise
    except JoseError as error:
        raise UntrustedToken(f"signature: {error.error}") from None
    except (ValueError, TypeError, KeyError):  # no token at all
        raise UntrustedToken("signature: this is no signed token") from None


def _of_header(keys: KeySet) -> Any:
    """Which key is to have signed: the one that the token names, or the only one."""

    def key(part: Any) -> Any:
        kid = part.headers().get("kid")
        known = [each for each in keys if each.get("use") in (None, "sig")]
        if kid is None and len(known) != 1:
            raise UntrustedToken("signature: the token does not say by which key")
        named = [each for each in known if kid is None or each.kid == kid]
        if not named:
            raise UnknownKey("signature: by a key that the provider does not publish")
        return named[0]

    return key


def _claim_of(error: JoseError) -> str:
    return str(getattr(error, "claim", "") or "claims")
