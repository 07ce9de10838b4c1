"""`splitboard.submit(...)`: look at the predictions, send them, show what they come to."""

import hashlib
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from client.api.client import Api
from client.api.errors import ApiError, ClientError, InvalidFile
from client.api.types.competitions import Competition, PublicFile, ReportedProblem
from client.api.types.origins import Origin
from client.language import catalogue
from client.notebook.card import SubmissionCard, card_of
from client.notebook.connection import connected
from client.notebook.experiments import log_score
from client.notebook.predictions import ColumnNames, PredictionFile, file_of
from client.origins import origin_here
from client.output.formats import refusal_lines
from client.output.words import problems_of
from grader.messages import translated

SAMPLE = "sample_submission.csv"
OF_CHECKING = ("numpy", "pyarrow")

_samples: dict[str, bytes] = {}  # by their SHA-256, for the length of the process


class InvalidPredictions(ClientError):
    """Predictions that are no valid submission; the text lists every problem, and no slot was used."""

    def __init__(self, error: ClientError) -> None:
        texts = catalogue()
        super().__init__("\n".join(translated(line, texts) for line in refusal_lines(error)))
        self.problems: tuple[ReportedProblem, ...] = problems_of(error)


def submit(
    slug: str,
    predictions: object,
    *,
    ids: Iterable[object] | None = None,
    note: str = "",
    origin: Origin | bool = True,
    server: str = "",
    token: str = "",
    profile: str | None = None,
) -> SubmissionCard:
    """Send predictions to a competition and return its card: public score, rank, tiers, what is left today.

    predictions: a pandas DataFrame with the competition's columns, an array with `ids`, a path, or bytes.
    note: of at most 500 characters, for your team. origin: False keeps the notebook's hash and commit here.
    server, token: by default SPLITBOARD_URL and SPLITBOARD_TOKEN of the environment, Colab's or Kaggle's
    secrets of these names, or what `splitboard login` has kept.

    What is wrong is found before anything is sent where the extra "check" is installed, else by the server;
    either way no slot is used. Raises InvalidPredictions with every problem, and the errors of api/errors.py.
    """
    made_by = origin_here() if origin is True else (origin or Origin())
    with connected(server=server, token=token, profile=profile) as api:
        competition = api.competition(slug)
        columns = ColumnNames(
            competition.id_column, competition.prediction_columns or competition.target_columns
        )
        file = file_of(predictions, ids=ids, columns=columns)
        try:
            _check(api, competition, file)
            receipt = api.submit(slug, file.data, file_name=file.name, note=note, origin=made_by)
        except InvalidFile as error:
            raise InvalidPredictions(error) from None
        except ApiError as error:
            if not problems_of(error):
                raise
            raise InvalidPredictions(error) from None
        card = card_of(receipt, competition, server=api.base_url)
    if card.score is not None:
        log_score(slug, card.score, card.id)
    return card


def _check(api: Api, competition: Competition, file: PredictionFile) -> None:
    """Look at the file as the server will; raises InvalidFile with every problem."""
    if any(find_spec(name) is None for name in OF_CHECKING):
        return
    listed = next((each for each in api.files(competition.slug) if each.name == SAMPLE), None)
    if listed is not None:
        check = import_module("..offline", __package__).check_bytes
        check(file.data, name=file.name, sample=_sample(api, listed), metric=None)


def _sample(api: Api, listed: PublicFile) -> bytes:
    if listed.sha256 not in _samples:
        with TemporaryDirectory() as folder:
            data = api.download(listed, Path(folder) / SAMPLE).read_bytes()
        _samples[hashlib.sha256(data).hexdigest()] = data
    return _samples[listed.sha256]
