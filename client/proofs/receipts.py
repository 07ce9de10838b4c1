"""Checking a receipt without asking anybody: its signature, and the file it speaks of.

The format is grader/proofs/receipt.py's; the keys are the server's, kept from an earlier day or passed on by
hand.
"""

import base64
import codecs
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from client.api.decode import Json, Mismatch, decode
from client.api.errors import Misuse, NotProven
from client.api.types.competitions import Receipt
from client.api.types.proofs import ReceiptKey, ReceiptKeys
from client.output.views import Finding, Proof
from client.proofs import trusted_keys
from grader.messages import COMMA, Message, joined
from grader.proofs.receipt import FORMAT, key_id, signed_bytes

if TYPE_CHECKING:
    from client.api.client import Api


def keep(api: "Api", submitted: Receipt, to: Path) -> None:
    """Write a submission's signed receipt to a file, and keep the keys it verifies with on this machine.

    Raises UnexpectedAnswer where the server gave none, NotProven where its own key does not fit.
    """
    document = submitted.signed
    if document is None or _state(document) != submitted.state:  # scored meanwhile, after a first answer
        document = api.signed_receipt(submitted.id)
    keep_document(api, document, to)


def keep_document(api: "Api", document: Mapping[str, object], to: Path) -> None:
    """Write a signed receipt to a file, and keep the keys it verifies with. Raises NotProven."""
    keys = api.receipt_keys()
    to.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    prove(read_receipt(to), keys)
    trusted_keys.keep(keys)


def _state(document: Mapping[str, object]) -> object:
    receipt = document.get("receipt")
    return receipt.get("state") if isinstance(receipt, Mapping) else None


def read_receipt(path: Path) -> dict[str, Json]:
    """The document in a file; raises NotProven where it is cut short or no receipt at all."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as fault:
        raise NotProven(
            Message(
                "{file} is not a whole receipt: it is no JSON ({fault}).", file=path.name, fault=str(fault)
            )
        ) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NotProven(
            Message(
                '{file} is no receipt: one has "format": "{format}". The page of a submission offers it.',
                file=path.name,
                format=FORMAT,
            )
        )
    parts = (document.get("receipt"), document.get("key_id"), document.get("signature"))
    if not (isinstance(parts[0], dict) and isinstance(parts[1], str) and isinstance(parts[2], str)):
        raise NotProven(
            Message(
                "{file} is not a whole receipt: receipt, key_id and signature belong to it.", file=path.name
            )
        )
    return document


def read_keys(path: Path) -> tuple[ReceiptKey, ...]:
    """The public keys in a file: what /api/receipt-key answers, or one key as PEM. Raises Misuse."""
    data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        if data.lstrip().startswith(b"-----BEGIN"):
            key = load_pem_public_key(data)
            if not isinstance(key, Ed25519PublicKey):
                raise Misuse(
                    Message(
                        "{file} holds a key of another kind; receipts are signed with Ed25519.",
                        file=path.name,
                    )
                )
            public = key.public_bytes_raw()
            return (ReceiptKey(id=key_id(public), public=base64.b64encode(public).decode()),)
        return decode(ReceiptKeys, json.loads(data)).keys
    except (ValueError, Mismatch):
        raise Misuse(
            Message("{file} holds no public key: save /api/receipt-key of the server.", file=path.name)
        ) from None


def prove(document: dict[str, Json], keys: Sequence[ReceiptKey], *, file: Path | None = None) -> Proof:
    """What a receipt proves; raises NotProven where the key, the signature or the file does not fit.

    document: as `read_receipt` returns it. file: the upload it should be about, where there is one.
    """
    receipt = document["receipt"]
    assert isinstance(receipt, dict)
    key = _key(str(document["key_id"]), keys)
    _require_signature(document, receipt, key)
    signed = Message("made with the key {key}", key=str(document["key_id"]))
    findings = [Finding(what=Message("signature"), said=signed)]
    if file is not None:
        findings.append(_file_finding(receipt, file))
    subject = Message("submission {id}", id=str(receipt.get("submission")))
    return Proof(subject=subject, findings=tuple(findings), told=receipt)


def _key(signer: str, keys: Sequence[ReceiptKey]) -> Ed25519PublicKey:
    for key in keys:
        try:
            public = base64.b64decode(key.public, validate=True)
            if key_id(public) == signer:  # computed anew: a list may say what it likes
                return Ed25519PublicKey.from_public_bytes(public)
        except ValueError:
            continue
    known = joined(*(key.id for key in keys), between=COMMA) if keys else Message("none")
    raise NotProven(
        Message(
            "The receipt was signed with the key {signer}; the keys at hand are: {known}. "
            "It is of another server, or the key file is of another one.",
            signer=signer,
            known=known,
        )
    )


def _require_signature(document: dict[str, Json], receipt: dict[str, Json], key: Ed25519PublicKey) -> None:
    try:
        signature = base64.b64decode(str(document["signature"]), validate=True)
        key.verify(signature, signed_bytes(receipt))
    except (InvalidSignature, ValueError):
        raise NotProven(
            Message("The signature does not fit: the receipt was changed after it was signed, or damaged.")
        ) from None


def _file_finding(receipt: dict[str, Json], file: Path) -> Finding:
    data = file.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != receipt.get("sha256"):
        raise NotProven(
            Message(
                "The receipt is genuine, and it is about another file: it names {size} bytes with the "
                "SHA-256 {sha256}; {file} has {own_size} bytes and {digest}.",
                size=str(receipt.get("size")),
                sha256=str(receipt.get("sha256")),
                file=file.name,
                own_size=len(data),
                digest=digest,
            )
        )
    same = Message("{file} is the file it names, byte for byte", file=file.name)
    return Finding(what=Message("file"), said=same)
