"""What a provider publishes: documents, fetched with patience, and the keys of its signatures, kept.

A token signed by a key that is not among them lets the keys be fetched again, once a minute at most. A
provider that is away is asked again after some seconds, so that a hall full of people does not wait for it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from server.domain.people.sign_on.id_tokens import Claims, UnknownKey
from server.domain.people.sign_on.refusals import ProviderAway
from server.services.sign_on import fetching
from server.services.sign_on.fetching import NoAnswer

KEYS_SECONDS = 24 * 3600.0  # for which keys are kept that sign everything that comes
AGAIN_SECONDS = 60.0  # between two looks for a key that is not known
AWAY_SECONDS = 5.0  # for which a provider that did not answer is not asked again


class Published:
    """One provider's documents and keys. label: what people call it."""

    def __init__(self, label: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.label = label
        self.clock = clock
        self._keys: KeySet | None = None
        self._keys_since = self._away_until = float("-inf")
        self._turn = asyncio.Lock()

    async def document(self, address: str) -> dict[str, Any]:
        """The JSON object at this address; raises ProviderAway."""
        if self.clock() < self._away_until:
            raise ProviderAway(self.label, "the provider did not answer a moment ago")
        try:
            return await fetching.fetched(address)
        except NoAnswer as error:
            self._away_until = self.clock() + AWAY_SECONDS
            raise ProviderAway(self.label, str(error)) from None

    async def checked(self, keys_address: str, check: Callable[[KeySet], Claims]) -> Claims:
        """What `check` says by the keys at this address, and by newer ones where it raises UnknownKey.

        Raises ProviderAway, and whatever `check` raises.
        """
        keys = await self._known_keys(keys_address, older_than=KEYS_SECONDS)
        try:
            return check(keys)
        except UnknownKey:
            newer = await self._known_keys(keys_address, older_than=AGAIN_SECONDS)
            if newer is keys:
                raise
            return check(newer)

    async def _known_keys(self, address: str, *, older_than: float) -> KeySet:
        """The keys; fetched anew where those at hand are older than so many seconds."""
        async with self._turn:
            if self._keys is None or self.clock() - self._keys_since >= older_than:
                self._keys_since = self.clock()  # whatever comes of it
                document = await self.document(address)
                try:
                    self._keys = KeySet.import_key_set({"keys": document["keys"]})
                except (JoseError, KeyError, TypeError, ValueError) as error:
                    raise ProviderAway(
                        self.label, f"the keys cannot be read: {type(error).__name__}"
                    ) from None
            return self._keys
