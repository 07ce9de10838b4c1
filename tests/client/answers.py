"""The answers of docs/api.md, each a plain dictionary whose fields a test may change."""

import hashlib
from typing import Any

from tests.client.stub_server import Answer

TOKEN = "sbp_Zm9vYmFyYmF6cXV4MTIz"
NOW = "2026-03-14T12:00:00.000000Z"
MIDNIGHT = "2026-03-14T16:00:00.000000Z"  # in Taipei
TODAY = {
    "day": "2026-03-14",
    "used": 2,
    "left": 3,
    "limit": 5,
    "resets_at": MIDNIGHT,
    "resets_in_seconds": 14_400,
}
USER = {
    "username": "alice",
    "display_name": "Alice Lin",
    "is_admin": False,
    "courses": [{"slug": "ml-2026", "title": "Machine Learning", "role": "student"}],
}
PROBLEM = {
    "code": "repeated_id",
    "message": "2 ids appear more than once.",
    "hint": "Give each id one row.",
    "count": 9,
    "lines": [4, 7],
    "examples": ["'a1'", "'a2'"],
}


def competition(**changes: Any) -> dict[str, Any]:
    tier = {
        "name": "simple",
        "hint": "Predict the mean.",
        "minutes": 1.0,
        "hardware": "2 cores",
        "points_public": 1.0,
        "points_private": 1.0,
        "threshold_public": 0.5,
        "state": "succeeded",
    }
    return {
        "slug": "food",
        "title": "Food images",
        "course": "ml-2026",
        "role": "student",
        "metric": "accuracy",
        "higher_is_better": True,
        "id_column": "id",
        "target_columns": ["label"],
        "daily_limit": 5,
        "final_selections": 2,
        "state": "open",
        "opens_at": NOW,
        "deadline_at": MIDNIGHT,
        "late_until": None,
        "reveal_at": MIDNIGHT,
        "reset_zone": "Asia/Taipei",
        "now": NOW,
        "today": TODAY,
        "teams": 318,
        "tiers": [tier],
        "upload_limit_bytes": 1_000_000,
        "code_limit_bytes": 25_000_000,
        "description_md": "# Food",
        **changes,
    }


def submission(**changes: Any) -> dict[str, Any]:
    return {
        "id": 41,
        "url": "/api/submissions/41",
        "competition": "food",
        "file_name": "pred.csv",
        "size": 12,
        "sha256": "0" * 64,
        "received_at": NOW,
        "course_day": "2026-03-14",
        "slot": 2,
        "state": "scored",
        "is_late": False,
        "is_final": False,
        "public_score": 0.8125,
        "problems": [],
        "submitted_by": "alice",
        **changes,
    }


def comparison() -> dict[str, Any]:
    """Two submissions of which the first is better by a label's rows."""
    sides = [{"id": number, "url": "", "file_name": "pred.csv"} for number in (42, 41)]
    public = {
        **{"split": "public", "first_score": 0.8, "second_score": 0.75, "gain": 0.05, "better": "first"},
        **{"sentences": ["Submission 42 is better."], "labels": [{"label": "cat", "first": 31, "second": 7}]},
    }
    frame = {"competition": "food", "decimals": 2, "higher_is_better": True, "splits": [public]}
    return frame | {"first": sides[0], "second": sides[1]}


def receipt(**changes: Any) -> dict[str, Any]:
    return submission(
        **{
            "repeated": False,
            "rank": 12,
            "teams": 318,
            "tiers_passed": ["simple"],
            "today": TODAY,
            "took_ms": 43.2,
            "now": NOW,
            "reset_zone": "Asia/Taipei",
            **changes,
        }
    )


def commitment(**changes: Any) -> dict[str, Any]:
    return {
        "competition": "food",
        "commitment": "c" * 64,
        "state": "sealed",
        "reveal_at": MIDNIGHT,
        "versions": [],
        **changes,
    }


def file(name: str, content: bytes, *, slug: str = "food") -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {
        "name": name,
        "size": len(content),
        "sha256": digest,
        "url": f"/api/competitions/{slug}/files/{name}",
    }


def row(**changes: Any) -> dict[str, Any]:
    return {
        "rank": 1,
        "tied_with": None,
        "team": "Alice Lin",
        "kind": "student",
        "tier": None,
        "hint": None,
        "minutes": None,
        "hardware": None,
        "score": 0.8125,
        "received_at": NOW,
        "submissions": 3,
        **changes,
    }


def board(*rows: dict[str, Any], split: str = "public") -> dict[str, Any]:
    return {
        "competition": "food",
        "split": split,
        "revision": 7,
        "metric": "accuracy",
        "higher_is_better": True,
        "teams": 318,
        "rows": list(rows),
        "next": None,
    }


def past_board(*rows: dict[str, Any]) -> dict[str, Any]:
    return board(*rows) | {"at": NOW}


def run(**changes: Any) -> dict[str, Any]:
    return {
        "id": 9,
        "url": "/api/baseline-runs/9",
        "competition": "food",
        "homework": "hw03_food",
        "tier": "simple",
        "seed": 0,
        "state": "running",
        "requested_at": NOW,
        "started_at": NOW,
        "finished_at": None,
        "attempts": 1,
        "worker": "gpu1",
        "device": None,
        "progress": {"epoch": 1, "epochs": 4, "loss": 0.9, "seconds_left": 30},
        "seconds": None,
        "peak_memory_mb": None,
        "versions": None,
        "public_score": None,
        "private_score": None,
        "error": None,
        **changes,
    }


def refusal(status: int, code: str, message: str, **details: Any) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message, "details": details}})


def code(content: bytes = b"print()\n", **changes: Any) -> dict[str, Any]:
    """A version of a team's code whose file is `content`."""
    return {
        "id": 6,
        "number": 2,
        "file_name": "code.py",
        "kind": "py",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "received_at": NOW,
        "handed_in_by": "Alice Lin",
        "is_late": False,
        "url": "/api/code/6/file",
        **changes,
    }
