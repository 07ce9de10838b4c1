"""What Kaggle's client sends and reads when it sets a competition up."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from typing_extensions import TypedDict

from server.api.kaggle.dialects import Fields, NamedCompetition


def _without_second_zone(value: object) -> object:
    """A time without the Z that the client adds to one that has its zone."""
    return value.removesuffix("Z") if isinstance(value, str) and value.endswith("+00:00Z") else value


KagglesTime = Annotated[datetime | None, BeforeValidator(_without_second_zone)]


class NewHosted(TypedDict):
    """A competition to be, and where its page is."""

    id: int
    ref: str
    url: str


class DataVersion(TypedDict):
    """Where the data are that were sent."""

    url: str
    databundleId: int
    databundleVersionId: int


class KeyStatus(TypedDict):
    """Whether a competition to be can be launched, and what it lacks."""

    ready: bool
    setupError: str
    rowIdColumnName: str


class Done(TypedDict):
    """That it is done."""


class CreateRequest(Fields):
    """A competition to be; every other field of Kaggle's is read, to refuse what has no place here."""

    model_config = ConfigDict(**{**Fields.model_config, "extra": "allow"})
    slug: str = ""
    title: str = ""
    brief_description: str = ""
    organization_id: int = 0


class BlobRequest(Fields):
    """A file that is to be sent."""

    name: str = "file"
    content_length: int = 0


class PageFields(Fields):
    """A text."""

    name: str = ""
    content: str = ""
    mime_type: str = ""


class PageRequest(NamedCompetition):
    """A text of a competition to be; update_mask: what of it is to be changed, parted by commas."""

    page: PageFields = Field(default_factory=PageFields)
    update_mask: str = "content"


class SettingsRequest(NamedCompetition):
    """Settings of a competition to be, by Kaggle's names."""

    settings: dict[str, Any] = Field(default_factory=dict)
    update_mask: str = ""


class NamedBlob(Fields):
    """A file that was sent, and its name among the data."""

    name: str = ""
    token: str = ""


class DataRequest(NamedCompetition):
    """All data files."""

    files: list[NamedBlob] = Field(default_factory=list)
    competition_databundle_type: str = ""


class BlobOfCompetition(NamedCompetition):
    """A file that was sent for a competition to be."""

    blob_token: str = ""


class LaunchRequest(NamedCompetition):
    """A launch, now or so that it opens then."""

    future_time: KagglesTime = None


class BenchmarkRequest(Fields):
    """A submission that is to be a threshold, or to be none any more."""

    submission_id: int = 0
    benchmark: bool = False


class KagglesTimes(BaseModel):
    """Times by Kaggle's names."""

    deadline: KagglesTime = None
    privateLeaderboardReleaseDate: KagglesTime = None
