"""Recomputing a competition's commitment, and comparing an answer key with it."""

import hashlib
import json
from dataclasses import replace

from client.api.errors import NotProven
from client.api.types.proofs import Commitment, KeyVersion
from client.output.views import Finding, Proof
from grader.errors import InvalidAnswerKey
from grader.proofs.commitment import commitment, split_sha256


def sealed(commitment: Commitment) -> Proof:
    """What can be said before the reveal: what was promised, and when it opens."""
    findings = [
        Finding(what=f"version {each.version}", said=f"{each.commitment} (sealed)")
        for each in commitment.versions
    ]
    return Proof(subject=commitment.competition, findings=tuple(findings), sealed_until=commitment.reveal_at)


def recomputed(commitment: Commitment) -> Proof:
    """The opened versions, each recomputed; raises NotProven where one does not give its number."""
    findings = []
    for each in commitment.versions:
        covers = _covers(each)
        if (
            each.version == 1
            and commitment.commitment is not None
            and each.commitment != commitment.commitment
        ):
            raise NotProven(
                f"The opening's commitment is {commitment.commitment}, but version 1 is listed with "
                f"{each.commitment}. One of them was changed."
            )
        if covers.get("competition") != commitment.competition or covers.get("key_version") != each.version:
            raise NotProven(
                f"The text of version {each.version} is about version {covers.get('key_version')} of "
                f"'{covers.get('competition')}', not about '{commitment.competition}'."
            )
        now = ", counts now" if each.is_current else ""
        findings.append(
            Finding(what=f"version {each.version}", said=f"{each.commitment} is its salt and text{now}")
        )
    return Proof(subject=commitment.competition, findings=tuple(findings))


def with_key(commitment: Commitment, proof: Proof, data: bytes, *, name: str) -> Proof:
    """The proof with what an answer key adds to it; raises NotProven where the key is another one."""
    digest = hashlib.sha256(data).hexdigest()
    promised = {each.version: _covers(each) for each in commitment.versions}
    fits = [number for number, covers in promised.items() if covers["answer_key_sha256"] == digest]
    if not fits:
        known = ", ".join(f"{covers['answer_key_sha256']} (version {n})" for n, covers in promised.items())
        raise NotProven(
            f"{name} is not the answer key that was promised: its SHA-256 is {digest}; promised: {known}."
        )
    covers = promised[fits[0]]
    try:
        split = split_sha256(data, id_column=str(covers["id_column"]))
    except InvalidAnswerKey as fault:
        raise NotProven(f"{name} cannot be read as an answer key: {fault.problems[0].message}") from None
    if split != covers["split_sha256"]:
        raise NotProven(
            f"{name} is the promised file, but its split has the SHA-256 {split}; promised was "
            f"{covers['split_sha256']}."
        )
    more = (
        Finding(what="answer key", said=f"{name} is the key of version {fits[0]}, byte for byte"),
        Finding(what="split", said="public and private rows are the promised ones"),
    )
    return replace(proof, findings=(*proof.findings, *more))


def key_hashes(commitment: Commitment) -> set[str]:
    """The SHA-256 of every promised key, to find it among the published files."""
    return {str(_covers(each)["answer_key_sha256"]) for each in commitment.versions}


def _covers(version: KeyVersion) -> dict[str, object]:
    """The text's fields, once salt and text have given the commitment."""
    wrong = NotProven(
        f"Salt and text of version {version.version} do not give {version.commitment}: what is shown now is "
        "not what was promised."
    )
    try:
        salt = bytes.fromhex(version.salt or "")
        if commitment(version.text or "", salt) == version.commitment:
            covers = json.loads(version.text or "")
            if isinstance(covers, dict) and {"answer_key_sha256", "split_sha256", "id_column"} <= set(covers):
                return covers
    except ValueError:
        pass
    raise wrong
