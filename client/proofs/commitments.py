"""Recomputing a competition's commitment, and comparing an answer key with it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from client.api.errors import NotProven
from client.api.types.proofs import Commitment, KeyVersion
from client.output.views import Finding, Proof
from grader.errors import InvalidAnswerKey
from grader.messages import COMMA, Message, joined
from grader.proofs.commitment import commitment, split_sha256


def sealed(commitment: Commitment) -> Proof:
    """What can be said before the reveal: what was promised, and when it opens."""
    findings = [
        Finding(what=_name(each), said=Message("{commitment} (sealed)", commitment=each.commitment))
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
                Message(
                    "The opening's commitment is {first}, but version 1 is listed with {listed}. One of them "
                    "was changed.",
                    first=commitment.commitment,
                    listed=each.commitment,
                )
            )
        if covers.get("competition") != commitment.competition or covers.get("key_version") != each.version:
            raise NotProven(
                Message(
                    "The text of version {version} is about version {other} of '{other_competition}', not "
                    "about '{competition}'.",
                    version=each.version,
                    other=str(covers.get("key_version")),
                    other_competition=str(covers.get("competition")),
                    competition=commitment.competition,
                )
            )
        findings.append(Finding(what=_name(each), said=_recomputed_text(each)))
    return Proof(subject=commitment.competition, findings=tuple(findings))


def with_key(commitment: Commitment, proof: Proof, data: bytes, *, name: str) -> Proof:
    """The proof with what an answer key adds to it; raises NotProven where the key is another one."""
    digest = hashlib.sha256(data).hexdigest()
    promised = {each.version: _covers(each) for each in commitment.versions}
    fits = [number for number, covers in promised.items() if covers["answer_key_sha256"] == digest]
    if not fits:
        raise NotProven(
            Message(
                "{file} is not the answer key that was promised: its SHA-256 is {digest}; promised: {known}.",
                file=name,
                digest=digest,
                known=_hashes_text(promised),
            )
        )
    covers = promised[fits[0]]
    try:
        split = split_sha256(data, id_column=str(covers["id_column"]))
    except InvalidAnswerKey as fault:
        problem = fault.problems[0].message
        raise NotProven(
            Message("{file} cannot be read as an answer key: {problem}", file=name, problem=problem)
        ) from None
    if split != covers["split_sha256"]:
        raise NotProven(
            Message(
                "{file} is the promised file, but its split has the SHA-256 {split}; promised was "
                "{promised}.",
                file=name,
                split=split,
                promised=str(covers["split_sha256"]),
            )
        )
    same = Message("{file} is the key of version {version}, byte for byte", file=name, version=fits[0])
    more = (
        Finding(what=Message("answer key"), said=same),
        Finding(what=Message("split"), said=Message("public and private rows are the promised ones")),
    )
    return replace(proof, findings=(*proof.findings, *more))


def _name(version: KeyVersion) -> str:
    return Message("version {number}", number=version.version)


def _recomputed_text(version: KeyVersion) -> str:
    if version.is_current:
        return Message("{commitment} is its salt and text, counts now", commitment=version.commitment)
    return Message("{commitment} is its salt and text", commitment=version.commitment)


def _hashes_text(promised: Mapping[int, Mapping[str, object]]) -> str:
    """The SHA-256 of each version's answer key."""
    each = [
        Message("{hash} (version {number})", hash=str(covers["answer_key_sha256"]), number=number)
        for number, covers in promised.items()
    ]
    return joined(*each, between=COMMA)


def key_hashes(commitment: Commitment) -> set[str]:
    """The SHA-256 of every promised key, to find it among the published files."""
    return {str(_covers(each)["answer_key_sha256"]) for each in commitment.versions}


def _covers(version: KeyVersion) -> dict[str, object]:
    """The text's fields, once salt and text have given the commitment."""
    wrong = NotProven(
        Message(
            "Salt and text of version {version} do not give {commitment}: what is shown now is not what was "
            "promised.",
            version=version.version,
            commitment=version.commitment,
        )
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
