"""The key by which this installation signs what it asks of platforms: made once in the data folder.

`lti-key.json` is readable by its owner alone. Platforms fetch the public half from us, so that a new key,
which is made where the file is gone, is known to them at the next question.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.files.file_store import write_secret_once

FILE = "lti-key.json"
BITS, ALGORITHM = 2048, "RS256"


def own_key(data_dir: Path) -> RSAKey:
    """The key of the installation with this data folder, made where there is none. Raises Invalid."""
    path = data_dir / FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        write_secret_once(path, json.dumps(_new_key().as_dict(private=True)))
    try:
        key = _read(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError, JoseError):
        key = None
    if key is None or not key.is_private or not key.kid:
        raise Invalid(
            Message(
                "{path} is no key. Put it back from the backup, or remove it: a new one is made, and "
                "platforms fetch it by themselves.",
                path=path,
            )
        )
    return key


@lru_cache(1)
def _read(text: str) -> RSAKey:
    """The key that a file's text holds, checked once: that takes as long as a hundred signatures."""
    return RSAKey.import_key(json.loads(text))


def _new_key() -> RSAKey:
    key = RSAKey.generate_key(BITS)
    return RSAKey.import_key(
        {**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}
    )


def published(data_dir: Path) -> dict[str, Any]:
    """What anybody may know of the key, as a set of keys (RFC 7517). Raises Invalid."""
    return {"keys": [dict(own_key(data_dir).as_dict(private=False))]}
