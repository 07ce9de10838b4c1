"""`splitboard verify`: is a receipt genuine, is an answer key the promised one?

Apart from the other commands, because it needs cryptography, and for a receipt no network.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from client.api.errors import Misuse, NotProven
from client.api.types.proofs import Commitment, ReceiptKey
from client.commands.application import Application
from client.commands.reporting import AsJson, output_for, reported
from client.credentials import current
from client.output.views import Proof
from client.proofs import commitments, receipts, trusted_keys
from grader.messages import Message

if TYPE_CHECKING:
    from client.api.client import Api

KEY_NAME = "answer_key.csv"

app = Application()
Subject = Annotated[
    str, typer.Argument(metavar="RECEIPT|SLUG", help=Message("receipt.json, or a competition."))
]
Upload = Annotated[
    Path | None, typer.Option("--file", exists=True, dir_okay=False, help=Message("The file it is about."))
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        exists=True, dir_okay=False, help=Message("The server's public key; default: the one kept here.")
    ),
]
AnswerKey = Annotated[
    Path | None,
    typer.Option("--key", exists=True, dir_okay=False, help=Message("answer_key.csv, once published.")),
]


@app.command()
def verify(
    subject: Subject,
    file: Upload = None,
    key_file: KeyFile = None,
    key: AnswerKey = None,
    as_json: AsJson = False,
) -> None:
    """Check a signed receipt offline, or a competition's commitment to its answer key.

    Exit status 0: it holds, or is still sealed. 1: it does not. 2: not understood. 3: not signed in.
    5: no server answered.
    """
    output = output_for(as_json)
    with reported(output):
        if subject.endswith(".json") or Path(subject).is_file():
            _refuse(Message("--key belongs to a competition, not to a receipt."), key)
            output.proven(_receipt(Path(subject), file, key_file))
        else:
            words = Message("--file and --key-file belong to a receipt, not to a competition.")
            _refuse(words, file, key_file)
            output.proven(_competition(subject, key))


def _refuse(words: str, *files: Path | None) -> None:
    if any(path is not None for path in files):
        raise Misuse(words)


def _receipt(path: Path, file: Path | None, key_file: Path | None) -> Proof:
    document = receipts.read_receipt(path)
    key_id = str(document["key_id"])
    keys = trusted_keys.known_keys() if key_file is None else receipts.read_keys(key_file)
    if key_file is None and all(each.id != key_id for each in keys):
        keys = (*keys, *_fetched_keys())
    return receipts.prove(document, keys, file=file)


def _fetched_keys() -> tuple[ReceiptKey, ...]:
    """The server's keys, and keep them for the day when it cannot be asked."""
    with _api() as api:
        keys = api.receipt_keys()
    trusted_keys.keep(keys)
    return keys


def _competition(slug: str, key: Path | None) -> Proof:
    with _api() as api:
        commitment = api.commitment(slug)
        if commitment.state == "none":
            raise NotProven(
                Message(
                    "'{competition}' has no commitment: it is older than commitments. Nothing can be "
                    "checked.",
                    competition=slug,
                )
            )
        if commitment.state == "sealed":
            words = Message(
                "'{competition}' is sealed until its reveal; no key can be compared before.", competition=slug
            )
            _refuse(words, key)
            return commitments.sealed(commitment)
        proof = commitments.recomputed(commitment)
        published = None if key is not None else _published(api, slug, commitment)
    if key is not None:
        return commitments.with_key(commitment, proof, key.read_bytes(), name=key.name)
    return proof if published is None else commitments.with_key(commitment, proof, published, name=KEY_NAME)


def _published(api: "Api", slug: str, commitment: Commitment) -> bytes | None:
    """The answer key where the staff put it among the competition's files; None where they did not."""
    hashes = commitments.key_hashes(commitment)
    for file in api.files(slug):
        if file.sha256 in hashes or file.name.rsplit("/", 1)[-1] == KEY_NAME:
            with TemporaryDirectory() as folder:
                return api.download(file, Path(folder) / KEY_NAME).read_bytes()
    return None


def _api() -> "Api":
    from client.api.client import Api  # a receipt that is checked offline does without the HTTP library

    credentials = current()
    return Api(credentials.url, credentials.token)
