"""A bundle of CodaLab's first version, said in the words of the second, which codabench.py reads.

There phases are numbered and hold the reference data themselves, scores are a mapping, and pages are HTML.
"""

from collections.abc import Mapping
from typing import Any

OF_A_PHASE = {  # by their names in the first version
    "label": "name",
    "start_date": "start",
    "max_submissions_per_day": "max_submissions_per_day",
    "starting_kit": "starting_kit",
    "public_data": "public_data",
    "input_data": "input_data",
    "ingestion_program": "ingestion_program",
}
OF_A_TASK = ("reference_data", "scoring_program")


def is_first_version(bundle: Mapping[str, Any]) -> bool:
    """Whether the phases hold what tasks hold in the second version."""
    phases = _phases(bundle)
    return "tasks" not in bundle and any(each.get("reference_data") for each in phases)


def as_second_version(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """The same competition as the second version would have it."""
    phases = _phases(bundle)
    renewed = [{new: each[old] for old, new in OF_A_PHASE.items() if old in each} for each in phases]
    if renewed and "end_date" in bundle:
        renewed[-1]["end"] = bundle["end_date"]
    html = bundle.get("html")
    return {
        "title": bundle.get("title"),
        "description": bundle.get("description"),
        "image": bundle.get("image"),
        "docker_image": bundle.get("competition_docker_image"),
        "terms": html.get("terms") if isinstance(html, Mapping) else None,
        "pages": [{"title": name, "file": file} for name, file in html.items()]
        if isinstance(html, Mapping)
        else [],
        "tasks": [
            {"name": each.get("label", ""), **{key: each[key] for key in OF_A_TASK if key in each}}
            for each in phases
        ],
        "phases": renewed,
        "leaderboards": [{"columns": _columns(bundle)}],
    }


def _phases(bundle: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The phases in their order, be they a list or a mapping by their numbers."""
    phases = bundle.get("phases")
    rows = list(phases.values()) if isinstance(phases, Mapping) else phases
    known = [each for each in rows if isinstance(each, Mapping)] if isinstance(rows, list) else []
    return sorted(known, key=lambda each: _number(each.get("phasenumber")))


def _columns(bundle: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The scores of the board, in their order."""
    board = bundle.get("leaderboard")
    columns = board.get("columns") if isinstance(board, Mapping) else None
    if not isinstance(columns, Mapping):
        return []
    rows = [(key, each) for key, each in columns.items() if isinstance(each, Mapping)]
    rows.sort(key=lambda row: _number(row[1].get("rank")))
    return [
        {"key": str(key), "title": each.get("label", key), "sorting": each.get("sort", "")}
        for key, each in rows
    ]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
