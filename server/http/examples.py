"""Examples in the description of the API: one value a field, from which tools build those of whole bodies.

A field of plain text has one by its name, here; what has a form or a choice of values has one by that.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TEXTS = {
    **dict.fromkeys(("slug", "competition", "from", "homework"), "hw01"),
    **dict.fromkeys(("course", "into", "draft"), "ml-2026"),
    **dict.fromkeys(("username", "student", "to", "submitted_by", "handed_in_by", "invited_by"), "b12901234"),
    **dict.fromkeys(("given_by", "made_by", "posted_by", "by", "asked_by"), "iris"),
    **dict.fromkeys(("display_name", "team", "name"), "Mei-Hua"),
    **dict.fromkeys(("sha256", "metric_sha256", "salt", "commitment"), SHA256),
    **dict.fromkeys(("reason", "exclusion_reason", "why"), "It was agreed in class."),
    **dict.fromkeys(("zone", "reset_zone"), "Asia/Taipei"),
    **dict.fromkeys(("body_md", "body", "description_md", "text"), "The deadline moves to **Friday**."),
    **dict.fromkeys(("hint", "words", "message", "refusal"), "Write the labels as in sample_submission.csv."),
    **dict.fromkeys(("error", "was"), "Out of memory."),
    **dict.fromkeys(("device", "hardware"), "CPU, x86_64, 2 cores"),
    **dict.fromkeys(("tier", "needs"), "simple"),
    **dict.fromkeys(("version", "lease_token", "code"), "k3f9abcd"),
    **dict.fromkeys(("platform", "origin", "source"), "measured"),
    **dict.fromkeys(("issuer", "server", "hint_url"), "https://judge.example.edu"),
    **dict.fromkeys(("subject", "key"), "competition 1"),
    **dict.fromkeys(("email", "address", "shown_as"), "meihua@example.edu"),
    **dict.fromkeys(("rule", "step", "threshold_from", "before", "after"), "daily_limit"),
    **dict.fromkeys(("public_score", "base_rate"), "0.8125"),
    "act": "rules_changed",
    "algorithm": "Ed25519",
    "better": "first",
    "browser": "Firefox, Linux",
    "commit": "6f1ed002ab5595859014ebf0951522d9e6f1ed00",
    "course_day": "2026-03-14",
    "department": "CSIE",
    "file_name": "pred.csv",
    "format": "splitboard receipt 1",
    "id": "3f2a9c01",
    "id_column": "id",
    "item": "report",
    "key_id": "3f2a9c01",
    "kind": "reply",
    "label": "cat",
    "language": "zh-TW",
    "log": "epoch 1\n",
    "metric": "accuracy",
    "network": "192.0.2.0/24",
    "next": "7.2000",
    "note": "a deeper net",
    "password": "correct horse battery",
    "prefix": "sbp_PdqHQnRf",
    "pseudonym": "Quiet Heron",
    "public": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "role": "student",
    "section": "1",
    "signature": "uJ3q...==",
    "split": "public",
    "state": "open",
    "student_number": "B12901234",
    "title": "Food images",
    "token": "sbp_...",
    "url": "/api/submissions/42",
    "via": "api",
    "way": "password",
    "worker": "gpu1",
}
FORMS = {
    "date-time": "2026-03-14T15:59:00.000000Z",
    "date": "2026-03-14",
    "binary": "id,label\n1,cat\n",
}
KINDS: dict[str, Any] = {"integer": 7, "number": 0.8125, "boolean": True}
REFUSALS = {
    401: ("not_signed_in", "This API token is unknown or revoked. `splitboard login` makes a new one.", {}),
    403: (
        "scope_needed",
        "This takes a token with the scope `submit`; yours has `read`. Make another on the page Account.",
        {"scope": "submit", "scopes": ["read"]},
    ),
    404: ("not_found", "There is no competition hw99 here, or it is not of a course of yours.", {}),
    409: ("conflict", "Somebody has changed these rules since you read them.", {}),
    413: ("too_large", "The file is larger than 1,000,000 bytes.", {"limit_bytes": 1_000_000}),
    422: ("invalid_request", "The request is not as expected: body.note: Field required.", {}),
    429: (
        "daily_limit_reached",
        "Your team has used 5 of 5 submissions today.",
        {"limit": 5, "used": 5, "resets_at": FORMS["date-time"], "resets_in_seconds": 3600},
    ),
    500: ("our_fault", "It is our fault, not yours; nothing was counted.", {}),
    503: ("busy", "The server has its hands full. Try again in 5 seconds.", {"resets_in_seconds": 5}),
    507: ("disk_full", "The server's disk is full, so nothing was kept.", {"resets_in_seconds": 300}),
}


def refusal(status: int) -> dict[str, Any]:
    """An example of what is answered with this status."""
    code, message, details = REFUSALS[status]
    return {"error": {"code": code, "message": message, "details": details}}


def fill(document: dict[str, Any]) -> None:
    """Give an example to every field of a shape, and to every parameter, that has none."""
    schemas = document["components"]["schemas"]
    for shape in schemas.values():
        for name, field in shape.get("properties", {}).items():
            _give(name, field)
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                _give(parameter["name"], parameter["schema"])


def _give(name: str, field: Schema) -> None:
    value = example(name, field)
    if value is not None:
        field.setdefault("examples", [value])


def example(name: str, field: Schema) -> Any:
    """A value of a field; None for what is built of others, and for a text whose name is not known."""
    for schema in _plain(field):
        match schema:
            case {"const": value} | {"enum": [value, *_]}:
                return value
            case {"format": form} if form in FORMS:
                return FORMS[form]
            case {"type": "string"}:
                return TEXTS.get(name)
            case {"type": kind} if kind in KINDS:
                return KINDS[kind]
    return None


def _plain(field: Schema) -> Iterator[Schema]:
    """The field's schema, or those of which it is one."""
    yield field
    yield from field.get("anyOf", [])
