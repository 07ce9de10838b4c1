"""A person's data on their way out: what names them, and their private scores where those are revealed."""

from datetime import datetime
from typing import cast

from server.database.database import Database
from server.domain.privacy import personal_data
from server.models import User
from server.serializers.people.privacy import HandedOutDataJson, PersonalDataJson


async def data_of(db: Database, user: User, now: datetime) -> PersonalDataJson:
    """A person's data; private scores join in a session of their own, and only where one is revealed."""
    data = await db.aread(lambda session: personal_data.data_of(session, user=user, now=now))
    if personal_data.has_revealed(data):
        revealed = data
        data = await db.aread(
            lambda session: personal_data.with_private_scores(session, revealed, now=now), private=True
        )
    return cast(PersonalDataJson, data)


async def data_to_hand_out(db: Database, user: User, now: datetime) -> HandedOutDataJson:
    """A person's data with the notes of staff about them, for admins."""
    data = {**await data_of(db, user, now)}
    whole = await db.aread(lambda session: personal_data.with_notes(session, data, user=user))
    return cast(HandedOutDataJson, whole)
