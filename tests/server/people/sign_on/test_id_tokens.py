"""ID tokens: one with any part wrong is not believed. No server and no database."""

from typing import Any

import pytest
from joserfc.jwk import KeySet, OctKey

from server.domain.people.sign_on import id_tokens
from server.domain.people.sign_on.id_tokens import Claims, UnknownKey, UntrustedToken
from tests.support.provider_stub import CLIENT, SECRET, Provider
from tests.support.tiny_homework import NOW

INSTANT = int(NOW.timestamp())
WRONG: dict[str, dict[str, Any]] = {
    "nonce: another": {"nonce": "another"},
    "nonce: none": {"nonce": None},
    "nonce: a number": {"nonce": 7},
    "iss: another": {"iss": "https://evil.example"},
    "iss: none": {"iss": None},
    "aud: another": {"aud": "another client"},
    "aud: none": {"aud": None},
    "azp: another": {"aud": [CLIENT, "another"], "azp": "another"},
    "azp: none of several": {"aud": [CLIENT, "another"]},
    "sub: none": {"sub": None},
    "sub: empty": {"sub": ""},
    "sub: long": {"sub": "x" * 256},
    "sub: a number": {"sub": 7},
    "exp: over": {"exp": INSTANT - 61},
    "exp: none": {"exp": None},
    "iat: to come": {"iat": INSTANT + 120},
    "iat: long ago": {"iat": INSTANT - 700},
    "iat: none": {"iat": None},
    "nbf: to come": {"nbf": INSTANT + 120},
}


def checked(stub: Provider, token: str | None = None) -> Claims:
    """What the provider's token says, checked as for the sign-on that it is for."""
    return id_tokens.checked(
        stub.token({"nonce": "n"}) if token is None else token,
        KeySet(list(stub.published)),
        issuer=stub.issuer,
        client_id=CLIENT,
        nonce="n",
        now=NOW,
    )


def test_a_token_whose_parts_are_right_is_believed() -> None:
    several = {"aud": [CLIENT, "another"], "azp": CLIENT}

    assert checked(Provider(now=INSTANT))["sub"] == "subject-1"
    assert checked(Provider(now=INSTANT, claims=several))["sub"] == "subject-1"
    assert checked(Provider(now=INSTANT, claims={"exp": INSTANT - 59, "nbf": INSTANT + 59}))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_with_a_wrong_claim_is_not_believed(wrong: str) -> None:
    with pytest.raises(UntrustedToken, match=rf"^{wrong.partition(':')[0]}: "):
        checked(Provider(now=INSTANT, claims=WRONG[wrong]))


def forged() -> dict[str, Provider]:
    """Providers whose tokens are not signed by the key that they publish."""
    stub = Provider(now=INSTANT)
    public = stub.published[0].as_pem(private=False)
    hs256 = {"alg": "HS256", "kid": "one"}
    return {
        "none": Provider(now=INSTANT, header={"alg": "none"}),
        "the client's secret": Provider(now=INSTANT, header=hs256, signs_with=OctKey.import_key(SECRET)),
        "the public key as a secret": Provider(
            now=INSTANT, header=hs256, signs_with=OctKey.import_key(public.replace(b"-", b""))
        ),
        "another key of the same name": Provider(
            now=INSTANT, header={"kid": "one"}, signs_with=stub.another_key
        ),
    }


@pytest.mark.parametrize("case", forged())
def test_a_token_is_believed_by_the_providers_signature_alone(case: str) -> None:
    with pytest.raises(UntrustedToken, match=r"^signature: "):
        checked(forged()[case])


def test_a_key_that_is_not_published_is_told_from_a_wrong_signature() -> None:
    stub = Provider(now=INSTANT)
    stub.signs_with = stub.another_key

    with pytest.raises(UnknownKey):
        checked(stub)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "..", "x" * 100_000, "é.é.é"])
def test_what_is_no_token_is_not_believed(token: str) -> None:
    with pytest.raises(UntrustedToken, match=r"^signature: "):
        checked(Provider(now=INSTANT), token)


def test_a_changed_token_is_not_believed() -> None:
    stub = Provider(now=INSTANT)
    head, _, signature = stub.token({"nonce": "n"}).split(".")
    stub.claims = {"sub": "somebody else"}
    body = stub.token({"nonce": "n"}).split(".")[1]

    with pytest.raises(UntrustedToken, match=r"^signature: "):
        checked(stub, f"{head}.{body}.{signature}")
